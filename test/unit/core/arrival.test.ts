import { describe, expect, it } from 'vitest';
import type { Arrival } from '../../../shared/core/arrival.ts';
import { arrivalOf, isInside, scoreOf, slowestOf } from '../../../shared/core/arrival.ts';
import type { TableLook } from '../../../shared/core/table-look.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-11-21T00:00:00Z');
const BLIND_MS = 30 * MINUTE;

/** Looks five minutes apart at a target that lacks so many of 1,000,000 rows; null: it could not be read. */
const lacking = (...gaps: readonly (number | null)[]): readonly TableLook[] =>
  gaps.map((gap, n) => ({
    at: T0 + n * 5 * MINUTE,
    method: 'estimate',
    source: 1_000_000,
    target: gap === null ? 'unreadable' : 1_000_000 - gap,
  }));
const times = (n: number, gap: (index: number) => number) =>
  Array.from({ length: n }, (_, index) => gap(index));
const seen = (looks: readonly TableLook[], afterMs = 0): Arrival =>
  arrivalOf(looks, (looks.at(-1)?.at ?? T0) + afterMs, BLIND_MS);
const minutes = (arrival: Arrival): readonly number[] =>
  arrival.state === 'expected'
    ? [arrival.low, arrival.likely, arrival.high].map((at) => (at - T0) / MINUTE)
    : [];

describe('the arrival of a table', () => {
  it('with a linear gap is exact to a look', () => {
    // 100 rows every 5 minutes, 500 left after 20 minutes.
    expect(minutes(seen(lacking(900, 800, 700, 600, 500)))).toEqual([40, 45, 50]);
  });

  it('with a stepped gap has the truth inside its range', () => {
    const steps = lacking(...times(10, (n) => 1_200 - 300 * Math.floor(n / 3)));
    const [low = 0, , high = 0] = minutes(seen(steps));
    expect(low).toBeLessThanOrEqual(60);
    expect(high).toBeGreaterThanOrEqual(60);
    expect(high).toBeLessThan(120);
  });

  it('with a noisy gap has the truth inside its range', () => {
    const noise = [40, -35, 10, -50, 45, -20, 30, -45, 15, -10];
    const [low = 0, , high = 0] = minutes(seen(lacking(...noise.map((error, n) => 2_000 - 100 * n + error))));
    expect(low).toBeLessThanOrEqual(100);
    expect(high).toBeGreaterThanOrEqual(100);
    expect(high - low).toBeLessThan(60);
  });

  it('is not moved by a single wild look', () => {
    expect(minutes(seen(lacking(900, 800, 700, 650, 500, 400)))[1]).toBeCloseTo(45, 0);
  });

  it('goes by the newest twelve looks', () => {
    const slowThenFast = lacking(...times(20, (n) => 100_000 - n), ...times(12, (n) => 12_000 - 500 * n));
    expect(minutes(seen(slowThenFast))[1]).toBe(31 * 5 + (6_500 / 500) * 5);
  });

  it('begins anew when the target is filled anew', () => {
    const restarted = [900_000, 700_000, 500_000, 300_000, 900_000, 850_000, 800_000];
    expect(seen(lacking(...restarted))).toMatchObject({ because: 'too-few-looks' });
    expect(minutes(seen(lacking(...restarted, 750_000)))).toEqual([105, 110, 115]);
  });

  it.each<[string, readonly TableLook[], string, string]>([
    ['there is no look', [], 'blind', 'the newest look saw no number on both sides'],
    [
      'the newest look saw nothing',
      lacking(9, 8, 7, 6, null),
      'blind',
      'the newest look saw no number on both sides',
    ],
    [
      'there are three looks',
      lacking(900, 800, 700),
      'too-few-looks',
      '3 of 4 looks since the target was last filled anew',
    ],
    [
      'only three looks saw something',
      lacking(900, null, 800, null, 700),
      'too-few-looks',
      '3 of 4 looks since the target was last filled anew',
    ],
    [
      'all looks are of the same moment',
      lacking(9, 8, 7, 6).map((look) => ({ ...look, at: T0 })),
      'too-few-looks',
      '4 of 4 looks since the target was last filled anew',
    ],
    ['the gap rests', lacking(500, 500, 500, 500), 'flat', 'the gap does not shrink to speak of'],
    [
      'the gap hardly shrinks',
      lacking(900_000, 899_999, 899_998, 899_997),
      'flat',
      'the gap does not shrink to speak of',
    ],
    ['the gap grows', lacking(500, 600, 700, 800), 'growing', 'the gap is growing'],
    ['the gap turns', lacking(500, 400, 300, 400, 500, 600), 'growing', 'the gap is growing'],
    [
      'the gap comes and goes',
      lacking(500, 100, 450, 90, 400, 80),
      'unsteady',
      'the gap shrinks and grows in turns',
    ],
  ])('is unknown when %s', (_, looks, because, reason) => {
    expect(seen(looks)).toEqual({ state: 'unknown', because, reason });
  });

  it('is unknown when nobody has looked for too long, and never overdue before', () => {
    const looks = lacking(900, 700, 500, 300, 100);
    expect(seen(looks, BLIND_MS)).toEqual({
      state: 'expected',
      low: T0 + 50 * MINUTE,
      likely: T0 + 50 * MINUTE,
      high: T0 + 50 * MINUTE,
    });
    expect(seen(looks, BLIND_MS + 1)).toMatchObject({
      because: 'blind',
      reason: 'nobody has looked for too long',
    });
  });

  it.each<[string, readonly TableLook[], number]>([
    ['its first look', lacking(0), 0],
    ['the look that first lacked nothing', lacking(500, 400, 0, 0), 10],
    ['the newest look, when it lacked something before', lacking(0, 4, 0), 10],
    ['a look with too many rows', lacking(500, -3), 5],
  ])('is past since %s', (_, looks, minute) => {
    expect(seen(looks)).toEqual({ state: 'arrived', since: T0 + minute * MINUTE });
  });
});

describe('the arrival of everything', () => {
  const arrived = (since: number): Arrival => ({ state: 'arrived', since });
  const due = (low: number, likely: number, high: number): Arrival => ({
    state: 'expected',
    low,
    likely,
    high,
  });
  const flat: Arrival = { state: 'unknown', because: 'flat', reason: 'it rests' };
  const named = (...arrivals: readonly Arrival[]) =>
    arrivals.map((arrival, n) => ({ name: `T${n}`, arrival }));

  it('of nothing is none', () => {
    expect(slowestOf([])).toBeNull();
  });

  it('is past when all have arrived', () => {
    expect(slowestOf(named(arrived(5), arrived(9), arrived(7)))?.arrival).toEqual(arrived(9));
  });

  it('is that of the slowest, with the widest end', () => {
    const slowest = slowestOf(
      named(due(1, 5, 90), arrived(3), due(8, 10, 20), due(12, 12, 12), due(2, 3, 4)),
    );
    expect(slowest).toEqual({ arrival: due(12, 12, 90), name: 'T3', unknown: 0 });
  });

  it('begins no later than is likely', () => {
    expect(slowestOf(named(due(6, 7, 8), due(1, 9, 10)))?.arrival).toEqual(due(6, 9, 10));
  });

  it('is unknown as long as one is, and says of how many', () => {
    expect(slowestOf(named(due(1, 2, 3), flat, arrived(3), flat))).toEqual({
      arrival: { ...flat, reason: '2 of 4 unknown, such as T1: it rests' },
      name: 'T1',
      unknown: 2,
    });
  });
});

describe('the score of past arrivals', () => {
  it.each<[number, boolean]>([
    [9, false],
    [10, true],
    [20, true],
    [21, false],
  ])('has %d inside 10 to 20: %s', (at, expected) => {
    expect(isInside({ low: 10, high: 20 }, at)).toBe(expected);
  });

  it('counts what was said at each look and came true', () => {
    expect(scoreOf(lacking(900, 800, 700, 600, 500, 400, 300, 200, 100, 0), BLIND_MS)).toEqual({
      scored: 6,
      inside: 6,
    });
  });

  it('counts what did not', () => {
    const delayed = lacking(900, 800, 700, 600, ...times(20, () => 600), null, 0);
    const { scored, inside } = scoreOf(delayed, BLIND_MS);
    expect(scored).toBeGreaterThan(0);
    expect(inside).toBeLessThan(scored);
  });

  it('is empty while nothing has arrived', () => {
    expect(scoreOf(lacking(900, 800, 700, 600, 500), BLIND_MS)).toEqual({ scored: 0, inside: 0 });
  });
});
