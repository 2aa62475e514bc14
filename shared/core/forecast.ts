import { isApproved } from './approval.ts';
import type { Plan, PlanStep } from './plan.ts';
import { endedBy, onlyWatches, stepsInForce } from './plan.ts';
import type { Job, Slot } from './schedule.ts';
import { schedule } from './schedule.ts';
import type { ActiveStep, CutoverState, StepState } from './state.ts';
import { isFinal, isStepActive, isStepTerminal, isTerminal } from './state.ts';
import type { Samples, StepDuration } from './step-duration.ts';
import { durationOf } from './step-duration.ts';

/** An instant with its honest range, in epoch milliseconds; null where nobody can say. */
export type Range = {
  readonly earliest: number | null;
  readonly likely: number | null;
  readonly latest: number | null;
};

/** What is taken for granted of a step, because nobody knows. */
export type Assumption =
  'never-rehearsed' | 'waits-for-person' | 'longer-than-ever' | 'retried-now' | 'resumed-now' | 'never-ends';

/** When a step begins and ends, or did. */
export type StepForecast = {
  readonly id: string;
  readonly start: Range;
  readonly finish: Range;
  readonly duration: StepDuration;
  readonly isCritical: boolean;
  readonly assumes: readonly Assumption[];
};

/** How the rest of a cutover goes, by what is known now. */
export type Forecast = {
  readonly steps: readonly StepForecast[];
  /** When the last of the steps that count ends; null once the cutover has ended. */
  readonly finish: Range | null;
  /** The steps, in order, each of which lets the next begin: whatever delays one delays the finish. */
  readonly criticalPath: readonly string[];
  /** The step of the critical path whose rest is worth most: so much earlier would the finish be without it. */
  readonly leverage: { readonly stepId: string; readonly savesMs: number } | null;
};

type Case = 'shortest' | 'likely' | 'longest';

const exactly = (at: number): Range => ({ earliest: at, likely: at, latest: at });

/** What is known of a step at an instant. */
type Known = {
  readonly planned: PlanStep;
  readonly step: StepState;
  readonly duration: StepDuration;
};

/** When the present attempt began: the first by the start of the step, later ones by their question or their limit. */
const begunAt = ({ deadlineMs }: PlanStep, { attempt, startedAt, wait, deadlineAt }: ActiveStep): number => {
  if (attempt === 1 && startedAt !== null) return startedAt;
  return wait === null ? deadlineAt - deadlineMs : wait.openedAt;
};

/** When a step in hand ends; a step that takes longer than ever ends now, or by its limit, or nobody knows when. */
const endInHand = ({ planned, duration }: Known, step: ActiveStep, which: Case, now: number): number => {
  const at = begunAt(planned, step) + duration[`${which}Ms`];
  if (which !== 'longest') return Math.max(now, at);
  const limit = step.deadlineAt > now ? step.deadlineAt : Infinity;
  if (duration.basis === 'planned') return Math.max(limit, at);
  return at > now ? at : limit;
};

/** Whether the step is a watch that no unfinished step in force will end. */
const neverEnds = (known: readonly Known[], { planned }: Known, { milestones }: CutoverState): boolean => {
  const milestone = endedBy(planned);
  if (milestone === null || milestones[milestone] !== undefined) return false;
  return !known.some((other) => other.planned.marks === milestone && !isStepTerminal(other.step));
};

/** A watch lasts until what ends it has happened, and takes no time of its own. */
const watchJob = (known: readonly Known[], one: Known, state: CutoverState, now: number): Job => {
  const { planned } = one;
  const milestone = endedBy(planned);
  const markers = known.filter((other) => other.planned.marks === milestone).map((other) => other.planned.id);
  return {
    id: planned.id,
    after: [...planned.after, ...markers],
    durationMs: neverEnds(known, one, state) ? Infinity : 0,
    notBefore: now,
    endAt: null,
    takesPlace: false,
  };
};

const jobOf = (
  known: readonly Known[],
  one: Known,
  which: Case,
  { state, now }: { readonly state: CutoverState; readonly now: number },
): Job => {
  const { planned, step, duration } = one;
  const { held } = state;
  const base = { id: planned.id, after: planned.after, notBefore: now, endAt: null, takesPlace: true };
  if (step.status === 'succeeded' || step.status === 'cancelled') {
    return { ...base, durationMs: 0, endAt: step.endedAt, takesPlace: false };
  }
  // Skipped before its turn, a step still stands for what it waits for.
  if (step.status === 'skipped') return { ...base, durationMs: 0, takesPlace: false };
  if (onlyWatches(planned)) return watchJob(known, one, state, now);
  const unknown = which === 'longest';
  if (isStepActive(step)) {
    const endAt = held !== null && unknown ? Infinity : endInHand(one, step, which, now);
    return { ...base, durationMs: 0, endAt };
  }
  const durationMs = duration[`${which}Ms`];
  // Nobody knows when a hold ends, or when somebody decides about a failure.
  const isDecided = step.status !== 'failed' || step.retryAt !== null;
  if (unknown && (held !== null || !isDecided)) return { ...base, durationMs, notBefore: Infinity };
  const frozenMs = held === null ? 0 : now - held.since;
  const retryAt = step.retryAt === null ? now : step.retryAt + frozenMs;
  return { ...base, durationMs, notBefore: Math.max(now, state.startAt ?? now, retryAt) };
};

/** Whether somebody has to answer first. */
const waitsForPerson = (step: StepState): boolean => {
  const { wait } = step;
  if (wait === null || !isStepActive(step)) return false;
  if (wait.asks === 'approval') return !isApproved(wait);
  return wait.asks === 'person' && !(wait.claim !== null && isFinal(wait.claim));
};

const assumptionsOf = (
  known: readonly Known[],
  one: Known,
  { state, now }: { readonly state: CutoverState; readonly now: number },
): readonly Assumption[] => {
  const { planned, step, duration } = one;
  if (isStepTerminal(step)) return [];
  if (onlyWatches(planned)) return neverEnds(known, one, state) ? ['never-ends'] : [];
  const { basis, likelyMs, longestMs } = duration;
  const mostMs = basis === 'planned' ? likelyMs : longestMs;
  const isOver = isStepActive(step) && now > begunAt(planned, step) + mostMs;
  return [
    ...(basis === 'planned' ? (['never-rehearsed'] as const) : []),
    ...(waitsForPerson(step) ? (['waits-for-person'] as const) : []),
    ...(isOver ? (['longer-than-ever'] as const) : []),
    ...(step.status === 'failed' && step.retryAt === null ? (['retried-now'] as const) : []),
    ...(state.held === null ? [] : (['resumed-now'] as const)),
  ];
};

/** The steps whose end is the finish: those named, or that open access; all of a plan that opens none, or of a way back. */
const goalOf = (
  steps: readonly PlanStep[],
  { rollback }: CutoverState,
  endsWith: string | null,
): string[] => {
  if (rollback !== null) return steps.map(({ id }) => id);
  const named = steps.filter(({ id, marks }) =>
    endsWith === null ? marks === 'access-opened' : id === endsWith,
  );
  return (named.length === 0 ? steps : named).map(({ id }) => id);
};

/** Of steps that wait for each other in a circle, which no plan that was checked has. */
const NEVER: Slot = { startAt: Infinity, endAt: Infinity, waitedFor: null };

const slotIn = (slots: ReadonlyMap<string, Slot>, id: string): Slot => slots.get(id) ?? NEVER;

/** The way from a step back to what is going on now, each step by the one whose end let it begin. */
const wayTo = (id: string, slots: ReadonlyMap<string, Slot>, { steps }: CutoverState): readonly string[] => {
  const way: string[] = [];
  for (let at: string | null = id; at !== null; at = slotIn(slots, at).waitedFor) {
    const step = steps[at];
    if (step !== undefined && !isStepTerminal(step)) way.unshift(at);
  }
  return way;
};

const finite = (at: number): number | null => (Number.isFinite(at) ? at : null);

/** Three answers as a range; where places are short, longer steps may let another one end sooner. */
const rangeOf = ([shortest, likely, longest]: readonly [number, number, number]): Range => ({
  earliest: finite(Math.min(shortest, likely, longest)),
  likely: finite(likely),
  latest: finite(Math.max(shortest, likely, longest)),
});

/** How much earlier the finish would be if a step took no more time. */
const savesMs = (jobs: readonly Job[], id: string, finishOf: (jobs: readonly Job[]) => number, now: number) =>
  finishOf(jobs) -
  finishOf(
    jobs.map((job) => {
      if (job.id !== id) return job;
      return job.endAt === null ? { ...job, durationMs: 0 } : { ...job, endAt: now };
    }),
  );

/**
 * When each step and the whole will have ended, by the durations of rehearsals and the plan, what has happened, and the
 * places of the plan; `endsWith` names the step that ends the downtime. Everything is asked as of `now`.
 */
export const forecastOf = (
  plan: Plan,
  state: CutoverState,
  {
    samples,
    now,
    endsWith,
  }: { readonly samples: Samples; readonly now: number; readonly endsWith: string | null },
): Forecast => {
  const inForce = stepsInForce(plan, state.rollback?.id ?? null);
  const known = inForce.flatMap((planned): Known[] => {
    const step = state.steps[planned.id];
    return step === undefined ? [] : [{ planned, step, duration: durationOf(planned, samples) }];
  });
  const at = { state, now };
  const jobsIn = (which: Case): readonly Job[] => known.map((one) => jobOf(known, one, which, at));
  const slotsOf = (jobs: readonly Job[]) => schedule(jobs, state.concurrency, now);
  const likelyJobs = jobsIn('likely');
  const likely = slotsOf(likelyJobs);
  const cases = [slotsOf(jobsIn('shortest')), likely, slotsOf(jobsIn('longest'))] as const;

  const goal = goalOf(inForce, state, endsWith);
  const isOver = isTerminal(state);
  const finishOf = (slots: ReadonlyMap<string, Slot>): number =>
    Math.max(...goal.map((id) => slotIn(slots, id).endAt));
  const last = goal.find((id) => slotIn(likely, id).endAt === finishOf(likely));
  const criticalPath = isOver || last === undefined ? [] : wayTo(last, likely, state);
  const isCritical = new Set(criticalPath);
  const rangeIn = (id: string, end: 'startAt' | 'endAt'): Range =>
    rangeOf(cases.map((slots) => slotIn(slots, id)[end]) as [number, number, number]);
  const worth = criticalPath
    .map((stepId) => ({
      stepId,
      savesMs: savesMs(likelyJobs, stepId, (jobs) => finishOf(slotsOf(jobs)), now),
    }))
    .filter((one) => one.savesMs > 0)
    .toSorted((a, b) => b.savesMs - a.savesMs);
  return {
    steps: known.map((one) => {
      const { planned, step, duration } = one;
      const { id } = planned;
      const endedAt = isStepTerminal(step) ? step.endedAt : null;
      // Whoever ended before its turn never began.
      const startedAt = step.startedAt ?? endedAt;
      return {
        id,
        start: startedAt === null ? rangeIn(id, 'startAt') : exactly(startedAt),
        finish: endedAt === null ? rangeIn(id, 'endAt') : exactly(endedAt),
        duration,
        isCritical: isCritical.has(id),
        assumes: assumptionsOf(known, one, at),
      };
    }),
    finish: isOver ? null : rangeOf(cases.map(finishOf) as [number, number, number]),
    criticalPath,
    leverage: worth[0] ?? null,
  };
};
