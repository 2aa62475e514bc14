import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const VERDICT = 'shared/core/table-verdict.ts';
const NOT_SIMULATED = 'the simulation judges no table';
const ARRIVAL = 'shared/core/arrival.ts';
const arrivals = tests('test/unit/core/arrival.test.ts', NOT_SIMULATED);
const verdicts = tests('test/unit/core/table-verdict.test.ts', NOT_SIMULATED);

/** Defects of what is said about row counts. */
export const COUNT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a count that could not be read counts as missing',
    breaks: 'unreadable is not equal, and not missing either',
    file: 'shared/core/table-look.ts',
    find: "return isUnread ? 'unreadable' : 'absent';",
    replace: "return 'absent';",
    caughtBy: verdicts,
  },
  {
    name: 'a target that is filled anew counts as stalled',
    breaks: 'the verdict of a table (A2)',
    file: 'shared/core/table-look.ts',
    find: 'restarts(before.target, target) &&',
    replace: 'false &&',
    caughtBy: verdicts,
  },
  {
    name: 'an estimate confirms that rows are missing',
    breaks: 'an estimate is never a proof (A5)',
    file: VERDICT,
    find: "look.method !== 'exact' || stoppedAt",
    replace: 'stoppedAt',
    caughtBy: verdicts,
  },
  {
    name: 'rows are missing for good as soon as delivery is proven',
    breaks: 'the bound of latency (A2)',
    file: VERDICT,
    find: 'begunAt + LATENCY_BOUND_MS',
    replace: 'begunAt',
    caughtBy: verdicts,
  },
  {
    name: 'a count of a source that ran outweighs what was seen later',
    breaks: 'the verdict of a table (A2)',
    file: VERDICT,
    find: ' || exact.at <= stoppedAt',
    replace: '',
    caughtBy: verdicts,
  },
  {
    name: 'a table without a key is missing before it is published',
    breaks: 'the classes of tables (A3)',
    file: 'shared/core/table-class.ts',
    find: "case 'locked':\n      return true;",
    replace: "case 'locked':\n      return false;",
    caughtBy: tests('test/unit/core/table-class.test.ts', NOT_SIMULATED),
  },
  {
    name: 'the list of special tables is not heeded',
    breaks: 'the classes of tables (A3)',
    file: 'shared/core/table-class.ts',
    find: "specialBy(table) === null ? publication : 'special'",
    replace: 'publication',
    caughtBy: tests('test/unit/core/table-class.test.ts', NOT_SIMULATED),
  },
  {
    name: 'empty on both sides is never doubted',
    breaks: 'equal but wrong (A4)',
    file: 'shared/core/doubtful-equality.ts',
    find: 'source === 0 && before > 0',
    replace: 'source === 0 && before < 0',
    caughtBy: tests('test/unit/core/doubtful-equality.test.ts', NOT_SIMULATED),
  },
  {
    name: 'one table of which nobody can say when does not hold up the forecast of all',
    breaks: 'the arrival of everything is that of the slowest (A6)',
    file: ARRIVAL,
    find: "arrival.state === 'expected' ? arrival.likely : Number.POSITIVE_INFINITY",
    replace: "arrival.state === 'expected' ? arrival.likely : Number.NEGATIVE_INFINITY",
    caughtBy: arrivals,
  },
  {
    name: 'an arrival may lie in the past',
    breaks: 'an arrival is never overdue (A6)',
    file: ARRIVAL,
    find: 'Math.max(now, Math.round(',
    replace: 'Math.max(0, Math.round(',
    caughtBy: arrivals,
  },
  {
    name: 'a trend goes on over a blind period',
    breaks: 'unknown when blind (A6)',
    file: ARRIVAL,
    find: 'now - last.at > blindAfterMs',
    replace: 'now - last.at > Infinity',
    caughtBy: arrivals,
  },
];
