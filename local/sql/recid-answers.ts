import {
  exactSourceLong,
  exactSourceRange,
  exactTargetLong,
  exactTargetRange,
} from '../../shared/contract/statements/exact-counts.ts';
import {
  recidBoundsSource,
  recidBoundsTarget,
  recidIndexesSource,
  recidIndexesTarget,
} from '../../shared/contract/statements/recids.ts';
import type { SqlAnswer, SqlRequest } from '../tds/sql-handler.ts';
import type { AxTable } from '../world/ax-tables.ts';
import type { Rows } from '../world/counts.ts';
import type { NumberedRows } from '../world/recids.ts';
import { allRows, hasRecidIndex, rowsBetween } from '../world/recids.ts';
import type { CountedTable } from './count-answers.ts';
import { tablesIn } from './count-answers.ts';
import { answerRows, NAME_TYPE } from './result.ts';

type Side = 'source' | 'target';

const RANGE = { source: exactSourceRange, target: exactTargetRange };
const LONG = { source: exactSourceLong, target: exactTargetLong };
const BOUNDS = { source: recidBoundsSource, target: recidBoundsTarget };
const INDEXES = { source: recidIndexesSource, target: recidIndexesTarget };

/** The rows that a table has by their numbers. @throws {SqlError} 208 for one that is not there. */
export type RowsOf = (table: CountedTable) => NumberedRows;

/** A statement about tables that the text names, and its answer. */
export type Built = {
  readonly name: string;
  readonly answer: (rowsOf: RowsOf, request: SqlRequest) => SqlAnswer;
};

/** A parameter that is a bigint, whether it came as a number or as text. */
export const bigintOf = (request: SqlRequest, name: string): bigint =>
  BigInt(String(request.parameters.get(name) ?? 0));

const boundsAnswer = (tables: readonly CountedTable[], rowsOf: RowsOf): SqlAnswer =>
  answerRows(
    { position: 'int', low: 'bigint', high: 'bigint' },
    tables.map((table, position) => {
      const { low, high } = allRows(rowsOf(table));
      return { position, low, high };
    }),
  );

/** A count of one large table, or a look at the RECIDs of some; null if the text is not one, letter for letter. */
export const recidStatement = (side: Side, sql: string): Built | null => {
  const tables = tablesIn(sql, / FROM /);
  const [table] = tables;
  if (table === undefined) return null;
  const range = { low: '', high: '', first: false, last: false };
  if (RANGE[side].text({ table, range }) === sql) {
    return {
      name: RANGE[side].name,
      answer: (rowsOf, request) => {
        const { rows } = rowsBetween(rowsOf(table), bigintOf(request, 'low'), bigintOf(request, 'high'));
        return answerRows({ rows: 'bigint' }, [{ rows }]);
      },
    };
  }
  if (LONG[side].text({ table }) === sql) {
    return {
      name: LONG[side].name,
      answer: (rowsOf) => answerRows({ rows: 'bigint' }, [{ rows: allRows(rowsOf(table)).rows }]),
    };
  }
  if (BOUNDS[side].text({ tables }) !== sql) return null;
  return { name: BOUNDS[side].name, answer: (rowsOf) => boundsAnswer(tables, rowsOf) };
};

/** The name and the text of `recid-indexes-…`. */
export const recidIndexes = (side: Side): { readonly name: string; readonly text: string } => ({
  name: INDEXES[side].name,
  text: INDEXES[side].text({ moreThan: 0 }),
});

/** Answers `recid-indexes-…`. */
export const recidIndexesAnswer = (tables: readonly AxTable[], rows: Rows, request: SqlRequest): SqlAnswer =>
  answerRows(
    { schema: NAME_TYPE, table: NAME_TYPE },
    tables
      .filter((table) => hasRecidIndex(table) && (rows.get(table.name) ?? 0) > bigintOf(request, 'moreThan'))
      .map(({ name }) => ({ schema: 'dbo', table: name })),
  );
