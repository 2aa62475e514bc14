import { isApproved } from './approval.ts';
import { sameConditions, stamp } from './conditions.ts';
import {
  DECISION_REMINDER_MS,
  dispatchAgain,
  dispatchReady,
  EFFECT_GRACE_MS,
  failStep,
  failStepWith,
  frozenNow,
  isReadable,
  remindersOf,
} from './dispatch.ts';
import { ERRORS } from './errors.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf, Judgement } from './inputs.ts';
import type { ActiveStep, Claim, Condition, StepState, Wait } from './state.ts';
import { isFinal, isStepActive } from './state.ts';

type OfAttempt = { readonly stepId: string; readonly attempt: number };

/** The step if the input speaks of its current, unfinished attempt; otherwise null (I9). */
const current = (draft: Draft, { stepId, attempt }: OfAttempt): ActiveStep | null => {
  const step = draft.step(stepId);
  return step.attempt === attempt && isStepActive(step) ? step : null;
};

/**
 * Announces the step's question and, with it, its effect (I10): exactly one run of the function wins, and the wait is
 * open before any request leaves.
 */
export const decideOpen = (draft: Draft, input: InputOf<'open'>): Answer => {
  const { stepId, attempt } = input;
  const step = current(draft, input);
  if (step?.wait !== null) return refused('C312', `${stepId} attempt ${attempt}`);
  if (draft.state().held) return refused('C304', draft.state().id);
  const { deadlineAt, earlyClaim } = step;
  const wait: Wait = {
    asks: input.asks,
    openedAt: draft.now,
    deadlineAt,
    remindAt: remindersOf(draft.planned(stepId), draft.now, deadlineAt),
    tokenHash: input.tokenHash,
    claim: null,
    votes: [],
    rule: input.rule,
    evidenceHash: input.evidenceHash,
  };
  const readAt = input.asks === 'world' ? draft.now + Math.max(input.pollEveryMs, 1) : null;
  draft.emit({
    type: 'step-opened',
    stepId,
    attempt,
    wait,
    effect: input.effect,
    pollEveryMs: input.pollEveryMs,
    nextReadAt: input.effect === null ? readAt : draft.now + EFFECT_GRACE_MS,
  });
  // A person's answer that came before the question makes firing the effect needless; whoever it came from held no
  // token, so it cannot stand in for an automation.
  const answered = earlyClaim !== null && input.asks === 'person';
  if (answered) takeClaim(draft, { stepId, attempt, wait }, earlyClaim);
  const fires = input.effect !== null && !answered;
  return applied(`${stepId} attempt ${attempt} is open`, { fires });
};

/** Records a claim on an open wait: a failure ends the attempt, anything else is followed by a reading. */
export const takeClaim = (
  draft: Draft,
  { stepId, attempt, wait }: OfAttempt & { readonly wait: Wait },
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

/** While held nothing is dispatched (I7): a due reading makes the resume run the function. */
export const markOwed = (draft: Draft, stepId: string, attempt: number): void => {
  draft.emit({
    type: 'step-checked',
    stepId,
    attempt,
    unmet: draft.step(stepId).unmet,
    nextReadAt: draft.now,
  });
};

type Settlement = Omit<InputOf<'settle-effect'>, 'id' | 'type' | 'error'>;

const settle = (draft: Draft, input: Settlement): void => {
  const { stepId, attempt, outcome, reference } = input;
  const step = draft.step(stepId);
  const polls = step.wait?.asks === 'world';
  const nextReadAt = outcome === 'accepted' && polls ? draft.now : null;
  const decideAt = outcome === 'unknown' ? frozenNow(draft) + DECISION_REMINDER_MS : null;
  draft.emit({ type: 'effect-settled', stepId, attempt, outcome, reference, nextReadAt, decideAt });
};

/** A refusal that gives no reason. */
const UNEXPLAINED = { code: 'C803', message: ERRORS.C803.title, next: ERRORS.C803.next };

/** Records what became of an announced effect, also when it comes to light after the attempt has ended. */
export const decideSettleEffect = (draft: Draft, input: InputOf<'settle-effect'>): Answer => {
  const { stepId, attempt, outcome } = input;
  const step = current(draft, input);
  if (step === null) {
    draft.emit({ type: 'result-late', stepId, attempt, what: `effect ${outcome}`, by: null });
    return refused('C211', `${stepId} attempt ${attempt}`);
  }
  if (step.effect?.outcome !== 'open')
    return unchanged(`the effect of ${stepId} attempt ${attempt} is settled`);
  settle(draft, input);
  if (outcome === 'refused') failStep(draft, stepId, input.error ?? UNEXPLAINED);
  return applied(`the effect of ${stepId} is ${outcome}`);
};

/** Lets a repeatable effect, which harms nobody when doubled, be fired again after a crash. */
export const decideRepeatEffect = (draft: Draft, input: InputOf<'repeat-effect'>): Answer => {
  const { stepId, attempt } = input;
  const step = current(draft, input);
  const effect = step?.effect;
  const overdue = effect?.outcome === 'open' && effect.announcedAt + EFFECT_GRACE_MS <= draft.now;
  if (!overdue || !effect.repeatable || draft.state().held) {
    return refused('C312', `${stepId} attempt ${attempt}`);
  }
  draft.emit({ type: 'effect-repeated', stepId, attempt });
  return applied(`${stepId} fires again`);
};

/** Whether only a person can still say what became of the effect: nobody probes it while the cutover is held. */
const isInDoubt = (draft: Draft, { effect }: ActiveStep): boolean =>
  effect?.outcome === 'unknown' ||
  (effect?.outcome === 'open' &&
    draft.state().held !== null &&
    effect.announcedAt + EFFECT_GRACE_MS <= draft.now);

/** What is known of the effect of this attempt; null while it is not, or while there is none. */
const knownToHaveHappened = ({ effect }: StepState): boolean | null => {
  if (effect?.outcome === 'accepted') return true;
  return effect?.outcome === 'refused' ? false : null;
};

/**
 * Records a person's answer to "did it happen?" for an effect that must not be doubled (I10): what is known already is
 * not answered once more, and the first answer stands.
 */
export const decideAnswerEffect = (draft: Draft, input: InputOf<'answer-effect'>): Answer => {
  const { stepId, attempt, happened, by } = input;
  const step = current(draft, input);
  if (step === null || !isInDoubt(draft, step)) {
    const known = draft.step(stepId).attempt === attempt ? knownToHaveHappened(draft.step(stepId)) : null;
    if (known === null) return refused('C315', stepId);
    return known === happened
      ? unchanged(`it is known already whether the effect of ${stepId} happened: ${known ? 'yes' : 'no'}`)
      : refused('C210', stepId, { happened: known });
  }
  draft.emit({ type: 'effect-answered', stepId, attempt, happened, by });
  if (happened) {
    if (draft.state().held) markOwed(draft, stepId, attempt);
    else dispatchAgain(draft, stepId, 'answer');
    return applied(`the effect of ${stepId} happened, says ${by.name}`);
  }
  failStepWith(draft, stepId, 'C317', `${stepId}, says ${by.name}`, 'person');
  return applied(`the effect of ${stepId} did not happen, says ${by.name}`);
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
  if (!sameConditions(unmet, step.unmet)) {
    draft.emit({ type: 'step-checked', stepId, attempt, unmet, nextReadAt: step.nextReadAt });
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
  const step = current(draft, input);
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
