import { isApproved } from './approval.ts';
import { couldDouble, EFFECT_GRACE_MS, isInDoubt } from './doubt.ts';
import type { Draft } from './draft.ts';
import type { ErrorCode } from './errors.ts';
import { ERRORS, LOOK_FIRST, LOOKS_FOR_OUTCOME } from './errors.ts';
import type { CutoverEvent } from './events.ts';
import type { PlanStep } from './plan.ts';
import { cannotBeStopped, onlyWatches, stepsInForce } from './plan.ts';
import { cureOf } from './replication-cures.ts';
import type { Actor, StepState, StepStatus, Wait } from './state.ts';
import { isStepActive, isStepTerminal } from './state.ts';
import { leftUnanswered, pauseMs, REDISPATCH_MS } from './unanswered.ts';

/** How often a person is reminded of a decision a failed step waits for. */
export const DECISION_REMINDER_MS = 30 * 60_000;
/** How often the holder is reminded of a hold. */
export const HOLD_REMINDER_MS = 60 * 60_000;
/** Doubling stops here, unless the plan names a longer delay itself. */
export const LONGEST_RETRY_MS = 60 * 60_000;

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
    unanswered: { since: draft.now, isSilent: false },
  });
};

/** Whether there is something to read: nobody has to answer first. */
export const isReadable = (wait: Wait): boolean =>
  wait.asks === 'world' || wait.claim !== null || isApproved(wait);

/** When the function is to look again after this dispatch; null when only somebody's answer brings the step on. */
const nextReadAt = (step: StepState, now: number): number | null => {
  const { wait, effect, pollEveryMs } = step;
  const after = (usualMs: number): number => now + pauseMs(step, usualMs, now);
  if (wait === null) return after(REDISPATCH_MS);
  if (effect?.outcome === 'open') return after(EFFECT_GRACE_MS);
  if (effect?.outcome === 'unknown' || !isReadable(wait)) return null;
  return after(Math.max(pollEveryMs, 1));
};

/** When the function that has just been heard is to look again: in its usual time, whatever pause its silence had brought. */
export const readAtOnceHeard = ({ unanswered, ...step }: StepState, now: number): number | null =>
  unanswered?.isSilent === true ? nextReadAt(step, now) : step.nextReadAt;

/** Lets the step's function look again at the current attempt; an older dispatch of it then does nothing (I7). */
export const dispatchAgain = (
  draft: Draft,
  stepId: string,
  reason: Exclude<Reason, 'start' | 'retry'>,
): void => {
  const step = draft.step(stepId);
  const readAt = nextReadAt(step, draft.now);
  draft.emit({
    type: 'step-dispatched',
    stepId,
    attempt: step.attempt,
    dispatch: step.dispatch + 1,
    reason,
    deadlineAt: step.deadlineAt,
    nextReadAt: readAt,
    ...(readAt === null ? {} : { unanswered: leftUnanswered(step, draft.now) }),
  });
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

/** The time of everything a hold freezes: it stands still while the hold lasts, and the resume lets it catch up (B7). */
export const frozenNow = (draft: Draft): number => draft.state().held?.since ?? draft.now;

/** When the owner is reminded of the open question, within the limit; also of what is asked of the world (I11). */
export const remindersOf = (planned: PlanStep, from: number, deadlineAt: number): readonly number[] =>
  planned.remindAfterMs.map((offsetMs) => from + offsetMs).filter((at) => at < deadlineAt);

/** Who said that the attempt failed: what a person said is not tried again without asking a person. */
type SaidBy = 'person' | 'machine';

/** When the step is tried again by itself; null when a person has to decide. */
const retryAt = (draft: Draft, stepId: string, saidBy: SaidBy): number | null => {
  const step = draft.step(stepId);
  const { maxAttempts, retryDelayMs } = draft.planned(stepId);
  if (saidBy === 'person' || step.attempt >= maxAttempts || couldDouble(step)) return null;
  const delayMs = Math.min(retryDelayMs * 2 ** (step.attempt - 1), Math.max(retryDelayMs, LONGEST_RETRY_MS));
  return frozenNow(draft) + delayMs;
};

/**
 * Whether what the attempt asked for may be going on after its deadline, where nobody can stop it: the next attempt looks
 * for its outcome, lest it be done twice (I10).
 */
const outlivesDeadline = (draft: Draft, stepId: string, code: string): boolean =>
  code === 'C309' &&
  draft.step(stepId).effect?.outcome === 'accepted' &&
  cannotBeStopped(draft.planned(stepId));

/** Ends the attempt as failed, tries it again by itself or asks for a decision, and gives its place to the next step. */
export const failStep = (
  draft: Draft,
  stepId: string,
  error: { readonly code: string; readonly message: string; readonly next: string },
  saidBy: SaidBy = 'machine',
  deniedBy: Actor | null = null,
): void => {
  const { code, message, next } = error;
  draft.emit({
    type: 'step-failed',
    stepId,
    attempt: draft.step(stepId).attempt,
    error: { code, message, next, at: draft.now },
    retryAt: retryAt(draft, stepId, saidBy),
    decideAt: frozenNow(draft) + DECISION_REMINDER_MS,
    ...(deniedBy === null ? {} : { deniedBy }),
    ...(outlivesDeadline(draft, stepId, code) ? { awaited: true } : {}),
  });
  dispatchReady(draft);
};

/** What to do about a failure, and to look outside before it is done once more; a doubt is a question of its own. */
export const nextAfter = (draft: Draft, stepId: string, code: 'C309' | 'C319'): string => {
  const { next } = ERRORS[code];
  if (outlivesDeadline(draft, stepId, code)) return LOOKS_FOR_OUTCOME;
  const step = draft.step(stepId);
  return couldDouble(step) && !isInDoubt(step) ? `${LOOK_FIRST} ${next}` : next;
};

/** Ends the attempt as failed with a code of the catalogue. */
export const failStepWith = (
  draft: Draft,
  stepId: string,
  code: ErrorCode,
  message: string,
  saidBy: SaidBy,
  deniedBy: Actor | null = null,
): void => {
  const { title, next } = ERRORS[code];
  // Whoever reports a known error of the toolkit is told its documented cure (A13).
  const cure = code === 'C310' ? cureOf(message) : null;
  failStep(draft, stepId, { code, message: `${title}: ${message}`, next: cure ?? next }, saidBy, deniedBy);
};

/** Has every step that waits for the world look at once, because something it may look at is new. */
export const lookAtWorld = (draft: Draft, reason: 'replication' | 'upload'): void => {
  if (draft.state().held) return;
  for (const [stepId, step] of Object.entries(draft.state().steps)) {
    const settled = step.effect === null || step.effect.outcome === 'accepted';
    if (step.status === 'waiting' && step.wait?.asks === 'world' && settled)
      dispatchAgain(draft, stepId, reason);
  }
};

/** The steps that hold nobody up; one skipped before its turn still stands for what it waits for, so that order is kept. */
export const passedSteps = (
  planned: readonly PlanStep[],
  statusOf: (stepId: string) => StepStatus | undefined,
): ReadonlySet<string> => {
  const having = (status: StepStatus) => planned.filter(({ id }) => statusOf(id) === status);
  const passed = new Set(having('succeeded').map(({ id }) => id));
  const skipped = having('skipped');
  for (let before = -1; before < passed.size;) {
    before = passed.size;
    for (const { id, after } of skipped) if (after.every((other) => passed.has(other))) passed.add(id);
  }
  return passed;
};

/**
 * Sends out every step in force whose predecessors have passed (I1), within the plan's concurrency and never while held
 * (I7), and ends the cutover when every step has ended: not while held, because the end closes every way back. A scheduled one
 * has not begun.
 */
export const dispatchReady = (draft: Draft): void => {
  const state = draft.state();
  const steps = stepsInForce(draft.plan(), state.rollback?.id ?? null);
  const passed = passedSteps(steps, (id) => state.steps[id]?.status);
  const mayDispatch = state.held === null && state.status !== 'scheduled';
  let taken = steps.filter((planned) => isStepActive(draft.step(planned.id)) && !onlyWatches(planned)).length;
  for (const planned of steps) {
    const { id, after } = planned;
    const step = draft.step(id);
    if (step.status !== 'pending' && step.status !== 'ready') continue;
    if (!after.every((predecessor) => passed.has(predecessor))) continue;
    const needsPlace = !onlyWatches(planned);
    if (mayDispatch && (taken < state.concurrency || !needsPlace)) {
      dispatchAttempt(draft, id, step.attempt === 0 ? 'start' : 'retry');
      if (needsPlace) taken += 1;
    } else if (step.status === 'pending') {
      draft.emit({ type: 'step-ready', stepId: id, attempt: step.attempt + 1 });
    }
  }
  if (mayDispatch && Object.values(draft.state().steps).every(isStepTerminal)) {
    draft.emit({ type: state.rollback === null ? 'cutover-completed' : 'cutover-rolled-back' });
  }
};
