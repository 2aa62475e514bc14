import { describe, expect, it } from 'vitest';
import { makeClock, makeServerTime } from '../../../shared/adapters/clock.ts';

const TRUE_START = Date.parse('2026-11-20T18:00:00.700Z');
const HOUR = 60 * 60_000;

/** A machine that is off by so much, a server that is right, and a request between them. */
const setup = (aheadMs: number) => {
  let elapsed = 5_000;
  let ahead = aheadMs;
  const told: number[] = [];
  const trueNow = (): number => TRUE_START + elapsed;
  const time = makeServerTime((found) => told.push(found), {
    now: () => trueNow() + ahead,
    elapsedMs: () => elapsed,
  });
  return {
    time,
    told,
    error: (): number => time.now() - trueNow(),
    pass: (ms: number): void => {
      elapsed += ms;
    },
    set: (to: number): void => {
      ahead = to;
    },
    ask: (thereMs: number, backMs: number): void => {
      const onAnswer = time.asks();
      elapsed += thereMs;
      const date = Math.floor(trueNow() / 1_000) * 1_000;
      elapsed += backMs;
      onAnswer(date);
    },
  };
};

describe('the time of a process', () => {
  it.each([
    ['six hours ahead', 6 * HOUR],
    ['five hours behind', -5 * HOUR],
    ['four seconds ahead', 4_000],
  ])('is that of the server after one answer, on a machine %s', (_, aheadMs) => {
    const { error, ask } = setup(aheadMs);
    expect(error()).toBe(aheadMs);
    ask(20, 20);
    expect(Math.abs(error())).toBeLessThanOrEqual(1_000);
  });

  it.each([0, 900, -900, 2_000, -2_000])(
    'is left alone where seconds explain the difference: %i ms',
    (aheadMs) => {
      const { error, ask } = setup(aheadMs);
      for (let turn = 0; turn < 20; turn += 1) ask(37, 60);
      expect(error()).toBe(aheadMs);
    },
  );

  it('is left alone where a slow answer explains the difference', () => {
    const { error, ask } = setup(9_000);
    ask(10_000, 0);
    expect(error()).toBe(9_000);
    ask(0, 0);
    expect(Math.abs(error())).toBeLessThanOrEqual(1_000);
  });

  it('is not changed by whoever sets the clock of the machine', () => {
    const { error, ask, set } = setup(0);
    ask(20, 20);
    set(6 * HOUR);
    expect(error()).toBe(0);
    ask(20, 20);
    expect(error()).toBe(0);
  });

  it('tells once that the machine is wrong, and again when it is wrong anew', () => {
    const { told, ask, set } = setup(6 * HOUR);
    for (const aheadMs of [6 * HOUR, 6 * HOUR, 0, -5 * HOUR, -5 * HOUR]) {
      set(aheadMs);
      ask(0, 0);
    }
    expect(told.map((ms) => Math.round(ms / HOUR))).toEqual([6, -5]);
  });

  it('tells nothing of a machine that is off by less than half a minute', () => {
    const { told, ask } = setup(28_000);
    ask(0, 0);
    expect(told).toEqual([]);
  });

  it('passes so many times as fast in an accelerated run', () => {
    const { time, pass } = setup(0);
    const clock = makeClock(600, TRUE_START, time.now);
    const before = clock.now();
    pass(1_000);
    expect(clock.now() - before).toBe(600_000);
  });
});
