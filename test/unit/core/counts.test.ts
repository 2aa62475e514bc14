import { describe, expect, it } from 'vitest';
import type { TableCount } from '../../../shared/core/counts.ts';
import { mismatchesOf } from '../../../shared/core/counts.ts';

const count = (table: string, source: number | null, target: number | null): TableCount => ({
  table,
  source,
  target,
});

describe('the tables whose counts are not proven equal', () => {
  it.each([
    ['equal', count('T', 5, 5), null],
    ['equal at zero', count('T', 0, 0), null],
    ['less at the target', count('T', 5, 3), '2 row(s) missing at the target'],
    ['none of many at the target', count('T', 5, 0), '5 row(s) missing at the target'],
    ['more at the target', count('T', 3, 5), '2 row(s) too many at the target'],
    ['absent at the target', count('T', 5, null), 'absent at the target'],
    ['absent at the target although empty at the source', count('T', 0, null), 'absent at the target'],
    ['not readable at the source', count('T', null, 5), 'not readable at the source'],
    ['not readable on either side', count('T', null, null), 'not readable on either side'],
  ])('one that is %s', (_, table, reason) => {
    expect(mismatchesOf([table])).toEqual(reason === null ? [] : [{ ...table, reason }]);
  });

  it('come largest difference first, unreadable before all, and by name among equals', () => {
    const tables = [
      count('D', 5, 4),
      count('B', 5, 4),
      count('A', 10, 20),
      count('C', null, 1),
      count('E', 1, null),
      count('F', 7, 7),
      count('B2', 4, 5),
      count('Z', 1_000, 1_001),
    ];
    expect(mismatchesOf(tables).map(({ table }) => table)).toEqual(['C', 'E', 'A', 'B', 'B2', 'D', 'Z']);
    expect(mismatchesOf(tables.toReversed()).map(({ table }) => table)).toEqual([
      'C',
      'E',
      'A',
      'B',
      'B2',
      'D',
      'Z',
    ]);
  });
});
