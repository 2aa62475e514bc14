import { z } from 'zod';
import type { Statement as SqlStatement } from '../contract/statement.ts';
import type { StatedOf } from '../contract/stated-reading.ts';
import { selectProblem, sourceFigure, targetFigure } from '../contract/statements/reconciliation.ts';
import type { Tolerance } from '../core/decimal.ts';
import { decimalOf, distanceOf, isWithin } from '../core/decimal.ts';
import { CutoverError } from '../core/errors.ts';
import type { Sql } from './kind-ports.ts';
import type { KindReading, StepContext } from './kind.ts';
import { defineKind } from './kind.ts';
import { acceptsSchema, READ, READ_OR_STATED } from './sources.ts';
import { notStated, readOrStated } from './stated.ts';
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
  accepts: acceptsSchema(READ_OR_STATED),
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

type Reading = { readonly pairs: readonly Compared[] };

const compared = (
  { name, tolerance, currency, owner }: Params['pairs'][number],
  source: string | null,
  target: string | null,
): Compared => {
  const difference = source === null || target === null ? null : distanceOf(source, target);
  return { name, source, target, difference, tolerance, currency, owner };
};

const readPairs = async ({
  params: { pairs },
  ports: { sql },
  now,
}: StepContext<Params>): Promise<KindReading<Reading>> => {
  const read: Compared[] = [];
  const problems: string[] = [];
  for (const pair of pairs) {
    const [before, after] = await Promise.all([
      figureOf(sql, sourceFigure, pair.sourceSql),
      figureOf(sql, targetFigure, pair.targetSql),
    ]);
    problems.push(...problemOf(pair.name, 'source', before), ...problemOf(pair.name, 'target', after));
    if ('problem' in before || 'problem' in after) continue;
    read.push(compared(pair, before.figure, after.figure));
  }
  if (problems.length > 0) throw new CutoverError('C508', listed(problems), { problems });
  return { source: 'pulled', takenAt: now, body: { pairs: read } };
};

const exact = (figure: string | null): string | null => figure && decimalOf(figure);

/** The pairs of the plan with the figures that are stated; one that is not stated is no figure of nothing. */
const statedPairs = (
  { params: { pairs }, planned }: StepContext<Params>,
  { figures }: StatedOf<'figures'>,
): Reading => {
  const byName = new Map(figures.map((figure) => [figure.name, figure]));
  const missing = pairs.filter(({ name }) => !byName.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const lack = `the statement lacks the figures of ${listed(missing)}`;
    throw notStated({ planned }, 'figures', lack, 'it is stated');
  }
  return {
    pairs: pairs.map((pair) => {
      const { source = null, target = null } = byName.get(pair.name) ?? {};
      return compared(pair, exact(source), exact(target));
    }),
  };
};

/** The figures the business trusts are the same before and after the upgrade. Throws C508 for SQL that gives no figure. */
export const reconcile = defineKind<Params, Reading>({
  name: 'reconcile',
  summary: 'Compares business figures of the source and of the upgraded database.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: ({ accepts }) => accepts ?? READ,
  pollEveryMs: 5 * 60_000,
  read: (context) =>
    readOrStated(context, {
      accepts: context.params.accepts ?? READ,
      servers: ['source', 'target'],
      of: 'figures',
      read: () => readPairs(context),
      stated: (said) => statedPairs(context, said),
    }),
  judge: (_, { body: { pairs } }) => {
    const wrong = pairs.filter((pair) => !isEqual(pair));
    if (wrong.length === 0) return done(`${pairs.length} figure(s) agree within their tolerance`);
    return failed('C602', listed(wrong.map(differs)));
  },
});
