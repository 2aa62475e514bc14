import { z } from 'zod';
import type { Statement as SqlStatement } from '../contract/statement.ts';
import { selectProblem, sourceFigure, targetFigure } from '../contract/statements/reconciliation.ts';
import type { Tolerance } from '../core/decimal.ts';
import { decimalOf, distanceOf, isWithin } from '../core/decimal.ts';
import { CutoverError } from '../core/errors.ts';
import type { Sql } from './kind-ports.ts';
import { defineKind } from './kind.ts';
import { acceptsSchema, READ } from './sources.ts';
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
        tolerance: z
          .union([z.number().min(0), z.strictObject({ percent: z.number().min(0).max(100) })])
          .meta({ description: 'So much, in the unit of the figure, or so many percent of the source.' }),
        currency: z.string().max(8).nullable(),
        owner: z
          .string()
          .min(1)
          .max(128)
          .meta({ description: 'Who confirms the figures and explains a difference.' }),
      }),
    )
    .min(1)
    .max(200),
  accepts: acceptsSchema(READ),
});
type Params = z.infer<typeof params>;

/** A pair as evidence keeps it: figures as exact decimals, null where a side has none. */
type Compared = {
  readonly name: string;
  readonly source: string | null;
  readonly target: string | null;
  readonly difference: string | null;
  readonly tolerance: Tolerance;
  readonly currency: string | null;
  readonly owner: string;
};

/** A figure, or what is wrong with what was given for it; never what that was. */
type Given = { readonly figure: string | null } | { readonly problem: string };

const figureOf = async (
  sql: Sql,
  statement: SqlStatement<{ readonly sql: string }, { readonly figure?: unknown }>,
  text: string,
): Promise<Given> => {
  const rows = await sql.query(statement, { sql: text });
  const [row] = rows;
  if (row === undefined || rows.length > 1) return { problem: `gives ${rows.length} rows, not one` };
  if (row.figure === undefined) return { problem: 'gives no column named figure' };
  if (row.figure === null) return { figure: null };
  const figure = decimalOf(row.figure);
  return figure === null ? { problem: 'gives no number of which every digit is known' } : { figure };
};

const problemOf = (name: string, side: string, given: Given): readonly string[] =>
  'problem' in given ? [`${name} at the ${side} ${given.problem}`] : [];

const isEqual = ({ source, difference, tolerance }: Compared): boolean =>
  difference !== null && source !== null && isWithin(difference, source, tolerance);

const differs = ({ name, difference, currency, owner }: Compared): string =>
  difference === null
    ? `${name} has no figure on one side (owner: ${owner})`
    : `${name} differs by ${difference}${currency === null ? '' : ` ${currency}`} (owner: ${owner})`;

/** The figures the business trusts are the same before and after the upgrade. Throws C508 for SQL that gives no figure. */
export const reconcile = defineKind<Params, { readonly pairs: readonly Compared[] }>({
  name: 'reconcile',
  summary: 'Compares business figures of the source and of the upgraded database.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: ({ accepts }) => accepts ?? READ,
  pollEveryMs: 5 * 60_000,
  read: async ({ params: { pairs }, ports: { sql }, now }) => {
    const compared: Compared[] = [];
    const problems: string[] = [];
    for (const { name, sourceSql, targetSql, tolerance, currency, owner } of pairs) {
      const [before, after] = await Promise.all([
        figureOf(sql, sourceFigure, sourceSql),
        figureOf(sql, targetFigure, targetSql),
      ]);
      problems.push(...problemOf(name, 'source', before), ...problemOf(name, 'target', after));
      if ('problem' in before || 'problem' in after) continue;
      const [source, target] = [before.figure, after.figure];
      const difference = source === null || target === null ? null : distanceOf(source, target);
      compared.push({ name, source, target, difference, tolerance, currency, owner });
    }
    if (problems.length > 0) throw new CutoverError('C508', listed(problems), { problems });
    return { source: 'pulled', takenAt: now, body: { pairs: compared } };
  },
  judge: (_, { body: { pairs } }) => {
    const wrong = pairs.filter((pair) => !isEqual(pair));
    if (wrong.length === 0) return done(`${pairs.length} figure(s) agree within their tolerance`);
    return failed('C602', listed(wrong.map(differs)));
  },
});
