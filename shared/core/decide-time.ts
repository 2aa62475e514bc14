import { sameConditions, stamp } from './conditions.ts';
import { settle } from './decide-effect.ts';
import {
  DECISION_REMINDER_MS,
  dispatchAgain,
  dispatchReady,
  lookAtWorld,
  failStep,
  HOLD_REMINDER_MS,
  nextAfter,
  remindersOf,
} from './dispatch.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, unchanged } from './draft.ts';
import type { DueItem } from './due.ts';
import { dueItems } from './due.ts';
import { ERRORS } from './errors.ts';
import type { InputOf } from './inputs.ts';
import { voidSkipProposal } from './proposals.ts';
import type { Actor } from './state.ts';
import { isFinal } from './state.ts';
import { silentSince } from './unanswered.ts';

/** At most so many due items are served by one commit; the rest is due at once in the next. */
export const DUE_PER_COMMIT = 50;

/** Who acts when nobody does. */
export const CLOCK: Actor = { id: 'clock', name: 'the clock' };

const passDeadline = (draft: Draft, stepId: string): void => {
  const planned = draft.planned(stepId);
  const step = draft.step(stepId);
  const { attempt, wait } = step;
  if (planned.onDeadline === 'fail') {
    const asked = wait === null ? 'its function gave no answer' : `asked of ${planned.owner}`;
    const { title } = ERRORS.C309;
    failStep(draft, stepId, {
      code: 'C309',
      message: `${title}: ${stepId} attempt ${attempt}, ${asked}`,
      next: nextAfter(draft, stepId, 'C309'),
    });
    return;
  }
  const deadlineAt = draft.now + planned.deadlineMs;
  const asks = wait !== null && (wait.claim === null || !isFinal(wait.claim));
  const remindAt = asks ? remindersOf(planned, draft.now, deadlineAt) : [];
  draft.emit({ type: 'deadline-renewed', stepId, attempt, deadlineAt, remindAt });
  if (draft.state().held) return;
  draft.emit({
    type: 'cutover-held',
    by: CLOCK,
    reason: `${stepId} passed its deadline`,
    remindAt: draft.now + HOLD_REMINDER_MS,
  });
};

/** Nothing but the watchdog moved for so long past a due time: somebody must be told (I11). */
export const SILENCE_AFTER_MS = 15 * 60_000;

/** Tells of a function that is dispatched again and again and says nothing, not even that it has found nothing new. */
const alarmUnanswered = (draft: Draft, stepId: string): void => {
  const at = silentSince(draft.step(stepId), draft.now);
  if (at === null) return;
  draft.emit({ type: 'silence-alarmed', silentSince: at, overdue: [{ what: 'answer', stepId, at }] });
};

/** Records that only the watchdog brings the cutover on and, at intervals, that this has lasted too long (I11). */
const tellSilence = (draft: Draft): void => {
  const { silence, lastCommitAt } = draft.state();
  const overdue = dueItems(draft.state()).filter(({ at }) => at <= draft.now);
  const [first] = overdue;
  if (first === undefined) return;
  const since = silence?.since ?? Math.max(first.at, lastCommitAt);
  draft.emit({ type: 'overslept', since });
  if (Math.max(since, silence?.alarmedAt ?? since) + SILENCE_AFTER_MS > draft.now) return;
  draft.emit({ type: 'silence-alarmed', silentSince: since, overdue });
};

/** Serves what is due of the cutover itself. */
const serveCutover = (draft: Draft, what: DueItem['what']): void => {
  switch (what) {
    case 'start':
      draft.emit({ type: 'cutover-begun' });
      dispatchReady(draft);
      return;
    case 'proposal-reminder':
      draft.emit({ type: 'revision-reminded' });
      return;
    case 'proposal-expiry':
      draft.emit({ type: 'revision-expired' });
      return;
    default:
      draft.emit({ type: 'hold-reminded', remindAt: draft.now + HOLD_REMINDER_MS });
  }
};

const serveStep = (draft: Draft, what: DueItem['what'], stepId: string): void => {
  const { attempt } = draft.step(stepId);
  const reminder = { type: 'reminder-due', stepId, attempt } as const;
  switch (what) {
    case 'deadline':
      passDeadline(draft, stepId);
      return;
    case 'retry':
      draft.emit({ type: 'step-ready', stepId, attempt: attempt + 1 });
      dispatchReady(draft);
      return;
    case 'read':
      alarmUnanswered(draft, stepId);
      dispatchAgain(draft, stepId, 'read');
      return;
    case 'doubt':
      settle(draft, { stepId, attempt, outcome: 'unknown', reference: null });
      return;
    case 'decision-reminder':
      draft.emit({ ...reminder, subject: 'decision', decideAt: draft.now + DECISION_REMINDER_MS });
      return;
    case 'skip-reminder':
      draft.emit({ ...reminder, subject: 'skip-proposal', decideAt: null });
      return;
    case 'skip-expiry':
      voidSkipProposal(draft, stepId);
      return;
    default:
      draft.emit({ ...reminder, subject: 'wait', decideAt: null });
  }
};

/** Does whatever is due by the stored state; nothing if nothing is. The watchdog does it where nobody else did. */
export const decideWake = (draft: Draft, overslept = false): Answer => {
  if (overslept) tellSilence(draft);
  for (let served = 0; served < DUE_PER_COMMIT; served += 1) {
    // Read anew each time: what is served first (a deadline) may undo what was due next (a reading).
    const item = dueItems(draft.state()).find(({ at }) => at <= draft.now);
    if (item === undefined) break;
    if (item.stepId === null) serveCutover(draft, item.what);
    else serveStep(draft, item.what, item.stepId);
  }
  const count = draft.events().length;
  return count === 0 ? unchanged('nothing is due') : applied(`${count} event(s) were due`);
};

/** Takes a change of what replication lacks; steps that wait for the world look at once. */
export const decideObserve = (draft: Draft, input: InputOf<'observe'>): Answer => {
  const state = draft.state();
  if (state.milestones['replication-removed'] !== undefined) return unchanged('replication is removed');
  const { regressions = [] } = input;
  if (regressions.length > 0) draft.emit({ type: 'replication-regressed', regressions });
  const unmet = stamp(input.unmet, state.replication?.unmet ?? [], draft.now);
  if (state.replication !== null && sameConditions(unmet, state.replication.unmet)) {
    return regressions.length === 0
      ? unchanged('replication lacks what it lacked before')
      : applied('replication has become worse');
  }
  draft.emit({ type: 'replication-changed', unmet });
  lookAtWorld(draft, 'replication');
  return applied(
    state.held ? 'recorded; the cutover is held' : `replication lacks ${unmet.length} condition(s)`,
  );
};

/** Records that a message of this cutover ended among the dead letters (I12). */
export const decideDeadLetter = (draft: Draft, input: InputOf<'dead-letter'>): Answer => {
  const { stepId, dispatched, queue, reason, deadLetterId } = input;
  draft.emit({ type: 'message-dead-lettered', stepId, dispatched, queue, reason, deadLetterId });
  return applied('recorded');
};
