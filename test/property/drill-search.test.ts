import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DrillLimits, DrillResult } from '../../shared/core/drill-search.ts';
import { playDrill, type SampleRow } from '../support/drill-table.ts';

const RECIDS = fc.bigInt({ min: -40n, max: 400n });
const COMPANIES = ['usmf', 'demf', 'dkmf'];

/** Rows of a table by RECID: a few close together and far apart, as AX hands out blocks of numbers. */
const table = fc
  .uniqueArray(fc.tuple(RECIDS, fc.constantFrom(...COMPANIES), fc.constantFrom(1n, 1_000_000_007n)), {
    selector: ([recid, , spread]) => recid * spread,
    maxLength: 120,
  })
  .map((rows) => rows.map(([recid, company, spread]): SampleRow => ({ recid: recid * spread, company })));

/** A table and which of its rows each side lacks. */
const sides = table.chain((rows) =>
  fc
    .tuple(...rows.map(() => fc.constantFrom('both', 'both', 'both', 'source', 'target')))
    .map((places) => ({ rows, places })),
);

const SMALL: DrillLimits = { maxQueries: 10_000, listed: 3, scanned: 0 };
const digits = (rows: readonly SampleRow[]): string[] => rows.map(({ recid }) => String(recid)).sort();

/** The rows that a side of the result tells, its ranges resolved against the rows there are. */
const told = (found: DrillResult['missing'], rows: readonly SampleRow[]): string[] =>
  [
    ...found.recids.map(({ recid }) => recid),
    ...found.ranges.flatMap(({ low, high }) =>
      digits(rows.filter(({ recid }) => recid >= BigInt(low) && recid <= BigInt(high))),
    ),
  ].sort();

const only = (places: readonly string[], rows: readonly SampleRow[], side: string) =>
  rows.filter((_, index) => places[index] === side);
const on = (places: readonly string[], rows: readonly SampleRow[], side: string) =>
  rows.filter((_, index) => places[index] === 'both' || places[index] === side);

describe('a drill-down', () => {
  it('finds exactly the rows that miss at the target, each with its company', () => {
    fc.assert(
      fc.property(sides, ({ rows, places: drawn }) => {
        const places = drawn.map((place) => (place === 'target' ? 'both' : place));
        const missing = only(places, rows, 'source');
        const result = playDrill({ source: rows, target: on(places, rows, 'target') }, { limits: SMALL });
        expect(told(result.missing, missing)).toEqual(digits(missing));
        expect(result.missing.rows).toBe(missing.length);
        for (const { recid, company } of result.missing.recids) {
          expect(rows.find((row) => String(row.recid) === recid)?.company).toBe(company);
        }
        expect([result.surplus.rows, result.open, result.moved]).toEqual([0, [], false]);
      }),
    );
  });

  it('finds exactly the rows that the target has too many', () => {
    fc.assert(
      fc.property(sides, ({ rows, places: drawn }) => {
        const places = drawn.map((place) => (place === 'source' ? 'both' : place));
        const surplus = only(places, rows, 'target');
        const result = playDrill({ source: on(places, rows, 'source'), target: rows }, { limits: SMALL });
        expect(told(result.surplus, surplus)).toEqual(digits(surplus));
        expect([result.missing.rows, result.open]).toEqual([0, []]);
      }),
    );
  });

  it('tells nothing that is not so, and leaves no difference but within an open range or one that adds up', () => {
    const limits = fc.integer({ min: 0, max: 60 }).map((maxQueries) => ({ ...SMALL, maxQueries }));
    fc.assert(
      fc.property(sides, limits, ({ rows, places }, own) => {
        const [missing, surplus] = [only(places, rows, 'source'), only(places, rows, 'target')];
        const both = { source: on(places, rows, 'source'), target: on(places, rows, 'target') };
        const result = playDrill(both, { limits: own });
        const found = new Set([...told(result.missing, missing), ...told(result.surplus, surplus)]);
        expect(result.queries).toBeLessThanOrEqual(Math.max(2, own.maxQueries));
        for (const recid of told(result.missing, rows)) expect(digits(missing)).toContain(recid);
        for (const recid of told(result.surplus, rows)) expect(digits(surplus)).toContain(recid);
        const lost = [...missing, ...surplus].filter(
          ({ recid }) =>
            !found.has(String(recid)) &&
            !result.open.some(({ low, high }) => recid >= BigInt(low) && recid <= BigInt(high)),
        );
        // As many rows of each side, and the same sum: what counting cannot see.
        const at = (side: string) => lost.filter((row) => only(places, rows, side).includes(row));
        const sum = (some: readonly SampleRow[]) => some.reduce((total, { recid }) => total + recid, 0n);
        expect([at('source').length, sum(at('source'))]).toEqual([at('target').length, sum(at('target'))]);
      }),
    );
  });

  it('asks seldom: the rows that miss at one place of a table of millions are told by a few statements', () => {
    const rows = Array.from({ length: 20_000 }, (_, n): SampleRow => ({
      recid: 5_637_144_576n + 977n * BigInt(n),
      company: 'usmf',
    }));
    const target = rows.filter((_, n) => n < 11_000 || n >= 11_040);
    const { missing, queries } = playDrill({ source: rows, target }, { limits: { ...SMALL, listed: 50 } });
    expect([missing.rows, queries < 20]).toEqual([40, true]);
  });
});
