import { dueItems, earliestDue } from '../../../shared/core/due.ts';
import type { CutoverState, StepState } from '../../../shared/core/state.ts';
import { isTerminal } from '../../../shared/core/state.ts';
import { canonical } from '../../../shared/engine/canonical.ts';
import type { Envelope } from '../../../shared/engine/ports.ts';
import type { Chapter, Check, History } from './history.ts';
import { onChapter, plannedIn, stagesOfType } from './history.ts';

const contentOf = ({ queue, body, scheduledAt }: Omit<Envelope, 'id' | 'hop'>): string =>
  canonical({ queue, body, scheduledAt });

/** What a commit owes, said once more in other words than the engine's: its dispatches, and a wake for a new due time. */
const owed = (history: History, { before, after, stages }: Chapter): readonly string[] => {
  const { cutoverId } = history;
  const dispatches = stages.flatMap(({ event }) => {
    if (event.type !== 'step-dispatched') return [];
    const { stepId, attempt, dispatch } = event;
    const queue = `step-${plannedIn(history, stepId).kind}`;
    const body = { type: 'step', cutoverId, stepId, attempt, dispatch } as const;
    return [contentOf({ queue, body, scheduledAt: null })];
  });
  const due = earliestDue(after);
  if (due === null || (due === earliestDue(before) && due > after.lastCommitAt)) return dispatches;
  const body = { type: 'wake', cutoverId, dueAt: due } as const;
  return [...dispatches, contentOf({ queue: 'wake', body, scheduledAt: due })];
};

/** I4: a message of a commit is stored with it, sent only after it, as it was stored, and sent in the end. */
const checkMessages: Check = (history, fail) => {
  const allowed = new Map<string, string>();
  const committed = new Set<string>();
  const again = new Set<string>();
  const sent = new Set<string>();
  const store = (chapter: Chapter): void => {
    const stored = chapter.fact.outs.flat();
    const contents = stored.map(contentOf);
    for (const [index, { id }] of stored.entries()) allowed.set(id, contents[index] ?? '');
    for (const content of contents) committed.add(content);
    if (contents.join() !== owed(history, chapter).join())
      fail('I4', `commit ${chapter.number} stored the messages ${stored.map(({ id }) => id).join(', ')}`);
  };
  const send = (envelope: Envelope): void => {
    const { id, body } = envelope;
    sent.add(id);
    if (body.type === 'observe') return;
    // Re-sent envelopes and early wakes are named after the message they stand for.
    const [base = ''] = id.split(/[~@]/);
    const content = contentOf(envelope);
    // A dispatch may be repeated without a commit, so that its step reads again.
    if (!allowed.has(id) && base === id && committed.has(content)) again.add(id);
    const isKnown = allowed.has(base) || again.has(base);
    if (!isKnown) fail('I4', `${id} was sent before its commit or without one`);
    else if (allowed.has(id) && allowed.get(id) !== content)
      fail('I4', `${id} was sent otherwise than it was committed`);
  };
  return (fact, chapter) => {
    if (chapter !== null) store(chapter);
    if (fact.type === 'sent') send(fact.envelope);
    if (fact.type !== 'rested') return;
    for (const id of allowed.keys()) if (!sent.has(id)) fail('I4', `${id} was never sent`);
  };
};

const MINUTE_MS = 60_000;
/** A proposal nobody decides is void after a day. */
const PROPOSAL_VALID_MS = 24 * 60 * MINUTE_MS;
/** No reminder of a proposal is further away than this. */
const PROPOSAL_REMINDER_MS = PROPOSAL_VALID_MS / 2;
/** A wish to skip a data gate is void after an hour, and is called to mind before. */
const SKIP_VALID_MS = 60 * MINUTE_MS;
/** A hold is called to mind every hour, a decision every half. */
const HOLD_REMINDER_MS = 60 * MINUTE_MS;
const DECISION_REMINDER_MS = 30 * MINUTE_MS;
/** What no function answered is looked after within this time, and within this one when the function has long been silent. */
const UNANSWERED_MS = 10 * MINUTE_MS;
const SILENT_MS = 60 * MINUTE_MS;

/** Of a wish to skip: when it lapses, and when the second person is reminded, while the gate lacks what the first saw. */
const instantsOfWish = ({ skipProposal, unmet }: StepState, held: boolean): readonly (number | null)[] => {
  if (skipProposal === null) return [];
  const { at, remindAt, unmet: seen = [] } = skipProposal;
  const lacks = new Set(unmet.map(({ code }) => code));
  const isSame = lacks.size === seen.length && seen.every((code) => lacks.has(code));
  const [next = null] = !held && isSame ? remindAt : [];
  return [at + SKIP_VALID_MS, next];
};

/** Every instant at which something of a step's attempt must happen, said once more in other words than the core's. */
const instantsOfStep = (step: StepState, held: boolean): readonly (number | null | undefined)[] => {
  const { status, deadlineAt, wait, decideAt, nextReadAt, retryAt, effect } = step;
  if (status === 'running' || status === 'waiting') {
    // Only an approval goes on expiring during a hold.
    if (held) return wait?.asks === 'approval' ? [deadlineAt] : [];
    return [deadlineAt, wait?.remindAt[0], decideAt, nextReadAt];
  }
  if (status !== 'failed' || held) return [];
  // Its function looks no more: what it announced and nobody settled becomes a question to a person.
  const isDoubtful = effect?.outcome === 'open' && !effect.repeatable;
  return [retryAt ?? decideAt, isDoubtful ? effect.announcedAt + UNANSWERED_MS : null];
};

const instantsOf = (state: CutoverState): readonly number[] => {
  const { status, held, proposal, startAt, steps } = state;
  if (status === 'completed' || status === 'rolledBack' || status === 'aborted') return [];
  return [
    ...Object.values(steps).flatMap((step) => [
      ...instantsOfStep(step, held !== null),
      ...instantsOfWish(step, held !== null),
    ]),
    status === 'scheduled' ? startAt : null,
    held?.remindAt,
    proposal === null ? null : proposal.at + PROPOSAL_VALID_MS,
    held === null ? proposal?.remindAt[0] : null,
  ].filter((at) => typeof at === 'number');
};

const horizonMs = (history: History, what: string, stepId: string | null, state: CutoverState): number => {
  const planned = stepId === null ? null : plannedIn(history, stepId);
  const step = state.steps[stepId ?? ''];
  switch (what) {
    case 'start':
      return (history.startAt ?? 0) - state.lastCommitAt;
    case 'hold-reminder':
      return HOLD_REMINDER_MS;
    case 'decision-reminder':
      return DECISION_REMINDER_MS;
    case 'proposal-reminder':
      return PROPOSAL_REMINDER_MS;
    case 'proposal-expiry':
      return PROPOSAL_VALID_MS;
    case 'skip-reminder':
    case 'skip-expiry':
      return SKIP_VALID_MS;
    case 'retry':
      return planned!.retryDelayMs * 2 ** (step!.attempt - 1);
    case 'deadline':
      return planned!.deadlineMs;
    case 'reminder':
      return Math.max(...planned!.remindAfterMs);
    default:
      return Math.max(step!.unanswered?.isSilent === true ? SILENT_MS : UNANSWERED_MS, step!.pollEveryMs);
  }
};

/** I11: what is not over has a due time, no due time lies further away than its own interval, and waits have deadlines. */
const checkDue = onChapter(({ number, after }, history, fail) => {
  const broken = (message: string): void => {
    fail('I11', `after commit ${number} ${message}`);
  };
  if ((earliestDue(after) === null) !== isTerminal(after)) broken('nothing is due');
  for (const [id, step] of Object.entries(after.steps)) {
    if (step.status === 'waiting' && step.deadlineAt === null) broken(`${id} waits without a deadline`);
    if (step.status === 'failed' && step.retryAt === null && step.decideAt === null)
      broken(`${id} is forgotten`);
  }
  const items = dueItems(after);
  const due = items.map(({ at }) => at);
  const wanted = instantsOf(after).toSorted((a, b) => a - b);
  if (due.join() !== wanted.join()) broken(`what is due is ${due.join()}, not ${wanted.join()}`);
  for (const { at, what, stepId } of items) {
    if (at > after.lastCommitAt + horizonMs(history, what, stepId, after))
      broken(`the ${what} of ${stepId} is due only in ${at - after.lastCommitAt} ms`);
  }
});

/** What a hold freezes of a step that has not ended, as the time left at this instant. */
const leftAt = ({ deadlineAt, wait, retryAt, decideAt }: StepState, now: number): string =>
  [
    ...(wait?.asks === 'approval' ? [] : [deadlineAt, wait?.deadlineAt ?? null, ...(wait?.remindAt ?? [])]),
    retryAt,
    decideAt,
  ]
    .map((at) => (at === null ? 'never' : `${at - now} ms`))
    .join(', ');

/** B7: a hold costs no step any of its time; only approvals go on expiring. */
const checkFrozen = onChapter((chapter, _, fail) => {
  for (const { event, before, after } of stagesOfType(chapter, 'cutover-resumed')) {
    for (const [id, step] of Object.entries(before!.steps)) {
      if (!/^(?:running|waiting|failed)$/.test(step.status)) continue;
      const leftBefore = leftAt(step, before!.held!.since);
      const now = after.steps[id]!;
      const leftAfter = leftAt(now, event.at);
      if (leftBefore !== leftAfter)
        fail('B7', `${id} had ${leftBefore} when held and ${leftAfter} when resumed`);
      if (step.wait?.asks === 'approval' && now.deadlineAt !== step.deadlineAt)
        fail('B7', `the approval ${id} got more time by a hold`);
    }
  }
});

/** What must hold of messages and time. */
export const DELIVERY_CHECKS: readonly Check[] = [checkMessages, checkDue, checkFrozen];
