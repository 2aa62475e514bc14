import type { Plan, PlanStep } from './plan.ts';
import { allSteps } from './plan.ts';
import type { CutoverState } from './state.ts';

/** How long each step took, in milliseconds, once for each rehearsal, by its id. */
export type Samples = ReadonlyMap<string, readonly number[]>;

/** How long a step takes by what is known of it, in milliseconds. */
export type StepDuration = {
  /** Whether rehearsals tell it, or the plan alone. */
  readonly basis: 'rehearsed' | 'planned';
  /** How many rehearsals do. */
  readonly samples: number;
  readonly shortestMs: number;
  readonly likelyMs: number;
  readonly longestMs: number;
};

const medianOf = (sorted: readonly number[]): number => {
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return Math.round(middle.reduce((sum, ms) => sum + ms, 0) / middle.length);
};

/**
 * The rehearsals' minimum, median and maximum; of what nobody rehearsed the planned duration, and at the longest its limit,
 * because that is what the plan allows.
 */
export const durationOf = ({ id, plannedMs, deadlineMs }: PlanStep, samples: Samples): StepDuration => {
  const sorted = (samples.get(id) ?? []).toSorted((a, b) => a - b);
  const [shortestMs, longestMs] = [sorted.at(0), sorted.at(-1)];
  if (shortestMs === undefined || longestMs === undefined) {
    const longest = Math.max(plannedMs, deadlineMs);
    return { basis: 'planned', samples: 0, shortestMs: plannedMs, likelyMs: plannedMs, longestMs: longest };
  }
  return { basis: 'rehearsed', samples: sorted.length, shortestMs, likelyMs: medianOf(sorted), longestMs };
};

/** A rehearsal: its plan, and how it stands. */
export type Rehearsal = { readonly plan: Plan; readonly state: CutoverState };

/**
 * How long steps took in rehearsals, from the first dispatch to the success, by an instant: retries and holds included.
 * A step that was recorded as done outside took a time nobody knows; one of the same id and another kind is another step.
 */
export const samplesOf = (plan: Plan, rehearsals: readonly Rehearsal[], by: number): Samples => {
  const kinds = new Map(allSteps(plan).map(({ id, kind }) => [id, kind]));
  const samples = new Map<string, number[]>();
  for (const rehearsal of rehearsals) {
    for (const { id, kind } of allSteps(rehearsal.plan)) {
      const step = rehearsal.state.steps[id];
      if (step?.status !== 'succeeded' || step.attempt === 0 || kinds.get(id) !== kind) continue;
      const { startedAt, endedAt } = step;
      if (startedAt === null || endedAt === null || endedAt <= startedAt || endedAt > by) continue;
      samples.set(id, [...(samples.get(id) ?? []), endedAt - startedAt]);
    }
  }
  return samples;
};
