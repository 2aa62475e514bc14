import { ERRORS } from '../core/errors.ts';
import type { Milestone, Plan, PlanStep } from '../core/plan.ts';
import { stepsInForce } from '../core/plan.ts';
import type { Condition, CutoverState, StepState } from '../core/state.ts';
import { isStepActive, isStepTerminal } from '../core/state.ts';

/** What ends a kind that only watches: the milestone that some other step marks. */
const ENDED_BY: ReadonlyMap<string, Milestone> = new Map([['replication-watch', 'replication-removed']]);

/** What hinders the watch itself, as errors of the product; everything else it lacks is what it sees. */
export const hindrances = ({ unmet }: StepState): readonly Condition[] =>
  unmet.filter(({ code }) => Object.hasOwn(ERRORS, code));

/** A watch in hand that no step will end any more: the milestone it waits for, and since when that is so; null otherwise. */
export const loneSince = (
  plan: Plan,
  state: CutoverState,
  { kind }: PlanStep,
  step: StepState,
): { readonly milestone: Milestone; readonly since: number } | null => {
  const milestone = ENDED_BY.get(kind);
  if (milestone === undefined || !isStepActive(step) || state.milestones[milestone] !== undefined)
    return null;
  const markers = stepsInForce(plan, state.rollback?.id ?? null).flatMap(({ id, marks }) =>
    marks === milestone ? (state.steps[id] ?? []) : [],
  );
  if (!markers.every(isStepTerminal)) return null;
  const ends = markers.flatMap(({ endedAt }) => endedAt ?? []);
  return { milestone, since: Math.max(step.startedAt ?? state.startedAt, ...ends) };
};
