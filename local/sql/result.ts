import type { ResultSet, SqlAnswer, SqlColumn, SqlValue } from '../tds/sql-handler.ts';
import type { SqlType } from '../tds/types.ts';

/** An answer with one result set: its columns by name and type, its rows as objects. */
export const answerRows = <Name extends string>(
  columns: Readonly<Record<Name, SqlType>>,
  rows: readonly Readonly<Record<Name, SqlValue>>[],
): SqlAnswer => {
  const names = Object.keys(columns) as Name[];
  const resultSet: ResultSet = {
    columns: names.map((name): SqlColumn => ({ name, type: columns[name] })),
    rows: rows.map((row) => names.map((name) => row[name])),
  };
  return { resultSets: [resultSet] };
};

/** A time as `CONVERT(varchar(23), …, 126) + 'Z'` writes it. */
export const utcText = (at: number): string => new Date(at).toISOString();
/** The same of a time that may be missing. */
export const utcTextOrNull = (at: number | null): string | null => (at === null ? null : utcText(at));

/** The type of such texts. */
export const INSTANT_TYPE = 'varchar(24)' satisfies SqlType;
/** The type of SQL Server's names. */
export const NAME_TYPE = 'nvarchar(128)' satisfies SqlType;
