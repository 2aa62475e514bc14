import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { ToldOutside } from '../../../shared/engine/revisions.ts';
import { drawStep } from './plan.ts';
import type { Chance } from './random.ts';

const MINUTE_MS = 60_000;
const OUTSIDER = { id: 'dba', name: 'Dora' };

const without = (plan: Plan, gone: string): Plan => ({
  ...plan,
  steps: plan.steps
    .filter(({ id }) => id !== gone)
    .map((step) => ({ ...step, after: step.after.filter((id) => id !== gone) })),
});

const changing = (plan: Plan, stepId: string, change: Partial<PlanStep>): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => (step.id === stepId ? { ...step, ...change } : step)),
});

/** Another plan than the present one, mostly one that is possible now; `fresh` is an id that was never used. */
export const drawRevision = (chance: Chance, plan: Plan, state: CutoverState, fresh: string): Plan => {
  const open = plan.steps.filter(({ id }) => /^(?:pending|ready)$/.test(state.steps[id]?.status ?? ''));
  // Now and then somebody wants to change what has begun long ago.
  const { id } = chance.pick(open.length > 0 && chance.happens(0.9) ? open : plan.steps);
  switch (chance.below(4)) {
    case 0:
      return { ...plan, concurrency: chance.between(1, 6) };
    case 1:
      return plan.steps.length > 1 ? without(plan, id) : plan;
    case 2:
      return changing(plan, id, { deadlineMs: chance.pick([2, 5, 15, 40]) * MINUTE_MS });
    default: {
      const before = plan.steps.map((step) => step.id);
      return { ...plan, steps: [...plan.steps, drawStep(chance, fresh, before)] };
    }
  }
};

/** Steps somebody did without the app, in the order of the plan. */
export const drawDone = (chance: Chance, plan: Plan, state: CutoverState): readonly ToldOutside[] => {
  const open = plan.steps.filter(({ id }) => /^(?:pending|ready)$/.test(state.steps[id]?.status ?? ''));
  return open.slice(0, chance.pick([0, 0, 1, 2])).map(({ id }) => ({
    stepId: id,
    doneAt: state.lastCommitAt,
    by: OUTSIDER,
    note: 'it was done by hand',
    evidence: `the protocol of ${id}`,
  }));
};
