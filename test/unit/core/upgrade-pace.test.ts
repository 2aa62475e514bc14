import { describe, expect, it } from 'vitest';
import type { RehearsalTimes, TimedStep } from '../../../shared/core/upgrade-pace.ts';
import { expectationOf, lateInWords, paceConditions, paceOf } from '../../../shared/core/upgrade-pace.ts';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2031, 4, 3, 1, 0);

/** A run as its log has it: each sub-step, one after the other, with its minutes. */
type Run = readonly (readonly [name: string, minutes: number])[];

/** The log of a run as the database shows it at a time. */
const logAt = (run: Run, now: number): readonly TimedStep[] => {
  let at = BEGIN;
  return run.flatMap(([name, minutes]) => {
    const [startedAt, end] = [at, at + minutes * MINUTE];
    at = end;
    if (startedAt > now) return [];
    const isOver = end <= now;
    return { name, status: isOver ? 'Completed' : 'In Progress', startedAt, endedAt: isOver ? end : null };
  });
};

const timesOf = (run: Run): RehearsalTimes =>
  Object.fromEntries(run.map(([name, minutes]) => [name, [minutes * MINUTE]]));

describe('a replayed log of two runs', () => {
  const rehearsal: Run = [
    ['PreSync', 30],
    ['DbSync-SyncSchema / FullTableSync', 60],
    ['PostSync', 45],
  ];
  const real: Run = [
    ['PreSync', 40],
    ['DbSync-SyncSchema / FullTableSync', 90],
    ['PostSync', 45],
  ];
  const look = (minute: number) => {
    const now = BEGIN + minute * MINUTE;
    return paceOf(logAt(real, now), timesOf(rehearsal), now);
  };

  it('alarms while a sub-step takes longer than it did, and at no other time', () => {
    const alarms = Array.from({ length: 36 }, (_, poll) => [
      poll * 5,
      paceConditions(look(poll * 5)).map(({ code }) => code),
    ]).filter(([, codes]) => (codes as readonly string[]).length > 0);
    expect(alarms).toEqual([
      [35, ['pace-critical:PreSync']],
      ...[105, 110, 115, 120, 125].map((minute) => [
        minute,
        ['pace-critical:DbSync-SyncSchema / FullTableSync'],
      ]),
    ]);
  });

  it('shows the slowest first', () => {
    expect(look(60).map(({ name }) => name)).toEqual(['PreSync', 'DbSync-SyncSchema / FullTableSync']);
    expect(look(129).map(({ name, elapsedMs }) => [name, elapsedMs / MINUTE])).toEqual([
      ['DbSync-SyncSchema / FullTableSync', 89],
      ['PreSync', 40],
    ]);
    expect(lateInWords(look(175))).toBe(
      '; longer than rehearsed: DbSync-SyncSchema / FullTableSync by 30min, PreSync by 10min',
    );
  });

  it('says the same words as long as it lasts', () => {
    expect(paceConditions(look(125))).toEqual(paceConditions(look(105)));
    expect(paceConditions(look(105))[0]?.message).toBe(
      'DbSync-SyncSchema / FullTableSync takes longer than in any of 1 rehearsal(s) (1h)',
    );
  });
});

describe('the limit of a sub-step', () => {
  const minutes = (...of: number[]): RehearsalTimes => ({ PostSync: of.map((one) => one * MINUTE) });
  const open = (elapsed: number): readonly TimedStep[] =>
    [
      { name: 'PostSync', status: 'In Progress', startedAt: BEGIN, endedAt: null },
      { name: 'a step to come', status: 'Not Started', startedAt: null, endedAt: null },
    ].map((step) => ({
      ...step,
      startedAt: step.startedAt === null ? null : step.startedAt - elapsed * MINUTE,
    }));
  const ten = minutes(10, 11, 12, 13, 14, 15, 16, 17, 30, 60);

  it.each([
    { name: 'one rehearsal, its time', times: minutes(30), elapsed: 30, codes: [] },
    { name: 'one rehearsal', times: minutes(30), elapsed: 30.1, codes: ['pace-critical:PostSync'] },
    { name: 'four rehearsals, their maximum', times: minutes(60, 10, 10, 10), elapsed: 60, codes: [] },
    {
      name: 'four rehearsals',
      times: minutes(60, 10, 10, 10),
      elapsed: 61,
      codes: ['pace-critical:PostSync'],
    },
    { name: 'ten rehearsals, their 90th percentile', times: ten, elapsed: 30, codes: [] },
    { name: 'ten rehearsals, beyond it', times: ten, elapsed: 31, codes: ['pace-warning:PostSync'] },
    { name: 'ten rehearsals, their maximum', times: ten, elapsed: 60, codes: ['pace-warning:PostSync'] },
    { name: 'ten rehearsals, beyond all', times: ten, elapsed: 61, codes: ['pace-critical:PostSync'] },
    {
      name: 'five rehearsals',
      times: minutes(1, 2, 3, 4, 5),
      elapsed: 5.1,
      codes: ['pace-critical:PostSync'],
    },
    { name: 'rehearsals of something else', times: { PreSync: [1] }, elapsed: 600, codes: [] },
    { name: 'an empty list', times: minutes(), elapsed: 600, codes: [] },
  ])('with $name after $elapsed minutes: $codes', ({ times, elapsed, codes }) => {
    const pace = paceOf(open(elapsed), times, BEGIN);
    expect(paceConditions(pace).map(({ code }) => code)).toEqual(codes);
  });

  it('names the percentile', () => {
    expect(paceConditions(paceOf(open(31), ten, BEGIN))[0]?.message).toBe(
      'PostSync takes longer than in nine of ten rehearsals (30min)',
    );
  });

  it.each([
    { name: 'rehearsed', times: ten, says: '; it took at most 1h in 10 rehearsal(s)' },
    {
      name: 'never rehearsed',
      times: {},
      says: '; no rehearsal says how long it takes',
    },
  ])('says what is known of what was $name', ({ times, says }) => {
    expect(expectationOf(paceOf(open(1), times, BEGIN))).toBe(says);
  });
});

it('says of several open sub-steps which it speaks of', () => {
  const open = ['PreSync', 'PostSync'].map((name) => ({
    name,
    status: 'In Progress',
    startedAt: BEGIN,
    endedAt: null,
  }));
  expect(expectationOf(paceOf(open, { PostSync: [MINUTE] }, BEGIN))).toBe(
    '; PostSync took at most 1min in 1 rehearsal(s); no rehearsal says how long PreSync takes',
  );
});

describe('a sub-step that has ended', () => {
  const ended = (name: string, minutes: number, endedAt: number | null = BEGIN): TimedStep => ({
    name,
    status: 'Completed',
    startedAt: BEGIN - minutes * MINUTE,
    endedAt,
  });

  it('raises no alarm and is expected no more, also where its end is missing', () => {
    const pace = paceOf([ended('A', 90), ended('B', 90, null)], { A: [MINUTE], B: [MINUTE] }, BEGIN);
    expect(paceConditions(pace)).toEqual([]);
    expect(expectationOf(pace)).toBe('');
  });

  it('is told only if it took a minute longer', () => {
    const times = { A: [10 * MINUTE], B: [10 * MINUTE] };
    expect(lateInWords(paceOf([ended('A', 10.9), ended('C', 500)], times, BEGIN))).toBe('');
    expect(lateInWords(paceOf([ended('A', 10.9), ended('B', 11)], times, BEGIN))).toBe(
      '; longer than rehearsed: B by 1min',
    );
  });

  it('that nobody rehearsed comes last, the longest first', () => {
    const steps = [ended('C', 5), ended('toString', 9), ended('A', 1)];
    expect(paceOf(steps, { A: [90 * MINUTE] }, BEGIN).map(({ name }) => name)).toEqual([
      'A',
      'toString',
      'C',
    ]);
  });

  it('never took less than nothing', () => {
    expect(paceOf([ended('A', -5)], {}, BEGIN)[0]?.elapsedMs).toBe(0);
  });
});
