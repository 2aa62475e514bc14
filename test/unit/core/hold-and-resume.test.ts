import { describe, expect, it } from 'vitest';
import {
  abort,
  ANNA,
  attempt,
  BERT,
  DBA,
  done,
  failed,
  hold,
  MANAGER,
  notYet,
  observe,
  POLL_MS,
  resume,
  retry,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf(chain(step('a', { remindAfterMs: [HOUR], maxAttempts: 3 }), step('b')));

describe('a hold', () => {
  it('names who holds, why, and when the holder is reminded', () => {
    given(plan, pass(MINUTE))
      .when(hold('the log reader is silent'))
      .then([
        { type: 'cutover-held', by: MANAGER, reason: 'the log reader is silent', remindAt: T0 + 61 * MINUTE },
      ])
      .saying(/nothing new starts/)
      .cutover({
        status: 'running',
        held: {
          since: T0 + MINUTE,
          by: MANAGER,
          reason: 'the log reader is silent',
          remindAt: T0 + 61 * MINUTE,
        },
      });
  });

  it('on top of a hold changes nothing and tells who holds and why', () => {
    given(plan, hold('no backup'))
      .when(hold('me too', DBA))
      .thenNothing(/held already by Mona: no backup/);
  });

  it('ends with an abort', () => {
    given(plan, hold())
      .when(abort())
      .then([{ type: 'cutover-aborted' }])
      .cutover({ held: null, status: 'aborted' });
  });
});

describe('what happens during a hold is recorded and dispatches nothing', () => {
  it('a success', () => {
    given(plan, A.asksWorld(), hold())
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded' }, { type: 'step-ready', stepId: 'b' }]);
  });

  it('a claim, which is read after the resume', () => {
    given(plan, A.asksPerson(), hold(), A.isReported(), pass(MINUTE))
      .when(resume())
      .then([
        { type: 'cutover-resumed' },
        { type: 'step-dispatched', stepId: 'a', dispatch: 2, reason: 'read' },
      ]);
  });

  it('a last vote, after which the evidence is read once the cutover goes on', () => {
    given(plan, A.asksApproval(), hold(), A.isVoted('approve', ANNA))
      .when(A.isVoted('approve', BERT))
      .then([{ type: 'vote-counted' }, { type: 'step-checked', nextReadAt: T0 }])
      .saying('counted 2 of 2');
  });

  it('an answer about an effect', () => {
    given(plan, A.asksAutomation(), A.settles('unknown'), hold())
      .when(A.happened(true))
      .then([{ type: 'effect-answered', happened: true }, { type: 'step-checked' }]);
  });

  it('a reading that stopped at its budget', () => {
    given(plan, A.asksWorld(), hold())
      .when(A.isJudged({ ...notYet('counting'), again: true } as never))
      .then([{ type: 'step-checked' }, { type: 'step-checked', nextReadAt: T0 }]);
  });

  it('a change of replication', () => {
    given(plan, A.asksWorld(), hold())
      .when(observe('pending 5'))
      .then([{ type: 'replication-changed' }])
      .saying('the cutover is held');
  });

  it('a retry, which starts with the resume', () => {
    given(plan, A.asksWorld(), A.isJudged(failed()), hold())
      .when(retry('a'))
      .then([{ type: 'step-ready', stepId: 'a' }])
      .saying('when the cutover goes on');
    given(plan, A.asksWorld(), A.isJudged(failed()), hold(), retry('a'))
      .when(resume())
      .then([
        { type: 'cutover-resumed' },
        { type: 'step-dispatched', stepId: 'a', attempt: 2, reason: 'retry' },
      ]);
  });

  it('but no question is opened', () => {
    given(plan, hold()).when(A.asksPerson()).thenRefused('C304');
  });
});

describe('a resume', () => {
  it('is refused when nothing is held', () => {
    given(plan).when(resume()).thenRefused('C305');
  });

  it('runs again the function that had no chance to ask', () => {
    given(plan, hold(), pass(MINUTE))
      .when(resume())
      .then([
        { type: 'cutover-resumed', heldForMs: MINUTE },
        { type: 'step-dispatched', stepId: 'a', attempt: 1, dispatch: 2 },
      ]);
  });

  it('leaves a person who was asked alone, and shifts the limit and the reminders by the hold', () => {
    given(plan, A.asksPerson(), pass(30 * MINUTE), hold(), pass(8 * HOUR))
      .when(resume())
      .then([{ type: 'cutover-resumed' }])
      .due(
        { at: T0 + 9 * HOUR, what: 'reminder', stepId: 'a' },
        { at: T0 + 10 * HOUR, what: 'deadline', stepId: 'a' },
      )
      .step('a', {
        wait: expect.objectContaining({ deadlineAt: T0 + 10 * HOUR, remindAt: [T0 + 9 * HOUR] }),
      });
  });

  it('gives a step that failed late in the hold its delay, not its delay and the whole hold', () => {
    given(plan, A.asksWorld(), hold(), pass(7 * HOUR), A.isJudged(failed()), pass(HOUR))
      .when(resume())
      .due({ at: T0 + 8 * HOUR + 5 * MINUTE, what: 'retry', stepId: 'a' });
  });

  it('leaves the record of a step that has ended as it is', () => {
    const ended = [A.asksWorld(), (now: number) => A.isJudged(done(now))] as const;
    const { after: before } = given(plan, ...ended).when(hold());
    const { after } = given(plan, ...ended, hold(), pass(HOUR)).when(resume());
    expect(after!.steps.a).toEqual(before!.steps.a);
  });

  it('leaves an announced effect to the look that is due, because its request may be under way', () => {
    given(plan, A.asksWorld({ repeatable: false }), hold(), pass(MINUTE))
      .when(resume())
      .then([{ type: 'cutover-resumed' }])
      .step('a', { nextReadAt: T0 + 11 * MINUTE });
  });

  it('has a step look at the world again at once', () => {
    given(plan, A.asksWorld(), hold(), pass(MINUTE))
      .when(resume())
      .then([
        { type: 'cutover-resumed' },
        { type: 'step-dispatched', reason: 'read', nextReadAt: T0 + MINUTE + POLL_MS },
      ]);
  });

  it('after a limit passed and held the cutover does not hold it again at once', () => {
    const patient = planOf([step('a', { onDeadline: 'hold' })]);
    given(patient, A.asksPerson(), pass(2 * HOUR), wake, pass(HOUR), resume())
      .when(pass(MINUTE), wake)
      .thenNothing('nothing is due');
  });
});

describe('a cutover held by the clock', () => {
  const patient = planOf([step('a', { onDeadline: 'hold', remindAfterMs: [HOUR] })]);

  it('says which step passed its limit, and the limit and the reminders start anew', () => {
    given(patient, A.asksPerson(), pass(HOUR), wake, pass(HOUR))
      .when(wake)
      .then([
        { type: 'deadline-renewed', stepId: 'a', deadlineAt: T0 + 4 * HOUR, remindAt: [T0 + 3 * HOUR] },
        { type: 'cutover-held', by: { id: 'clock', name: 'the clock' }, reason: 'a passed its deadline' },
      ])
      .step('a', { status: 'waiting', deadlineAt: T0 + 4 * HOUR });
  });

  it('does not hold twice when an approval expires under a hold', () => {
    given(patient, A.asksApproval(), hold(), pass(HOUR), wake, pass(HOUR))
      .when(wake)
      .then([{ type: 'deadline-renewed', deadlineAt: T0 + 4 * HOUR }, { type: 'hold-reminded' }]);
  });

  it('renews no reminder for a function that never asked, nor for one who has answered', () => {
    given(patient, pass(2 * HOUR))
      .when(wake)
      .then([
        { type: 'silence-alarmed' },
        { type: 'step-dispatched' },
        { type: 'deadline-renewed', remindAt: [] },
        { type: 'cutover-held' },
      ]);
    given(patient, A.asksPerson(), A.isReported(), pass(2 * HOUR))
      .when(wake)
      .then([
        { type: 'silence-alarmed' },
        { type: 'step-dispatched' },
        { type: 'deadline-renewed', remindAt: [] },
        { type: 'cutover-held' },
      ]);
  });
});
