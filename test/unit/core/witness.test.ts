import { describe, expect, it } from 'vitest';
import type { TableCount } from '../../../shared/core/counts.ts';
import { mismatchesOf } from '../../../shared/core/counts.ts';
import { compareWitness, countedByWitness } from '../../../shared/core/witness.ts';

const count = (table: string, source: number | null, target: number | null): TableCount => ({
  table,
  source,
  target,
});

describe('a second witness', () => {
  it.each<[string, TableCount, TableCount, string | null]>([
    ['agrees', count('dbo.A', 7, 7), count('dbo.A', 7, 7), null],
    ['agrees on a table that differs', count('dbo.A', 7, 6), count('dbo.A', 7, 6), null],
    ['agrees whatever the letters', count('dbo.A', 7, 7), count('DBO.a', 7, 7), null],
    [
      'counts another number at the source',
      count('dbo.A', 7, 7),
      count('dbo.A', 8, 7),
      '7 at the source, where the witness counts 8',
    ],
    [
      'counts others on both sides, though each is equal by itself',
      count('dbo.A', 7, 7),
      count('dbo.A', 8, 8),
      '7 at the source, where the witness counts 8; 7 at the target, where the witness counts 8',
    ],
    [
      'counts what could not be counted',
      count('dbo.A', 7, null),
      count('dbo.A', 7, 0),
      'the witness counts 0 at the target, where nothing could be counted',
    ],
  ])('%s', (_, own, witness, reason) => {
    const conflicts = reason === null ? [] : [{ table: 'dbo.A', reason }];
    expect(compareWitness([own], [witness], 5)).toEqual({
      common: 1,
      conflicts,
      outdated: [],
      unwitnessed: [],
    });
  });

  it.each<[string, readonly TableCount[]]>([
    ['does not name', []],
    ['counts on one side only', [count('dbo.A', null, 7)]],
    ['counts on the other side only', [count('dbo.A', 7, null)]],
    ['knows by a look-alike', [count('dbo.А', 7, 7)]],
  ])('does not agree on a table that it %s', (_, witness) => {
    const compared = compareWitness([count('dbo.A', 7, 7)], witness, 5);
    expect(compared).toEqual({ common: 0, conflicts: [], outdated: [], unwitnessed: ['dbo.A'] });
  });

  it('is not asked about tables that are not in scope', () => {
    expect(compareWitness([], [count('dbo.LOG', 1, 2)], 5)).toEqual({
      common: 0,
      conflicts: [],
      outdated: [],
      unwitnessed: [],
    });
  });

  it.each<[string, number, object]>([
    ['after it looked', 6, { common: 0, conflicts: [], outdated: ['dbo.A'] }],
    [
      'when it looked',
      5,
      { common: 1, conflicts: [expect.objectContaining({ table: 'dbo.A' })], outdated: [] },
    ],
    [
      'before it looked',
      4,
      { common: 1, conflicts: [expect.objectContaining({ table: 'dbo.A' })], outdated: [] },
    ],
  ])('says of a table that was counted %s what counts', (_, countedAt, expected) => {
    const own = { ...count('dbo.A', 7, 7), countedAt };
    expect(compareWitness([own], [count('dbo.A', 8, 8)], 5)).toMatchObject(expected);
  });

  it('stands alone where nothing may be counted, and what it leaves out is not equal', () => {
    const counts = countedByWitness([
      count('dbo.A', 7, 7),
      count('dbo.B', 5, null),
      count('dbo.C', null, 5),
      count('dbo.D', null, null),
    ]);
    expect(counts.map(({ unreadable }) => unreadable)).toEqual([undefined, 'target', 'source', 'both']);
    expect(mismatchesOf(counts).map(({ table, reason }) => [table, reason])).toEqual([
      ['dbo.B', 'not readable at the target'],
      ['dbo.C', 'not readable at the source'],
      ['dbo.D', 'not readable on either side'],
    ]);
  });
});
