import type { Plan, PlanStep, RollbackPlan } from '../../../shared/core/plan.ts';
import type { What } from '../sample-inputs.ts';
import { attempt } from '../sample-inputs.ts';
import { MINUTE, planOf, step } from '../sample-plan.ts';

/**
 * The plans that are walked through. Their times are few and multiples of five minutes, so that the graph stays finite
 * and small: a reading every ten minutes, a reminder after five and fifteen, the end after twenty-five.
 */

const POLL_MS = 10 * MINUTE;

type Of = ReturnType<typeof attempt>;

/** What the function of each kind of step asks, and what it asks of the outside. */
const QUESTIONS = {
  task: (of: Of) => of.asksPerson(),
  'task-with-call': (of: Of) => of.asksPerson({ repeatable: false }),
  automation: (of: Of) => of.asksAutomation({ repeatable: false }),
  gate: (of: Of) => of.asksWorld(),
  upgrade: (of: Of) => of.asksWorld({ repeatable: false }),
  tracer: (of: Of) => of.asksWorld({ repeatable: true }),
  approval: (of: Of) => of.asksApproval(2, 1),
} as const;

type Shape = keyof typeof QUESTIONS;

/** The question of a step's attempt. */
export const question = ({ id, kind }: PlanStep, number: number): What =>
  ({ ...QUESTIONS[kind as Shape](attempt(id, number)), pollEveryMs: POLL_MS }) as What;

/** A step of a shape. */
export const shaped = (id: string, kind: Shape, differs: Partial<PlanStep> = {}): PlanStep =>
  step(id, {
    kind,
    deadlineMs: 25 * MINUTE,
    remindAfterMs: [5 * MINUTE, 15 * MINUTE],
    retryDelayMs: 5 * MINUTE,
    ...differs,
  });

/** A way back with steps of its own. */
export const wayBack = (steps: readonly PlanStep[], differs: Partial<RollbackPlan> = {}): RollbackPlan => ({
  id: 'back',
  title: 'Back',
  availableFrom: null,
  availableUntil: null,
  dataLossStatement: null,
  steps,
  ...differs,
});

/** The plan walked through, and what it may be changed to on the way. */
export type Walked = { readonly plan: Plan; readonly revised: Plan | null };

export const walked = (
  steps: readonly PlanStep[],
  differs: Partial<Plan> = {},
  revised: Plan | null = null,
): Walked => ({ plan: planOf(steps, differs), revised });
