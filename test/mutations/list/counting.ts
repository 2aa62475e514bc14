import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const PIECES = 'shared/core/count-pieces.ts';

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
];
