import type { Plan } from './plan.ts';
import { allSteps, cannotBeStopped } from './plan.ts';
import type { CutoverState, StepState } from './state.ts';
import { isStepActive } from './state.ts';

/** Whether the step has been asked for and nobody has said, or read, how it ended: a deadline that passed says nothing. */
const isOpenEnded = (step: StepState): boolean =>
  step.wait !== null && (isStepActive(step) || (step.status === 'failed' && step.error?.code === 'C309'));

/** Steps that may be going on outside where nobody can stop them: a way back would do its work at the same time. */
export const stepsUnderWay = (plan: Plan, { steps }: CutoverState): readonly string[] =>
  allSteps(plan)
    .filter((planned) => cannotBeStopped(planned))
    .flatMap(({ id }) => {
      const step = steps[id];
      return step !== undefined && isOpenEnded(step) ? [id] : [];
    });

/** Why no way back begins before their end is known; null where nothing is under way. */
export const whyNotYet = (underWay: readonly string[]): string | null =>
  underWay.length === 0
    ? null
    : `not while ${underWay.join(', ')} goes on outside: nobody can stop it, and its end is not known`;
