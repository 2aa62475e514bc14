import { describe, expect, it } from 'vitest';
import {
  attempt,
  DBA,
  giveUp,
  hold,
  MANAGER,
  notYet,
  POLL_MS,
  resume,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, givenNothing, pass, startOf, T0 } from '../../support/specification.ts';

const A = attempt('a');
/** When a second person is reminded of what the first asked for at T0. */
const LADDER = [15, 30, 50].map((minutes) => T0 + minutes * MINUTE);
const gated = planOf(chain(step('a', { dataGate: true }), step('b')));

describe('a data gate is passed without proof', () => {
  it('not by one person: that is a proposal, and the step goes on', () => {
    given(gated, A.asksPerson())
      .when(skip('a', MANAGER, 'no time'))
      .then([{ type: 'skip-proposed', stepId: 'a', by: MANAGER, reason: 'no time', remindAt: LADDER }])
      .saying('a second person has to ask for the same within an hour')
      .step('a', {
        status: 'waiting',
        skipProposal: { by: MANAGER, reason: 'no time', at: T0, remindAt: LADDER },
      })
      .step('b', { status: 'pending' });
  });

  it('not by the same person twice', () => {
    given(gated, skip('a')).when(skip('a')).thenRefused('C318').saying('Mona asked for it already');
  });

  it('by a second person within the hour, in both names', () => {
    given(gated, skip('a', MANAGER, 'no time'), pass(HOUR - 1))
      .when(skip('a', DBA, 'counted by hand'))
      .then([
        {
          type: 'step-skipped',
          stepId: 'a',
          by: MANAGER,
          reason: 'no time',
          second: { by: DBA, reason: 'counted by hand' },
        },
        { type: 'step-dispatched', stepId: 'b' },
      ])
      .step('a', {
        status: 'skipped',
        skipProposal: null,
        waiver: {
          by: MANAGER,
          reason: 'no time',
          at: T0 + HOUR - 1,
          second: { by: DBA, reason: 'counted by hand' },
        },
      });
  });

  it('not by a second person once the hour is over: that is a proposal anew', () => {
    given(gated, skip('a'), pass(HOUR))
      .when(skip('a', DBA))
      .then([{ type: 'skip-proposed', by: DBA }])
      .step('a', { skipProposal: expect.objectContaining({ by: DBA, at: T0 + HOUR }) });
  });

  it('not when the gate lacks something else by then: that is a proposal anew', () => {
    const asked = given(gated, A.asksWorld(), A.isJudged(notYet('agents stopped')), skip('a'));
    asked
      .when(A.isJudged(notYet('agents stopped', 'pending 7')), skip('a', DBA))
      .then([{ type: 'skip-proposed', by: DBA, unmet: ['agents', 'pending'] }])
      .step('a', { status: 'waiting', skipProposal: expect.objectContaining({ by: DBA }) });
    asked.when(A.isJudged(notYet('agents still stopped')), skip('a', DBA)).step('a', { status: 'skipped' });
  });

  it('never where the step is required', () => {
    given(planOf([step('a', { dataGate: true, required: true })]))
      .when(skip('a'))
      .thenRefused('C307');
  });

  it('not on a proposal made for an attempt that has ended', () => {
    given(gated, A.asksPerson(), skip('a'), A.isReported('fail'))
      .when(skip('a', DBA))
      .then([{ type: 'skip-proposed', by: DBA }]);
  });
});

describe('the wish of one person to pass a data gate', () => {
  const wished = [A.asksPerson(), skip('a', MANAGER)];
  const due = (minutes: number, what: string) => ({ at: T0 + minutes * MINUTE, what, stepId: 'a' });
  const LIMIT = due(120, 'deadline');
  const POLL = POLL_MS / MINUTE;

  it('is called to mind three times within its hour, and then has an end', () => {
    given(gated, A.asksPerson()).when(skip('a')).due(due(15, 'skip-reminder'), due(60, 'skip-expiry'), LIMIT);
    given(gated, ...wished, pass(15 * MINUTE))
      .when(wake)
      .then([{ type: 'reminder-due', stepId: 'a', attempt: 1, subject: 'skip-proposal', decideAt: null }])
      .due(due(30, 'skip-reminder'), due(60, 'skip-expiry'), LIMIT);
    given(gated, ...wished, pass(30 * MINUTE))
      .when(wake)
      .then([{ type: 'reminder-due', subject: 'skip-proposal' }])
      .due(due(50, 'skip-reminder'), due(60, 'skip-expiry'), LIMIT);
    given(gated, ...wished, pass(50 * MINUTE))
      .when(wake)
      .due(due(60, 'skip-expiry'), LIMIT);
  });

  it('lapses at the hour, and the log tells whose word it was', () => {
    given(gated, ...wished, pass(50 * MINUTE), wake, pass(10 * MINUTE))
      .when(wake)
      .then([{ type: 'statement-voided', stepId: 'a', what: 'skip-proposal', by: MANAGER }])
      .step('a', { status: 'waiting', skipProposal: null })
      .due(LIMIT);
  });

  it('can be said anew by the same person after that', () => {
    given(gated, ...wished, pass(HOUR), wake)
      .when(skip('a', MANAGER))
      .then([{ type: 'skip-proposed', by: MANAGER }]);
  });

  it('reminds nobody while the gate lacks something else, but lapses all the same', () => {
    const lacks = [A.asksWorld(), A.isJudged(notYet('agents stopped')), skip('a')];
    given(gated, ...lacks)
      .when(A.isJudged(notYet('pending 7', 'agents stopped')))
      .due(due(POLL, 'read'), due(60, 'skip-expiry'), LIMIT);
    given(gated, ...lacks, A.isJudged(notYet('pending 7')))
      .when(A.isJudged(notYet('agents still stopped')))
      .due(due(POLL, 'read'), due(15, 'skip-reminder'), due(60, 'skip-expiry'), LIMIT);
  });

  it('reminds of a gate that has not begun or has failed as well', () => {
    const last = planOf(chain(step('a'), step('b', { dataGate: true })));
    given(last, A.asksPerson(), skip('b'), pass(15 * MINUTE))
      .when(wake)
      .then([{ type: 'reminder-due', stepId: 'b', attempt: 0, subject: 'skip-proposal' }]);
    given(gated, A.asksPerson(), A.isReported('fail'))
      .when(skip('a'))
      .due(due(15, 'skip-reminder'), due(30, 'decision-reminder'), due(60, 'skip-expiry'));
  });

  it('is no more once it came true', () => {
    given(gated, ...wished, pass(MINUTE))
      .when(skip('a', DBA))
      .due({ at: T0 + 11 * MINUTE, what: 'read', stepId: 'b' }, { at: T0 + 121 * MINUTE, what: 'deadline' });
  });

  it('lapses during a hold, of which its reminders wait for the end', () => {
    const held = [...wished, pass(MINUTE), hold()];
    given(gated, ...wished, pass(MINUTE))
      .when(hold())
      .due(due(60, 'skip-expiry'), { at: T0 + 61 * MINUTE, what: 'hold-reminder' });
    given(gated, ...held, pass(59 * MINUTE))
      .when(wake)
      .then([{ type: 'statement-voided', what: 'skip-proposal' }]);
    given(gated, ...held, pass(40 * MINUTE), resume())
      .when(wake)
      .then([{ type: 'reminder-due', subject: 'skip-proposal' }])
      .due(due(50, 'skip-reminder'), due(60, 'skip-expiry'), { ...LIMIT, at: LIMIT.at + 40 * MINUTE });
  });
});

describe('giving up', () => {
  const tireless = planOf([step('a', { maxAttempts: 4 })]);

  it('ends the attempt as failed, in a name, and waits for a decision', () => {
    given(tireless, A.asksPerson(), pass(MINUTE))
      .when(giveUp('a'))
      .then(
        [
          { type: 'attempt-given-up', stepId: 'a', attempt: 1, by: MANAGER, reason: 'nobody answers' },
          { type: 'step-failed', stepId: 'a', attempt: 1, retryAt: null },
        ],
        { code: 'applied', detail: { attempt: 1 } },
      )
      .step('a', {
        status: 'failed',
        error: {
          code: 'C319',
          message: 'Given up: a attempt 1 by Mona: nobody answers',
          next: 'Mend the cause, then retry the step.',
          at: T0 + MINUTE,
        },
      });
  });

  it('tells to look outside first where an effect could be doubled', () => {
    given(tireless, A.asksAutomation(), A.settles('accepted'))
      .when(giveUp('a'))
      .step('a', { error: expect.objectContaining({ next: expect.stringMatching(/^Look outside/) }) });
  });

  it('is possible while held', () => {
    given(tireless, A.asksPerson(), hold()).when(giveUp('a')).step('a', { status: 'failed' });
  });

  it('makes a later answer late', () => {
    given(tireless, A.asksPerson(), giveUp('a'))
      .when(A.isReported())
      .then([{ type: 'result-late', stepId: 'a' }], 'C211');
  });

  it('is refused for a step that is not in hand', () => {
    given(gated).when(giveUp('b')).thenRefused('C313').saying('b is pending');
  });
});

describe('a cutover that starts held', () => {
  it('dispatches nothing until it is resumed', () => {
    const start = { ...startOf(gated), hold: 'the work was done by hand so far' };
    givenNothing(gated)
      .when(start)
      .then([
        { type: 'cutover-started' },
        {
          type: 'cutover-held',
          by: MANAGER,
          reason: 'the work was done by hand so far',
          remindAt: T0 + HOUR,
        },
        { type: 'step-ready', stepId: 'a' },
      ])
      .saying('go-live is started and held')
      .due({ at: T0 + HOUR, what: 'hold-reminder' });
  });

  it('is one that begins at once unless a reason is given', () => {
    const { after } = givenNothing(gated)
      .when(startOf(gated))
      .saying(/^go-live is started$/);
    expect(after?.held).toBeNull();
  });
});
