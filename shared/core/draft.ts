import type { ErrorCode } from './errors.ts';
import { ERRORS } from './errors.ts';
import type { CutoverEvent } from './events.ts';
import { applyEvents } from './evolve.ts';
import type { Json } from './json.ts';
import type { Plan, PlanStep } from './plan.ts';
import { allSteps } from './plan.ts';
import type { ActiveStep, CutoverState, StepState } from './state.ts';
import { isStepActive } from './state.ts';

/** What an input did, as it is stored with the input and told to whoever sent it. */
export type Answer = {
  readonly code: 'applied' | 'unchanged' | ErrorCode;
  readonly message: string;
  readonly next: string;
  readonly detail: Readonly<Record<string, Json>>;
};

/** The outcome of deciding one input: no event, nothing is written. */
export type Decision = { readonly events: readonly CutoverEvent[]; readonly answer: Answer };

/** The input did something. */
export const applied = (message: string, detail: Answer['detail'] = {}): Answer => ({
  code: 'applied',
  message,
  next: '',
  detail,
});

/** The input was already true. */
export const unchanged = (message: string, detail: Answer['detail'] = {}): Answer => ({
  code: 'unchanged',
  message,
  next: '',
  detail,
});

/** The input is not possible now. */
export const refused = (code: ErrorCode, message: string, detail: Answer['detail'] = {}): Answer => ({
  code,
  message: `${ERRORS[code].title}: ${message}`,
  next: ERRORS[code].next,
  detail,
});

/** Whether an answer is a refusal. */
export const isRefused = (answer: Answer): answer is Answer & { readonly code: ErrorCode } =>
  answer.code !== 'applied' && answer.code !== 'unchanged';

/** A commit in the making: events are folded as they are emitted, so that later rules see earlier ones. */
export type Draft = {
  readonly plan: () => Plan;
  /** Goes on with another plan, once its adoption has been emitted. */
  readonly usePlan: (plan: Plan) => void;
  readonly now: number;
  readonly state: () => CutoverState;
  readonly step: (stepId: string) => StepState;
  readonly planned: (stepId: string) => PlanStep;
  readonly emit: (...events: readonly CutoverEvent[]) => void;
  readonly events: () => readonly CutoverEvent[];
};

/** Opens a draft on a stored state. */
export const makeDraft = (given: Plan, start: CutoverState, now: number): Draft => {
  const events: CutoverEvent[] = [];
  const byId = (plan: Plan) => new Map(allSteps(plan).map((step) => [step.id, step]));
  let plan = given;
  let planned = byId(given);
  let state = start;
  const found = <T>(value: T | undefined, stepId: string): T => {
    if (value === undefined) throw new Error(`step ${stepId} is not in the plan of ${start.id}`);
    return value;
  };
  return {
    plan: () => plan,
    usePlan: (other) => {
      plan = other;
      planned = byId(other);
    },
    now,
    state: () => state,
    step: (stepId) => found(state.steps[stepId], stepId),
    planned: (stepId) => found(planned.get(stepId), stepId),
    emit: (...added) => {
      events.push(...added);
      state = applyEvents(state, added, now);
    },
    events: () => events,
  };
};

/** Names one attempt of a step. */
export type Attempt = { readonly stepId: string; readonly attempt: number };

/** The step if this is its current, unfinished attempt; otherwise null (I9). */
export const inHand = (draft: Draft, { stepId, attempt }: Attempt): ActiveStep | null => {
  const step = draft.step(stepId);
  return step.attempt === attempt && isStepActive(step) ? step : null;
};
