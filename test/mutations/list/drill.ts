import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const SEARCH = 'shared/core/drill-search.ts';
const RANGE = 'shared/core/drill-range.ts';
const ENGINE = 'shared/engine/drill-downs.ts';
const PROPERTY = tests(
  'test/property/drill-search.test.ts',
  'the table that the simulation looks into has three rows',
);
const ON_DEMAND = tests(
  'test/unit/engine/drill-downs.test.ts',
  'in the simulation whoever asks twice is told the same, and no server is busy',
);

/** Defects of narrowing a difference down. */
export const DRILL_MUTATIONS: readonly Mutation[] = [
  {
    name: 'two parts of a range leave a RECID out',
    breaks: 'a drill-down finds exactly the rows that miss',
    file: RANGE,
    find: '(width * BigInt(index + 1)) / count - 1n',
    replace: '(width * BigInt(index + 1)) / count - 2n',
    caughtBy: PROPERTY,
  },
  {
    name: 'a part with as many rows on both sides counts as equal, whichever rows they are',
    breaks: 'equal counts do not prove equal contents',
    file: RANGE,
    find: 'source.rows !== target.rows || source.sum !== target.sum',
    replace: 'source.rows !== target.rows',
    caughtBy: tests('test/unit/core/drill-search.test.ts', 'no row of the simulation stands for another'),
  },
  {
    name: 'a search goes on when its queries are used up',
    breaks: 'the load on a server is bounded',
    file: SEARCH,
    find: 'search.queries + SIDES > search.limits.maxQueries',
    replace: 'search.queries + SIDES > 9 * search.limits.maxQueries',
    caughtBy: PROPERTY,
  },
  {
    name: 'what was not narrowed when the queries were used up is not told',
    breaks: 'a drill-down says which ranges are left open',
    file: SEARCH,
    find: "search.stage === 'ranges' ? search.todo : [WHOLE_TABLE]",
    replace: "search.stage === 'ranges' ? [] : [WHOLE_TABLE]",
    caughtBy: PROPERTY,
  },
  {
    name: 'a list that is cut off counts as whole',
    breaks: 'a drill-down tells nothing that is not so',
    file: SEARCH,
    find: 'rows.length <= search.limits.listed && new Set',
    replace: 'rows.length >= 0 && new Set',
    caughtBy: tests('test/unit/core/drill-search.test.ts', 'no row of the simulation comes meanwhile'),
  },
  {
    name: 'a drill-down asks past its time',
    breaks: 'a request ends in time',
    file: 'shared/kinds/drill-down.ts',
    find: "elapsedMs() >= DRILL_BUDGET_MS) return drillResult(search, 'time')",
    replace: "elapsedMs() < 0) return drillResult(search, 'time')",
    caughtBy: tests('test/unit/kinds/drill-down.test.ts', 'the servers of the simulation answer at once'),
  },
  {
    name: 'a drill-down takes no lane of the server',
    breaks: 'the load on a server is bounded',
    file: ENGINE,
    find: "if (answer === 'claimed') return claim;",
    replace: 'if (answer.length > 0) return claim;',
    caughtBy: ON_DEMAND,
  },
  {
    name: 'a lane stays taken after a drill-down',
    breaks: 'the lanes of a server are free again',
    file: ENGINE,
    find: 'for (const claim of taken) await countings.release(cutoverId, claim, null);',
    replace: 'taken.length = 0;',
    caughtBy: ON_DEMAND,
  },
  {
    name: 'the same request for a drill-down reads everything again',
    breaks: 'I3',
    file: ENGINE,
    find: 'known !== null || isTerminal(head.state)',
    replace: 'isTerminal(head.state)',
    caughtBy: ON_DEMAND,
  },
  {
    name: 'the same request for a drill-down is another one when it finds something else',
    breaks: 'I3',
    file: 'shared/engine/advance.ts',
    find: 'const { found: __, ...question } = rest;\n    return question;',
    replace: 'return rest;',
    caughtBy: ON_DEMAND,
  },
];
