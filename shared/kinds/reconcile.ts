import { z } from 'zod';
import type { Statement as SqlStatement } from '../contract/statement.ts';
import { selectProblem, sourceFigure, targetFigure } from '../contract/statements/reconciliation.ts';
import { CutoverError } from '../core/errors.ts';
import type { Sql } from './kind-ports.ts';
import { defineKind } from './kind.ts';
import { done, failed, listed } from './verdicts.ts';

const selectSchema = z
  .string()
  .min(1)
  .max(8_000)
  .superRefine((sql, context) => {
    const problem = selectProblem(sql);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'One SELECT that gives one row with one column named figure.' });

const params = z.strictObject({
  pairs: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(128),
        sourceSql: selectSchema,
        targetSql: selectSchema,
        tolerance: z.number().min(0),
        currency: z.string().max(8).nullable(),
        owner: z.string().min(1).max(128).meta({ description: 'Who explains a difference.' }),
      }),
    )
    .min(1)
    .max(200),
});
type Params = z.infer<typeof params>;

/** A pair as evidence keeps it: never the figures themselves; null where a side gave none. */
type Compared = {
  readonly name: string;
  readonly difference: number | null;
  readonly tolerance: number;
  readonly currency: string | null;
  readonly owner: string;
};

const figureOf = async (
  sql: Sql,
  statement: SqlStatement<{ readonly sql: string }, { readonly figure: number | null }>,
  text: string,
): Promise<number | null> => {
  const [row, ...more] = await sql.query(statement, { sql: text });
  if (row === undefined || more.length > 0) {
    throw new CutoverError('C505', `${statement.name} must give exactly one row`);
  }
  return row.figure;
};

/** Doubles keep figures of sixteen digits; what is below a millionth is their noise, not a difference. */
const differenceOf = (source: number | null, target: number | null): number | null =>
  source === null || target === null ? null : Math.round(Math.abs(source - target) * 1e6) / 1e6;

const isEqual = ({ difference, tolerance }: Compared): boolean =>
  difference !== null && difference <= tolerance;

/** The figures the business trusts are the same before and after the upgrade. */
export const reconcile = defineKind<Params, { readonly pairs: readonly Compared[] }>({
  name: 'reconcile',
  summary: 'Compares business figures of the source and of the upgraded database.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  pollEveryMs: 5 * 60_000,
  read: async ({ params: { pairs }, ports: { sql }, now }) => {
    const compared: Compared[] = [];
    for (const { name, sourceSql, targetSql, tolerance, currency, owner } of pairs) {
      const [source, target] = await Promise.all([
        figureOf(sql, sourceFigure, sourceSql),
        figureOf(sql, targetFigure, targetSql),
      ]);
      compared.push({ name, difference: differenceOf(source, target), tolerance, currency, owner });
    }
    return { source: 'pulled', takenAt: now, body: { pairs: compared } };
  },
  judge: (_, { body: { pairs } }) => {
    const wrong = pairs.filter((pair) => !isEqual(pair));
    if (wrong.length === 0) return done(`${pairs.length} figure(s) agree within their tolerance`);
    return failed(
      'C602',
      listed(
        wrong.map(({ name, difference, currency, owner }) =>
          difference === null
            ? `${name} has no figure on one side (owner: ${owner})`
            : `${name} differs by ${difference}${currency === null ? '' : ` ${currency}`} (owner: ${owner})`,
        ),
      ),
    );
  },
});
