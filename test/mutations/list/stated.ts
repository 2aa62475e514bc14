import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const NOT_SIMULATED = 'the plans that are simulated read every server';
const STATED = 'shared/kinds/stated.ts';
const GATE = 'shared/kinds/replication-gate.ts';
const stated = tests('test/unit/kinds/stated.test.ts', NOT_SIMULATED);
const gate = tests('test/unit/kinds/stated-replication.test.ts', NOT_SIMULATED);
const given = tests('test/unit/engine/given.test.ts', NOT_SIMULATED);
const baseline = tests('test/unit/kinds/first-witness.test.ts', NOT_SIMULATED);

/** Defects of what people state in the place of a reading. */
export const STATED_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a statement counts although nobody has confirmed it',
    breaks: 'two people answer for what is stated (B8)',
    file: STATED,
    find: 'if (upload.confirmed === null) {',
    replace: 'if (upload.confirmed === null && takenAt < 0) {',
    caughtBy: stated,
  },
  {
    name: 'a statement proves what happened after it',
    breaks: 'evidence is read after the facts it proves (I8)',
    file: STATED,
    find: 'if (takenAt < since) {',
    replace: 'if (takenAt < 0) {',
    caughtBy: stated,
  },
  {
    name: 'what was read before it was reported done counts',
    breaks: 'evidence is read after the facts it proves (I8)',
    file: STATED,
    find: 'wait?.claim?.at ?? 0',
    replace: '0',
    caughtBy: stated,
  },
  {
    name: 'a statement about another server counts',
    breaks: 'a gate proves what is on its own server',
    file: STATED,
    find: 'reading.server.toLowerCase() !== bound.toLowerCase()',
    replace: 'reading.server === ""',
    caughtBy: stated,
  },
  {
    name: 'a statement stands in where the plan says nothing of it',
    breaks: 'each gate lists the sources it accepts',
    file: STATED,
    find: "if (!accepts.includes('stated') || !isAccessRefused(error)) throw error;",
    replace: 'if (!isAccessRefused(error)) throw error;',
    caughtBy: stated,
  },
  {
    name: 'a statement stands in for a server that is only slow',
    breaks: 'what can be read is read',
    file: STATED,
    find: "if (!accepts.includes('stated') || !isAccessRefused(error)) throw error;",
    replace: "if (!accepts.includes('stated')) throw error;",
    caughtBy: stated,
  },
  {
    name: 'a server is asked although only statements are accepted',
    breaks: 'each gate lists the sources it accepts',
    file: STATED,
    find: 'servers.every((server) => accepts.includes(ports.sql.sourceOf(server)))',
    replace: 'servers.length > 0',
    caughtBy: stated,
  },
  {
    name: 'a figure that is not stated is passed over',
    breaks: 'every pair of a reconciliation is compared',
    file: 'shared/kinds/reconcile.ts',
    find: 'if (missing.length > 0) {',
    replace: 'if (missing.length < 0) {',
    caughtBy: stated,
  },
  {
    name: "people's looks stand in for polls that are only slow",
    breaks: 'what can be read is read',
    file: GATE,
    find: 'blind !== null && isAccessCode(blind.code)',
    replace: 'blind !== null',
    caughtBy: gate,
  },
  {
    name: 'looks that are far apart are in a row',
    breaks: 'a blind period begins a row anew (A7)',
    file: 'shared/kinds/stated-replication.ts',
    find: 'const STATED_PACE_MS = 60 * 60_000;',
    replace: 'const STATED_PACE_MS = 600 * 60_000;',
    caughtBy: gate,
  },
  {
    name: 'the words of an agent are taken for others',
    breaks: 'a stated look is judged by the rules of a poll',
    file: 'shared/kinds/stated-replication.ts',
    find: '(AGENT_WORDS.indexOf(does) + 1)',
    replace: '(AGENT_WORDS.indexOf(does) + 2)',
    caughtBy: gate,
  },
  {
    name: 'replication is polled although nobody takes what a poll reads',
    breaks: 'the watch is no alarm where only statements are accepted',
    file: 'shared/engine/pace.ts',
    find: 'if (isTerminal(state) || onlyStated(plan)) return null;',
    replace: 'if (isTerminal(state)) return null;',
    caughtBy: tests('test/unit/engine/pace.test.ts', NOT_SIMULATED),
  },
  {
    name: 'what people have stated is stale because nobody can read it',
    breaks: 'blindness that was so before is no news',
    file: 'shared/kinds/stale-gates.ts',
    find: '!(isStated && isBlindness(condition.code))',
    replace: 'true',
    caughtBy: tests('test/unit/kinds/stale-gates.test.ts', NOT_SIMULATED),
  },
  {
    name: 'a step waits in silence on a statement that does not suffice',
    breaks: 'every unmet condition says who can clear it (A7)',
    file: 'shared/engine/lack.ts',
    find: "said === undefined || verdict.verdict === 'failed'",
    replace: "verdict.verdict === 'failed' || said !== ''",
    caughtBy: given,
  },
  {
    name: 'a step is shown the counts of another step',
    breaks: 'a document proves what it is about',
    file: 'shared/engine/run-step.ts',
    find: '(OF_STEP.has(kind) ? await uploads.newest(run.state, kind, stepId) : null)',
    replace: 'null',
    caughtBy: given,
  },
  {
    name: 'the baseline takes counts that one person answers for',
    breaks: 'two people answer for what nobody may count (A9)',
    file: 'shared/kinds/baseline.ts',
    find: 'if (unmet.length > 0) return notYet(...unmet);',
    replace: 'if (unmet.length > 9) return notYet(...unmet);',
    caughtBy: baseline,
  },
];
