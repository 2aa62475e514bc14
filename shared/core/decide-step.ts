import { isApproved } from './approval.ts';
import { sameConditions, stamp } from './conditions.ts';
import { settle } from './decide-effect.ts';
import {
  dispatchAgain,
  dispatchReady,
  failStep,
  failStepWith,
  frozenNow,
  isReadable,
  markOwed,
  readAtOnceHeard,
  remindersOf,
} from './dispatch.ts';
import { EFFECT_GRACE_MS } from './doubt.ts';
import type { Answer, Attempt, Draft } from './draft.ts';
import { applied, inHand, refused, unchanged } from './draft.ts';
import type { InputOf, Judgement } from './inputs.ts';
import type { ActiveStep, Claim, Condition, Wait } from './state.ts';
import { isFinal } from './state.ts';
import { owesSign } from './unanswered.ts';

/**
 * Announces the step's question and, with it, its effect (I10): exactly one run of the function wins, and the wait is
 * open before any request leaves.
 */
export const decideOpen = (draft: Draft, input: InputOf<'open'>): Answer => {
  const { stepId, attempt } = input;
  const step = inHand(draft, input);
  if (step?.wait !== null) return refused('C312', `${stepId} attempt ${attempt}`);
  if (draft.state().held) return refused('C304', draft.state().id);
  const { deadlineAt, earlyClaim } = step;
  // What happened in an attempt that failed is not asked for again; its automation knows no token of this one, so
  // somebody looks what became of it.
  const found = step.effect !== null;
  const effect = found ? null : input.effect;
  const asks = found && input.asks === 'automation' ? 'person' : input.asks;
  const wait: Wait = {
    asks,
    openedAt: draft.now,
    deadlineAt,
    remindAt: remindersOf(draft.planned(stepId), draft.now, deadlineAt),
    tokenHash: asks === 'automation' ? input.tokenHash : null,
    claim: null,
    votes: [],
    rule: input.rule,
    evidenceHash: input.evidenceHash,
  };
  const readAt = asks === 'world' ? draft.now + Math.max(input.pollEveryMs, 1) : null;
  draft.emit({
    type: 'step-opened',
    stepId,
    attempt,
    wait,
    effect,
    pollEveryMs: input.pollEveryMs,
    nextReadAt: effect === null ? readAt : draft.now + EFFECT_GRACE_MS,
  });
  // A person's answer that came before the question makes firing the effect needless; whoever it came from held no
  // token, so it cannot stand in for an automation.
  const answered = earlyClaim !== null && asks === 'person';
  if (answered) takeClaim(draft, { stepId, attempt, wait }, earlyClaim);
  const fires = effect !== null && !answered;
  return applied(`${stepId} attempt ${attempt} is open`, { fires });
};

/** Records a claim on an open wait: a failure ends the attempt, anything else is followed by a reading. */
export const takeClaim = (
  draft: Draft,
  { stepId, attempt, wait }: Attempt & { readonly wait: Wait },
  claim: Claim,
): void => {
  const { effect } = draft.step(stepId);
  // Whoever is to test it goes on being reminded.
  const left = isFinal(claim) ? {} : { remindAt: wait.remindAt };
  draft.emit({ type: 'completion-received', stepId, attempt, claim, ...left });
  if (effect?.outcome === 'open' || effect?.outcome === 'unknown') {
    // An answer proves that the request arrived, whatever became of its response.
    settle(draft, { stepId, attempt, outcome: 'accepted', reference: null });
  }
  if (claim.result === 'fail') {
    const said = `${stepId} by ${claim.by.name}${claim.note === '' ? '' : `: ${claim.note}`}`;
    failStepWith(draft, stepId, 'C310', said, wait.asks === 'automation' ? 'machine' : 'person');
  } else if (!draft.state().held) {
    dispatchAgain(draft, stepId, 'claim');
  } else {
    markOwed(draft, stepId, attempt);
  }
};

/**
 * The latest fact the evidence has to prove (I8): its question, the claim that answered it, or what a reading after it
 * found missing, so that a slow function does not undo what a later one has recorded.
 */
const factsAt = ({ openedAt, claim }: Wait, unmet: readonly Condition[]): number =>
  Math.max(openedAt, claim?.at ?? 0, ...unmet.map(({ since }) => since));

/** Records what the step lacks, also when it lacks it before it could ask its question. */
const lacks = (
  draft: Draft,
  stepId: string,
  step: ActiveStep,
  judgement: Extract<Judgement, { verdict: 'not-yet' }>,
): Answer => {
  const { attempt } = step;
  const unmet = stamp(judgement.unmet, step.unmet, draft.now);
  const now = frozenNow(draft);
  const nextReadAt = readAtOnceHeard(step, now);
  if (!sameConditions(unmet, step.unmet)) {
    draft.emit({ type: 'step-checked', stepId, attempt, unmet, nextReadAt });
  } else if (owesSign(step, now)) {
    draft.emit({ type: 'step-heard', stepId, attempt, nextReadAt });
  }
  if (judgement.again) {
    if (draft.state().held) markOwed(draft, stepId, attempt);
    else dispatchAgain(draft, stepId, 'read');
  }
  const waits = `${stepId} waits for ${unmet.length} condition(s)`;
  return draft.events().length === 0 ? unchanged(waits) : applied(waits);
};

/** Ends the attempt by what the function read, or records what is still missing; the first result wins (I9). */
export const decideJudge = (draft: Draft, input: InputOf<'judge'>): Answer => {
  const { stepId, attempt, judgement } = input;
  const step = inHand(draft, input);
  if (judgement.verdict === 'not-yet') {
    if (step === null) return unchanged(`${stepId} attempt ${attempt} is not in hand`);
    // A run that could not ask the question may be overtaken by one that could: then it is not for the function to say.
    if (step.wait !== null && !isReadable(step.wait)) return unchanged(`${stepId} waits for an answer first`);
    return lacks(draft, stepId, step, judgement);
  }
  if (step?.wait == null) {
    draft.emit({ type: 'result-late', stepId, attempt, what: judgement.verdict, by: null });
    return refused('C211', `${stepId} attempt ${attempt}`);
  }
  const { wait } = step;
  switch (judgement.verdict) {
    case 'failed':
      failStep(draft, stepId, judgement.error);
      return applied(`${stepId} attempt ${attempt} failed`);
    case 'done': {
      if (judgement.evidence.takenAt < factsAt(wait, step.unmet))
        return refused('C314', `${stepId} attempt ${attempt}`);
      if (wait.asks === 'approval' && (judgement.evidence.hash !== wait.evidenceHash || !isApproved(wait))) {
        return refused('C213', `${stepId} attempt ${attempt}`);
      }
      const { marks } = draft.planned(stepId);
      draft.emit({ type: 'step-succeeded', stepId, attempt, evidence: judgement.evidence, marks });
      dispatchReady(draft);
      return applied(`${stepId} succeeded`);
    }
  }
};
