import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Countable } from '../../shared/core/count-pieces.ts';
import { halvesOf, piecesOf, rowsPerPiece } from '../../shared/core/count-pieces.ts';
import { longTailedTables } from '../support/long-tailed-tables.ts';
import { makespanOf } from '../support/makespan.ts';

const recids = fc
  .tuple(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(0n, 2n ** 40n))
  .map(([low, width]) => ({ low: String(low), high: String(low + width) }));
const countables = fc.array(
  fc.record({
    rows: fc.oneof(fc.nat({ max: 1_000 }), fc.nat({ max: 2_000_000_000 })),
    recids: fc.option(recids),
  }),
  { maxLength: 300 },
);
const lanes = fc.integer({ min: 1, max: 8 });

/** The ranges of one table in order: together they hold every RECID once. */
const leavesNoGap = (
  tables: readonly Countable[],
  pieces: ReturnType<typeof piecesOf>,
  table: number,
): boolean => {
  const own = pieces.flatMap((piece) =>
    piece.of === 'range' && piece.tables[0] === table ? [piece.range] : [],
  );
  if (own.length === 0) return true;
  const sorted = own.sort((a, b) => (BigInt(a.low) < BigInt(b.low) ? -1 : 1));
  return (
    sorted[0]?.low === tables[table]?.recids?.low &&
    sorted.at(-1)?.high === tables[table]?.recids?.high &&
    sorted.every(
      ({ first, last }, index) => first === (index === 0) && last === (index === sorted.length - 1),
    ) &&
    sorted.every(
      ({ high }, index) =>
        sorted[index + 1] === undefined || BigInt(sorted[index + 1]!.low) === BigInt(high) + 1n,
    )
  );
};

describe('the pieces of a counting', () => {
  it('hold every row of every table exactly once', () => {
    fc.assert(
      fc.property(countables, lanes, (tables, many) => {
        const pieces = piecesOf(tables, many);
        const whole = pieces.filter(({ of }) => of !== 'range').flatMap((piece) => piece.tables);
        const ranged = new Set(pieces.filter(({ of }) => of === 'range').flatMap((piece) => piece.tables));
        expect([...whole, ...ranged].sort((a, b) => a - b)).toEqual(tables.map((_, index) => index));
        for (const table of ranged) expect(leavesNoGap(tables, pieces, table)).toBe(true);
      }),
    );
  });

  it('still do when pieces that took too long were halved, to the last', () => {
    fc.assert(
      fc.property(countables, lanes, fc.infiniteStream(fc.boolean()), (tables, many, chances) => {
        const pieces = piecesOf(tables, many).flatMap((piece) => {
          const halves = chances.next().value ? halvesOf(piece) : null;
          return halves ?? [piece];
        });
        for (const table of tables.keys()) expect(leavesNoGap(tables, pieces, table)).toBe(true);
        const whole = pieces.filter(({ of }) => of !== 'range').flatMap((piece) => piece.tables);
        expect(new Set(whole).size).toBe(whole.length);
      }),
    );
  });

  it('come largest first, and none that could be divided is larger than a piece may be', () => {
    fc.assert(
      fc.property(countables, lanes, (tables, many) => {
        const pieces = piecesOf(tables, many);
        const most = rowsPerPiece(tables, many);
        expect(pieces.map(({ rows }) => rows)).toEqual(pieces.map(({ rows }) => rows).sort((a, b) => b - a));
        for (const { tables: own, rows } of pieces) {
          expect(own.length).toBeLessThanOrEqual(100);
          const [only] = own.map((index) => tables[index]);
          const { low = '0', high = '0' } = only?.recids ?? {};
          const isDivisible = own.length > 1 || BigInt(high) - BigInt(low) >= BigInt(only?.rows ?? 0);
          if (isDivisible) expect(rows).toBeLessThanOrEqual(Math.max(most, 1));
        }
      }),
    );
  });

  it('keep all lanes busy: at most 1.15 times as long as any order could be, for long-tailed sizes', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(500, 3_000, 10_000),
        fc.constantFrom(1e9, 1e10),
        fc.constantFrom(0.8, 1.05, 1.3),
        fc.constantFrom(2, 4, 8),
        (seed, count, rows, alpha, many) => {
          const shape = { tables: count, rows, alpha, without: 0.02 };
          const tables = longTailedTables(seed, shape);
          const total = tables.reduce((sum, table) => sum + table.rows, 0);
          const undividable = Math.max(
            0,
            ...tables.filter((table) => table.recids === null).map((table) => table.rows),
          );
          const bound = Math.max(undividable, total / many);
          expect(makespanOf(piecesOf(tables, many), many) / bound).toBeLessThanOrEqual(1.15);
        },
      ),
      { numRuns: 200 },
    );
  });
});
