import {
  DECISION_REMINDER_MS,
  EFFECT_GRACE_MS,
  HOLD_REMINDER_MS,
  REDISPATCH_MS,
} from '../../../shared/core/dispatch.ts';
import { dueItems, earliestDue } from '../../../shared/core/due.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { isStepActive, isTerminal } from '../../../shared/core/state.ts';
import { canonical } from '../../../shared/engine/canonical.ts';
import type { Envelope } from '../../../shared/engine/ports.ts';
import type { Violation } from './facts.ts';
import type { Chapter, Check, History } from './history.ts';
import { stagesOfType } from './history.ts';

const contentOf = ({ queue, body, scheduledAt }: Omit<Envelope, 'id' | 'hop'>): string =>
  canonical({ queue, body, scheduledAt });

/** What a commit owes, said once more in other words than the engine's: its dispatches, and a wake for a new due time. */
const owed = ({ cutoverId, plan }: History, { before, after, stages }: Chapter): readonly string[] => {
  const dispatches = stages.flatMap(({ event }) => {
    if (event.type !== 'step-dispatched') return [];
    const { stepId, attempt, dispatch } = event;
    const queue = `step-${plan.steps.find(({ id }) => id === stepId)?.kind}`;
    const body = { type: 'step', cutoverId, stepId, attempt, dispatch } as const;
    return [contentOf({ queue, body, scheduledAt: null })];
  });
  const due = earliestDue(after);
  if (due === null || (due === earliestDue(before) && due > after.lastCommitAt)) return dispatches;
  const body = { type: 'wake', cutoverId, dueAt: due } as const;
  return [...dispatches, contentOf({ queue: 'wake', body, scheduledAt: due })];
};

/** I4: a message of a commit is stored with it, sent only after it, as it was stored, and sent in the end. */
const checkMessages: Check = (history) => {
  const violations: Violation[] = [];
  const fail = (message: string) => violations.push({ invariant: 'I4', message });
  const allowed = new Map<string, string>();
  const committed = new Set<string>();
  const again = new Set<string>();
  const sent = new Set<string>();
  const chapters = new Map(history.chapters.map((chapter) => [chapter.order, chapter]));
  for (const [order, fact] of history.facts.entries()) {
    const chapter = chapters.get(order);
    if (chapter) {
      const { outs, head } = chapter.fact;
      const stored = outs.flat();
      for (const envelope of stored) {
        allowed.set(envelope.id, contentOf(envelope));
        committed.add(contentOf(envelope));
      }
      if (canonical(stored.map(contentOf)) !== canonical(owed(history, chapter))) {
        fail(`commit ${head.commits} stored the messages ${stored.map(({ id }) => id).join(', ')}`);
      }
    }
    if (fact.type !== 'sent') continue;
    const { id, body } = fact.envelope;
    // Letters that wait for the storage are caused by no commit; what becomes of them is checked with the dead letters.
    if (body.type === 'dead-letter' || body.cutoverId !== history.cutoverId) continue;
    sent.add(id);
    // Re-sent envelopes and early wakes are named after the message they stand for.
    const [base = ''] = id.split(/[~@]/);
    const content = contentOf(fact.envelope);
    if (body.type === 'observe') continue;
    // A dispatch may be repeated without a commit, so that its step reads again.
    if (!allowed.has(id) && base === id && committed.has(content)) again.add(id);
    const isKnown = allowed.has(base) || again.has(base);
    if (!isKnown) fail(`${id} was sent before its commit or without one`);
    else if (allowed.has(id) && allowed.get(id) !== content)
      fail(`${id} was sent otherwise than it was committed`);
  }
  if (!history.isComplete) return violations;
  for (const id of allowed.keys()) if (!sent.has(id)) fail(`${id} was never sent`);
  return violations;
};

const horizonMs = (history: History, what: string, stepId: string | null, state: CutoverState): number => {
  const planned = history.plan.steps.find(({ id }) => id === stepId);
  const step = state.steps[stepId ?? ''];
  switch (what) {
    case 'hold-reminder':
      return HOLD_REMINDER_MS;
    case 'decision-reminder':
      return DECISION_REMINDER_MS;
    case 'retry':
      return planned!.retryDelayMs * 2 ** (step!.attempt - 1);
    case 'deadline':
      return planned!.deadlineMs;
    case 'reminder':
      return Math.max(...planned!.remindAfterMs);
    default:
      return Math.max(REDISPATCH_MS, EFFECT_GRACE_MS, step!.pollEveryMs);
  }
};

/** I11: what is not over has a due time, no due time lies further away than its own interval, and waits have deadlines. */
const checkDue: Check = (history) =>
  history.chapters.flatMap(({ after, fact }) => {
    const violations: Violation[] = [];
    const fail = (message: string) =>
      violations.push({ invariant: 'I11', message: `after commit ${fact.head.commits} ${message}` });
    if ((earliestDue(after) === null) !== isTerminal(after)) fail('nothing is due');
    for (const [id, step] of Object.entries(after.steps)) {
      if (step.status === 'waiting' && step.deadlineAt === null) fail(`${id} waits without a deadline`);
      if (step.status === 'failed' && step.retryAt === null && step.decideAt === null)
        fail(`${id} is forgotten`);
    }
    for (const { at, what, stepId } of dueItems(after)) {
      if (at > after.lastCommitAt + horizonMs(history, what, stepId, after)) {
        fail(`the ${what} of ${stepId} is due only in ${at - after.lastCommitAt} ms`);
      }
    }
    return violations;
  });

/** B7: a hold costs no step any of its time; only approvals go on expiring. */
const checkFrozen: Check = (history) =>
  stagesOfType(history, 'cutover-resumed').flatMap(({ event, before, after }) =>
    Object.entries(before!.steps).flatMap(([id, step]): Violation[] => {
      if (!isStepActive(step) || step.wait?.asks === 'approval') return [];
      const leftBefore = step.deadlineAt - before!.held!.since;
      const leftAfter = (after.steps[id]?.deadlineAt ?? 0) - event.at;
      if (leftBefore === leftAfter) return [];
      return [
        { invariant: 'B7', message: `${id} had ${leftBefore} ms when held and ${leftAfter} ms when resumed` },
      ];
    }),
  );

/** What must hold of messages and time. */
export const DELIVERY_CHECKS: readonly Check[] = [checkMessages, checkDue, checkFrozen];
