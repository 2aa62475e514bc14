import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/core/json.ts';
import type { StepStatus } from '../../../shared/core/state.ts';
import { verdictRulesOf } from '../../../shared/kinds/verdict-rules.ts';
import { planOf, step as plannedStep } from '../../support/sample-plan.ts';
import { stepState } from './kind-context.ts';

type Given = readonly [id: string, kind: string, params: Json, status: StepStatus, endedAt: number | null];

const rulesAfter = (...steps: readonly Given[]) =>
  verdictRulesOf(planOf(steps.map(([id, kind, params]) => plannedStep(id, { kind, params }))), {
    milestones: { 'aos-stopped': 5 },
    steps: Object.fromEntries(steps.map(([id, , , status, endedAt]) => [id, stepState({ status, endedAt })])),
  });

const drained = (
  id: string,
  classes: readonly string[],
  endedAt: number,
  status: StepStatus = 'succeeded',
): Given => [
  id,
  'replication-gate',
  { goal: 'drained', classes, polls: 2, tracer: true, after: 'aos-stopped' },
  status,
  endedAt,
];
const entry = (number: number, status: StepStatus = 'succeeded'): Given => [
  `entry-${number}`,
  'toolkit',
  { entry: number, expects: [] },
  status,
  6,
];

describe('the rules tables are judged by', () => {
  it('are those of a running source before anything is proved', () => {
    const rules = verdictRulesOf(planOf([plannedStep('a')]), { milestones: {}, steps: {} });
    expect(rules('keyed')).toEqual({ nonKeyedPublished: false, stoppedAt: null, drainedAt: null });
  });

  it('know the stop by its milestone', () => {
    expect(rulesAfter()('special').stoppedAt).toBe(5);
  });

  it.each<[string, Given, boolean]>([
    ['done', entry(7), true],
    ['asked for', entry(7, 'waiting'), false],
    ['not done, another one is', entry(6), false],
  ])('take the last tables as published when entry 7 is %s', (_, step, expected) => {
    expect(rulesAfter(step)('non-keyed').nonKeyedPublished).toBe(expected);
  });

  it('take a class as delivered since the first gate that proved it', () => {
    const rules = rulesAfter(drained('one', ['keyed'], 20), drained('two', ['keyed', 'non-keyed'], 40));
    expect(
      [rules('keyed'), rules('non-keyed'), rules('special'), rules('ignored')].map((one) => one.drainedAt),
    ).toEqual([20, 40, null, null]);
  });

  it.each<[string, Given]>([
    ['failed', drained('one', ['keyed'], 20, 'failed')],
    ['was skipped', drained('one', ['keyed'], 20, 'skipped')],
    [
      'has another goal',
      ['one', 'replication-gate', { goal: 'caught-up', classes: ['keyed'] }, 'succeeded', 20],
    ],
    ['is no gate', ['one', 'task', { goal: 'drained', classes: ['keyed'] }, 'succeeded', 20]],
  ])('do not when the step %s', (_, step) => {
    expect(rulesAfter(step)('keyed').drainedAt).toBeNull();
  });
});
