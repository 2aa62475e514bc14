import { describe, expect, it } from 'vitest';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import {
  attempt,
  DBA,
  done,
  giveUp,
  hold,
  resume,
  retry,
  rollback,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const GRACE = 10 * MINUTE;
const ONCE = { repeatable: false };
const A = attempt('a');
const second = attempt('a', 2);
const plan = planOf([step('a', { required: false, maxAttempts: 3 }), step('b')], {
  rollbacks: [
    {
      id: 'back',
      title: 'Back',
      availableFrom: null,
      availableUntil: null,
      dataLossStatement: null,
      steps: [step('rb.a')],
    },
  ],
});
const unknown = [A.asksWorld(ONCE), A.settles('unknown')] as const;
const FAILED: readonly (readonly [string, readonly Moment[]])[] = [
  ['that was given up', [...unknown, giveUp('a')]],
  ['that passed its limit', [...unknown, pass(2 * HOUR), wake]],
  ['that was given up right after its announcement', [A.asksWorld(ONCE), giveUp('a')]],
];
const question = (state: Parameters<typeof waitingFor>[1]) =>
  waitingFor(plan, state).find(({ stepId }) => stepId === 'a');

describe.each(FAILED)('an attempt in doubt %s', (_, moments) => {
  it.each([
    ['tried again', retry('a')],
    ['passed', skip('a')],
    ['turned back from', rollback('back')],
  ])('is not %s before somebody has looked', (__, what) => {
    given(plan, ...moments)
      .when(what)
      .thenRefused('C322', { steps: ['a'] });
  });

  it('is asked about by name, also when nobody else would', () => {
    const { after } = given(plan, ...moments, pass(GRACE)).when(wake);
    expect(question(after!)).toMatchObject({ what: 'effect', who: 'dba', attempt: 1 });
  });

  it('stays failed when it happened; a retry looks for the outcome and asks for nothing', () => {
    given(plan, ...moments, pass(GRACE))
      .when(A.happened(true))
      .then([{ type: 'effect-answered', happened: true, by: DBA }])
      .saying('a retry looks for its outcome')
      .step('a', { status: 'failed', decideAt: expect.any(Number) });
    given(plan, ...moments, pass(GRACE), A.happened(true), retry('a'))
      .when(second.asksWorld(ONCE))
      .then([{ type: 'step-opened', effect: null }], { code: 'applied', detail: { fires: false } })

      .step('a', { effect: expect.not.objectContaining({ awaited: true }) })
      .step('a', { effect: expect.objectContaining({ announcedAt: T0, outcome: 'accepted' }) });
  });

  it('is a decision once it is known to have happened, and the way out is named', () => {
    const { after } = given(plan, ...moments, pass(GRACE)).when(A.happened(true));
    expect(question(after!)).toMatchObject({
      what: 'decision',
      next: 'What it asked for goes on or has happened outside: a retry looks for its outcome and asks for nothing again. (POST /api/cutovers/go-live/steps/a/retry or /skip)',
    });
  });

  it('may be asked for again by a retry once somebody said that it did not happen', () => {
    given(plan, ...moments, pass(GRACE))
      .when(A.happened(false))
      .then([{ type: 'effect-answered', happened: false }])
      .saying('may ask for it again')
      .step('a', { status: 'failed' });
    given(plan, ...moments, pass(GRACE), A.happened(false), retry('a'))
      .when(second.asksWorld(ONCE))
      .then([{ type: 'step-opened', effect: ONCE }], { code: 'applied', detail: { fires: true } });
  });

  it('may be passed, and turned back from, once that is known', () => {
    given(plan, ...moments, pass(GRACE), A.happened(true))
      .when(skip('a'))
      .step('a', { status: 'skipped' });
    given(plan, ...moments, pass(GRACE), A.happened(false))
      .when(rollback('back'))
      .cutover({ status: 'rollingBack' });
  });

  it.each(['accepted', 'refused'] as const)('is settled by an answer that came late: %s', (outcome) => {
    given(plan, ...moments)
      .when(A.settles(outcome))
      .then([{ type: 'effect-settled', outcome, nextReadAt: null, decideAt: expect.any(Number) }])
      .step('a', { status: 'failed' });
  });
});

describe('an attempt that failed while its effect was only announced', () => {
  const open = [A.asksWorld(ONCE), giveUp('a')] as const;

  it('becomes a question after its grace, with its own reminders', () => {
    const { after } = given(plan, A.asksWorld(ONCE))
      .when(giveUp('a'))
      .due(
        { at: T0 + GRACE, what: 'doubt', stepId: 'a' },
        { at: T0 + GRACE, what: 'read', stepId: 'b' },
        { at: T0 + 30 * MINUTE, what: 'decision-reminder', stepId: 'a' },
        { at: T0 + 2 * HOUR, what: 'deadline', stepId: 'b' },
      );
    expect(question(after!)).toMatchObject({ what: 'condition', who: 'nobody' });
    given(plan, ...open, pass(GRACE))
      .when(wake)
      .step('a', {
        decideAt: T0 + GRACE + 30 * MINUTE,
        effect: expect.objectContaining({ outcome: 'unknown' }),
      });
  });

  it('is not answered for before its grace', () => {
    given(plan, ...open, pass(GRACE - 1))
      .when(A.happened(false))
      .thenRefused('C315');
  });

  it('can be answered for while held, and names when', () => {
    const { after } = given(plan, ...open).when(hold());
    expect(question(after!)).toMatchObject({ what: 'effect' });
    given(plan, ...open, hold(), pass(GRACE), A.happened(true))
      .when(resume())
      .step('a', { status: 'failed' });
  });
});

describe('an automation', () => {
  const givenUp = [A.asksAutomation(ONCE), A.settles('unknown'), giveUp('a')] as const;

  it('that reports too late answers the doubt, and its report is late', () => {
    given(plan, ...givenUp)
      .when(A.callsBack())
      .then([{ type: 'effect-settled', outcome: 'accepted' }, { type: 'result-late' }], 'C211')
      .step('a', { status: 'failed' });
  });

  it('does not when somebody guesses its token', () => {
    given(plan, ...givenUp)
      .when(A.callsBack('pass', 'a guess'))
      .then([{ type: 'result-late' }], 'C211');
  });

  it('that was called in an attempt that failed is not called again: a person looks what became of it', () => {
    given(plan, ...givenUp, A.happened(true), retry('a'))
      .when(second.asksAutomation(ONCE))
      .step('a', { wait: expect.objectContaining({ asks: 'person', tokenHash: null }) });
  });

  it('is called by a retry when the attempt that looked for its outcome failed too', () => {
    given(
      plan,
      ...givenUp,
      A.happened(true),
      retry('a'),
      second.asksAutomation(ONCE),
      second.isReported('fail'),
      retry('a'),
    )
      .when(attempt('a', 3).asksAutomation(ONCE))
      .then([{ type: 'step-opened', effect: ONCE }], { code: 'applied', detail: { fires: true } });
  });

  it('and what may happen twice leaves no doubt behind', () => {
    given(plan, A.asksWorld({ repeatable: true }), giveUp('a'))
      .when(retry('a'))
      .step('a', { status: 'running', attempt: 2 });
  });

  it('is in doubt no more when its step has succeeded', () => {
    given(plan, A.asksWorld(ONCE), (now) => A.isJudged(done(now)))
      .when(rollback('back'))
      .cutover({ status: 'rollingBack' });
  });
});
