import {
  DECISION_REMINDER_MS,
  dispatchAgain,
  failStep,
  failStepWith,
  frozenNow,
  markOwed,
  readAtOnceHeard,
} from './dispatch.ts';
import { EFFECT_GRACE_MS, isInDoubt } from './doubt.ts';
import type { Answer, Attempt, Draft } from './draft.ts';
import { applied, inHand, refused, unchanged } from './draft.ts';
import { ERRORS } from './errors.ts';
import type { InputOf } from './inputs.ts';
import type { StepState } from './state.ts';
import { owesSign } from './unanswered.ts';

type Settlement = Omit<InputOf<'settle-effect'>, 'id' | 'type' | 'error'>;

/** Records what became of an announced effect; a step that has failed stays so, and goes on waiting for a decision. */
export const settle = (draft: Draft, { stepId, attempt, outcome, reference }: Settlement): void => {
  const step = draft.step(stepId);
  const reads = inHand(draft, { stepId, attempt }) !== null && step.wait?.asks === 'world';
  const nextReadAt = outcome === 'accepted' && reads ? draft.now : null;
  const known = step.status === 'failed' ? step.decideAt : null;
  const decideAt = outcome === 'unknown' ? frozenNow(draft) + DECISION_REMINDER_MS : known;
  draft.emit({ type: 'effect-settled', stepId, attempt, outcome, reference, nextReadAt, decideAt });
};

/** A refusal that gives no reason. */
const UNEXPLAINED = { code: 'C803', message: ERRORS.C803.title, next: ERRORS.C803.next };

/** The step if its effect in this attempt is still of interest: in hand, or failed and in doubt. */
const concerned = (draft: Draft, { stepId, attempt }: Attempt): StepState | null => {
  const step = draft.step(stepId);
  const isDoubted = step.attempt === attempt && isInDoubt(step);
  return isDoubted ? step : inHand(draft, { stepId, attempt });
};

/** Records what became of an announced effect, also when it comes to light after the attempt has ended. */
export const decideSettleEffect = (draft: Draft, input: InputOf<'settle-effect'>): Answer => {
  const { stepId, attempt, outcome } = input;
  const step = concerned(draft, input);
  if (step === null) {
    draft.emit({ type: 'result-late', stepId, attempt, what: `effect ${outcome}`, by: null });
    return refused('C211', `${stepId} attempt ${attempt}`);
  }
  const known = step.effect?.outcome;
  // What is asked of a person may still be told by an answer that was slow.
  const isNews = known === 'open' || (known === 'unknown' && outcome !== 'unknown');
  if (!isNews) return unchanged(`the effect of ${stepId} attempt ${attempt} is settled`);
  settle(draft, input);
  if (outcome === 'refused' && step.status !== 'failed') failStep(draft, stepId, input.error ?? UNEXPLAINED);
  return applied(`the effect of ${stepId} is ${outcome}`);
};

/** Lets a repeatable effect, which harms nobody when doubled, be fired again after a crash. */
export const decideRepeatEffect = (draft: Draft, input: InputOf<'repeat-effect'>): Answer => {
  const { stepId, attempt } = input;
  const step = inHand(draft, input);
  const effect = step?.effect;
  const overdue = effect?.outcome === 'open' && effect.announcedAt + EFFECT_GRACE_MS <= draft.now;
  if (step === null || !overdue || !effect.repeatable || draft.state().held) {
    return refused('C312', `${stepId} attempt ${attempt}`);
  }
  draft.emit({ type: 'effect-repeated', stepId, attempt });
  if (owesSign(step, draft.now)) {
    draft.emit({ type: 'step-heard', stepId, attempt, nextReadAt: readAtOnceHeard(step, draft.now) });
  }
  return applied(`${stepId} fires again`);
};

/** Whether only a person can still say what became of the effect: nobody probes it while held, nor once it has failed. */
const isForPeople = (draft: Draft, { effect, status }: StepState): boolean =>
  effect?.outcome === 'unknown' ||
  (effect?.outcome === 'open' &&
    (draft.state().held !== null || status === 'failed') &&
    effect.announcedAt + EFFECT_GRACE_MS <= draft.now);

/** What is known of the effect of this attempt; null while it is not, or while there is none. */
const knownToHaveHappened = ({ effect }: StepState): boolean | null => {
  if (effect?.outcome === 'accepted') return true;
  return effect?.outcome === 'refused' ? false : null;
};

/**
 * Records a person's answer to "did it happen?" for an effect that must not be doubled (I10), also when its attempt has
 * failed: what is known already is not answered once more, and the first answer stands.
 */
export const decideAnswerEffect = (draft: Draft, input: InputOf<'answer-effect'>): Answer => {
  const { stepId, attempt, happened, by } = input;
  const step = concerned(draft, input);
  if (step === null || !isForPeople(draft, step)) {
    const known = draft.step(stepId).attempt === attempt ? knownToHaveHappened(draft.step(stepId)) : null;
    if (known === null) return refused('C315', stepId);
    return known === happened
      ? unchanged(`it is known already whether the effect of ${stepId} happened: ${known ? 'yes' : 'no'}`)
      : refused('C210', stepId, { happened: known });
  }
  draft.emit({ type: 'effect-answered', stepId, attempt, happened, by });
  const said = `the effect of ${stepId} ${happened ? 'happened' : 'did not happen'}, says ${by.name}`;
  if (step.status === 'failed') {
    return applied(`${said}: a retry ${happened ? 'looks for its outcome' : 'may ask for it again'}`);
  }
  if (!happened) failStepWith(draft, stepId, 'C317', `${stepId}, says ${by.name}`, 'person');
  else if (draft.state().held) markOwed(draft, stepId, attempt);
  else dispatchAgain(draft, stepId, 'answer');
  return applied(said);
};
