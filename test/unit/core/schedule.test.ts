import { describe, expect, it } from 'vitest';
import type { Job } from '../../../shared/core/schedule.ts';
import { schedule } from '../../../shared/core/schedule.ts';

const job = (
  id: string,
  durationMs: number,
  after: readonly string[] = [],
  differs: Partial<Job> = {},
): Job => ({
  id,
  after,
  durationMs,
  notBefore: 0,
  endAt: null,
  takesPlace: true,
  ...differs,
});

/** Begin, end and whose end was waited for. */
type Told = Readonly<Record<string, readonly [number, number, string | null]>>;

const told = (jobs: readonly Job[], places: number, from = 0): Told =>
  Object.fromEntries(
    [...schedule(jobs, places, from)].map(([id, { startAt, endAt, waitedFor }]) => [
      id,
      [startAt, endAt, waitedFor],
    ]),
  );

describe('the schedule of jobs', () => {
  it.each<[string, readonly Job[], number, Told]>([
    [
      'begins all that waits for nothing at once',
      [job('a', 3), job('b', 2)],
      9,
      { a: [0, 3, null], b: [0, 2, null] },
    ],
    [
      'begins a job with the last end it waits for',
      [job('a', 3), job('b', 5), job('c', 1, ['a', 'b'])],
      9,
      { a: [0, 3, null], b: [0, 5, null], c: [5, 6, 'b'] },
    ],
    [
      'waits for a name of no job not at all, and once for a name said twice',
      [job('a', 3), job('b', 1, ['a', 'a', 'x'])],
      9,
      { a: [0, 3, null], b: [3, 4, 'a'] },
    ],
    [
      'gives a free place to the first in order, whenever it became ready',
      [job('a', 3), job('b', 2), job('c', 1)],
      1,
      { a: [0, 3, null], b: [3, 5, 'a'], c: [5, 6, 'b'] },
    ],
    [
      'gives places that become free at one instant to the first in order',
      [job('z', 2, ['b']), job('a', 2), job('b', 2), job('c', 2)],
      2,
      { a: [0, 2, null], b: [0, 2, null], z: [2, 4, 'b'], c: [2, 4, 'b'] },
    ],
    [
      'lets what takes no place begin beside what does',
      [job('a', 3), job('w', 9, [], { takesPlace: false })],
      1,
      { a: [0, 3, null], w: [0, 9, null] },
    ],
    [
      'takes no place before the time of a job has come',
      [job('a', 3, [], { notBefore: 4 }), job('b', 2), job('c', 2)],
      1,
      { b: [0, 2, null], c: [2, 4, 'b'], a: [4, 7, null] },
    ],
    [
      'keeps the place of what has begun until its end',
      [job('a', 0, [], { endAt: 4 }), job('b', 2)],
      1,
      { a: [0, 4, null], b: [4, 6, 'a'] },
    ],
    [
      'lets begin what waited for an end that is past',
      [job('a', 0, [], { endAt: -5, takesPlace: false }), job('b', 2, ['a'])],
      1,
      { a: [0, -5, null], b: [0, 2, 'a'] },
    ],
    [
      'never begins what waits for something without an end',
      [job('a', Infinity), job('b', 2, ['a'])],
      9,
      { a: [0, Infinity, null], b: [Infinity, Infinity, 'a'] },
    ],
    [
      'gives no slot to a circle, nor to what waits for it',
      [job('a', 1, ['b']), job('b', 1, ['a']), job('c', 1, ['a']), job('d', 1)],
      9,
      { d: [0, 1, null] },
    ],
  ])('%s', (_, jobs, places, expected) => {
    expect(told(jobs, places)).toEqual(expected);
  });

  it('begins nothing before the instant it is asked for', () => {
    expect(told([job('a', 3)], 1, 10)).toEqual({ a: [10, 13, null] });
  });

  it('counts what has begun as over when its end is past', () => {
    expect(told([job('a', 0, [], { endAt: 7 }), job('b', 1)], 1, 10)).toEqual({
      a: [10, 7, null],
      b: [10, 11, null],
    });
  });
});
