import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const COUNTING = 'test/unit/kinds/counting.test.ts';
const STILLNESS = 'shared/kinds/source-stillness.ts';
const STORE = 'shared/engine/counting-store.ts';
const PIECES = 'shared/core/count-pieces.ts';

const WITNESS = 'shared/kinds/toolkit-witness.ts';
const NO_WITNESS = 'nobody in the simulation uploads counts of the toolkit';
const witnesses = tests('test/unit/kinds/validate-counts.test.ts', NO_WITNESS);

/** Defects of exact counting. */
export const COUNTING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'the smallest piece of a counting comes first',
    breaks: 'the makespan of a counting',
    file: PIECES,
    find: 'return pieces.sort((a, b) => b.rows - a.rows)',
    replace: 'return pieces.sort((a, b) => a.rows - b.rows)',
    caughtBy: tests(
      'test/property/count-pieces.test.ts',
      'no figure of the simulation tells how long it took',
    ),
  },
  {
    name: 'two ranges of a table leave a RECID out',
    breaks: 'every row is counted once',
    file: PIECES,
    find: 'high: String(edge(at + 1n) - 1n)',
    replace: 'high: String(edge(at + 1n) - 2n)',
    caughtBy: tests('test/property/count-pieces.test.ts', 'the tables of the simulation are small'),
  },
  {
    name: 'a lane that is busy is claimed all the same',
    breaks: 'the load on a server is bounded',
    file: STORE,
    find: 'if (own !== undefined && isLive(own)) return',
    replace: 'if (own === undefined && lanes.length > 99) return',
    caughtBy: tests('test/unit/engine/counting-store.test.ts', 'the servers of the simulation bear any load'),
  },
  {
    name: 'a piece that a lane has in hand is counted by another as well',
    breaks: 'the load on a server is bounded',
    file: STORE,
    find: "return 'piece-taken'",
    replace: "return 'claimed'",
    caughtBy: tests('test/unit/engine/counting-store.test.ts', 'the servers of the simulation bear any load'),
  },
  {
    name: 'a count stands although its table was written meanwhile',
    breaks: 'I8',
    file: STILLNESS,
    find: '(now.writtenAt !== null && now.writtenAt !== then.writtenAt)',
    replace: 'now.table === then.writtenAt',
    caughtBy: tests(COUNTING, 'nobody in the simulation writes to the source once AX is off'),
  },
  {
    name: 'a count stands although rows came or went meanwhile',
    breaks: 'I8',
    file: STILLNESS,
    find: 'then.source?.rows !== now.source?.rows',
    replace: 'then.table !== now.table',
    caughtBy: tests(COUNTING, 'nobody in the simulation writes to the source once AX is off'),
  },
  {
    name: 'a retry holds the counts of tables that differed',
    breaks: 'a retry counts the tables that were published again',
    file: 'shared/kinds/counting.ts',
    find: '(sides.length === 1 || source === target)',
    replace: '(sides.length > 0 || source === target)',
    caughtBy: tests(COUNTING, 'a table of the simulation that lost rows has lost them for one count only'),
  },
  {
    name: 'a published table that cannot be seen at the source counts as absent',
    breaks: 'unreadable is not missing',
    file: 'shared/kinds/counting.ts',
    find: "source === null ? { unreadable: 'source' }",
    replace: "source === null && target === 0 ? { unreadable: 'source' }",
    caughtBy: tests(COUNTING, 'the login of the simulation sees every table'),
  },
  {
    name: 'a count that was held is told as if it were counted anew',
    breaks: 'rows are missing for good only some time after they had to be there (A2)',
    file: 'shared/kinds/counting.ts',
    find: '{ countedAt: at }',
    replace: '{ countedAt: Math.max(at, context.now) }',
    caughtBy: tests(COUNTING, 'no verdict of the simulation goes by the time of a count'),
  },
  {
    name: 'an ignored table is counted all the same',
    breaks: 'the scope of a counting (A3)',
    file: 'shared/kinds/counting-scope.ts',
    find: 'const entry = ignoredBy(table);',
    replace: 'const entry = ignored.find((one) => one === ignoredBy(table)) ?? null;',
    caughtBy: tests(COUNTING, 'nobody in the simulation uploads a list'),
  },
  {
    name: 'a list that one person gave alone takes tables out of a data gate',
    breaks: 'B8',
    file: 'shared/kinds/table-lists.ts',
    find: 'ignored?.upload.confirmed ? ignored.document.entries : []',
    replace: 'ignored?.document.entries ?? []',
    caughtBy: tests(COUNTING, 'nobody in the simulation uploads a list'),
  },
  {
    name: 'a table of the list of special tables is counted with the others',
    breaks: 'the classes of tables (A3)',
    file: 'shared/kinds/counting-scope.ts',
    find: 'classOf(table, published)',
    replace: 'published',
    caughtBy: tests(COUNTING, 'nobody in the simulation uploads a list'),
  },
  {
    name: "the toolkit's counts that differ keep no gate shut",
    breaks: 'a conflict of the witnesses blocks (A9)',
    file: WITNESS,
    find: 'if (conflicts.total > 0)',
    replace: 'if (conflicts.total > 0 && conflicts.first.length === 0)',
    caughtBy: witnesses,
  },
  {
    name: 'counts of another database are a witness',
    breaks: 'a witness has seen the same (A9)',
    file: WITNESS,
    find: 'if (unusable !== null) return [unusable];',
    replace: 'if (unusable === undefined) return [unusable];',
    caughtBy: witnesses,
  },
  {
    name: 'counts that are older than ours are compared with them',
    breaks: 'a witness has seen the same (A9)',
    file: 'shared/core/witness.ts',
    find: 'countedAt > lookedAt',
    replace: 'countedAt > lookedAt * 2',
    caughtBy: tests('test/unit/core/witness.test.ts', NO_WITNESS),
  },
  {
    name: 'one person proves by a file that nobody confirmed that everything has arrived',
    breaks: 'two people answer for what nobody may read (A9)',
    file: WITNESS,
    find: 'if (witness.confirmedBy !== null) return [];',
    replace: "if (witness.confirmedBy !== '') return [];",
    caughtBy: witnesses,
  },
  {
    name: 'counts that stand alone are told as pulled',
    breaks: 'an approval shows the weakest source',
    file: 'shared/kinds/validate-counts.ts',
    find: "source: 'file', takenAt: context.now",
    replace: "source: 'pulled', takenAt: context.now",
    caughtBy: witnesses,
  },
  {
    name: 'a doubtful equality opens the gate',
    breaks: 'equal but wrong needs a named waiver (A4)',
    file: 'shared/kinds/validate-counts.ts',
    find: '[...unmet, ...openDoubts(body.doubts, planned.id)]',
    replace: '[...unmet, ...openDoubts(NO_DOUBTS, planned.id)]',
    caughtBy: tests('test/unit/kinds/validate-counts.test.ts', 'no rehearsal is bound in the simulation'),
  },
  {
    name: 'a doubt is waived before anybody could see it',
    breaks: 'equal but wrong needs a named waiver (A4)',
    file: 'shared/kinds/equality-doubts.ts',
    find: 'statement.upload.at >= countedAt',
    replace: 'statement.upload.at >= 0 * countedAt',
    caughtBy: tests('test/unit/kinds/validate-counts.test.ts', 'no rehearsal is bound in the simulation'),
  },
];
