import type { Mutation } from '../mutation.ts';
import { tests } from '../mutation.ts';

const KIND = 'shared/kinds/reconcile.ts';
const DECIMAL = 'shared/core/decimal.ts';
const READ_SQL = tests('test/unit/kinds/read-sql.test.ts', 'the figures of the simulation agree');
const EXACT = tests('test/unit/core/decimal.test.ts', 'the figures of the simulation are short');

/** Defects of the comparison of business figures. */
export const RECONCILE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a figure whose last digits a double has lost counts as it is',
    breaks: 'figures are compared exactly',
    file: DECIMAL,
    find: 'Number(figure.toPrecision(DIGITS_OF_DOUBLE)) === figure',
    replace: 'figure === figure + 0',
    caughtBy: EXACT,
  },
  {
    name: 'percent of a figure are taken for shares of it',
    breaks: 'a figure differs by more than its tolerance',
    file: DECIMAL,
    find: 'from.scale + share.scale + 2',
    replace: 'from.scale + share.scale',
    caughtBy: EXACT,
  },
  {
    name: 'two sides without a figure count as equal',
    breaks: 'missing is not zero',
    file: KIND,
    find: 'difference !== null && source !== null && isWithin(difference, source, tolerance)',
    replace: "isWithin(difference ?? '0', source ?? '0', tolerance)",
    caughtBy: READ_SQL,
  },
  {
    name: 'of several rows the first one is the figure',
    breaks: 'a figure is one row',
    file: KIND,
    find: 'row === undefined || rows.length > 1',
    replace: 'row === undefined || rows.length > 9',
    caughtBy: READ_SQL,
  },
  {
    name: 'a pair whose SQL gives no figure is left out',
    breaks: 'a pair that could not be read is not equal',
    file: KIND,
    find: 'if (problems.length > 0) throw',
    replace: 'if (problems.length > 99) throw',
    caughtBy: READ_SQL,
  },
];
