import { describe, expect, it } from 'vitest';
import { dueItems, earliestDue } from '../../../shared/core/due.ts';
import { abort, attempt, failed, hold, POLL_MS, skip } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf([
  ...chain(step('a', { remindAfterMs: [HOUR], maxAttempts: 2 }), step('b')),
  step('c', { deadlineMs: HOUR }),
]);
const C = [
  { at: T0 + 10 * MINUTE, what: 'read', stepId: 'c' },
  { at: T0 + HOUR, what: 'deadline', stepId: 'c' },
] as const;

describe('what a cutover must still do, earliest first', () => {
  it('is nothing before it exists and after it has ended', () => {
    expect(earliestDue(null)).toBeNull();
    const { after } = given(plan).when(abort());
    expect(dueItems(after!)).toEqual([]);
    expect(earliestDue(after)).toBeNull();
  });

  it('is nothing for a step that waits for its turn or has ended', () => {
    given(plan, skip('c'))
      .when(skip('a'))
      .due(
        { at: T0 + 10 * MINUTE, what: 'read', stepId: 'b' },
        { at: T0 + 2 * HOUR, what: 'deadline', stepId: 'b' },
      );
  });

  it('is limit, reminder and reading of a step in hand', () => {
    given(plan)
      .when(A.asksPerson())
      .due(C[0], { at: T0 + HOUR, what: 'reminder', stepId: 'a' }, C[1], {
        at: T0 + 2 * HOUR,
        what: 'deadline',
        stepId: 'a',
      });
    given(plan, skip('c'))
      .when(A.asksWorld())
      .due(
        { at: T0 + POLL_MS, what: 'read', stepId: 'a' },
        { at: T0 + HOUR, what: 'reminder', stepId: 'a' },
        { at: T0 + 2 * HOUR, what: 'deadline', stepId: 'a' },
      );
  });

  it('is the retry of a failed step, and a reminder only where somebody has to decide', () => {
    given(plan, skip('c'), A.asksWorld())
      .when(A.isJudged(failed()))
      .due({ at: T0 + 5 * MINUTE, what: 'retry', stepId: 'a' });
    given(plan, skip('c'), A.asksPerson())
      .when(A.isReported('fail'))
      .due({ at: T0 + 30 * MINUTE, what: 'decision-reminder', stepId: 'a' });
  });

  it('is under a hold the reminder of the hold and the expiry of approvals', () => {
    given(plan, A.asksApproval(), pass(MINUTE))
      .when(hold())
      .due(
        { at: T0 + 61 * MINUTE, what: 'hold-reminder' },
        { at: T0 + 2 * HOUR, what: 'deadline', stepId: 'a' },
      );
  });
});
