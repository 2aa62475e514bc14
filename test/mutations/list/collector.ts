import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const NOT_SIMULATED = 'every server of the simulated world is read by the app itself';
const ERRANDS = 'shared/engine/errands.ts';
const COLLECTED = 'shared/engine/collected-sql.ts';
const errands = tests('test/unit/engine/errands.test.ts', NOT_SIMULATED);
const collected = tests('test/unit/engine/collected-sql.test.ts', NOT_SIMULATED);
const sources = tests('test/unit/engine/reading-source.test.ts', NOT_SIMULATED);

/** Defects of readings that a collector takes. */
export const COLLECTOR_MUTATIONS: readonly Mutation[] = [
  {
    name: 'an answer is taken after the wait for it is over',
    breaks: 'a reading is read after the question (I8)',
    file: ERRANDS,
    find: 'row !== null && until >= clock.now()',
    replace: 'row !== null',
    caughtBy: errands,
  },
  {
    name: 'an answer is taken again',
    breaks: 'a nonce is good for one answer',
    file: ERRANDS,
    find: "{ op: 'remove', row: openKey(nonce), etag: '*' }, ...rows",
    replace: '...rows',
    caughtBy: errands,
  },
  {
    name: 'an errand is handed out twice',
    breaks: 'a statement is run once',
    file: ERRANDS,
    find: " || numberOf(row, 'takenAt') !== null",
    replace: '',
    caughtBy: errands,
  },
  {
    name: 'an errand goes to a collector of another server',
    breaks: 'a statement runs on its own server',
    file: ERRANDS,
    find: 'if (servers.includes(errandOf(row).server)) wanted',
    replace: 'wanted',
    caughtBy: errands,
  },
  {
    name: 'rows of another statement are believed',
    breaks: 'what comes from outside passes the schema of its statement',
    file: ERRANDS,
    find: 'if (flaw === null) {',
    replace: 'if (flaw !== "") {',
    caughtBy: errands,
  },
  {
    name: 'a silent collector is waited for',
    breaks: 'a collector that does not run is told at once (A14)',
    file: COLLECTED,
    find: 'heardAt === null || askedAt - heardAt > SILENT_AFTER_MS',
    replace: 'heardAt === null',
    caughtBy: collected,
  },
  {
    name: 'an errand that was given up stays open',
    breaks: 'nothing runs for which nobody waits',
    file: COLLECTED,
    find: '(await errands.drop(nonce)) ?',
    replace: 'nonce.length > 0 ?',
    caughtBy: collected,
  },
  {
    name: 'a collector runs SQL of the plan that nobody reviewed',
    breaks: 'the DBA has reviewed whatever a collector runs',
    file: 'cli/run-errand.ts',
    find: '!figures.has(sql) || ',
    replace: '',
    caughtBy: tests('test/unit/cli/run-errand.test.ts', NOT_SIMULATED),
  },
  {
    name: 'a collector believes the parameters it is sent',
    breaks: 'what comes from outside passes the schema of its statement',
    file: 'cli/run-errand.ts',
    find: 'if (!read.success) return',
    replace: 'if (Date.now() < 0) return',
    caughtBy: tests('test/unit/cli/run-errand.test.ts', NOT_SIMULATED),
  },
  {
    name: 'a gate takes a reading from a source the plan does not accept',
    breaks: 'each gate lists the sources it accepts',
    file: 'shared/kinds/sources.ts',
    find: 'if (accepted === null || accepted.includes(source)) return null;',
    replace: 'if (accepted === null || accepted.length > 0) return null;',
    caughtBy: sources,
  },
  {
    name: 'a pushed reading passes for a pulled one',
    breaks: 'the weakest source used is shown',
    file: 'shared/engine/run-step.ts',
    find: 'weakest([read.source, ...used()])',
    replace: 'read.source',
    caughtBy: sources,
  },
];
