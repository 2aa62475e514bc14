import type { Draft } from './draft.ts';
import { sameJson } from './json.ts';
import type { Proposal, SkipProposal, StepState } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A changed plan nobody decided about for so long is void: the cutover has moved on. */
const REVISION_VALID_MS = 24 * HOUR_MS;

/**
 * Two people pass a data gate within this time of each other. What the second sees is what the first saw: a proposal is
 * void when the gate lacks something else by then, or when a revision has changed it.
 */
const SKIP_VALID_MS = HOUR_MS;

/**
 * How long after a wish to skip the second person is reminded, as long as it stands (I11). An assumption: early enough to
 * fetch somebody, and shortly before the end.
 */
const SKIP_REMINDERS_MS = [15 * MINUTE_MS, 30 * MINUTE_MS, 50 * MINUTE_MS];

/**
 * How long after a revision was proposed the second person is reminded, as long as it is open (I11). An assumption: soon,
 * half-way, and shortly before the end.
 */
const REVISION_REMINDERS_MS = [HOUR_MS, 12 * HOUR_MS, 23 * HOUR_MS];

/** The instant from which a proposed revision can no longer be approved. */
export const expiryOf = ({ at }: Pick<Proposal, 'at'>): number => at + REVISION_VALID_MS;

/** When the second person is reminded of a revision proposed at this instant, earliest first. */
export const revisionReminders = (at: number): readonly number[] =>
  REVISION_REMINDERS_MS.map((afterMs) => at + afterMs);

/** The instant from which nobody can join in a wish to skip any more. */
export const skipExpiryOf = ({ at }: Pick<SkipProposal, 'at'>): number => at + SKIP_VALID_MS;

/** When the second person is reminded of a wish to skip of this instant, earliest first. */
export const skipReminders = (at: number): readonly number[] =>
  SKIP_REMINDERS_MS.map((afterMs) => at + afterMs);

/** What a gate lacks, as codes in order. */
export const codesOf = ({ unmet }: Pick<StepState, 'unmet'>): readonly string[] =>
  [...new Set(unmet.map(({ code }) => code))].sort();

/** Whether what the first of two people asked for still stands, for the gate as it is now. */
export const standsFor = (
  first: SkipProposal | null,
  step: Pick<StepState, 'unmet'>,
  now: number,
): first is SkipProposal =>
  first !== null && now < skipExpiryOf(first) && sameJson(first.unmet ?? [], codesOf(step));

/** When the second person is reminded next; null where nobody could join in then. */
export const skipReminderAt = (step: StepState): number | null => {
  const at = step.skipProposal?.remindAt[0];
  return at !== undefined && standsFor(step.skipProposal, step, at) ? at : null;
};

/** A wish to skip counts no more; whoever had it has to say it again. */
export const voidSkipProposal = (draft: Draft, stepId: string): void => {
  const { skipProposal } = draft.step(stepId);
  if (skipProposal === null) return;
  draft.emit({ type: 'statement-voided', stepId, what: 'skip-proposal', by: skipProposal.by });
};
