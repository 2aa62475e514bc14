import type { Milestone, Plan, RollbackPlan } from './plan.ts';
import type { CutoverState } from './state.ts';
import { whyNotYet } from './under-way.ts';

/** A way back as it stands now: `why` says why it is not possible, null while it is. */
export type WayBack = {
  readonly id: string;
  readonly title: string;
  readonly why: string | null;
  /** The milestone that ends it, null if none does. */
  readonly until: Milestone | null;
  /** The sentence to confirm, null where no data is lost. */
  readonly dataLossStatement: string | null;
};

const whyNot = (rollback: RollbackPlan, { status, milestones, steps }: CutoverState): string | null => {
  const { availableFrom, availableUntil, availableWhileFailed, dataLossStatement } = rollback;
  if (status !== 'running' && status !== 'rollingBack') return `the cutover is ${status}`;
  if (rollback.steps.some(({ id }) => Object.hasOwn(steps, id))) return 'it has been taken';
  if (availableFrom !== null && milestones[availableFrom] === undefined) return `not before ${availableFrom}`;
  if (availableUntil !== null && milestones[availableUntil] !== undefined) {
    return `no longer after ${availableUntil}`;
  }
  if (availableWhileFailed !== undefined && steps[availableWhileFailed]?.status !== 'failed') {
    return `only while ${availableWhileFailed} has failed`;
  }
  // After the first business write every way back loses data; one that does not say which cannot be confirmed.
  if (milestones['point-of-no-return'] !== undefined && dataLossStatement === null) {
    return 'the point of no return is passed, and it does not say what would be lost';
  }
  return null;
};

/** The ways back of a cutover, each possible or with the reason why not: computed from the point reached. */
export const waysBack = (plan: Plan, state: CutoverState): readonly WayBack[] => {
  const whyWait = whyNotYet(plan, state);
  return plan.rollbacks.map((rollback) => ({
    id: rollback.id,
    title: rollback.title,
    why: whyNot(rollback, state) ?? whyWait,
    until: rollback.availableUntil,
    dataLossStatement: rollback.dataLossStatement,
  }));
};
