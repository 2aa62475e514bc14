import { describe, expect, it } from 'vitest';
import { statusOf } from '../../../shared/view/status.ts';
import { attempt, done, failed, hold, resume } from '../../support/sample-inputs.ts';
import { chain, planOf, step } from '../../support/sample-plan.ts';
import { given, type Moment } from '../../support/specification.ts';

const A = attempt('a');
const B = attempt('b');
/** Phases 1, 3 and 5 have no steps, nor has anything after 5. */
const plan = planOf(chain(step('a', { phase: 2 }), step('b', { phase: 4 })));
const A_DONE: readonly Moment[] = [A.asksWorld(), (now) => A.isJudged(done(now))];

/** The last input of a story gives its state: a hold and a resume change no step. */
const phasesAfter = (...moments: readonly Moment[]): string[] => {
  const { after } = given(plan, ...moments, hold()).when(resume());
  if (after === null) throw new Error('the cutover was not started');
  return statusOf(plan, after).phases.map(({ status }) => status);
};
const pending = (count: number): string[] => Array<string>(count).fill('pending');

describe('a phase without steps', () => {
  it('is pending as long as an earlier phase has not begun or is running', () => {
    expect(phasesAfter()).toEqual(['done', 'running', ...pending(8)]);
  });

  it('is done as soon as every earlier phase is done', () => {
    expect(phasesAfter(...A_DONE, B.asksWorld())).toEqual(['done', 'done', 'done', 'running', ...pending(6)]);
  });

  it('is pending after a phase that failed', () => {
    expect(phasesAfter(A.asksWorld(), A.isJudged(failed()))).toEqual(['done', 'failed', ...pending(8)]);
  });

  it('is done once the cutover has completed', () => {
    const { after } = given(plan, ...A_DONE, B.asksWorld()).when((now) => B.isJudged(done(now)));
    expect(after?.status).toBe('completed');
    expect(statusOf(plan, after!).phases.every(({ status }) => status === 'done')).toBe(true);
  });
});
