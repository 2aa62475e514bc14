import type { Plan, PlanStep } from '../../shared/core/plan.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A step of a plan that says no more than a test is about: two hours' limit, one attempt, optional. */
export const step = (id: string, differs: Partial<PlanStep> = {}): PlanStep => ({
  id,
  title: `Step ${id}`,
  phase: 1,
  kind: 'task',
  after: [],
  owner: 'dba',
  plannedMs: 30 * MINUTE,
  deadlineMs: 2 * HOUR,
  onDeadline: 'fail',
  remindAfterMs: [],
  maxAttempts: 1,
  retryDelayMs: 5 * MINUTE,
  required: false,
  dataGate: false,
  marks: null,
  instruction: '',
  params: null,
  ...differs,
});

/** Steps that each wait for the one before. */
export const chain = (...steps: readonly PlanStep[]): readonly PlanStep[] =>
  steps.map((one, index) => ({ ...one, after: index === 0 ? [] : [steps[index - 1]!.id] }));

/** A plan of these steps, ten at once. */
export const planOf = (steps: readonly PlanStep[], differs: Partial<Plan> = {}): Plan => ({
  schema: 1,
  id: 'plan',
  title: 'A cutover',
  mode: 'mock',
  source: 'live-ax',
  concurrency: 10,
  steps,
  rollbacks: [],
  ...differs,
});
