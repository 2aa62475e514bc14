import { describe, it } from 'vitest';
import { abort, attempt, done, lacks, observe, POLL_MS } from '../../support/sample-inputs.ts';
import { MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';
import type { What } from '../../support/sample-inputs.ts';

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
  const letter = (stepId: string | null): What => ({
    type: 'dead-letter',
    stepId,
    queue: 'step-task',
    reason: 'delivered ten times',
    deadLetterId: 'd1',
  });

  it.each([['a'], [null]])('is recorded with the step it names, or with none (%s)', (stepId) => {
    given(plan)
      .when(letter(stepId))
      .then([
        {
          type: 'message-dead-lettered',
          stepId,
          queue: 'step-task',
          reason: 'delivered ten times',
          deadLetterId: 'd1',
        },
      ])
      .step('a', { status: 'running' });
  });

  it('is recorded even after the end', () => {
    given(plan, abort())
      .when(letter('a'))
      .then([{ type: 'message-dead-lettered' }])
      .cutover({ status: 'aborted' });
  });

  it('that names a step the plan does not know is refused, so that it can be recorded without it', () => {
    given(plan).when(letter('nobody')).thenRefused('C206');
  });
});

describe('silence', () => {
  it('is alarmed with the time since when', () => {
    given(plan, pass(MINUTE))
      .when({ type: 'alarm-silence', silentSince: T0 })
      .then([{ type: 'silence-alarmed', silentSince: T0 }])
      .saying(`silent since ${T0}`);
  });
});
