import { withVote } from './approval.ts';
import type { CutoverEvent, Dispatched } from './events.ts';
import type { CutoverState, StepState } from './state.ts';
import { isStepActive, isStepTerminal } from './state.ts';

const NEW_STEP: StepState = {
  status: 'pending',
  attempt: 0,
  dispatch: 0,
  startedAt: null,
  endedAt: null,
  deadlineAt: null,
  nextReadAt: null,
  retryAt: null,
  decideAt: null,
  pollEveryMs: 0,
  wait: null,
  effect: null,
  unmet: [],
  stuck: null,
  earlyClaim: null,
  evidence: null,
  error: null,
  waiver: null,
};

/** Fields a step no longer needs once its attempt has ended. */
const ENDED = { deadlineAt: null, nextReadAt: null, retryAt: null, decideAt: null, unmet: [] } as const;

type StepChange = Partial<StepState>;

/** Shifts what a hold froze: step deadlines, reminders, reads and retries; approvals go on expiring (B7). */
const unfreeze = (step: StepState, byMs: number): StepState => {
  const shift = (at: number | null): number | null => (at === null ? null : at + byMs);
  const frozenWait = step.wait !== null && step.wait.asks !== 'approval';
  return {
    ...step,
    deadlineAt: step.wait?.asks === 'approval' ? step.deadlineAt : shift(step.deadlineAt),
    nextReadAt: shift(step.nextReadAt),
    retryAt: shift(step.retryAt),
    decideAt: shift(step.decideAt),
    wait: frozenWait
      ? {
          ...step.wait,
          deadlineAt: step.wait.deadlineAt + byMs,
          remindAt: step.wait.remindAt.map((at) => at + byMs),
        }
      : step.wait,
  };
};

/** Whether the step still waits for what its function would do on this dispatch. */
const owes = (step: StepState, dispatched: Dispatched | null): boolean =>
  isStepActive(step) &&
  step.nextReadAt !== null &&
  dispatched?.attempt === step.attempt &&
  dispatched.dispatch === step.dispatch;

const stepChange = (event: CutoverEvent, step: StepState, at: number): StepChange | null => {
  switch (event.type) {
    case 'step-ready':
      return { status: 'ready', retryAt: null, decideAt: null, wait: null, effect: null };
    case 'step-dispatched':
      if (event.attempt === step.attempt) return { dispatch: event.dispatch, nextReadAt: event.nextReadAt };
      return {
        ...ENDED,
        status: 'running',
        attempt: event.attempt,
        dispatch: event.dispatch,
        startedAt: step.startedAt ?? at,
        deadlineAt: event.deadlineAt,
        nextReadAt: event.nextReadAt,
        wait: null,
        effect: null,
        error: null,
      };
    case 'step-opened':
      return {
        status: 'waiting',
        wait: event.wait,
        effect:
          event.effect === null
            ? null
            : { announcedAt: at, outcome: 'open', repeatable: event.effect.repeatable, reference: null },
        pollEveryMs: event.pollEveryMs,
        nextReadAt: event.nextReadAt,
        unmet: [],
        earlyClaim: null,
      };
    case 'effect-settled':
      return {
        effect: step.effect && { ...step.effect, outcome: event.outcome, reference: event.reference },
        nextReadAt: event.nextReadAt,
        decideAt: event.decideAt,
      };
    case 'effect-answered':
      return {
        effect: step.effect && { ...step.effect, outcome: event.happened ? 'accepted' : 'refused' },
        decideAt: null,
      };
    case 'effect-repeated':
      return { effect: step.effect && { ...step.effect, announcedAt: at } };
    case 'completion-kept':
      return { earlyClaim: event.claim };
    case 'completion-received':
      return { wait: step.wait && { ...step.wait, claim: event.claim, remindAt: [] } };
    case 'vote-counted':
      return { wait: step.wait && withVote(step.wait, event.vote) };
    case 'approval-voided':
      return {
        wait: step.wait && { ...step.wait, votes: [], evidenceHash: event.evidenceHash },
        nextReadAt: null,
        unmet: [],
      };
    case 'step-checked':
      return { unmet: event.unmet, nextReadAt: event.nextReadAt };
    case 'step-succeeded':
      return { ...ENDED, status: 'succeeded', endedAt: at, evidence: event.evidence, error: null };
    case 'step-failed':
      return {
        ...ENDED,
        status: 'failed',
        error: event.error,
        earlyClaim: null,
        retryAt: event.retryAt,
        decideAt: event.decideAt,
      };
    case 'step-skipped':
      return { ...ENDED, status: 'skipped', endedAt: at, waiver: { by: event.by, reason: event.reason, at } };
    case 'reminder-due':
      if (event.subject === 'decision') return { decideAt: event.decideAt };
      return { wait: step.wait && { ...step.wait, remindAt: step.wait.remindAt.filter((due) => due > at) } };
    case 'message-dead-lettered':
      if (!owes(step, event.dispatched)) return null;
      return { stuck: { deadLetterId: event.deadLetterId, reason: event.reason, at } };
    case 'deadline-renewed':
      return {
        deadlineAt: event.deadlineAt,
        wait: step.wait && { ...step.wait, deadlineAt: event.deadlineAt, remindAt: event.remindAt },
      };
    default:
      return null;
  }
};

/** The state of a cutover that has just been started. */
export const startState = (
  event: Extract<CutoverEvent, { type: 'cutover-started' }>,
  at: number,
): CutoverState => ({
  id: event.id,
  title: event.title,
  mode: event.mode,
  status: 'running',
  startedAt: at,
  endedAt: null,
  startedBy: event.by,
  held: null,
  plan: event.plan,
  concurrency: event.concurrency,
  steps: Object.fromEntries(event.stepIds.map((id) => [id, NEW_STEP])),
  milestones: {},
  replication: null,
  lastCommitAt: at,
  commits: 0,
  events: 0,
});

const cutoverChange = (event: CutoverEvent, state: CutoverState, at: number): Partial<CutoverState> => {
  switch (event.type) {
    case 'cutover-held':
      return { held: { since: at, by: event.by, reason: event.reason, remindAt: event.remindAt } };
    case 'hold-reminded':
      return { held: state.held && { ...state.held, remindAt: event.remindAt } };
    case 'cutover-resumed':
      return {
        held: null,
        steps: Object.fromEntries(
          Object.entries(state.steps).map(([id, step]) => [
            id,
            isStepTerminal(step) ? step : unfreeze(step, event.heldForMs),
          ]),
        ),
      };
    case 'cutover-aborted':
      return {
        status: 'aborted',
        endedAt: at,
        held: null,
        steps: Object.fromEntries(
          Object.entries(state.steps).map(([id, step]) => [
            id,
            isStepTerminal(step)
              ? step
              : { ...step, ...ENDED, stuck: null, status: 'cancelled' as const, endedAt: at },
          ]),
        ),
      };
    case 'cutover-completed':
      return { status: 'completed', endedAt: at };
    case 'replication-changed':
      return { replication: { unmet: event.unmet, at } };
    case 'step-succeeded':
      if (event.marks === null) return {};
      return {
        milestones: { ...state.milestones, [event.marks]: event.evidence.takenAt },
        // What replication lacked is of no interest once it is removed.
        replication: event.marks === 'replication-removed' ? null : state.replication,
      };
    default:
      return {};
  }
};

/** Applies events, all at the instant `at`; steps are copied once per call, so that 500 dispatches stay linear. */
export const applyEvents = (
  start: CutoverState,
  events: readonly CutoverEvent[],
  at: number,
): CutoverState => {
  let next = start;
  let steps: Record<string, StepState> | null = null;
  for (const event of events) {
    const change = cutoverChange(event, next, at);
    next = { ...next, ...change };
    if (change.steps) steps = { ...change.steps };
    if (!('stepId' in event) || event.stepId === null) continue;
    const step = next.steps[event.stepId];
    const changed = step && stepChange(event, step, at);
    if (!step || !changed) continue;
    steps ??= { ...next.steps };
    // Whatever says anew when to look comes of somebody who acted on the step, or ends it: it is not stuck any more.
    const stuck = changed.nextReadAt === undefined ? step.stuck : null;
    steps[event.stepId] = { ...step, stuck, ...changed };
    next = { ...next, steps };
  }
  return next;
};

/** Folds the events of one commit, all at the instant `at`, into the state (I5); null is the state before the first. */
export const evolve = (
  state: CutoverState | null,
  events: readonly CutoverEvent[],
  at: number,
): CutoverState | null => {
  const [first] = events;
  if (first === undefined) return state;
  const before = state ?? (first.type === 'cutover-started' ? startState(first, at) : null);
  if (before === null) return null;
  const after = applyEvents(before, events, at);
  return {
    ...after,
    lastCommitAt: at,
    commits: before.commits + 1,
    events: before.events + events.length,
  };
};
