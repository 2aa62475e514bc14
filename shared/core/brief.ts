import type { Claim, Evidence, StepState, Waiver } from './state.ts';

/** Of what was said about a step that has ended, its state keeps so many characters; the log keeps every word. */
export const BRIEF_CHARACTERS = 200;

/** The beginning of a text, with a sign where more was said; no character is cut in two. */
export const brief = (said: string): string => {
  if (said.length <= BRIEF_CHARACTERS) return said;
  const cut = said.slice(0, BRIEF_CHARACTERS - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
};

const briefClaim = (claim: Claim): Claim => ({ ...claim, note: brief(claim.note) });

const briefWaiver = (waiver: Waiver): Waiver => ({
  ...waiver,
  reason: brief(waiver.reason),
  second: waiver.second && { ...waiver.second, reason: brief(waiver.second.reason) },
});

const briefEvidence = (evidence: Evidence): Evidence => ({ ...evidence, summary: brief(evidence.summary) });

/**
 * A step that has ended, without the length of what was said about it: a thousand of them stay within what one commit can
 * hold, so that a hold or an abort is always possible.
 */
export const briefly = (step: StepState): StepState => {
  const { wait, earlyClaim, evidence, error, waiver } = step;
  return {
    ...step,
    wait: wait && {
      ...wait,
      claim: wait.claim && briefClaim(wait.claim),
      votes: wait.votes.map((vote) => ({ ...vote, comment: brief(vote.comment) })),
    },
    earlyClaim: earlyClaim && briefClaim(earlyClaim),
    evidence: evidence && briefEvidence(evidence),
    error: error && { ...error, message: brief(error.message) },
    waiver: waiver && briefWaiver(waiver),
  };
};
