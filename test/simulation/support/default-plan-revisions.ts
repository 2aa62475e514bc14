import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { Revising } from './revisions.ts';
import { changing, doneByHand, without } from './revisions.ts';

const HOUR_MS = 60 * 60_000;
/** Tasks behind which somebody does something in the world that later steps need. */
const HAS_EFFECT = /snapshot|^sign-off-refresh$|^start-batch$|^restart-ax$/;

/** Tasks that have not begun and only look, write or talk: of them somebody can make more, or fewer. */
const talks = (plan: Plan, { steps }: CutoverState): readonly PlanStep[] =>
  plan.steps.filter(
    ({ id, kind, marks }) =>
      kind === 'task' && marks === null && !HAS_EFFECT.test(id) && steps[id]?.status === 'pending',
  );

const addTalk: Revising['adding'] = (chance, plan, state, id) => {
  const open = talks(plan, state);
  if (open.length === 0) return plan;
  const step = chance.pick(open);
  return { ...plan, steps: [...plan.steps, { ...step, id, after: [step.id] }] };
};

/** What people change in a plan of the product: nothing that the world would have to follow. */
export const DEFAULT_PLAN_REVISING: Revising = {
  draw: (chance, plan, state, newId) => {
    const open = talks(plan, state);
    if (open.length === 0) return { ...plan, concurrency: chance.between(5, 100) };
    const step = chance.pick(open);
    switch (chance.below(3)) {
      case 0:
        return without(plan, step.id);
      case 1:
        return changing(plan, step.id, { deadlineMs: chance.between(1, 48) * HOUR_MS });
      default:
        return addTalk(chance, plan, state, newId);
    }
  },
  adding: addTalk,
  done: (chance, plan, state) =>
    talks(plan, state)
      .slice(0, chance.pick([0, 0, 1, 2]))
      .map((step) => doneByHand(step, state)),
};
