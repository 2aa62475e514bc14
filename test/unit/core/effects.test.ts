import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../shared/core/errors.ts';
import {
  abort,
  attempt,
  DBA,
  done,
  hold,
  observe,
  POLL_MS,
  redrive,
  retry,
  wake,
} from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const second = attempt('a', 2);
const plan = planOf([step('a', { remindAfterMs: [HOUR, 90 * MINUTE, 119 * MINUTE] })]);
const ONCE = { repeatable: false };
const AGAIN = { repeatable: true };
const GRACE = 10 * MINUTE;

describe('opening a wait', () => {
  it('asks a person: with limit and the reminders that come before it', () => {
    // The last reminder would fall on the limit itself.
    given(plan, pass(MINUTE))
      .when(A.asksPerson())
      .then([{ type: 'step-opened', stepId: 'a', attempt: 1, effect: null, nextReadAt: null }], {
        code: 'applied',
        detail: { fires: false },
      })
      .step('a', {
        status: 'waiting',
        effect: null,
        wait: {
          asks: 'person',
          openedAt: T0 + MINUTE,
          deadlineAt: T0 + 2 * HOUR,
          remindAt: [T0 + 61 * MINUTE, T0 + 91 * MINUTE],
          tokenHash: null,
          claim: null,
          votes: [],
          rule: null,
          evidenceHash: null,
        },
      });
  });

  it('asks the world: it is read at the pace of the kind, and its owner is reminded all the same', () => {
    given(plan)
      .when(A.asksWorld())
      .then([{ type: 'step-opened', nextReadAt: T0 + POLL_MS }])
      .due(
        { at: T0 + POLL_MS, what: 'read', stepId: 'a' },
        { at: T0 + HOUR, what: 'reminder', stepId: 'a' },
        { at: T0 + 2 * HOUR, what: 'deadline', stepId: 'a' },
      );
  });

  it('reads a millisecond later at the earliest, so that a pace of nothing is no endless loop', () => {
    given(plan)
      .when({ ...A.asksWorld(), pollEveryMs: 0 } as never)
      .due(
        { at: T0 + 1, what: 'read' },
        { at: T0 + HOUR, what: 'reminder' },
        { at: T0 + 2 * HOUR, what: 'deadline' },
      );
    given(plan, { ...A.asksWorld(), pollEveryMs: 0 } as never, pass(1))
      .when(wake)
      .then([{ type: 'step-dispatched', nextReadAt: T0 + 2 }]);
  });

  it('announces its effect before it is tried, and looks after it when nobody settles it', () => {
    given(plan)
      .when(A.asksAutomation(ONCE))
      .then([{ type: 'step-opened', effect: ONCE, nextReadAt: T0 + GRACE }], {
        code: 'applied',
        detail: { fires: true },
      })
      .step('a', {
        effect: { announcedAt: T0, outcome: 'open', repeatable: false, reference: null },
        wait: expect.objectContaining({ tokenHash: 'token' }),
      });
  });

  it('is won by one run of the function only', () => {
    given(plan, A.asksPerson()).when(A.asksPerson()).thenRefused('C312').saying('a attempt 1');
  });

  it.each([
    ['of an attempt that is not there yet', attempt('a', 2).asksPerson()],
    ['of an attempt that never was', attempt('a', 0).asksPerson()],
  ])('is refused %s', (_, what) => {
    given(plan).when(what).thenRefused('C312');
  });
});

describe('an announced effect', () => {
  it('that was accepted is waited for', () => {
    given(plan, A.asksAutomation(ONCE))
      .when(A.settles('accepted'))
      .then([
        { type: 'effect-settled', outcome: 'accepted', reference: 'job-7', nextReadAt: null, decideAt: null },
      ])
      .step('a', {
        status: 'waiting',
        effect: { announcedAt: T0, outcome: 'accepted', repeatable: false, reference: 'job-7' },
      });
  });

  it('that was accepted by the world is read at once', () => {
    given(plan, A.asksWorld(ONCE), pass(MINUTE))
      .when(A.settles('accepted'))
      .then([{ type: 'effect-settled', nextReadAt: T0 + MINUTE }]);
  });

  it('that was refused fails the attempt with the reason given', () => {
    given(plan, A.asksAutomation(ONCE))
      .when(A.settles('refused', { code: 'C702', message: 'busy', next: 'wait' }))
      .then([
        { type: 'effect-settled', outcome: 'refused' },
        { type: 'step-failed', error: { code: 'C702', message: 'busy', next: 'wait', at: T0 } },
      ]);
  });

  it('that was refused without a reason fails the attempt too', () => {
    given(plan, A.asksAutomation(ONCE))
      .when(A.settles('refused', null))
      .then([
        { type: 'effect-settled' },
        { type: 'step-failed', error: expect.objectContaining({ code: 'C803' }) },
      ]);
  });

  it('is settled once', () => {
    given(plan, A.asksAutomation(ONCE), A.settles('accepted'))
      .when(A.settles('unknown'))
      .thenNothing(/is settled/);
    given(plan, A.asksPerson())
      .when(A.settles('accepted'))
      .thenNothing(/is settled/);
  });

  it('that is a question to a person already is settled by an answer that was slow', () => {
    const asked = [A.settles('unknown'), pass(HOUR)] as const;
    given(plan, A.asksWorld(ONCE), ...asked)
      .when(A.settles('accepted'))
      .then([{ type: 'effect-settled', outcome: 'accepted', nextReadAt: T0 + HOUR, decideAt: null }])
      .step('a', { status: 'waiting' });
    given(plan, A.asksAutomation(ONCE), ...asked)
      .when(A.settles('refused'))
      .then([{ type: 'effect-settled', outcome: 'refused', decideAt: null }, { type: 'step-failed' }]);
    given(plan, A.asksAutomation(ONCE), ...asked)
      .when(A.settles('unknown'))
      .thenNothing(/is settled/);
  });

  it.each([
    ['the attempt failed by its automation', [A.callsBack('fail')]],
    ['a later attempt runs', [A.callsBack('fail'), retry('a')]],
    ['the cutover was aborted', [abort()]],
  ])('leaves its outcome in the record even when %s meanwhile', (_, moments) => {
    given(plan, A.asksAutomation(ONCE), ...moments)
      .when(A.settles('accepted'))
      .then([{ type: 'result-late', stepId: 'a', attempt: 1, what: 'effect accepted', by: null }], 'C211');
  });

  it('is proven by an answer, whatever became of the response', () => {
    given(plan, A.asksAutomation(ONCE))
      .when(A.callsBack())
      .then([
        { type: 'completion-received' },
        { type: 'effect-settled', outcome: 'accepted', reference: null },
        { type: 'step-dispatched', reason: 'claim' },
      ]);
    given(plan, A.asksAutomation(ONCE), A.settles('unknown'))
      .when(A.callsBack())
      .step('a', { decideAt: null, effect: expect.objectContaining({ outcome: 'accepted' }) });
  });
});

describe('an effect nobody settled', () => {
  it('is looked into after its grace, and again after another while the look has no result', () => {
    given(plan, A.asksAutomation(ONCE), pass(GRACE))
      .when(wake)
      .then([{ type: 'step-dispatched', dispatch: 2, reason: 'read', nextReadAt: T0 + 2 * GRACE }]);
  });

  it('fires again after its grace when doubling harms nobody', () => {
    given(plan, A.asksWorld(AGAIN), pass(GRACE))
      .when(A.firesAgain())
      .then([{ type: 'effect-repeated', stepId: 'a', attempt: 1 }])
      .step('a', { effect: { announcedAt: T0 + GRACE, outcome: 'open', repeatable: true, reference: null } });
  });

  it.each([
    ['before its grace', [A.asksWorld(AGAIN), pass(GRACE - 1)]],
    ['a second time at once', [A.asksWorld(AGAIN), pass(GRACE), A.firesAgain()]],
    ['when it must not be doubled', [A.asksWorld(ONCE), pass(GRACE)]],
    ['when it is settled', [A.asksWorld(AGAIN), A.settles('accepted'), pass(GRACE)]],
    ['while held', [A.asksWorld(AGAIN), pass(GRACE), hold()]],
    ['when there is none', [A.asksWorld(), pass(GRACE)]],
    ['before it is announced', [pass(GRACE)]],
  ])('does not fire again %s', (_, moments) => {
    given(plan, ...moments)
      .when(A.firesAgain())
      .thenRefused('C312');
  });
});

describe('an effect in doubt', () => {
  const doubtful = [A.asksWorld(ONCE), pass(GRACE), wake, A.settles('unknown')] as const;

  it('waits for a person, who is reminded of it besides the question', () => {
    given(plan, A.asksWorld(ONCE), pass(GRACE))
      .when(A.settles('unknown'))
      .then([{ type: 'effect-settled', outcome: 'unknown', nextReadAt: null, decideAt: T0 + 40 * MINUTE }])
      .due(
        { at: T0 + 40 * MINUTE, what: 'decision-reminder', stepId: 'a' },
        { at: T0 + HOUR, what: 'reminder', stepId: 'a' },
        { at: T0 + 2 * HOUR, what: 'deadline', stepId: 'a' },
      );
  });

  it('reminds again and again, half an hour apart', () => {
    given(plan, ...doubtful, pass(30 * MINUTE))
      .when(wake)
      .then([{ type: 'reminder-due', subject: 'decision', decideAt: T0 + 70 * MINUTE }]);
  });

  it('that was settled under a hold reminds half an hour after the hold', () => {
    given(plan, A.asksWorld(ONCE), hold(), pass(HOUR), A.settles('unknown'), pass(HOUR))
      .when({ type: 'resume', by: DBA })
      .due(
        { at: T0 + 2 * HOUR + 30 * MINUTE, what: 'decision-reminder' },
        { at: T0 + 3 * HOUR, what: 'reminder' },
        { at: T0 + 4 * HOUR, what: 'deadline' },
      );
  });

  it('is not read again by a redrive either: only the answer of a person brings it on', () => {
    given(plan, ...doubtful)
      .when(redrive('a'))
      .step('a', { nextReadAt: null });
  });

  it('is not read when replication changes', () => {
    given(plan, ...doubtful)
      .when(observe('pending 1'))
      .then([{ type: 'replication-changed' }]);
  });

  it('that happened is read at once', () => {
    given(plan, ...doubtful)
      .when(A.happened(true))
      .then([
        { type: 'effect-answered', happened: true, by: DBA },
        { type: 'step-dispatched', reason: 'answer', nextReadAt: T0 + GRACE + POLL_MS },
      ])
      .saying('happened, says Dirk')
      .step('a', { decideAt: null, effect: expect.objectContaining({ outcome: 'accepted' }) });
  });

  it('that happened leaves the step to the automation that still has to report', () => {
    given(plan, A.asksAutomation(ONCE), A.settles('unknown'))
      .when(A.happened(true))
      .step('a', { status: 'waiting', nextReadAt: null });
  });

  it('that did not happen fails the attempt', () => {
    given(plan, ...doubtful)
      .when(A.happened(false))
      .then([
        { type: 'effect-answered', happened: false },
        {
          type: 'step-failed',
          error: expect.objectContaining({
            code: 'C317',
            message: `${ERRORS.C317.title}: a, says Dirk`,
          }),
        },
      ])
      .step('a', { effect: expect.objectContaining({ outcome: 'refused' }) });
  });

  it('that was only announced is in doubt when a hold keeps the outside from being asked, after its grace', () => {
    given(plan, A.asksWorld(ONCE), hold(), pass(GRACE))
      .when(A.happened(true))
      .then([{ type: 'effect-answered', happened: true }, { type: 'step-checked' }]);
    given(plan, A.asksWorld(ONCE), hold(), pass(GRACE - 1))
      .when(A.happened(true))
      .thenRefused('C315');
    given(plan, A.asksWorld(ONCE), pass(GRACE)).when(A.happened(true)).thenRefused('C315');
    given(plan, A.asksWorld(), hold(), pass(GRACE)).when(A.happened(true)).thenRefused('C315');
  });

  it.each([
    ['it is not in doubt', [A.asksWorld(ONCE)]],
    ['the step has ended', [A.asksWorld(), (now: number) => A.isJudged(done(now))]],
    ['a later attempt runs', [A.asksWorld(ONCE), A.settles('refused'), retry('a')]],
    [
      'a later attempt has had its own',
      [
        A.asksWorld(ONCE),
        A.settles('refused'),
        retry('a'),
        second.asksWorld(ONCE),
        second.settles('refused'),
      ],
    ],
  ])('is not answered for when %s', (_, moments) => {
    const two = planOf([step('a'), step('b')]);
    given(two, ...moments)
      .when(A.happened(false))
      .thenRefused('C315');
  });

  it.each([
    ['that it happened', true],
    ['that it did not happen', false],
  ])('answered twice in the same way, %s, is answered once', (_, happened) => {
    given(plan, ...doubtful, A.happened(happened))
      .when(A.happened(happened))
      .thenNothing(/known already/);
  });

  it.each([
    ['that it happened', true],
    ['that it did not happen', false],
  ])('is not answered otherwise once somebody said %s: the first answer stands', (_, happened) => {
    given(plan, ...doubtful, A.happened(happened))
      .when(A.happened(!happened))
      .thenRefused('C210', { happened });
  });

  it('is not denied by a person once the outside has accepted it', () => {
    given(plan, A.asksWorld(ONCE), A.settles('accepted'))
      .when(A.happened(false))
      .thenRefused('C210', { happened: true });
  });

  it('that did not happen is not fired again by itself, whatever attempts the plan allows', () => {
    const patient = planOf([step('a', { maxAttempts: 5, retryDelayMs: MINUTE })]);
    given(patient, ...doubtful)
      .when(A.happened(false))
      .step('a', { status: 'failed', retryAt: null, decideAt: T0 + GRACE + 30 * MINUTE });
    given(patient, ...doubtful, A.happened(false), pass(HOUR))
      .when(retry('a'))
      .step('a', {
        status: 'running',
        attempt: 2,
        effect: null,
        wait: null,
      });
  });
});
