import type { Mutation } from '../mutation.ts';
import { simulation, tests } from '../mutation.ts';

const ADVANCE = 'shared/engine/advance.ts';
const STORE = 'shared/engine/cutover-store.ts';
const manyRefusals = tests(
  'test/unit/engine/refusals.test.ts',
  'nobody in the simulation asks the same a second time',
);

/** Defects of the commit protocol and of the log. */
export const COMMIT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a known input is not recognised',
    breaks: 'I3',
    file: STORE,
    find: "asWrites('insert', inputKey(commit.inputId),",
    replace: "asWrites('insert', inputKey(`${commit.inputId} ${after.commits}`),",
    caughtBy: simulation(),
  },
  {
    name: 'another request under a used id gets the first answer',
    breaks: 'I3',
    file: ADVANCE,
    find: "return known.requestHash === requestHash(input) ? known.answer : refused('C208', input.id);",
    replace: 'return known.answer;',
    caughtBy: simulation(),
  },
  {
    name: 'an unknown outcome counts as a commit',
    breaks: 'I3',
    file: ADVANCE,
    find: 'return { tried: after.commits, unknown: error };',
    replace: 'return { answer };',
    caughtBy: simulation(),
  },
  {
    name: 'a request that changed nothing is decided anew',
    breaks: 'I3',
    file: ADVANCE,
    find: 'return isSentFromOutside(input) ?',
    replace: 'return input.id.length === 0 ?',
    caughtBy: simulation(),
  },
  {
    name: 'a callback that changed nothing is decided anew',
    breaks: 'I3',
    file: ADVANCE,
    find: ' || id.startsWith(WEBHOOK)',
    replace: '',
    caughtBy: simulation(),
  },
  {
    name: 'a commit overwrites what another process has committed',
    breaks: 'I2',
    file: STORE,
    find: 'await tables.transact(CUTOVERS, cutoverId, commitWrites(commit));',
    replace:
      "await tables.transact(CUTOVERS, cutoverId, commitWrites(commit).map((write) => ({ ...write, op: 'upsert' }) as Write));",
    caughtBy: simulation(),
  },
  {
    name: 'a conflict counts as a commit',
    breaks: 'I2',
    file: ADVANCE,
    find: 'if (error instanceof StorageConflict) return { tried: after.commits, unknown: null };',
    replace: 'if (error instanceof StorageConflict) return { answer };',
    caughtBy: simulation(),
  },
  {
    name: 'a clock that goes back is followed',
    breaks: 'I5',
    file: 'shared/engine/cutover-time.ts',
    find: 'Math.max(clock.now(), state?.lastCommitAt ?? 0)',
    replace: 'clock.now() + 0 * (state?.lastCommitAt ?? 0)',
    caughtBy: simulation(),
  },
  {
    name: 'the head misses the last event of its commit',
    breaks: 'I5',
    file: ADVANCE,
    find: 'const after = evolve(before, events, now);',
    replace: 'const after = evolve(before, events.length > 1 ? events.slice(0, -1) : events, now);',
    caughtBy: simulation(),
  },
  {
    name: 'the hash chain is broken',
    breaks: 'I5',
    file: STORE,
    find: 'previous = linkHash(previous, numbered);',
    replace: "previous = linkHash('', numbered);",
    caughtBy: simulation(),
  },
  {
    name: 'each commit numbers its events from 1',
    breaks: 'I5',
    file: STORE,
    find: 'n: first + index,',
    replace: 'n: 1 + index,',
    caughtBy: simulation(),
  },
  {
    name: 'a kept head is used after others changed it',
    breaks: 'I5',
    file: STORE,
    find: 'row?.etag === head.etag && row.properties.stamp === String(head.state.commits);',
    replace: 'row !== undefined && head.etag !== undefined;',
    caughtBy: simulation(),
  },
  {
    name: 'rows of two writes are read as one body',
    breaks: 'I5',
    file: 'shared/engine/rows.ts',
    find: ' || own.some((row) => row.properties.stamp !== stamp)',
    replace: '',
    caughtBy: tests('test/unit/engine/rows.test.ts', 'no body of the simulation is so large that it spills'),
  },
  {
    name: 'the last page of events is not read',
    breaks: 'I5',
    file: 'shared/engine/event-rows.ts',
    find: '} while (token !== null);',
    replace: '} while (token !== null && pageRows === 0);',
    caughtBy: tests('test/unit/engine/cutover-store.test.ts', 'no log of the simulation fills a page'),
  },
  {
    name: 'whoever goes on asking fills the log with refusals',
    breaks: 'record',
    file: ADVANCE,
    find: 'isSentFromOutside(input) ? recordOf(input, events, now) : null',
    replace: 'isSentFromOutside(input) && now < 0 ? recordOf(input, events, now) : null',
    caughtBy: manyRefusals,
  },
  {
    name: 'a refusal is remembered and not recorded',
    breaks: 'record',
    file: ADVANCE,
    find: 'if (record !== null) await applyOnce(cutoverId, record);',
    replace: '',
    caughtBy: manyRefusals,
  },
];
