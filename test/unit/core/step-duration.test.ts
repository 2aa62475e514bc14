import { describe, expect, it } from 'vitest';
import { durationOf, samplesOf } from '../../../shared/core/step-duration.ts';
import { attempt, done, skip } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const planned = step('a', { plannedMs: HOUR, deadlineMs: 3 * HOUR });

describe('how long a step takes', () => {
  it.each<[string, readonly number[], object]>([
    [
      'is planned, and at the longest its limit, where nobody rehearsed',
      [],
      { basis: 'planned', samples: 0, shortestMs: HOUR, likelyMs: HOUR, longestMs: 3 * HOUR },
    ],
    [
      'is what the only rehearsal took',
      [7],
      { basis: 'rehearsed', samples: 1, shortestMs: 7, likelyMs: 7, longestMs: 7 },
    ],
    [
      'is the median of three rehearsals, whatever their order',
      [9, 2, 5],
      { basis: 'rehearsed', samples: 3, shortestMs: 2, likelyMs: 5, longestMs: 9 },
    ],
    [
      'is the middle between the two middle ones of four',
      [10, 2, 5, 8],
      { basis: 'rehearsed', samples: 4, shortestMs: 2, likelyMs: 7, longestMs: 10 },
    ],
    [
      'is rounded to whole milliseconds',
      [2, 5],
      { basis: 'rehearsed', samples: 2, shortestMs: 2, likelyMs: 4, longestMs: 5 },
    ],
  ])('%s', (_, samples, expected) => {
    expect(durationOf(planned, new Map([['a', samples]]))).toEqual(expected);
  });

  it('is never at the longest less than planned', () => {
    const odd = step('a', { plannedMs: HOUR, deadlineMs: MINUTE });
    expect(durationOf(odd, new Map()).longestMs).toBe(HOUR);
  });
});

describe('the samples of rehearsals', () => {
  const plan = planOf(chain(step('a'), step('b'), step('c')));
  const A = attempt('a');
  const B = attempt('b');
  const { after } = given(
    plan,
    A.asksWorld(),
    pass(HOUR),
    (now) => A.isJudged(done(now)),
    B.asksWorld(),
    pass(20 * MINUTE),
    (now) => B.isJudged(done(now)),
  ).when(skip('c'));
  const rehearsal = { plan, state: after! };
  const late = T0 + 9 * HOUR;

  it('have the time from the first dispatch to the success, once for each rehearsal', () => {
    const samples = samplesOf(plan, [rehearsal, rehearsal], late);
    expect([...samples]).toEqual([
      ['a', [HOUR, HOUR]],
      ['b', [20 * MINUTE, 20 * MINUTE]],
    ]);
  });

  it('have only what had ended by the instant', () => {
    expect([...samplesOf(plan, [rehearsal], T0 + HOUR).keys()]).toEqual(['a']);
    expect([...samplesOf(plan, [rehearsal], T0 + HOUR - 1).keys()]).toEqual([]);
  });

  it('have nothing of a step of another kind, or that this plan does not have', () => {
    const other = planOf([step('a', { kind: 'approval' }), step('d')]);
    expect([...samplesOf(other, [rehearsal], late).keys()]).toEqual([]);
  });

  it.each<[string, object]>([
    ['was recorded as done outside', { attempt: 0 }],
    ['took no time', { startedAt: T0 + HOUR }],
    ['has no beginning', { startedAt: null }],
    ['has no end', { endedAt: null }],
  ])('have nothing of a step that %s', (_, differs) => {
    const state = { ...after!, steps: { ...after!.steps, a: { ...after!.steps.a!, ...differs } } };
    expect([...samplesOf(plan, [{ plan, state }], late).keys()]).toEqual(['b']);
  });

  it('have nothing of a step that the rehearsal does not know', () => {
    const { a: _, ...steps } = after!.steps;
    expect([...samplesOf(plan, [{ plan, state: { ...after!, steps } }], late).keys()]).toEqual(['b']);
  });
});
