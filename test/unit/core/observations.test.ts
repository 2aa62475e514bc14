import { describe, it } from 'vitest';
import { REDISPATCH_MS } from '../../../shared/core/unanswered.ts';
import {
  abort,
  attempt,
  deadLetter,
  done,
  lacks,
  observe,
  POLL_MS,
  redrive,
} from '../../support/sample-inputs.ts';
import { MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { What } from '../../support/sample-inputs.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf([step('a'), step('b')]);

describe('a poll of replication', () => {
  it('that finds something new is recorded, and steps that wait for the world look at once', () => {
    given(plan, A.asksWorld(), attempt('b').asksPerson(), pass(MINUTE))
      .when(observe('pending 7'))
      .then([
        { type: 'replication-changed', unmet: [{ ...lacks('pending 7'), since: T0 + MINUTE }] },
        { type: 'step-dispatched', stepId: 'a', reason: 'replication', nextReadAt: T0 + MINUTE + POLL_MS },
      ])
      .saying('replication lacks 1 condition(s)')
      .cutover({ replication: { unmet: [{ ...lacks('pending 7'), since: T0 + MINUTE }], at: T0 + MINUTE } });
  });

  it('leaves a step alone that waits for somebody', () => {
    for (const asks of [A.asksPerson(), A.asksAutomation(null), A.asksApproval()]) {
      given(plan, asks)
        .when(observe('pending 7'))
        .then([{ type: 'replication-changed' }]);
    }
  });

  it('keeps since when a condition is unmet', () => {
    given(plan, observe('pending 7', 'agents stopped'), pass(MINUTE))
      .when(observe('pending 6'))
      .then([{ type: 'replication-changed', unmet: [{ ...lacks('pending 6'), since: T0 }] }]);
  });

  it('is recorded the first time even when nothing is missing', () => {
    given(plan)
      .when(observe())
      .then([{ type: 'replication-changed', unmet: [] }]);
  });

  it('that finds the same changes nothing', () => {
    given(plan, observe('pending 7'))
      .when(observe('pending 7'))
      .thenNothing(/lacked before/);
  });

  it('leaves a step alone whose request is under way, and reads one whose request was accepted', () => {
    given(plan, A.asksWorld({ repeatable: false }))
      .when(observe())
      .then([{ type: 'replication-changed' }]);
    given(plan, A.asksWorld({ repeatable: false }), A.settles('accepted'))
      .when(observe())
      .then([{ type: 'replication-changed' }, { type: 'step-dispatched', stepId: 'a' }]);
  });

  it('is of no interest once replication is removed: what it lacked is forgotten, later polls change nothing', () => {
    const removal = planOf([step('a', { marks: 'replication-removed' }), step('b')]);
    const removed = [
      observe('pending 7'),
      A.asksWorld(),
      pass(MINUTE),
      A.isJudged(done(T0 + MINUTE)),
    ] as const;
    given(removal, ...removed.slice(0, -1))
      .when(A.isJudged(done(T0 + MINUTE)))
      .then([{ type: 'step-succeeded', stepId: 'a' }])
      .cutover({ replication: null });
    given(removal, ...removed)
      .when(observe('no distribution database'))
      .thenNothing(/is removed/);
  });

  it('is refused after the end', () => {
    given(plan, abort()).when(observe()).thenRefused('C303');
  });
});

describe('a dead letter', () => {
  const FIRST = { attempt: 1, dispatch: 1 };
  const STUCK = { deadLetterId: 'd1', reason: 'delivered ten times', at: T0 + MINUTE };

  it.each([['a'], [null]])('is recorded with the step it names, or with none (%s)', (stepId) => {
    given(plan)
      .when(deadLetter(stepId))
      .then([
        {
          type: 'message-dead-lettered',
          stepId,
          dispatched: null,
          queue: 'step-task',
          reason: 'delivered ten times',
          deadLetterId: 'd1',
        },
      ])
      .step('a', { status: 'running', stuck: null });
  });

  it('is recorded even after the end', () => {
    given(plan, abort())
      .when(deadLetter('a', FIRST))
      .then([{ type: 'message-dead-lettered' }])
      .cutover({ status: 'aborted' })
      .step('a', { stuck: null });
  });

  it('that names a step the plan does not know is refused, so that it can be recorded without it', () => {
    given(plan).when(deadLetter('nobody')).thenRefused('C206');
  });

  it('of the present dispatch leaves its step stuck, whose status and due times stay as they are', () => {
    given(plan, pass(MINUTE))
      .when(deadLetter('a', FIRST))
      .step('a', { status: 'running', stuck: STUCK, nextReadAt: T0 + REDISPATCH_MS });
    given(plan, A.asksWorld(), pass(MINUTE))
      .when(deadLetter('a', FIRST))
      .step('a', { status: 'waiting', stuck: STUCK });
  });

  it.each<[string, readonly What[], { attempt: number; dispatch: number }]>([
    ['of an older dispatch', [redrive('a')], FIRST],
    ['of another attempt', [], { attempt: 2, dispatch: 1 }],
    ['of a dispatch that has asked its question', [A.asksPerson()], FIRST],
    ['of a step that has ended', [A.asksWorld(), A.isJudged(done(T0))], FIRST],
  ])('%s leaves no step stuck', (_, moments, dispatched) => {
    given(plan, ...moments)
      .when(deadLetter('a', dispatched))
      .then([{ type: 'message-dead-lettered' }])
      .step('a', { stuck: null });
  });

  it.each<[string, readonly What[], What]>([
    ['dispatched again', [], redrive('a')],
    ['opened after all, by another copy of its message', [], A.asksPerson()],
    ['judged, by another copy of its message', [A.asksWorld()], A.isJudged(done(T0))],
    ['aborted', [], abort()],
  ])('no longer leaves its step stuck once that is %s', (_, before, moment) => {
    given(plan, ...before, deadLetter('a', FIRST))
      .when(moment)
      .step('a', { stuck: null });
  });
});

describe('what has become worse', () => {
  const REGRESSION = { code: 'agent-stopped', severity: 'critical', message: 'x', next: 'y' } as const;
  const worse = (...messages: readonly string[]): What => ({
    ...(observe(...messages) as Extract<What, { type: 'observe' }>),
    regressions: [REGRESSION],
  });

  it('is an event of its own, before what is lacking', () => {
    given(plan)
      .when(worse('pending 7'))
      .then([
        { type: 'replication-regressed', regressions: [REGRESSION] },
        { type: 'replication-changed', unmet: [{ ...lacks('pending 7'), since: T0 }] },
      ]);
  });

  it('is told where nothing else has changed, and once', () => {
    given(plan, observe('pending 7'))
      .when(worse('pending 7'))
      .then([{ type: 'replication-regressed', regressions: [REGRESSION] }]);
  });
});
