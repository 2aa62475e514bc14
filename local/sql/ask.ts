import type { Statement } from '../../shared/contract/statement.ts';
import { SqlError } from '../tds/sql-error.ts';
import type { SqlHandler, SqlValue } from '../tds/sql-handler.ts';

/** A row by the names of its columns, as the client library hands it over. */
export type Cells = Readonly<Record<string, SqlValue>>;

/** Values of bigint and decimal come as digits. */
const cell = (value: SqlValue): SqlValue => (typeof value === 'bigint' ? String(value) : value);

/** Asks a server of the world without the protocol. @throws {SqlError} as the server would refuse it. */
export const askHandler = <Parameters>(
  handle: SqlHandler,
  login: string,
  database: string,
  statement: Statement<Parameters, unknown>,
  parameters: Parameters,
): readonly Cells[] => {
  const answer = handle({
    database,
    login,
    sql: statement.text(parameters),
    procedure: null,
    parameters: new Map(Object.entries(statement.values(parameters))),
    inTransaction: false,
    signal: new AbortController().signal,
  });
  if (answer === null || answer instanceof Promise) throw new SqlError(102, statement.name);
  const { columns = [], rows = [] } = answer.resultSets.at(-1) ?? {};
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name }, index) => [name, cell(row[index] ?? null)])),
  );
};
