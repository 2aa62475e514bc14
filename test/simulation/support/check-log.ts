import type { CutoverState } from '../../../shared/core/state.ts';
import { isStepTerminal, isTerminal } from '../../../shared/core/state.ts';
import { canonical, sha256 } from '../../../shared/engine/canonical.ts';
import type { Violation } from './facts.ts';
import type { Check, History } from './history.ts';

/** I2: one commit is one input with one batch of events, and changes the head by one. */
const checkCommits: Check = ({ chapters }) =>
  chapters.flatMap(({ fact }, index) => {
    const problems: string[] = [];
    if (fact.inputs.length !== 1) problems.push(`${fact.inputs.length} inputs`);
    if (fact.batches !== 1) problems.push(`${fact.batches} batches of events`);
    if (fact.head.commits !== index + 1) problems.push(`number ${fact.head.commits}`);
    if (fact.inputs.some(({ commit }) => commit !== index + 1)) problems.push('an input of another commit');
    if (new Set(fact.events.map(({ inputId }) => inputId)).size !== 1)
      problems.push('events of several inputs');
    return problems.map((problem) => ({ invariant: 'I2', message: `commit ${index + 1} has ${problem}` }));
  });

/** I3: an input is committed once, and whoever asks afterwards gets the answer of that commit. */
const checkInputs: Check = ({ cutoverId, chapters, facts }) => {
  const violations: Violation[] = [];
  const committed = new Map<string, { order: number; answer: string }>();
  for (const { fact, order } of chapters) {
    const inputId = fact.events[0]?.inputId ?? '';
    if (committed.has(inputId)) violations.push({ invariant: 'I3', message: `${inputId} was applied twice` });
    committed.set(inputId, { order, answer: canonical(fact.inputs[0]?.answer) });
  }
  for (const [order, fact] of facts.entries()) {
    if (fact.type !== 'answered' || fact.cutoverId !== cutoverId) continue;
    const first = committed.get(fact.inputId);
    const known = first !== undefined && first.order < order;
    if (!known && fact.answer.code === 'applied') {
      violations.push({ invariant: 'I3', message: `${fact.inputId} was answered as applied, but never was` });
    }
    if (known && fact.reused && fact.answer.code !== 'C208') {
      violations.push({ invariant: 'I3', message: `${fact.inputId} was used for two requests` });
    }
    if (known && !fact.reused && canonical(fact.answer) !== first.answer) {
      const message = `${fact.inputId} was answered ${canonical(fact.answer)}, at first ${first.answer}`;
      violations.push({ invariant: 'I3', message });
    }
  }
  return violations;
};

/** I5: events count without gaps, their hashes chain, and folded they give the head that was stored. */
const checkFold: Check = ({ chapters }) => {
  const violations: Violation[] = [];
  const fail = (message: string) => violations.push({ invariant: 'I5', message });
  let last = { n: 0, hash: '', at: 0 };
  for (const { fact, after } of chapters) {
    for (const event of fact.events) {
      const { hash, ...covered } = event;
      if (event.n !== last.n + 1) fail(`event ${event.n} follows event ${last.n}`);
      if (event.at < last.at) fail(`event ${event.n} is earlier than the one before`);
      if (hash !== sha256(last.hash + canonical(covered))) fail(`event ${event.n} is not chained`);
      last = event;
    }
    if (fact.lastEventHash !== last.hash) fail(`the head after event ${last.n} has another hash`);
    if (JSON.stringify(after) !== JSON.stringify(fact.head))
      fail(`the head after event ${last.n} is not the fold`);
  }
  return violations;
};

const AFTER_THE_END = new Set(['result-late', 'message-dead-lettered', 'request-refused']);

const terminalStatuses = (state: CutoverState): readonly [string, string][] => [
  ...(isTerminal(state) ? ([['cutover', state.status]] as [string, string][]) : []),
  ...Object.entries(state.steps).flatMap(([id, step]): [string, string][] =>
    isStepTerminal(step) ? [[id, step.status]] : [],
  ),
];

/** I6: what has ended stays as it ended; only late results and dead letters are still recorded. */
const checkTerminal: Check = ({ chapters }: History) =>
  chapters.flatMap(({ stages }) =>
    stages.flatMap(({ event, before, after }) => {
      if (before === null) return [];
      const violations: Violation[] = [];
      if (isTerminal(before) && !AFTER_THE_END.has(event.type)) {
        violations.push({ invariant: 'I6', message: `${event.type} after the cutover was ${before.status}` });
      }
      const now = new Map(terminalStatuses(after));
      for (const [id, status] of terminalStatuses(before)) {
        if (now.get(id) !== status) {
          violations.push({ invariant: 'I6', message: `${id} was ${status} until ${event.type}` });
        }
      }
      return violations;
    }),
  );

/** What must hold of the log itself. */
export const LOG_CHECKS: readonly Check[] = [checkCommits, checkInputs, checkFold, checkTerminal];
