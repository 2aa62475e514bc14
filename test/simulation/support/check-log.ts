import type { CutoverState } from '../../../shared/core/state.ts';
import type { Answer } from '../../../shared/core/draft.ts';
import { isRefused } from '../../../shared/core/draft.ts';
import { canonical, sha256 } from '../../../shared/engine/canonical.ts';
import { replyOf } from '../../../functions/http/problem.ts';
import type { Check } from './history.ts';
import { onChapter } from './history.ts';

/** I2: one commit is one input with one batch of events. */
const checkCommits = onChapter(({ number, fact, after }, _, fail) => {
  const problems: string[] = [];
  if (fact.inputs.length !== 1) problems.push(`${fact.inputs.length} inputs`);
  if (fact.batches !== 1) problems.push(`${fact.batches} batches of events`);
  if (after.commits !== number) problems.push(`number ${after.commits}`);
  if (fact.inputs.some(({ commit }) => commit !== number)) problems.push('an input of another commit');
  if (new Set(fact.events.map(({ inputId }) => inputId)).size !== 1)
    problems.push('events of several inputs');
  for (const problem of problems) fail('I2', `commit ${number} has ${problem}`);
});

/** The reply a stored answer leads to. */
const repliedBy = (inputId: string, answer: Answer, cutoverId: string): string => {
  if (!inputId.startsWith('start:') || isRefused(answer))
    return canonical(replyOf(answer).jsonBody ?? replyOf(answer).body);
  return canonical({ id: cutoverId, message: answer.message });
};

/**
 * I3: an input is committed once, and whoever asks afterwards gets the answer of that commit; what was asked from outside
 * gets the same reply whenever its id comes again, even if it changed nothing, and does nothing later.
 */
const checkInputs: Check = ({ cutoverId }, fail) => {
  const committed = new Map<string, string>();
  const replied = new Map<string, string>();
  return (fact, chapter) => {
    if (chapter !== null) {
      const inputId = chapter.fact.events[0]?.inputId ?? '';
      const answer = chapter.fact.inputs[0]?.answer;
      if (committed.has(inputId)) fail('I3', `${inputId} was applied twice`);
      if (replied.has(inputId)) fail('I3', `${inputId} was applied after it was answered`);
      if (answer !== undefined) committed.set(inputId, repliedBy(inputId, answer, cutoverId));
    }
    if (fact.type !== 'answered') return;
    const { inputId, reply, reused } = fact;
    const text = canonical(reply.jsonBody ?? reply.body);
    const first = committed.get(inputId);
    if (reused) {
      if (first !== undefined && !text.includes('C208')) fail('I3', `${inputId} was used for two requests`);
      return;
    }
    const earlier = first ?? replied.get(inputId);
    if (first === undefined && (reply.status ?? 200) < 300 && (reply.jsonBody as Answer).code !== 'unchanged')
      fail('I3', `${inputId} was answered as applied, but never was`);
    if (earlier !== undefined && earlier !== text)
      fail('I3', `${inputId} was answered ${text}, at first ${earlier}`);
    replied.set(inputId, text);
  };
};

/** I5: events count without gaps, their hashes chain, and folded they give the head that was stored. */
const checkFold: Check = (_, fail) => {
  let last = { n: 0, hash: '', at: 0 };
  return (_fact, chapter) => {
    if (chapter === null) return;
    for (const event of chapter.fact.events) {
      const { hash, ...covered } = event;
      if (event.n !== last.n + 1) fail('I5', `event ${event.n} follows event ${last.n}`);
      if (event.at < last.at) fail('I5', `event ${event.n} is earlier than the one before`);
      if (hash !== sha256(last.hash + canonical(covered))) fail('I5', `event ${event.n} is not chained`);
      last = event;
    }
    const folded = { state: chapter.after, lastEventHash: last.hash };
    const isSame =
      chapter.fact.head === JSON.stringify(folded) ||
      canonical(JSON.parse(chapter.fact.head)) === canonical(folded);
    if (!isSame) fail('I5', `the head after event ${last.n} is not the fold`);
  };
};

const AFTER_THE_END = new Set(['result-late', 'message-dead-lettered', 'request-refused']);

/** Said once more, so that whoever changes the core's list is contradicted. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'rolledBack', 'aborted']);
const STEP_ENDED: ReadonlySet<string> = new Set(['succeeded', 'skipped', 'cancelled']);

const terminalStatuses = (state: CutoverState): readonly [string, string][] => [
  ...(ENDED.has(state.status) ? ([['cutover', state.status]] as [string, string][]) : []),
  ...Object.entries(state.steps).flatMap(([id, step]): [string, string][] =>
    STEP_ENDED.has(step.status) ? [[id, step.status]] : [],
  ),
];

/** I6: what has ended stays as it ended; only late results and dead letters are still recorded. */
const checkTerminal = onChapter(({ stages }, _, fail) => {
  for (const { event, before, after } of stages) {
    if (before === null) continue;
    if (ENDED.has(before.status) && !AFTER_THE_END.has(event.type)) {
      fail('I6', `${event.type} after the cutover was ${before.status}`);
    }
    const now = new Map(terminalStatuses(after));
    for (const [id, status] of terminalStatuses(before)) {
      if (now.get(id) !== status) fail('I6', `${id} was ${status} until ${event.type}`);
    }
  }
});

/** I9: whoever answers an attempt that began, or that its step once waited to begin, is at most too late: it is heard of. */
const checkHeardOf: Check = (_, fail) => {
  const lastAttempts = new Map<string, number>();
  const known = new Map<string, boolean>();
  return (fact, chapter) => {
    for (const [id, { status, attempt }] of Object.entries(chapter?.after.steps ?? {})) {
      const waited = status === 'pending' || status === 'ready' ? attempt + 1 : attempt;
      lastAttempts.set(id, Math.max(lastAttempts.get(id) ?? 0, waited));
    }
    if (fact.type === 'asked') {
      const { input } = fact;
      // Whoever asks again gets the first answer.
      if ((input.type !== 'complete' && input.type !== 'vote') || known.has(input.id)) return;
      known.set(input.id, input.attempt <= (lastAttempts.get(input.stepId) ?? 0));
    }
    if (fact.type !== 'answered' || known.get(fact.inputId) !== true) return;
    if (canonical(fact.reply.jsonBody ?? fact.reply.body).includes('C216'))
      fail('I9', `${fact.inputId} answers an attempt that was to be, and is told that it never was`);
  };
};

/** I12: however many people ask, a dead letter is made up for once. */
const checkRedrives: Check = (_, fail) => {
  const driven = new Set<string>();
  return (_fact, chapter) => {
    for (const event of chapter?.fact.events ?? []) {
      if (event.type !== 'message-redriven' || event.deadLetterId === null) continue;
      if (driven.has(event.deadLetterId)) fail('I12', `${event.deadLetterId} was driven again twice`);
      driven.add(event.deadLetterId);
    }
  };
};

/** What must hold of the log itself. */
export const LOG_CHECKS: readonly Check[] = [
  checkCommits,
  checkInputs,
  checkFold,
  checkTerminal,
  checkHeardOf,
  checkRedrives,
];
