import { withVote } from './approval.ts';
import type { CutoverEvent, Dispatched } from './events.ts';
import type { Effect, StepState } from './state.ts';
import { isStepActive } from './state.ts';

/** A step nobody has touched. */
export const NEW_STEP: StepState = {
  status: 'pending',
  attempt: 0,
  dispatch: 0,
  revision: 0,
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
  skipProposal: null,
  waiver: null,
};

/** Fields a step no longer needs once its attempt has ended. */
export const ENDED = {
  deadlineAt: null,
  nextReadAt: null,
  retryAt: null,
  decideAt: null,
  unmet: [],
  stuck: null,
  skipProposal: null,
} as const;

type StepChange = Partial<StepState>;

/** Shifts what a hold froze: step deadlines, reminders, reads and retries; approvals go on expiring (B7). */
export const unfreeze = (step: StepState, byMs: number): StepState => {
  const shift = (at: number | null): number | null => (at === null ? null : at + byMs);
  const frozenWait = step.wait !== null && step.wait.asks !== 'approval';
  return {
    ...step,
    deadlineAt: step.wait?.asks === 'approval' ? step.deadlineAt : shift(step.deadlineAt),
    nextReadAt: shift(step.nextReadAt),
    ...(step.unanswered && { unanswered: { ...step.unanswered, since: step.unanswered.since + byMs } }),
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

/** An effect whose outcome the next attempt looks for; the others are done with once their attempt is. */
const awaited = (effect: Effect | null): Effect | null => (effect?.awaited === true ? effect : null);

/** The same once the attempt that looks for its outcome has opened: should that fail too, a retry asks for it again. */
const found = (effect: Effect | null): Effect | null => {
  if (effect === null) return null;
  const { awaited: _, ...rest } = effect;
  return rest;
};

/** What comes out after the attempt has failed is left to the next one. */
const outlived = ({ status }: StepState, hasHappened: boolean): Pick<Effect, 'awaited'> =>
  status === 'failed' && hasHappened ? { awaited: true } : {};

/** The same without the reminders up to this instant. */
export const remindedOf = <T extends { readonly remindAt: readonly number[] }>(of: T, at: number): T => ({
  ...of,
  remindAt: of.remindAt.filter((due) => due > at),
});

/** What an event changes of the step it names, null if nothing; `revision` is that of the plan in force. */
export const stepChange = (
  event: CutoverEvent,
  step: StepState,
  revision: number,
  at: number,
): StepChange | null => {
  switch (event.type) {
    case 'step-ready':
      return {
        status: 'ready',
        ...(event.attempt === undefined ? {} : { dispatch: 0 }),
        retryAt: null,
        decideAt: null,
        wait: null,
        effect: awaited(step.effect),
      };
    case 'step-dispatched':
      if (event.attempt === step.attempt) {
        const { dispatch, nextReadAt } = event;
        return { dispatch, nextReadAt, ...(event.unanswered && { unanswered: event.unanswered }) };
      }
      return {
        ...ENDED,
        ...(event.unanswered && { unanswered: event.unanswered }),
        status: 'running',
        attempt: event.attempt,
        dispatch: event.dispatch,
        revision,
        startedAt: step.startedAt ?? at,
        deadlineAt: event.deadlineAt,
        nextReadAt: event.nextReadAt,
        wait: null,
        effect: awaited(step.effect),
        error: null,
      };
    case 'step-opened':
      return {
        status: 'waiting',
        wait: event.wait,
        effect:
          event.effect === null
            ? found(step.effect)
            : { announcedAt: at, outcome: 'open', repeatable: event.effect.repeatable, reference: null },
        pollEveryMs: event.pollEveryMs,
        nextReadAt: event.nextReadAt,
        unmet: [],
        earlyClaim: null,
      };
    case 'effect-settled':
      return {
        effect: step.effect && {
          ...step.effect,
          outcome: event.outcome,
          reference: event.reference,
          ...outlived(step, event.outcome === 'accepted'),
        },
        nextReadAt: event.nextReadAt,
        decideAt: event.decideAt,
      };
    case 'effect-answered':
      return {
        effect: step.effect && {
          ...step.effect,
          outcome: event.happened ? 'accepted' : 'refused',
          ...outlived(step, event.happened),
        },
        // A failed step goes on waiting for a decision.
        decideAt: step.status === 'failed' ? step.decideAt : null,
      };
    case 'effect-repeated':
      return { effect: step.effect && { ...step.effect, announcedAt: at } };
    case 'completion-kept':
      return { earlyClaim: event.claim };
    case 'completion-received':
      return { wait: step.wait && { ...step.wait, claim: event.claim, remindAt: event.remindAt ?? [] } };
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
    case 'step-heard':
      return { nextReadAt: event.nextReadAt };
    case 'step-succeeded':
      return { ...ENDED, status: 'succeeded', endedAt: at, evidence: event.evidence, error: null };
    case 'step-failed':
      return {
        ...ENDED,
        status: 'failed',
        error: event.error,
        ...(event.deniedBy === undefined ? {} : { deniedBy: event.deniedBy }),
        ...(event.awaited === undefined
          ? {}
          : { effect: step.effect && { ...step.effect, awaited: event.awaited } }),
        earlyClaim: null,
        retryAt: event.retryAt,
        decideAt: event.decideAt,
      };
    case 'step-skipped':
      return {
        ...ENDED,
        status: 'skipped',
        endedAt: at,
        waiver: { by: event.by, reason: event.reason, at, second: event.second },
      };
    case 'skip-proposed':
      return {
        skipProposal: {
          ...{ by: event.by, reason: event.reason, at, remindAt: event.remindAt },
          ...(event.unmet === undefined ? {} : { unmet: event.unmet }),
        },
      };
    case 'statement-voided':
      return event.what === 'completion' ? { earlyClaim: null } : { skipProposal: null };
    case 'step-recorded': {
      const { doneAt, evidenceHash, note } = event.done;
      return {
        ...ENDED,
        status: 'succeeded',
        startedAt: step.startedAt ?? doneAt,
        endedAt: doneAt,
        evidence: { hash: evidenceHash, source: 'stated', takenAt: doneAt, summary: note },
        error: null,
        waiver: event.waiver && { ...event.waiver, at },
      };
    }
    case 'reminder-due':
      if (event.subject === 'decision') return { decideAt: event.decideAt };
      if (event.subject === 'skip-proposal')
        return { skipProposal: step.skipProposal && remindedOf(step.skipProposal, at) };
      return { wait: step.wait && remindedOf(step.wait, at) };
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
