import { describe, expect, it } from 'vitest';
import { defaultPlanDocument } from '../../../shared/contract/plans/default-plan.ts';
import { readPlan } from '../../../shared/contract/read-plan.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import { procedureHash } from '../../../shared/engine/procedure-hash.ts';
import { KIND_BY_NAME } from '../../../shared/kinds/registry.ts';

const reading = readPlan(defaultPlanDocument(), KIND_BY_NAME);
if ('problems' in reading) throw new Error('the default plan is not usable');
const { plan } = reading;

const changed = (id: string, change: Partial<PlanStep>): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => (step.id === id ? { ...step, ...change } : step)),
});

const paramsOf = (id: string): Record<string, never> =>
  plan.steps.find((step) => step.id === id)?.params as Record<string, never>;

const pairs = paramsOf('reconcile').pairs as unknown as Record<string, string>[];

describe('procedureHash', () => {
  it.each<[string, Plan]>([
    ['an owner', changed('stop-aos', { owner: 'dba' })],
    ['a planned duration', changed('stop-aos', { plannedMs: 1 })],
    ['a deadline', changed('stop-aos', { deadlineMs: 1 })],
    ['reminders', changed('stop-aos', { remindAfterMs: [1] })],
    ['a title', changed('stop-aos', { title: 'Stop it' })],
    ['an instruction', changed('stop-aos', { instruction: 'Stop it.' })],
    [
      'a question',
      changed('approve-removal', { params: { ...paramsOf('approve-removal'), question: 'Yes?' } }),
    ],
    [
      'the lines a person confirms',
      changed('verify-backup', { params: { ...paramsOf('verify-backup'), confirm: ['Yes.'] } }),
    ],
    [
      'the owner of a figure',
      changed('reconcile', { params: { pairs: pairs.map((pair) => ({ ...pair, owner: 'dba' })) } }),
    ],
    [
      'how long the data upgrade took in a rehearsal',
      changed('data-upgrade', { params: { rehearsalMs: { PostSync: [1] } } }),
    ],
    ['the title of the plan', { ...plan, title: 'Another' }],
    [
      'the order of the steps in the document',
      { ...plan, steps: plan.steps.toReversed(), rollbacks: plan.rollbacks.toReversed() },
    ],
    [
      'the order of predecessors',
      changed('stop-aos', { after: ['stop-integrations', 'stop-batch', 'drain-users'] }),
    ],
  ])('does not depend on %s', (_what, other) => {
    expect(procedureHash(other)).toBe(procedureHash(plan));
  });

  it.each<[string, Plan]>([
    ['the id of a step', changed('stop-aos', { id: 'stop-ax' })],
    ['the kind of a step', changed('stop-aos', { kind: 'task' })],
    ['the predecessors of a step', changed('stop-aos', { after: ['drain-users'] })],
    [
      'the polls of a gate',
      changed('replication-drained', { params: { ...paramsOf('replication-drained'), polls: 1 } }),
    ],
    [
      'the SQL of a figure',
      changed('reconcile', {
        params: { pairs: pairs.map((pair) => ({ ...pair, targetSql: 'SELECT 0 AS figure' })) },
      }),
    ],
    [
      'the quorum of an approval',
      changed('approve-removal', { params: { ...paramsOf('approve-removal'), quorum: 1 } }),
    ],
    ['what may be skipped', changed('stop-aos', { required: false })],
    ['a milestone', changed('stop-aos', { marks: null })],
    ['what a passed deadline does', changed('stop-aos', { onDeadline: 'fail' })],
    ['the attempts of a step', changed('stop-aos', { maxAttempts: 2 })],
    ['a missing step', { ...plan, steps: plan.steps.slice(1) }],
    ['a missing way back', { ...plan, rollbacks: plan.rollbacks.slice(1) }],
    [
      'when a way back is offered',
      { ...plan, rollbacks: plan.rollbacks.map((rollback) => ({ ...rollback, availableFrom: null })) },
    ],
    [
      'the step whose failure a way back undoes',
      {
        ...plan,
        rollbacks: plan.rollbacks.map((rollback) => ({ ...rollback, availableWhileFailed: 'stop-aos' })),
      },
    ],
    [
      'whether a way back loses data',
      { ...plan, rollbacks: plan.rollbacks.map((rollback) => ({ ...rollback, dataLossStatement: null })) },
    ],
    [
      'a step of a way back',
      {
        ...plan,
        rollbacks: plan.rollbacks.map((rollback) => ({ ...rollback, steps: rollback.steps.slice(1) })),
      },
    ],
  ])('depends on %s', (_what, other) => {
    expect(procedureHash(other)).not.toBe(procedureHash(plan));
  });
});
