import type { CutoverState, StepState } from './state.ts';
import { isStepActive } from './state.ts';

/** An announced effect nobody settled is looked into after this time: longer than any outgoing call may take. */
export const EFFECT_GRACE_MS = 10 * 60_000;

/** Whether doing the step once more could do something outside twice (I10). */
export const couldDouble = ({ effect }: StepState): boolean =>
  effect !== null && !effect.repeatable && effect.outcome !== 'refused';

/**
 * Whether nobody knows if the step did something outside that must not happen twice (I10). An attempt that failed stays
 * in doubt until somebody finds out: giving up does not undo a request.
 */
export const isInDoubt = (step: StepState): boolean =>
  (isStepActive(step) || step.status === 'failed') &&
  couldDouble(step) &&
  step.effect?.outcome !== 'accepted';

/** Steps of which it is not known whether they did something outside. */
export const stepsInDoubt = ({ steps }: CutoverState): readonly string[] =>
  Object.entries(steps).flatMap(([id, step]) => (isInDoubt(step) ? [id] : []));

/** When a failed step whose function can look no more leaves its doubt to a person; null where there is nothing to ask. */
export const askedAboutAt = (step: StepState): number | null =>
  step.status === 'failed' && isInDoubt(step) && step.effect?.outcome === 'open'
    ? step.effect.announcedAt + EFFECT_GRACE_MS
    : null;
