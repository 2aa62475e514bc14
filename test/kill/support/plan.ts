import { mockPlanDocument } from '../../../shared/contract/plans/mock-plan.ts';
import type { PlanDocument } from '../../../shared/contract/plan.ts';

/** Tasks of the mock plan after which somebody's own system looks different: those stay with people. */
const DEEDS = /^(?:start-snapshot-\d+|start-special-snapshots|sign-off-refresh|start-batch|restart-ax)$/;

/** The name under which the bindings know the automation of the tasks. */
export const ROBOT = 'robot';

/** As the plan has it, so does whoever does the task: the shorter, the more happens between two kills. */
const PLANNED = '10min';

/**
 * The default mock plan, all its steps in their order; every other task is handed to an automation, so that many effects
 * meet a kill.
 */
export const killPlan = (): PlanDocument => {
  const plan = mockPlanDocument();
  let tasks = 0;
  return {
    ...plan,
    steps: plan.steps.map((step) => {
      if (step.kind !== 'task') return step;
      const short = { ...step, planned: PLANNED };
      if (DEEDS.test(step.id)) return short;
      tasks += 1;
      if (tasks % 2 === 0) return short;
      return { ...short, params: { ...(step.params as object), automation: ROBOT } };
    }),
  };
};
