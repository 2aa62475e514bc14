import type { Plan } from '../core/plan.ts';
import { allSteps } from '../core/plan.ts';
import type { CutoverState, StepState } from '../core/state.ts';
import { isTerminal } from '../core/state.ts';

/** Every 15 minutes while replication only has to be watched. */
const WATCH_MS = 15 * 60_000;
/** Every minute once AX is off or a gate waits. */
const DOWNTIME_MS = 60_000;
/** Every 15 seconds while a gate waits for the last commands during the downtime. */
const NEAR_GOAL_MS = 15_000;

/** The kind of the steps that count replication readings in a row. */
export const GATE = 'replication-gate';

/** The replication gates that wait. */
export const waitingGates = (
  plan: Plan,
  state: CutoverState,
): readonly { readonly stepId: string; readonly step: StepState }[] =>
  allSteps(plan).flatMap(({ id, kind }) => {
    const step = state.steps[id];
    return kind === GATE && step?.status === 'waiting' ? [{ stepId: id, step }] : [];
  });

/**
 * How often the replication of a cutover is polled, in milliseconds; null where there is nothing to poll: replication
 * does not exist and no gate waits, or the cutover has ended.
 */
export const paceMs = (plan: Plan, state: CutoverState): number | null => {
  if (isTerminal(state)) return null;
  const gateWaits = waitingGates(plan, state).length > 0;
  const { milestones } = state;
  const exists =
    milestones['replication-set-up'] !== undefined && milestones['replication-removed'] === undefined;
  if (!exists && !gateWaits) return null;
  const axIsOff = milestones['aos-stopped'] !== undefined;
  if (gateWaits) return axIsOff ? NEAR_GOAL_MS : DOWNTIME_MS;
  return axIsOff ? DOWNTIME_MS : WATCH_MS;
};

/** The start of the poll slot an instant lies in: two timers in one slot make one poll. */
export const slotAt = (now: number, pace: number): number => Math.floor(now / pace) * pace;
