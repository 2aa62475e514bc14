import { ERRORS } from '../core/errors.ts';
import type { Milestone, Plan, PlanStep } from '../core/plan.ts';
import { endedBy, stepsInForce } from '../core/plan.ts';
import type { Condition, CutoverState, StepState } from '../core/state.ts';
import { isStepActive, isStepTerminal } from '../core/state.ts';

/** What hinders the watch itself, as errors of the product; everything else it lacks is what it sees. */
export const hindrances = ({ unmet }: StepState): readonly Condition[] =>
  unmet.filter(({ code }) => Object.hasOwn(ERRORS, code));

/** Whether what ends the watch has happened, so that its next look may be its last. */
export const isEnding = ({ milestones }: CutoverState, planned: PlanStep): boolean => {
  const milestone = endedBy(planned);
  return milestone !== null && milestones[milestone] !== undefined;
};

/** A watch in hand that no step will end any more: the milestone it waits for, and since when that is so; null otherwise. */
export const loneSince = (
  plan: Plan,
  state: CutoverState,
  planned: PlanStep,
  step: StepState,
): { readonly milestone: Milestone; readonly since: number } | null => {
  const milestone = endedBy(planned);
  if (milestone === null || !isStepActive(step) || isEnding(state, planned)) return null;
  const markers = stepsInForce(plan, state.rollback?.id ?? null).flatMap(({ id, marks }) =>
    marks === milestone ? (state.steps[id] ?? []) : [],
  );
  if (!markers.every(isStepTerminal)) return null;
  const ends = markers.flatMap(({ endedAt }) => endedAt ?? []);
  return { milestone, since: Math.max(step.startedAt ?? state.startedAt, ...ends) };
};
