import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { ToldOutside } from '../../../shared/engine/revisions.ts';
import { drawStep } from './plan.ts';
import type { Chance } from './random.ts';

const MINUTE_MS = 60_000;
const OUTSIDER = { id: 'dba', name: 'Dora' };

/** The plan without a step that others may have waited for. */
export const without = (plan: Plan, gone: string): Plan => ({
  ...plan,
  steps: plan.steps
    .filter(({ id }) => id !== gone)
    .map((step) => ({ ...step, after: step.after.filter((id) => id !== gone) })),
});

/** The plan with one step changed. */
export const changing = (plan: Plan, stepId: string, change: Partial<PlanStep>): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => (step.id === stepId ? { ...step, ...change } : step)),
});

/** What somebody tells of a step done without the app. */
export const doneByHand = ({ id }: PlanStep, { lastCommitAt }: CutoverState): ToldOutside => ({
  stepId: id,
  doneAt: lastCommitAt,
  by: OUTSIDER,
  note: 'it was done by hand',
  evidence: `the protocol of ${id}`,
});

/** How people change a plan under way. */
export type Revising = {
  /** Another plan than the present one, mostly one that is possible now; `newId` is for a step it adds. */
  readonly draw: (chance: Chance, plan: Plan, state: CutoverState, newId: string) => Plan;
  /** The plan with one more step of this id. */
  readonly adding: (chance: Chance, plan: Plan, state: CutoverState, id: string) => Plan;
  /** Steps somebody did without the app, in the order of the plan. */
  readonly done: (chance: Chance, plan: Plan, state: CutoverState) => readonly ToldOutside[];
};

const addStep: Revising['adding'] = (chance, plan, _, id) => {
  const before = plan.steps.map((step) => step.id);
  return { ...plan, steps: [...plan.steps, drawStep(chance, id, before)] };
};

const drawRevision: Revising['draw'] = (chance, plan, state, newId) => {
  const open = plan.steps.filter(({ id }) => /^(?:pending|ready)$/.test(state.steps[id]?.status ?? ''));
  // Now and then somebody wants to change what has begun long ago.
  const { id } = chance.pick(open.length > 0 && chance.happens(0.9) ? open : plan.steps);
  switch (chance.below(5)) {
    case 0:
      return { ...plan, concurrency: chance.between(1, 6) };
    case 1:
      return plan.steps.length > 1 ? without(plan, id) : plan;
    case 2:
      return changing(plan, id, { deadlineMs: chance.pick([2, 5, 15, 40]) * MINUTE_MS });
    case 3:
      return { ...plan, rollbacks: plan.rollbacks.slice(1) };
    default:
      return addStep(chance, plan, state, newId);
  }
};

const drawDone: Revising['done'] = (chance, plan, state) => {
  const open = plan.steps.filter(({ id }) => /^(?:pending|ready)$/.test(state.steps[id]?.status ?? ''));
  return open.slice(0, chance.pick([0, 0, 1, 2])).map((step) => doneByHand(step, state));
};

/** Any step may be changed, removed or done by hand: the simulated world does not mind. */
export const REVISING: Revising = { draw: drawRevision, adding: addStep, done: drawDone };
