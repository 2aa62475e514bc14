import { stepsInForce } from '../../../shared/core/plan.ts';
import { isStepActive, isStepTerminal, isTerminal } from '../../../shared/core/state.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { Check, History } from './history.ts';
import { onChapter, plannedIn, stagesOfType, stepIn } from './history.ts';

/** Whether steps behind this one may start: a step skipped ahead of its turn stands for all it waits for itself. */
const isPassed = (history: History, state: CutoverState, id: string): boolean => {
  const { status } = stepIn(state, id);
  if (status !== 'skipped') return status === 'succeeded';
  return plannedIn(history, id).after.every((other) => isPassed(history, state, other));
};

/** Whether the step takes one of the plan's places: what only watches does not. */
const takesPlace = (history: History, id: string): boolean =>
  plannedIn(history, id).kind !== 'replication-watch';

/** I1: a step starts when all it waits for has passed, and within the number of steps in hand the plan allows. */
const checkPredecessors = onChapter((chapter, history, fail) => {
  const { concurrency } = history.plan;
  for (const { event, before } of stagesOfType(chapter, 'step-dispatched')) {
    const { after } = plannedIn(history, event.stepId);
    const missing = after.filter((id) => !isPassed(history, before!, id));
    const active = Object.entries(before?.steps ?? {}).filter(
      ([id, step]) => id !== event.stepId && isStepActive(step) && takesPlace(history, id),
    ).length;
    if (missing.length > 0) fail('I1', `${event.stepId} was dispatched before ${missing.join(', ')}`);
    // A step in hand that is sent out again takes no place more, even if a revision has left fewer of them.
    const isNew = !isStepActive(stepIn(before, event.stepId)) && takesPlace(history, event.stepId);
    if (isNew && active >= concurrency) fail('I1', `${event.stepId} was dispatched beside ${active} others`);
  }
});

const idle = (history: History, state: CutoverState): readonly string[] => {
  const active = Object.entries(state.steps).filter(
    ([id, step]) => isStepActive(step) && takesPlace(history, id),
  ).length;
  if (state.status === 'scheduled' || isTerminal(state) || state.held !== null) return [];
  return stepsInForce(history.plan, state.rollback?.id ?? null)
    .filter(({ id, after }) => {
      const { status } = stepIn(state, id);
      const isOpen = status === 'pending' || status === 'ready';
      if (active >= state.concurrency && takesPlace(history, id)) return false;
      return isOpen && after.every((other) => isPassed(history, state, other));
    })
    .map(({ id }) => id);
};

/** I1, the other way round: no commit leaves a step lying that could start, nor a finished cutover open once it has begun. */
const checkIdle = onChapter(({ after, number }, history, fail) => {
  for (const id of idle(history, after))
    fail('I1', `${id} could start after commit ${number} but was left lying`);
  const mayEnd = !isTerminal(after) && after.held === null && after.status !== 'scheduled';
  if (mayEnd && Object.values(after.steps).every(isStepTerminal))
    fail('I1', 'every step has ended, but not the cutover');
});

/** I7: while held nothing new is dispatched, opened or announced again. */
const checkHold = onChapter((chapter, _, fail) => {
  for (const { event, before } of stagesOfType(
    chapter,
    'step-dispatched',
    'step-opened',
    'effect-repeated',
  )) {
    if (before?.held != null) fail('I7', `${event.stepId}: ${event.type} while held`);
  }
});

/**
 * I7, I10: no request leaves for a cutover that is held or over, nor for an attempt that is. What is decided while it is
 * on its way comes too late for it: that is the one window there is.
 */
const checkLeaving: Check = (_, fail) => {
  let state: CutoverState | null = null;
  return (fact, chapter) => {
    state = chapter?.after ?? state;
    if (fact.type !== 'left' || state === null) return;
    const { stepId, attempt } = fact;
    const step = stepIn(state, stepId);
    const what = `the request of ${stepId} attempt ${attempt} leaves`;
    if (isTerminal(state)) fail('I10', `${what}, and the cutover is ${state.status}`);
    if (state.held !== null) fail('I7', `${what} while held`);
    if (step.attempt !== attempt || !isStepActive(step))
      fail('I10', `${what}, and the step is ${step.status} at attempt ${step.attempt}`);
  };
};

/** What was to begin later begins at its time: until then nothing is sent out, from then on it counts as begun. */
const checkStart = onChapter((chapter, { startAt }, fail) => {
  if (startAt === null) return;
  for (const { event } of stagesOfType(chapter, 'cutover-begun', 'step-dispatched')) {
    if (event.at < startAt) fail('start', `${event.type} ${startAt - event.at} ms before its start`);
  }
  const { before, after } = chapter;
  if (before === null && after.status !== 'scheduled' && after.startedAt < startAt)
    fail('start', 'it began before its start');
  if (after.status === 'scheduled' && stagesOfType(chapter, 'step-dispatched').length > 0)
    fail('start', 'a step was dispatched while the cutover was scheduled');
});

const OF_CURRENT_ATTEMPT = [
  'step-opened',
  'effect-settled',
  'effect-answered',
  'effect-repeated',
  'completion-received',
  'vote-counted',
  'approval-voided',
  'step-checked',
  'step-heard',
  'step-succeeded',
  'step-failed',
] as const;

/** What may come to light of an attempt that has failed: whether it did something outside (I10). */
const OF_FAILED_ATTEMPT: ReadonlySet<string> = new Set(['effect-settled', 'effect-answered']);

/** I9: only the current attempt in hand is changed by results, and each attempt ends once. */
const checkAttempts = onChapter((chapter, _, fail) => {
  for (const { event, before } of stagesOfType(chapter, ...OF_CURRENT_ATTEMPT)) {
    const { status, attempt } = stepIn(before, event.stepId);
    const mayChange =
      status === 'running' ||
      status === 'waiting' ||
      (status === 'failed' && OF_FAILED_ATTEMPT.has(event.type));
    if (attempt === event.attempt && mayChange) continue;
    fail('I9', `${event.type} of ${event.stepId} attempt ${event.attempt} met attempt ${attempt}, ${status}`);
  }
  for (const { event, before } of stagesOfType(chapter, 'step-dispatched')) {
    const { status, attempt, dispatch } = stepIn(before, event.stepId);
    const again = event.attempt === attempt && event.dispatch === dispatch + 1 && status !== 'failed';
    const anew = event.attempt === attempt + 1 && event.dispatch === 1;
    if (!again && !anew) fail('I9', `${event.stepId} was dispatched out of number`);
  }
});

/**
 * I9: a claim counts for the attempt it was made for, with the token of its question; one that was kept had none and
 * counts for the first question after it.
 */
const checkClaims: Check = ({ asked }, fail) => {
  const kept = new Map<string, string>();
  return (_, chapter) => {
    for (const { event, before } of chapter?.stages ?? []) {
      if (event.type === 'completion-kept') kept.set(event.stepId, event.inputId);
      if (event.type !== 'completion-received') continue;
      const { stepId, attempt, claim } = event;
      const direct = asked.get(event.inputId);
      const input = direct?.type === 'complete' ? direct : asked.get(kept.get(stepId) ?? '');
      if (input?.type !== 'complete') fail('I9', `${stepId} was completed by nobody`);
      else if (input.claim.by.id !== claim.by.id || input.claim.note !== claim.note)
        fail('I9', `${stepId} was completed in the name of ${claim.by.id}, not of ${input.claim.by.id}`);
      else if (input.attempt !== attempt || input.claim.result !== claim.result) {
        fail('I9', `${stepId} attempt ${attempt} was completed by a claim for attempt ${input.attempt}`);
      }
      const { wait } = stepIn(before, stepId);
      const isForeign = input?.type === 'complete' && input.tokenHash !== wait?.tokenHash;
      if (wait?.tokenHash != null && isForeign) fail('I9', `${stepId} was completed with another token`);
    }
  };
};

/** B5: a completion that came early is used when the step asks a person, and no other time; a failure or a change of the step forgets it. */
const checkEarly: Check = (_, fail) => {
  const early = new Map<string, string>();
  return (_fact, chapter) => {
    for (const { event } of chapter?.stages ?? []) {
      if (event.type === 'completion-kept') early.set(event.stepId, event.claim.result);
      if (event.type === 'step-failed') early.delete(event.stepId);
      if (event.type === 'statement-voided' && event.what === 'completion') early.delete(event.stepId);
      if (event.type !== 'step-opened') continue;
      const { stepId, wait } = event;
      const kept = early.get(stepId);
      early.delete(stepId);
      const used = stagesOfType(chapter!, 'completion-received').some(
        (stage) => stage.event.stepId === stepId,
      );
      if ((kept !== undefined && wait.asks === 'person') !== used)
        fail('B5', `${stepId} opened: early completion ${kept}, used ${used}`);
    }
  };
};

/** What must hold of the order and the results of steps. */
export const STEP_CHECKS: readonly Check[] = [
  checkPredecessors,
  checkIdle,
  checkStart,
  checkHold,
  checkLeaving,
  checkAttempts,
  checkClaims,
  checkEarly,
];
