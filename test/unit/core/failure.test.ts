import { describe, expect, it } from 'vitest';
import {
  abort,
  ANNA,
  attempt,
  DBA,
  done,
  failed,
  hold,
  MANAGER,
  redrive,
  resume,
  retry,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf(chain(step('a'), step('b')));
const tireless = planOf([step('a', { maxAttempts: 4 })]);
const failedOnce = [A.asksWorld(), A.isJudged(failed())] as const;

describe('a failed attempt', () => {
  it('keeps the reason and what to do, and reminds of the decision it waits for', () => {
    given(plan, A.asksWorld(), pass(MINUTE))
      .when(A.isJudged(failed()))
      .then([
        {
          type: 'step-failed',
          stepId: 'a',
          attempt: 1,
          error: { code: 'C604', message: 'it runs', next: 'stop it', at: T0 + MINUTE },
          retryAt: null,
          decideAt: T0 + 31 * MINUTE,
        },
      ])
      .step('a', { status: 'failed', deadlineAt: null, nextReadAt: null, unmet: [] })
      .step('b', { status: 'pending' })
      .due({ at: T0 + 31 * MINUTE, what: 'decision-reminder', stepId: 'a' });
  });

  it('is tried again by itself after the delay, which doubles', () => {
    given(tireless, ...failedOnce, pass(5 * MINUTE))
      .when(wake)
      .then([
        { type: 'step-ready', stepId: 'a' },
        {
          type: 'step-dispatched',
          attempt: 2,
          dispatch: 1,
          reason: 'retry',
          deadlineAt: T0 + 2 * HOUR + 5 * MINUTE,
        },
      ])
      .step('a', { status: 'running', error: null, wait: null, startedAt: T0 });
    const again = attempt('a', 2);
    given(tireless, ...failedOnce, pass(5 * MINUTE), wake, again.asksWorld())
      .when(again.isJudged(failed()))
      .due({ at: T0 + 15 * MINUTE, what: 'retry', stepId: 'a' });
  });

  it('waits an hour at most however often it failed, unless the plan itself names a longer delay', () => {
    const plans = [5 * MINUTE, 3 * HOUR].map((retryDelayMs) =>
      planOf([step('a', { maxAttempts: 20, retryDelayMs })]),
    );
    const retriesAfter = plans.map((one) => {
      const tries = Array.from({ length: 9 }, (_, index) => attempt('a', index + 1));
      const moments = tries.flatMap((of) => [of.asksWorld(), of.isJudged(failed()), retry('a')]);
      const last = attempt('a', 10);
      const { now, due } = given(one, ...moments, last.asksWorld()).when(last.isJudged(failed()));
      expect(now).toBe(T0);
      return due;
    });
    retriesAfter[0]!({ at: T0 + HOUR, what: 'retry', stepId: 'a' });
    retriesAfter[1]!({ at: T0 + 3 * HOUR, what: 'retry', stepId: 'a' });
  });

  it('waits for a decision after the last attempt that needs nobody', () => {
    const twice = planOf([step('a', { maxAttempts: 2 })]);
    const again = attempt('a', 2);
    given(twice, ...failedOnce, pass(5 * MINUTE), wake, again.asksWorld())
      .when(again.isJudged(failed()))
      .then([{ type: 'step-failed', attempt: 2, retryAt: null }]);
  });

  it('waits for its place when others took all of them', () => {
    const narrow = planOf([step('a', { maxAttempts: 2 }), step('b')], { concurrency: 1 });
    given(narrow, ...failedOnce, pass(5 * MINUTE))
      .when(wake)
      .then([{ type: 'step-ready', stepId: 'a' }])
      .step('a', { status: 'ready', attempt: 1 });
  });

  it('reminds again while nobody decides', () => {
    given(plan, ...failedOnce, pass(30 * MINUTE))
      .when(wake)
      .then([{ type: 'reminder-due', stepId: 'a', subject: 'decision', decideAt: T0 + HOUR }])
      .due({ at: T0 + HOUR, what: 'decision-reminder', stepId: 'a' });
  });
});

describe('an attempt is not tried again by itself', () => {
  const waitsForDecision = { type: 'step-failed', retryAt: null } as const;

  it('when a person reported the failure', () => {
    given(tireless, A.asksPerson())
      .when(A.isReported('fail', DBA, 'no disk'))
      .then([
        { type: 'completion-received' },
        { ...waitsForDecision, error: expect.objectContaining({ code: 'C310' }) },
      ]);
  });

  it('when the approval was denied', () => {
    given(tireless, A.asksApproval())
      .when(A.isVoted('deny', ANNA))
      .then([{ type: 'vote-counted' }, waitsForDecision]);
  });

  it('when its effect was accepted and could be doubled', () => {
    given(tireless, A.asksWorld({ repeatable: false }), A.settles('accepted'))
      .when(A.isJudged(failed()))
      .then([waitsForDecision]);
  });

  it('when its effect did not happen by the word of a person', () => {
    given(tireless, A.asksWorld({ repeatable: false }), A.settles('unknown'))
      .when(A.happened(false))
      .then([{ type: 'effect-answered' }, waitsForDecision]);
  });

  it('when its limit passes and its effect has happened; who decides is told to look first', () => {
    given(tireless, A.asksAutomation(), A.settles('accepted'), pass(2 * HOUR))
      .when(wake, wake)
      .step('a', {
        status: 'failed',
        retryAt: null,
        error: expect.objectContaining({ code: 'C309', next: expect.stringMatching(/^Look outside/) }),
      });
  });
});

describe('an attempt is tried again by itself', () => {
  const triesAgain = { type: 'step-failed', retryAt: T0 + 5 * MINUTE } as const;

  it('when its effect was refused', () => {
    given(tireless, A.asksWorld({ repeatable: false }))
      .when(A.settles('refused'))
      .then([{ type: 'effect-settled' }, triesAgain]);
  });

  it('when doubling its effect harms nobody', () => {
    given(tireless, A.asksWorld({ repeatable: true }), A.settles('accepted'))
      .when(A.isJudged(failed()))
      .then([triesAgain]);
  });

  it('when an automation without an effect of ours reports a failure', () => {
    given(tireless, A.asksAutomation(null))
      .when(A.callsBack('fail'))
      .then([{ type: 'completion-received' }, triesAgain]);
  });
});

describe('a retry', () => {
  it('starts a new attempt with fresh limits', () => {
    given(plan, ...failedOnce, pass(HOUR))
      .when(retry('a'))
      .then(
        [
          { type: 'step-ready', stepId: 'a' },
          { type: 'step-dispatched', attempt: 2, reason: 'retry', deadlineAt: T0 + 3 * HOUR },
        ],
        { code: 'applied', detail: { attempt: 2 } },
      )
      .step('a', { status: 'running', attempt: 2, dispatch: 1, wait: null, error: null });
  });

  it('after a passed limit does not pass the limit again at once', () => {
    given(plan, A.asksPerson(), pass(2 * HOUR), wake, pass(8 * HOUR), retry('a'))
      .when(wake)
      .thenNothing('nothing is due');
  });

  it('goes before the delay when somebody asks for it', () => {
    given(tireless, ...failedOnce)
      .when(retry('a'))
      .step('a', { status: 'running', attempt: 2, retryAt: null });
  });

  it('waits for a place and says so', () => {
    const narrow = planOf([step('a'), step('b')], { concurrency: 1 });
    given(narrow, ...failedOnce)
      .when(retry('a'))
      .then([{ type: 'step-ready', stepId: 'a' }], { code: 'applied', detail: { attempt: 2 } })
      .saying('when another step leaves its place');
  });

  it('is refused for a step that has not failed', () => {
    given(plan).when(retry('a')).thenRefused('C306').saying('a is running');
  });

  it('is refused for a step that has ended', () => {
    given(plan, skip('a')).when(retry('a')).thenRefused('C308');
  });
});

describe('a skip', () => {
  it('passes an optional step by a waiver in a name, and what waited for it starts', () => {
    given(plan, A.asksPerson(), pass(MINUTE))
      .when(skip('a'))
      .then([
        { type: 'step-skipped', stepId: 'a', by: MANAGER, reason: 'not needed' },
        { type: 'step-dispatched', stepId: 'b' },
      ])
      .step('a', {
        status: 'skipped',
        endedAt: T0 + MINUTE,
        waiver: { by: MANAGER, reason: 'not needed', at: T0 + MINUTE, second: null },
        deadlineAt: null,
      });
  });

  it('passes a failed step', () => {
    given(plan, ...failedOnce)
      .when(skip('a'))
      .step('b', { status: 'running' });
  });

  it('is refused for a required step', () => {
    given(planOf([step('a', { required: true })]))
      .when(skip('a'))
      .thenRefused('C307');
  });

  it('is refused for a step that has ended', () => {
    given(plan, skip('a')).when(skip('a')).thenRefused('C308');
  });
});

describe('an abort', () => {
  it('ends the cutover and cancels what has not ended', () => {
    given(plan, A.asksWorld(), (now) => A.isJudged(done(now)), pass(MINUTE))
      .when(abort('no way on'))
      .then([{ type: 'cutover-aborted', by: MANAGER, reason: 'no way on' }])
      .step('a', { status: 'succeeded' })
      .step('b', { status: 'cancelled', endedAt: T0 + MINUTE, nextReadAt: null })
      .cutover({ status: 'aborted', endedAt: T0 + MINUTE })
      .due();
  });

  it('is final', () => {
    given(plan, abort()).when(abort()).thenRefused('C303').saying('go-live is aborted');
    given(plan, abort()).when(resume()).thenRefused('C303');
  });
});

describe('a redrive', () => {
  it('dispatches a step in hand once more, and older dispatches then do nothing', () => {
    given(plan)
      .when(redrive('a', 'd1'))
      .then(
        [
          { type: 'message-redriven', stepId: 'a', deadLetterId: 'd1', by: MANAGER },
          { type: 'step-dispatched', stepId: 'a', attempt: 1, dispatch: 2, reason: 'redrive' },
        ],
        { code: 'applied', detail: { dispatch: 2 } },
      );
  });

  it('of a step that waits for a person does not make its function look for ever', () => {
    given(plan, A.asksPerson())
      .when(redrive('a'))
      .due({ at: T0 + 2 * HOUR, what: 'deadline', stepId: 'a' });
  });

  it('is refused for a step that is not in hand', () => {
    given(plan).when(redrive('b')).thenRefused('C313').saying('b is pending');
  });

  it('is refused while held', () => {
    given(plan, hold()).when(redrive('a')).thenRefused('C304');
  });

  it('of no step does what is due, held or not, and is recorded even when nothing is', () => {
    given(plan, pass(10 * MINUTE))
      .when(redrive(null))
      .then([{ type: 'message-redriven', stepId: null, by: MANAGER }, { type: 'step-dispatched' }]);
    given(plan, hold(), pass(10 * MINUTE))
      .when(redrive(null))
      .then([{ type: 'message-redriven' }], { code: 'applied', message: 'nothing of go-live is due now' });
  });
});
