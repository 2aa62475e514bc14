import { describe, expect, it } from 'vitest';
import type { Snapshot, TableCount } from '../../../shared/core/counts.ts';
import { snapshotDifference } from '../../../shared/core/snapshot-difference.ts';

const snapshot = (...tables: readonly TableCount[]): Snapshot => ({
  schema: 1,
  id: 'count-1',
  takenAt: 1,
  method: 'exact',
  sides: 'both',
  readingSource: 'pulled',
  tables,
});
const A: TableCount = { table: 'dbo.A', source: 1, target: 1 };
const B: TableCount = { table: 'dbo.B', source: 2, target: null };

describe('the difference of two snapshots', () => {
  it.each<[string, Snapshot, Snapshot, readonly unknown[]]>([
    ['of the same is empty', snapshot(A, B), snapshot(B, A), []],
    ['does not ask when something was counted', snapshot(A), snapshot({ ...A, countedAt: 7 }), []],
    [
      'names what changed on a side',
      snapshot(A, B),
      snapshot({ ...A, source: 3 }, { ...B, target: 0 }),
      [
        { table: 'dbo.A', before: { source: 1, target: 1 }, after: { source: 3, target: 1 } },
        { table: 'dbo.B', before: { source: 2, target: 'absent' }, after: { source: 2, target: 0 } },
      ],
    ],
    [
      'tells unreadable from absent',
      snapshot(B),
      snapshot({ ...B, unreadable: 'target' }),
      [
        {
          table: 'dbo.B',
          before: { source: 2, target: 'absent' },
          after: { source: 2, target: 'unreadable' },
        },
      ],
    ],
    [
      'names what only one of them has, in the order of names',
      snapshot(B),
      snapshot(A),
      [
        { table: 'dbo.A', before: null, after: { source: 1, target: 1 } },
        { table: 'dbo.B', before: { source: 2, target: 'absent' }, after: null },
      ],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(snapshotDifference(before, after)).toEqual(expected);
  });
});
