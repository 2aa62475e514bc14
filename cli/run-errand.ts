import { z } from 'zod';
import type { Errand, Outcome } from '../shared/contract/collector.ts';
import { ERRAND_FAILURES } from '../shared/contract/collector.ts';
import type { AnyStatement } from '../shared/contract/statements/catalogue.ts';
import { STATEMENT_BY_NAME } from '../shared/contract/statements/catalogue.ts';
import { selectProblem, sourceFigure, targetFigure } from '../shared/contract/statements/reconciliation.ts';
import { CutoverError, ERRORS } from '../shared/core/errors.ts';
import type { Sql } from '../shared/kinds/kind-ports.ts';

/** The two statements whose text is the plan's: they run only what the DBA has reviewed. */
export const FIGURES: ReadonlySet<string> = new Set([sourceFigure.name, targetFigure.name]);

const MOST_CHARS = 500;
type Failure = Extract<Outcome, { readonly failed: unknown }>['failed'];

const failed = (code: Failure['code'], message: string): Outcome => ({
  failed: { code, message: message.slice(0, MOST_CHARS) },
});

const isFailureCode = (code: string): code is Failure['code'] =>
  (ERRAND_FAILURES as readonly string[]).includes(code);

const failureOf = (error: unknown, { statement }: Errand): Outcome => {
  if (!(error instanceof CutoverError)) return failed('C505', `${statement}: it failed in the collector`);
  const { code, message } = error;
  // The app puts the title in front again.
  const detail = message.slice(`${ERRORS[code].title}: `.length);
  return isFailureCode(code) ? failed(code, detail) : failed('C505', detail);
};

/** The statement of an errand with parameters that its own schema has read, or why it is not run. */
const admitted = (
  { statement: name, server, parameters }: Errand,
  figures: ReadonlySet<string>,
): { readonly statement: AnyStatement; readonly parameters: unknown } | { readonly why: string } => {
  const statement = STATEMENT_BY_NAME.get(name);
  if (statement === undefined) return { why: `${name} is not in its catalogue` };
  if (statement.server !== server) return { why: `${name} is no statement for the ${server} server` };
  const read = statement.parameters.safeParse(parameters);
  if (!read.success) return { why: `the parameters of ${name} are not those of its catalogue` };
  if (FIGURES.has(name)) {
    const { sql } = read.data as { readonly sql: string };
    if (!figures.has(sql) || selectProblem(sql) !== null) {
      return { why: `the SQL of this reconciliation is not among the figures that were reviewed` };
    }
  }
  return { statement, parameters: read.data };
};

/** Rows as they come: the app reads them by the schema of the statement. */
const anyRow = z.record(z.string(), z.json());

/** Runs an errand by the T-SQL of this very program: what comes over the wire is a name and parameters, never SQL. */
export const runErrand = async (
  errand: Errand,
  sql: Pick<Sql, 'query'>,
  figures: ReadonlySet<string>,
): Promise<Outcome> => {
  const what = admitted(errand, figures);
  if ('why' in what) return failed('C507', what.why);
  try {
    const rows = await sql.query({ ...what.statement, row: anyRow }, what.parameters);
    return { rows: [...rows] };
  } catch (error) {
    return failureOf(error, errand);
  }
};
