import type { Plan, RollbackPlan } from './plan.ts';
import { onlyWatches } from './plan.ts';
import { waysBack } from './rollback.ts';
import { schedule } from './schedule.ts';
import type { CutoverState } from './state.ts';
import { isTerminal } from './state.ts';
import type { Samples } from './step-duration.ts';
import { durationOf } from './step-duration.ts';

/** A way back to AX 2012 as the bindings name it, with an estimate in somebody's name where there is one. */
export type NamedWay = {
  readonly id: string;
  readonly estimate: { readonly takesMs: number; readonly by: string } | null;
};

/** What the business was promised: instants are epoch milliseconds. */
export type Promised = {
  /** When business must be possible again, in whichever system. */
  readonly endsAt: number;
  readonly marginMs: number;
  readonly waves: readonly { readonly stepId: string; readonly opensAt: number }[];
  readonly waysBack: readonly NamedWay[];
};

/** How long a way back takes, and until when it may be taken. */
export type WayInTime = {
  readonly id: string;
  readonly title: string;
  readonly takesMs: number;
  /** Where the duration comes from: each step rehearsed, the estimate of somebody named, or the plan alone. */
  readonly basis: 'rehearsed' | 'named' | 'planned';
  readonly by: string | null;
  /** Why it is not possible now; null while it is. */
  readonly why: string | null;
  readonly lastSafeAt: number;
};

/** Until when the cutover can be given up so that AX 2012 is back in time. */
export type LastSafeAbort = {
  readonly state: 'unknown' | 'open' | 'soon' | 'urgent' | 'passed' | 'going-back' | 'forward-only' | 'over';
  readonly reason: string;
  /** Null where it is not known. */
  readonly at: number | null;
  /** By when AX must be back: the earliest wave, or the end of the window. */
  readonly neededAt: number | null;
  readonly ways: readonly WayInTime[];
};

/** From so long before the last safe moment on it is near (assumptions: time to call people, and to decide). */
export const SOON_MS = 2 * 60 * 60_000;
export const URGENT_MS = 30 * 60_000;

/** The longest that the steps of a way back take after each other: rehearsed at the most, planned where nobody rehearsed. */
const stepsTakeMs = (
  { steps }: RollbackPlan,
  samples: Samples,
  places: number,
): { readonly takesMs: number; readonly isRehearsed: boolean } => {
  const work = steps.filter((planned) => !onlyWatches(planned));
  const known = work.map((planned) => ({ planned, duration: durationOf(planned, samples) }));
  const jobs = known.map(({ planned: { id, after }, duration }) => ({
    id,
    after,
    durationMs: duration.basis === 'rehearsed' ? duration.longestMs : duration.likelyMs,
    notBefore: 0,
    endAt: null,
    takesPlace: true,
  }));
  const ends = [...schedule(jobs, places, 0).values()].map(({ endAt }) => endAt);
  return {
    takesMs: Math.max(0, ...ends),
    isRehearsed: known.every(({ duration }) => duration.basis === 'rehearsed'),
  };
};

/** The longest rehearsed time, and no less than what somebody named says; a way nobody rehearsed takes what they say. */
const timeOf = (
  rollback: RollbackPlan,
  { estimate }: NamedWay,
  samples: Samples,
  places: number,
): Pick<WayInTime, 'takesMs' | 'basis' | 'by'> => {
  const { takesMs, isRehearsed } = stepsTakeMs(rollback, samples, places);
  if (estimate !== null && (!isRehearsed || estimate.takesMs > takesMs)) {
    return { takesMs: estimate.takesMs, basis: 'named', by: estimate.by };
  }
  return { takesMs, basis: isRehearsed ? 'rehearsed' : 'planned', by: null };
};

/** Whether a way back can never be taken any more without loss. */
const isGone = (
  { availableUntil, dataLossStatement, steps: own }: RollbackPlan,
  { milestones, steps }: CutoverState,
): boolean =>
  dataLossStatement !== null ||
  (availableUntil !== null && milestones[availableUntil] !== undefined) ||
  own.some(({ id }) => Object.hasOwn(steps, id));

const waysInTime = (
  plan: Plan,
  state: CutoverState,
  promised: Promised,
  { samples, neededAt }: { readonly samples: Samples; readonly neededAt: number },
): readonly WayInTime[] => {
  const now = new Map(waysBack(plan, state).map(({ id, why }) => [id, why]));
  return promised.waysBack.flatMap((named) => {
    const rollback = plan.rollbacks.find(({ id }) => id === named.id);
    if (rollback === undefined || isGone(rollback, state)) return [];
    const time = timeOf(rollback, named, samples, state.concurrency);
    const lastSafeAt = neededAt - promised.marginMs - time.takesMs;
    return [{ id: named.id, title: rollback.title, ...time, why: now.get(named.id) ?? null, lastSafeAt }];
  });
};

const nearness = (leftMs: number): 'open' | 'soon' | 'urgent' => {
  if (leftMs <= URGENT_MS) return 'urgent';
  return leftMs <= SOON_MS ? 'soon' : 'open';
};

/**
 * The last moment at which every way back that is not closed still ends in time: before the earliest wave, or the end of
 * the window, and with the margin. After it, and after the point of no return, there is only the way forward.
 */
export const lastSafeAbort = (
  plan: Plan,
  state: CutoverState,
  {
    promised,
    samples,
    now,
  }: { readonly promised: Promised | null; readonly samples: Samples; readonly now: number },
): LastSafeAbort => {
  const none = { at: null, neededAt: null, ways: [] };
  if (isTerminal(state)) return { ...none, state: 'over', reason: `the cutover is ${state.status}` };
  if (state.milestones['point-of-no-return'] !== undefined) {
    return { ...none, state: 'forward-only', reason: 'the point of no return is passed' };
  }
  if (promised === null) {
    return { ...none, state: 'unknown', reason: 'the bindings name no downtime' };
  }
  const neededAt = Math.min(promised.endsAt, ...promised.waves.map(({ opensAt }) => opensAt));
  if (state.status === 'rollingBack') {
    return { ...none, neededAt, state: 'going-back', reason: 'a way back is being taken' };
  }
  if (promised.waysBack.length === 0) {
    return { ...none, neededAt, state: 'unknown', reason: 'the bindings name no way back to AX 2012' };
  }
  const ways = waysInTime(plan, state, promised, { samples, neededAt });
  if (ways.length === 0) {
    return {
      ...none,
      neededAt,
      state: 'forward-only',
      reason: 'no way back to AX 2012 without loss is left',
    };
  }
  const longest = ways.reduce((first, way) => (way.lastSafeAt < first.lastSafeAt ? way : first));
  const at = longest.lastSafeAt;
  const tooLate = `"${longest.title}" would end too late`;
  const known = { at, neededAt, ways };
  if (now <= at) return { ...known, state: nearness(at - now), reason: `after it ${tooLate}` };
  const left = ways.filter(({ lastSafeAt }) => now <= lastSafeAt).map(({ title }) => `"${title}"`);
  if (left.length === 0) return { ...known, state: 'forward-only', reason: tooLate };
  return { ...known, state: 'passed', reason: `${tooLate}; still in time: ${left.join(', ')}` };
};
