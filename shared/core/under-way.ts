import type { Plan } from './plan.ts';
import { allSteps, cannotBeStopped } from './plan.ts';
import type { CutoverState, StepState } from './state.ts';

/** Nobody has said, or read, how it ended: a deadline that passed says nothing. */
const hasRunOut = ({ error }: StepState): boolean => error?.code === 'C309';

/**
 * A failed attempt that leaves its end open: its limit passed, or it came out only afterwards that it had happened, which
 * whoever gave it up did not know. Who gives up the attempt that was to find out has looked.
 */
const leavesOpen = (step: StepState): boolean => {
  const hasAsked = step.wait !== null;
  if (step.effect?.awaited === true) return hasAsked || step.error?.code !== 'C319';
  return hasAsked && hasRunOut(step);
};

/** Whether the step has been asked for and its end is not known, also while a retry of it has not asked yet. */
const isOpenEnded = (step: StepState): boolean => {
  switch (step.status) {
    case 'failed':
      return leavesOpen(step);
    case 'ready':
      return step.effect?.awaited === true || hasRunOut(step);
    case 'running':
      return step.attempt > 1;
    case 'waiting':
      return true;
    default:
      return false;
  }
};

/** Steps that may be going on outside where nobody can stop them: a way back would do its work at the same time. */
export const stepsUnderWay = (plan: Plan, { steps }: CutoverState): readonly string[] =>
  allSteps(plan)
    .filter((planned) => cannotBeStopped(planned))
    .flatMap(({ id }) => {
      const step = steps[id];
      return step !== undefined && isOpenEnded(step) ? [id] : [];
    });

/** Why no way back begins before their end is known, and what finds it out; null where nothing is under way. */
export const whyNotYet = (plan: Plan, state: CutoverState): string | null => {
  const underWay = stepsUnderWay(plan, state);
  if (underWay.length === 0) return null;
  const failed = underWay.filter((id) => state.steps[id]?.status === 'failed');
  const wayOut =
    failed.length === 0
      ? ''
      : `; retry ${failed.join(', ')}, then wait for its end or give it up with what you saw`;
  return `not while ${underWay.join(', ')} goes on outside: nobody can stop it, and its end is not known${wayOut}`;
};
