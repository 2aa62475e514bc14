import type { Statement } from '../contract/statement.ts';
import { CutoverError } from '../core/errors.ts';
import type { ReadingGap } from '../core/replication.ts';
import type { Sql } from './kind-ports.ts';

/** The rows of a statement, or why there are none. */
export type Asked<Row> =
  { readonly rows: readonly Row[]; readonly gap: null } | { readonly rows: null; readonly gap: ReadingGap };

/** Asks what a reading can do without. Throws what is no error of the product, and what `isFatal` says. */
export const askOrGap = async <Parameters, Row>(
  sql: Sql,
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
  isFatal: (error: CutoverError) => boolean = () => false,
): Promise<Asked<Row>> => {
  try {
    return { rows: await sql.query(statement, parameters), gap: null };
  } catch (error) {
    if (!(error instanceof CutoverError) || isFatal(error)) throw error;
    return { rows: null, gap: { statement: statement.name, code: error.code, message: error.message } };
  }
};
