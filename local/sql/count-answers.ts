import { exactSourceCounts, exactTargetCounts } from '../../shared/contract/statements/exact-counts.ts';
import { invalidObjectName } from '../tds/sql-error.ts';
import type { SqlAnswer } from '../tds/sql-handler.ts';
import { chanceBetween } from '../world/chance.ts';
import type { Rows } from '../world/counts.ts';
import { answerRows, NAME_TYPE } from './result.ts';

const COUNT =
  /^SELECT \d+ AS position, COUNT_BIG\(\*\) AS \[rows\] FROM \[(?<schema>(?:[^\]]|\]\])+)\]\.\[(?<name>(?:[^\]]|\]\])+)\]$/;

/** A table as an exact count names it. */
export type CountedTable = { readonly schema: string; readonly name: string };

/** The tables that an exact count of the catalogue asks for; null if the text is not one, letter for letter. */
export const tablesCounted = (side: 'source' | 'target', sql: string): readonly CountedTable[] | null => {
  const statement = side === 'source' ? exactSourceCounts : exactTargetCounts;
  const [, ...body] = sql.split('\n');
  const tables = body
    .join('\n')
    .split('\nUNION ALL\n')
    .map((select) => {
      const { schema = '', name = '' } = COUNT.exec(select)?.groups ?? {};
      return { schema: schema.replaceAll(']]', ']'), name: name.replaceAll(']]', ']') };
    });
  if (tables.some(({ name }) => name === '')) return null;
  return statement.text({ tables }) === sql ? tables : null;
};

/** Answers `exact-counts-…`. @throws {SqlError} 208 for a table that is not there. */
export const exactCountsAnswer = (tables: readonly CountedTable[], rows: Rows): SqlAnswer =>
  answerRows(
    { position: 'int', rows: 'bigint' },
    tables.map(({ schema, name }, position) => {
      const count = schema === 'dbo' ? rows.get(name) : undefined;
      if (count === undefined) throw invalidObjectName(`${schema}.${name}`);
      return { position, rows: count };
    }),
  );

/** Answers `table-estimates-…`. */
export const estimatesAnswer = (rows: Rows, published: ReadonlySet<string>): SqlAnswer =>
  answerRows(
    { schema: NAME_TYPE, table: NAME_TYPE, rows: 'bigint', published: 'int' },
    [...rows].map(([table, count]) => ({
      schema: 'dbo',
      table,
      rows: count,
      published: published.has(table) ? 1 : 0,
    })),
  );

/** An average amount of a row, in cents: each figure has its own. */
const CENTS = { low: 1_500, high: 240_000 };
/** The digits of a decimal(28,2) after the point. */
const DECIMALS = 2;

/** Answers a figure of a plan: so much for each row of the table it sums up. @throws {SqlError} 208 without that table. */
export const figureAnswer = (sql: string, rows: Rows, seed: number): SqlAnswer => {
  const table = /\bFROM dbo\.(?<table>\w+)/.exec(sql)?.groups?.table ?? '';
  const count = rows.get(table);
  if (count === undefined) throw invalidObjectName(`dbo.${table}`);
  const cents = BigInt(count) * BigInt(chanceBetween(CENTS.low, CENTS.high, seed, 'figure', table));
  const digits = cents.toString().padStart(DECIMALS + 1, '0');
  const figure = `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
  return answerRows({ figure: 'decimal(28,2)' }, [{ figure }]);
};
