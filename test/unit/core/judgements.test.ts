import { describe, expect, it } from 'vitest';
import { REDISPATCH_MS } from '../../../shared/core/unanswered.ts';
import type { Judgement } from '../../../shared/core/inputs.ts';
import {
  abort,
  attempt,
  done,
  evidence,
  failed,
  lacks,
  notYet,
  POLL_MS,
  retry,
  skip,
} from '../../support/sample-inputs.ts';
import { chain, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf(chain(step('a', { marks: 'aos-stopped' }), step('b')));
const budgetSpent: Judgement = { verdict: 'not-yet', unmet: [lacks('counting half')], again: true };

describe('a postcondition that was read and holds', () => {
  it('ends the step with its evidence, and marks what it establishes with the time of the reading', () => {
    given(plan, A.asksWorld(), pass(MINUTE))
      .when(A.isJudged(done(T0 + 30_000)))
      .then([
        {
          type: 'step-succeeded',
          stepId: 'a',
          attempt: 1,
          evidence: evidence(T0 + 30_000),
          marks: 'aos-stopped',
        },
        { type: 'step-dispatched', stepId: 'b' },
      ])
      .step('a', {
        status: 'succeeded',
        endedAt: T0 + MINUTE,
        evidence: evidence(T0 + 30_000),
        deadlineAt: null,
      })
      .cutover({ milestones: { 'aos-stopped': T0 + 30_000 } });
  });

  it('is no proof when it was read before the question', () => {
    given(plan, pass(MINUTE), A.asksWorld())
      .when(A.isJudged(done(T0 + MINUTE - 1)))
      .thenRefused('C314');
  });

  it('is no proof when it was read before the claim it has to prove', () => {
    given(plan, A.asksPerson(), pass(MINUTE), A.isReported())
      .when(A.isJudged(done(T0 + MINUTE - 1)))
      .thenRefused('C314');
    given(plan, A.asksPerson(), pass(MINUTE), A.isReported())
      .when(A.isJudged(done(T0 + MINUTE)))
      .step('a', { status: 'succeeded' });
  });
});

describe('a postcondition that was read before something was found missing', () => {
  it('is no proof: a slow function must not undo what a later one has recorded', () => {
    given(plan, A.asksWorld(), pass(MINUTE), A.isJudged(notYet('pending 7')))
      .when(A.isJudged(done(T0 + MINUTE - 1)))
      .thenRefused('C314')
      .step('a', { status: 'waiting', nextReadAt: T0 + POLL_MS });
  });

  it('is a proof when it was read since', () => {
    given(plan, A.asksWorld(), pass(MINUTE), A.isJudged(notYet('pending 7')))
      .when(A.isJudged(done(T0 + MINUTE)))
      .step('a', { status: 'succeeded' });
  });
});

describe('a postcondition that was read and does not hold yet', () => {
  it('is kept as what is missing, each with the time since when', () => {
    given(plan, A.asksWorld(), A.isJudged(notYet('agents 1', 'pending 7')), pass(MINUTE))
      .when(A.isJudged(notYet('pending 5', 'tracer on its way')))
      .then([{ type: 'step-checked', nextReadAt: T0 + POLL_MS }])
      .saying('a waits for 2 condition(s)')
      .step('a', {
        status: 'waiting',
        unmet: [
          { ...lacks('pending 5'), since: T0 },
          { ...lacks('tracer on its way'), since: T0 + MINUTE },
        ],
      });
  });

  it('changes nothing when the same is missing', () => {
    given(plan, A.asksWorld(), A.isJudged(notYet('pending 7')), pass(MINUTE))
      .when(A.isJudged(notYet('pending 7')))
      .thenNothing('a waits for 1 condition(s)');
  });

  it('is read again at once when the reading stopped at its budget', () => {
    given(plan, A.asksWorld())
      .when(A.isJudged(budgetSpent))
      .then([{ type: 'step-checked' }, { type: 'step-dispatched', dispatch: 2, reason: 'read' }]);
    given(plan, A.asksWorld(), A.isJudged(budgetSpent))
      .when(A.isJudged(budgetSpent))
      .then([{ type: 'step-dispatched', dispatch: 3 }]);
  });

  it('is of no interest while somebody has to answer first', () => {
    given(plan, A.asksPerson())
      .when(A.isJudged(notYet('pending 7')))
      .thenNothing('a waits for an answer first');
  });

  it('is kept as well when it hinders the question itself, until the question is asked', () => {
    given(plan, pass(MINUTE))
      .when(A.isJudged(notYet('unreadable')))
      .then([{ type: 'step-checked', nextReadAt: T0 + REDISPATCH_MS }])
      .step('a', { status: 'running', unmet: [{ ...lacks('unreadable'), since: T0 + MINUTE }] });
    given(plan, A.isJudged(notYet('unreadable')))
      .when(A.asksApproval())
      .step('a', { status: 'waiting', unmet: [] });
  });
});

describe('a postcondition that can no longer come true', () => {
  it('fails the attempt', () => {
    given(plan, A.asksWorld())
      .when(A.isJudged(failed('C603')))
      .then([{ type: 'step-failed', error: expect.objectContaining({ code: 'C603' }) }]);
  });
});

describe('a judgement that comes too late', () => {
  it.each([
    ['was skipped', [skip('a')]],
    ['has failed', [A.asksWorld(), A.isJudged(failed())]],
    ['is at a later attempt', [A.asksWorld(), A.isJudged(failed()), retry('a')]],
    [
      'asks anew in a later attempt',
      [A.asksWorld(), A.isJudged(failed()), retry('a'), attempt('a', 2).asksWorld()],
    ],
    ['was aborted with the cutover', [A.asksWorld(), abort()]],
    ['succeeded by an earlier one', [A.asksWorld(), (now: number) => A.isJudged(done(now))]],
  ])('is recorded when the step %s, and the first one stands', (_, moments) => {
    given(plan, ...moments)
      .when((now) => A.isJudged(done(now, 'second')))
      .then([{ type: 'result-late', stepId: 'a', attempt: 1, what: 'done', by: null }], 'C211');
  });

  it('of something missing is of no interest to anybody', () => {
    given(plan, skip('a'))
      .when(A.isJudged(notYet('pending 7')))
      .thenNothing('a attempt 1 is not in hand');
  });

  it('does not end a step that has not asked yet', () => {
    given(plan)
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'result-late' }], 'C211');
  });
});
