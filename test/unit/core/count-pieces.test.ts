import { describe, expect, it } from 'vitest';
import type { Countable, CountPiece } from '../../../shared/core/count-pieces.ts';
import { halvesOf, piecesOf, rowsPerPiece } from '../../../shared/core/count-pieces.ts';

const table = (rows: number, recids: readonly [string, string] | null = null): Countable => ({
  rows,
  recids: recids && { low: recids[0], high: recids[1] },
});
const MILLION = 1_000_000;

describe('the rows of one piece', () => {
  it.each([
    ['a few tables are one second of work', [10, 1_000], 4, 250_000],
    ['twenty pieces for each lane', [80 * MILLION], 4, MILLION],
    ['fewer lanes, larger pieces', [80 * MILLION], 2, 2 * MILLION],
    ['never more than a minute', [10_000 * MILLION], 4, 20 * MILLION],
  ])('%s', (_, rows, lanes, most) => {
    expect(
      rowsPerPiece(
        rows.map((count) => table(count)),
        lanes,
      ),
    ).toBe(most);
  });
});

describe('the pieces of a counting', () => {
  const summary = (pieces: readonly CountPiece[]) =>
    pieces.map(({ of, rows, tables }) => [of, rows, ...tables]);

  it('hold small tables together, largest first', () => {
    expect(summary(piecesOf([table(5), table(200_000), table(100_000)], 4))).toEqual([
      ['tables', 200_000, 1],
      ['tables', 100_005, 2, 0],
    ]);
  });

  it('hold at most a hundred tables', () => {
    const pieces = piecesOf(
      Array.from({ length: 250 }, () => table(0)),
      4,
    );
    expect(pieces.map(({ tables }) => tables.length)).toEqual([100, 100, 50]);
  });

  it('are none without tables', () => {
    expect(piecesOf([], 4)).toEqual([]);
  });

  it('leave a table without an index on RECID whole, with limits of its own when it is large', () => {
    expect(summary(piecesOf([table(3 * MILLION), table(20 * MILLION), table(20 * MILLION + 1)], 4))).toEqual([
      ['long', 20 * MILLION + 1, 2],
      ['tables', 20 * MILLION, 1],
      ['tables', 3 * MILLION, 0],
    ]);
  });

  it('divide a large table by its RECIDs, the outermost ranges without an end', () => {
    expect(piecesOf([table(750_000, ['-1', '7'])], 1)).toEqual([
      { of: 'range', rows: 250_000, tables: [0], range: { low: '-1', high: '1', first: true, last: false } },
      { of: 'range', rows: 250_000, tables: [0], range: { low: '2', high: '4', first: false, last: false } },
      { of: 'range', rows: 250_000, tables: [0], range: { low: '5', high: '7', first: false, last: true } },
    ]);
  });

  it('are exact beyond what a number holds', () => {
    const pieces = piecesOf([table(500_000, ['9223372036854775800', '9223372036854775807'])], 1);
    expect(pieces.map((piece) => piece.of === 'range' && [piece.range.low, piece.range.high])).toEqual([
      ['9223372036854775800', '9223372036854775803'],
      ['9223372036854775804', '9223372036854775807'],
    ]);
  });

  it('have no more ranges than there are RECIDs', () => {
    expect(summary(piecesOf([table(MILLION, ['5', '6'])], 1))).toEqual([
      ['range', 500_000, 0],
      ['range', 500_000, 0],
    ]);
  });
});

describe('half a piece', () => {
  const range = (low: string, high: string, first = false, last = false): CountPiece => ({
    of: 'range',
    rows: 9,
    tables: [3],
    range: { low, high, first, last },
  });

  it('of several tables has half of them', () => {
    expect(halvesOf({ of: 'tables', rows: 10, tables: [4, 2, 9] })).toEqual([
      { of: 'tables', rows: 5, tables: [4, 2] },
      { of: 'tables', rows: 5, tables: [9] },
    ]);
  });

  it('of a range has half of it, and only the outer halves of the outermost have no end', () => {
    expect(halvesOf(range('1', '4', true, true))).toEqual([
      { ...range('1', '2', true, false), rows: 5 },
      { ...range('3', '4', false, true), rows: 5 },
    ]);
    expect(halvesOf(range('-3', '-2'))).toEqual([
      { ...range('-3', '-3'), rows: 5 },
      { ...range('-2', '-2'), rows: 5 },
    ]);
  });

  it.each<[string, CountPiece]>([
    ['one RECID', range('7', '7')],
    ['a single table', { of: 'tables', rows: 1, tables: [0] }],
    ['a large table without an index', { of: 'long', rows: 1, tables: [0] }],
  ])('of %s there is none', (_, piece) => {
    expect(halvesOf(piece)).toBeNull();
  });
});
