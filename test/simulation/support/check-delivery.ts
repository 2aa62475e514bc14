import {
  DECISION_REMINDER_MS,
  EFFECT_GRACE_MS,
  HOLD_REMINDER_MS,
  REDISPATCH_MS,
} from '../../../shared/core/dispatch.ts';
import { dueItems, earliestDue } from '../../../shared/core/due.ts';
import { messagesOf } from '../../../shared/core/messages.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { isTerminal } from '../../../shared/core/state.ts';
import { canonical } from '../../../shared/engine/canonical.ts';
import type { Envelope } from '../../../shared/engine/ports.ts';
import type { Violation } from './facts.ts';
import type { Chapter, Check, History } from './history.ts';

const contentOf = ({ queue, body, scheduledAt }: Omit<Envelope, 'id' | 'hop'>): string =>
  canonical({ queue, body, scheduledAt });

const expected = ({ cutoverId, plan }: History, { before, after, fact }: Chapter) =>
  messagesOf(plan, before, fact.events, after).map((message, index) => ({
    id: `${cutoverId}:${fact.head.commits}:${index}`,
    content: contentOf(message),
  }));

/** I4: a message of a commit is stored with it, sent only after it, as it was stored, and sent in the end. */
const checkMessages: Check = (history) => {
  const violations: Violation[] = [];
  const fail = (message: string) => violations.push({ invariant: 'I4', message });
  const allowed = new Map<string, string>();
  const sent = new Set<string>();
  const chapters = new Map(history.chapters.map((chapter) => [chapter.order, chapter]));
  for (const [order, fact] of history.facts.entries()) {
    const chapter = chapters.get(order);
    if (chapter) {
      const messages = expected(history, chapter);
      for (const { id, content } of messages) allowed.set(id, content);
      const stored = chapter.fact.outs.flat().map(({ id }) => id);
      if (canonical(stored) !== canonical(messages.map(({ id }) => id))) {
        fail(`commit ${chapter.fact.head.commits} stored the messages ${stored.join(', ')}`);
      }
    }
    if (fact.type !== 'sent' || fact.envelope.body.cutoverId !== history.cutoverId) continue;
    const { id, hop, body } = fact.envelope;
    sent.add(id);
    // Re-sent envelopes and early wakes are named after the message they stand for.
    const [base = ''] = id.split(/[~@]/);
    if (body.type === 'observe') continue;
    if (!allowed.has(base)) fail(`${id} was sent before its commit or without one`);
    else if (hop === 0 && base === id && allowed.get(id) !== contentOf(fact.envelope)) {
      fail(`${id} was sent otherwise than it was committed`);
    }
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

/** I12: whatever ended among the dead letters of a cutover that has begun is an event of it. */
const checkDeadLetters: Check = ({ chapters, facts, cutoverId, isComplete }) => {
  const began = chapters[0]?.order ?? Number.POSITIVE_INFINITY;
  const letters = new Set(
    facts.flatMap((fact, order) =>
      fact.type === 'dead-lettered' && fact.cutoverId === cutoverId && order > began ? [fact.messageId] : [],
    ),
  ).size;
  const recorded = chapters
    .flatMap(({ stages }) => stages)
    .filter(({ event }) => event.type === 'message-dead-lettered').length;
  if (!isComplete || recorded >= letters) return [];
  return [{ invariant: 'I12', message: `${letters} dead letters, ${recorded} recorded` }];
};

/** What must hold of messages and time. */
export const DELIVERY_CHECKS: readonly Check[] = [checkMessages, checkDue, checkDeadLetters];
