import type { Draft } from './draft.ts';
import type { ErrorCode } from './errors.ts';
import { ERRORS } from './errors.ts';
import type { CutoverEvent } from './events.ts';
import { isStepActive, isStepPassed, isStepTerminal } from './state.ts';

/** A dispatch nobody answered is sent again after this time: longer than a function may run. */
export const REDISPATCH_MS = 10 * 60_000;
/** An announced effect nobody settled is looked into after this time: longer than any outgoing call may take. */
export const EFFECT_GRACE_MS = 10 * 60_000;
/** How often a person is reminded of a decision a failed step waits for. */
export const DECISION_REMINDER_MS = 30 * 60_000;
/** How often the holder is reminded of a hold. */
export const HOLD_REMINDER_MS = 60 * 60_000;

type Reason = Extract<CutoverEvent, { type: 'step-dispatched' }>['reason'];

/** Sends a new attempt of the step out. */
export const dispatchAttempt = (draft: Draft, stepId: string, reason: 'start' | 'retry'): void => {
  const { attempt } = draft.step(stepId);
  draft.emit({
    type: 'step-dispatched',
    stepId,
    attempt: attempt + 1,
    dispatch: 1,
    reason,
    deadlineAt: draft.now + draft.planned(stepId).deadlineMs,
    nextReadAt: draft.now + REDISPATCH_MS,
  });
};

/** Lets the step's function look again at the current attempt; an older dispatch of it then does nothing (I7). */
export const dispatchAgain = (
  draft: Draft,
  stepId: string,
  reason: Exclude<Reason, 'start' | 'retry'>,
): void => {
  const step = draft.step(stepId);
  draft.emit({
    type: 'step-dispatched',
    stepId,
    attempt: step.attempt,
    dispatch: step.dispatch + 1,
    reason,
    deadlineAt: step.deadlineAt ?? draft.now,
    nextReadAt: draft.now + (step.wait === null ? REDISPATCH_MS : Math.max(step.pollEveryMs, 1)),
  });
};

/** Ends the attempt as failed: tried again by itself while attempts are left, else it waits for a decision. */
export const failStep = (draft: Draft, stepId: string, code: string, message: string, next: string): void => {
  const { attempt } = draft.step(stepId);
  const { maxAttempts, retryDelayMs } = draft.planned(stepId);
  draft.emit({
    type: 'step-failed',
    stepId,
    attempt,
    error: { code, message, next, at: draft.now },
    retryAt: attempt < maxAttempts ? draft.now + retryDelayMs * 2 ** (attempt - 1) : null,
    decideAt: draft.now + DECISION_REMINDER_MS,
  });
};

/** Ends the attempt as failed with a code of the catalogue. */
export const failStepWith = (draft: Draft, stepId: string, code: ErrorCode, message: string): void => {
  failStep(draft, stepId, code, `${ERRORS[code].title}: ${message}`, ERRORS[code].next);
};

/**
 * Sends out every step whose predecessors have passed (I1), within the plan's concurrency and never while held (I7),
 * and completes the cutover when every step has ended.
 */
export const dispatchReady = (draft: Draft): void => {
  const { plan } = draft;
  const state = draft.state();
  if (state.status !== 'running') return;
  let active = Object.values(state.steps).filter(isStepActive).length;
  for (const { id, after } of plan.steps) {
    const step = draft.step(id);
    if (step.status !== 'pending' && step.status !== 'ready') continue;
    if (!after.every((predecessor) => isStepPassed(state.steps[predecessor]))) continue;
    if (state.held === null && active < state.concurrency) {
      dispatchAttempt(draft, id, step.attempt === 0 ? 'start' : 'retry');
      active += 1;
    } else if (step.status === 'pending') {
      draft.emit({ type: 'step-ready', stepId: id });
    }
  }
  if (Object.values(draft.state().steps).every(isStepTerminal)) draft.emit({ type: 'cutover-completed' });
};
