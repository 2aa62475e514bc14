import { describe, expect, it } from 'vitest';
import { DUE_PER_COMMIT } from '../../../shared/core/decide-time.ts';
import { attempt, hold, POLL_MS, wake } from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf([step('a', { remindAfterMs: [HOUR, 90 * MINUTE] })]);

describe('a wake', () => {
  it('does nothing when nothing is due', () => {
    given(plan, pass(10 * MINUTE - 1))
      .when(wake)
      .thenNothing('nothing is due');
  });

  it('dispatches again what no function answered', () => {
    given(plan, pass(10 * MINUTE))
      .when(wake)
      .then([
        { type: 'step-dispatched', attempt: 1, dispatch: 2, reason: 'read', nextReadAt: T0 + 20 * MINUTE },
      ]);
  });

  it('has the world read', () => {
    given(plan, A.asksWorld(), pass(POLL_MS))
      .when(wake)
      .then([{ type: 'step-dispatched', dispatch: 2, reason: 'read', nextReadAt: T0 + 2 * POLL_MS }]);
  });

  it('reminds whoever was asked, once for what was missed and once for each further time', () => {
    given(plan, A.asksPerson(), pass(HOUR))
      .when(wake)
      .then([{ type: 'reminder-due', stepId: 'a', attempt: 1, subject: 'wait', decideAt: null }])
      .due({ at: T0 + 90 * MINUTE, what: 'reminder' }, { at: T0 + 2 * HOUR, what: 'deadline' });
    given(plan, A.asksPerson(), pass(100 * MINUTE))
      .when(wake)
      .then([{ type: 'reminder-due' }])
      .due({ at: T0 + 2 * HOUR, what: 'deadline' });
  });

  it.each([
    ['of a function that never asked', [], 'its function gave no answer'],
    ['of somebody who never answered', [A.asksPerson()], 'asked of dba'],
  ])('fails the attempt at the limit %s', (_, moments, words) => {
    given(plan, ...moments, pass(2 * HOUR), wake)
      .when(wake)
      .step('a', {
        status: 'failed',
        error: expect.objectContaining({
          code: 'C309',
          message: expect.stringContaining(words),
          at: T0 + 2 * HOUR,
        }),
      });
  });

  it('serves the limit first and no reading of a step that has just failed', () => {
    const short = planOf([step('a', { deadlineMs: POLL_MS })]);
    given(short, A.asksWorld(), pass(POLL_MS))
      .when(wake)
      .then([{ type: 'step-failed' }]);
  });

  it('serves nothing of a step that the limit of another one has just held', () => {
    const patient = planOf([step('a', { onDeadline: 'hold' }), step('b')]);
    given(patient, A.asksPerson(), attempt('b').asksPerson(), pass(2 * HOUR))
      .when(wake)
      .then([{ type: 'deadline-renewed', stepId: 'a' }, { type: 'cutover-held' }]);
  });

  it('serves only so many due times per commit, and the rest by a further wake at once', () => {
    const wide = planOf(
      Array.from({ length: DUE_PER_COMMIT + 1 }, (_, index) => step(`s${index}`)),
      { concurrency: 100 },
    );
    const many = given(wide, pass(10 * MINUTE)).when(wake);
    many.saying(`${DUE_PER_COMMIT} event(s) were due`).sends((messages) => {
      expect(messages.filter(({ queue }) => queue === 'wake')).toEqual([
        {
          queue: 'wake',
          body: { type: 'wake', cutoverId: 'go-live', dueAt: T0 + 10 * MINUTE },
          scheduledAt: T0 + 10 * MINUTE,
        },
      ]);
    });
    given(wide, pass(10 * MINUTE), wake)
      .when(wake)
      .then([{ type: 'step-dispatched', stepId: `s${DUE_PER_COMMIT}` }]);
  });

  it('under a hold serves the reminder of the hold alone', () => {
    given(plan, A.asksWorld(), hold(), pass(2 * HOUR))
      .when(wake)
      .then([{ type: 'hold-reminded' }]);
  });
});
