import type { Plan } from '../core/plan.ts';
import { allSteps } from '../core/plan.ts';
import type { CutoverState, StepState } from '../core/state.ts';
import type { ReplicationReading } from '../core/replication.ts';
import { isTerminal } from '../core/state.ts';
import { readsServers } from '../kinds/sources.ts';

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

const LOOKS_AT_REPLICATION: ReadonlySet<string> = new Set([GATE, 'replication-watch']);

/** Whether all that look at replication take only what people state, so that a poll would tell nobody anything. */
const onlyStated = (plan: Plan): boolean => {
  const lookers = allSteps(plan).filter(({ kind }) => LOOKS_AT_REPLICATION.has(kind));
  return lookers.length > 0 && !lookers.some(readsServers);
};

/**
 * How often the replication of a cutover is polled, in milliseconds; null where there is nothing to poll: replication
 * does not exist and no gate waits, only statements are accepted, or the cutover has ended.
 */
export const paceMs = (plan: Plan, state: CutoverState): number | null => {
  if (isTerminal(state) || onlyStated(plan)) return null;
  const gateWaits = waitingGates(plan, state).length > 0;
  const { milestones } = state;
  const exists =
    milestones['replication-set-up'] !== undefined && milestones['replication-removed'] === undefined;
  if (!exists && !gateWaits) return null;
  const axIsOff = milestones['aos-stopped'] !== undefined;
  if (gateWaits) return axIsOff ? NEAR_GOAL_MS : DOWNTIME_MS;
  return axIsOff ? DOWNTIME_MS : WATCH_MS;
};

/** Twice as rarely with each poll in a row that the source did not answer in time, up to eight times. */
const MOST_DOUBLINGS = 3;
/** Replication is never left alone for longer than this. */
const RAREST_MS = 60 * 60_000;

const isPressed = ({ blind, gaps }: Pick<ReplicationReading, 'blind' | 'gaps'>): boolean =>
  blind?.code === 'C504' || gaps.some(({ code }) => code === 'C504');

/** The newest readings that tell how far to back off. */
export const BACK_OFF_LOOK_BACK = MOST_DOUBLINGS;

/** The pace while the source is under pressure: rarer, and the ordinary one again after the first poll it answers. */
export const backedOff = (
  pace: number,
  recent: readonly Pick<ReplicationReading, 'blind' | 'gaps'>[],
): number => {
  const lastGood = recent.findLastIndex((reading) => !isPressed(reading));
  const pressed = Math.min(recent.length - 1 - lastGood, MOST_DOUBLINGS);
  return Math.max(pace, Math.min(pace * 2 ** pressed, RAREST_MS));
};

/** Whether nothing waits for what is read: no gate, and AX still runs. */
export const onlyWatches = (plan: Plan, state: CutoverState): boolean => paceMs(plan, state) === WATCH_MS;

/** On a clock that runs fast a poll takes longer than a slot: nothing shorter than this, of the machine's time, is a slot. */
const SHORTEST_SLOT_MS = 1_500;

/**
 * How often the timer of this schedule can poll, in milliseconds of the cutover's time; a minute where it is not plainly
 * every so many seconds or minutes. What is polled more seldom than its pace asks for is so by design, and no blindness.
 */
export const timerPeriodMs = (schedule: string, clockFactor: number): number => {
  const [, seconds, minutes] = /^(?:\*\/(\d+) \*|0 \*\/(\d+)) \* \* \* \*$/.exec(schedule) ?? [];
  const period = seconds === undefined ? Number(minutes ?? 1) * 60_000 : Number(seconds) * 1_000;
  return clockFactor === 1 ? period : Math.max(period, clockFactor * SHORTEST_SLOT_MS);
};

/** The start of the poll slot an instant lies in: two timers in one slot make one poll. */
export const slotAt = (now: number, pace: number): number => Math.floor(now / pace) * pace;
