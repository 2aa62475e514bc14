import { decideWake } from './decide-time.ts';
import { dispatchAgain, dispatchReady, failStep, HOLD_REMINDER_MS, nextAfter } from './dispatch.ts';
import { isInDoubt } from './doubt.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import { ERRORS } from './errors.ts';
import type { InputOf } from './inputs.ts';
import { codesOf, skipReminders, standsFor } from './proposals.ts';
import { isStepActive, isStepTerminal } from './state.ts';

/** Stops every new dispatch until the cutover is resumed (I7). */
export const decideHold = (draft: Draft, input: InputOf<'hold'>): Answer => {
  const { id, held } = draft.state();
  if (held) return unchanged(`${id} is held already by ${held.by.name}: ${held.reason}`);
  draft.emit({
    type: 'cutover-held',
    by: input.by,
    reason: input.reason,
    remindAt: draft.now + HOLD_REMINDER_MS,
  });
  return applied(`${id} is held: nothing new starts, results are still recorded`);
};

/** Goes on exactly where the hold stopped it: frozen due times shift, steps whose function owes an answer run again. */
export const decideResume = (draft: Draft, input: InputOf<'resume'>): Answer => {
  const { id, held } = draft.state();
  if (!held) return refused('C305', id);
  draft.emit({ type: 'cutover-resumed', by: input.by, heldForMs: draft.now - held.since });
  for (const [stepId, step] of Object.entries(draft.state().steps)) {
    const owesAnswer = isStepActive(step) && step.nextReadAt !== null && step.effect?.outcome !== 'open';
    if (owesAnswer) dispatchAgain(draft, stepId, 'read');
  }
  dispatchReady(draft);
  return applied(`${id} goes on`);
};

/** Ends the cutover for good; unfinished steps are cancelled. */
export const decideAbort = (draft: Draft, input: InputOf<'abort'>): Answer => {
  draft.emit({ type: 'cutover-aborted', by: input.by, reason: input.reason });
  return applied(`${draft.state().id} is aborted`);
};

/** What may have happened outside is found out before the step goes on or away (I10). */
const inDoubt = (stepId: string): Answer => refused('C322', stepId, { steps: [stepId] });

/** Starts a new attempt of a failed step with fresh deadlines; the old error stays in the events. */
export const decideRetry = (draft: Draft, input: InputOf<'retry'>): Answer => {
  const step = draft.step(input.stepId);
  if (isStepTerminal(step)) return refused('C308', input.stepId);
  if (step.status !== 'failed') return refused('C306', `${input.stepId} is ${step.status}`);
  if (isInDoubt(step)) return inDoubt(input.stepId);
  draft.emit({ type: 'step-ready', stepId: input.stepId, attempt: step.attempt + 1 });
  dispatchReady(draft);
  const { status, attempt } = draft.step(input.stepId);
  if (status === 'running') return applied(`${input.stepId} is tried again`, { attempt });
  const when = draft.state().held ? 'when the cutover goes on' : 'when another step leaves its place';
  return applied(`${input.stepId} is tried again ${when}`, { attempt: attempt + 1 });
};

/** Passes an optional step with a waiver in somebody's name; a data gate in the names of two. */
export const decideSkip = (draft: Draft, input: InputOf<'skip'>): Answer => {
  const { stepId, by, reason } = input;
  const step = draft.step(stepId);
  if (isStepTerminal(step)) return refused('C308', stepId);
  const planned = draft.planned(stepId);
  if (planned.required) return refused('C307', stepId);
  if (isInDoubt(step)) return inDoubt(stepId);
  const first = step.skipProposal;
  if (!planned.dataGate) draft.emit({ type: 'step-skipped', stepId, by, reason, second: null });
  else if (!standsFor(first, step, draft.now)) {
    const unmet = codesOf(step);
    const lacked = unmet.length === 0 ? {} : { unmet };
    draft.emit({
      type: 'skip-proposed',
      stepId,
      by,
      reason,
      ...lacked,
      remindAt: skipReminders(draft.now),
    });
    return applied(`${stepId} is a data gate: a second person has to ask for the same within an hour`);
  } else if (first.by.id === by.id) return refused('C318', `${by.name} asked for it already`);
  else {
    const second = { by, reason };
    draft.emit({ type: 'step-skipped', stepId, by: first.by, reason: first.reason, second });
  }
  dispatchReady(draft);
  return applied(`${stepId} is skipped`);
};

/** Ends an attempt nobody will answer any more as failed, so that it can be tried again or passed. */
export const decideGiveUp = (draft: Draft, input: InputOf<'give-up'>): Answer => {
  const { stepId, by, reason } = input;
  const step = draft.step(stepId);
  if (!isStepActive(step)) return refused('C313', `${stepId} is ${step.status}`);
  const { attempt } = step;
  draft.emit({ type: 'attempt-given-up', stepId, attempt, by, reason });
  const { title } = ERRORS.C319;
  const message = `${title}: ${stepId} attempt ${attempt} by ${by.name}: ${reason}`;
  failStep(draft, stepId, { code: 'C319', message, next: nextAfter(draft, stepId, 'C319') }, 'person');
  return applied(`${stepId} attempt ${attempt} is given up`, { attempt });
};

/**
 * Makes up for a message that ended among the dead letters (I12): dispatches the step in hand once more or, when no step
 * is named, does what is due; who asked for it is recorded.
 */
export const decideRedrive = (draft: Draft, input: InputOf<'redrive'>): Answer => {
  const { stepId, deadLetterId, by } = input;
  const { id, held } = draft.state();
  if (stepId === null) {
    draft.emit({ type: 'message-redriven', stepId, deadLetterId, by });
    decideWake(draft);
    const served = draft.events().length - 1;
    return applied(served === 0 ? `nothing of ${id} is due now` : `${served} event(s) of ${id} were due`);
  }
  const step = draft.step(stepId);
  if (!isStepActive(step)) return refused('C313', `${stepId} is ${step.status}`);
  if (held) return refused('C304', id);
  draft.emit({ type: 'message-redriven', stepId, deadLetterId, by });
  dispatchAgain(draft, stepId, 'redrive');
  return applied(`${stepId} is dispatched again`, { dispatch: draft.step(stepId).dispatch });
};
