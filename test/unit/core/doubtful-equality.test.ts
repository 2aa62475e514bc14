import { describe, expect, it } from 'vitest';
import type { EqualityDoubt } from '../../../shared/core/doubtful-equality.ts';
import { equalityDoubt } from '../../../shared/core/doubtful-equality.ts';
import type { Rows } from '../../../shared/core/table-look.ts';

describe('an equality', () => {
  it.each<[Rows, Rows, Rows | null, EqualityDoubt['doubt'] | null]>([
    [0, 0, 1_000_000, 'empty'],
    [0, 0, 1, 'empty'],
    [0, 0, 0, null],
    [0, 0, null, null],
    [0, 0, 'unreadable', null],
    ['absent', 'absent', 40, 'gone-from-both'],
    ['absent', 'absent', null, 'gone-from-both'],
    ['unreadable', 'unreadable', 40, null],
    [100, 100, 1_000, null],
    [100, 100, 1_001, 'far-from-rehearsal'],
    [1_000, 1_000, 100, null],
    [1_001, 1_001, 100, 'far-from-rehearsal'],
    [10, 10, 0, null],
    [11, 11, 0, 'far-from-rehearsal'],
    [11, 11, null, null],
    [11, 11, 'absent', null],
    [0, 1, 1_000_000, null],
    ['absent', 0, 1_000_000, null],
  ])('of %s and %s after a rehearsal with %s is doubted as %s', (source, target, rehearsal, expected) => {
    expect(equalityDoubt({ source, target }, rehearsal)?.doubt ?? null).toBe(expected);
  });

  it('is doubted in words, by the bound that is asked for', () => {
    expect(equalityDoubt({ source: 0, target: 0 }, 1_000_000)?.reason).toBe(
      'empty on both sides; the rehearsal counted 1,000,000',
    );
    expect(equalityDoubt({ source: 300, target: 300 }, 100, 2)?.reason).toBe(
      '300 on both sides; the rehearsal counted 100',
    );
    expect(equalityDoubt({ source: 'absent', target: 'absent' }, null)?.reason).toBe('gone from both sides');
  });
});
