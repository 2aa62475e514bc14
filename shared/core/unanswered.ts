import type { StepState, Unanswered } from './state.ts';

/** A dispatch nobody answered is sent again after this time: longer than a function may run. */
export const REDISPATCH_MS = 10 * 60_000;
/** A silent function is dispatched again ever more rarely, but so often at least. */
const LONGEST_PAUSE_MS = 60 * 60_000;

type Heard = Pick<StepState, 'unanswered' | 'pollEveryMs'>;

/** How long a function that finds nothing new says nothing: to say so of each look would be a commit for each. */
const quietMs = ({ pollEveryMs }: Heard): number => Math.max(REDISPATCH_MS, 2 * pollEveryMs);

/** Whether a function that has looked and found nothing new says at least that it has looked. */
export const owesSign = (step: Heard, now: number): boolean =>
  step.unanswered !== undefined && step.unanswered.since + quietMs(step) <= now;

/**
 * Since when the step's function has been silent, null if nobody has to be told (yet): one that runs would have been
 * heard after half the time (I11).
 */
export const silentSince = (step: Heard, now: number): number | null => {
  const since = step.unanswered?.since;
  return since !== undefined && since + 2 * quietMs(step) <= now ? since : null;
};

/** What a dispatch at `now` leaves to be answered. */
export const leftUnanswered = (step: Heard, now: number): Unanswered => ({
  since: step.unanswered?.since ?? now,
  isSilent: silentSince(step, now) !== null,
});

/** How long after `now` the function is to look again: a silent one after as long as it has been silent. */
export const pauseMs = (step: Heard, usualMs: number, now: number): number => {
  const since = silentSince(step, now);
  return since === null ? usualMs : Math.max(usualMs, Math.min(now - since, LONGEST_PAUSE_MS));
};
