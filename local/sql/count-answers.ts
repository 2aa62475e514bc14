import { exactSourceCounts, exactTargetCounts } from '../../shared/contract/statements/exact-counts.ts';
import { invalidObjectName } from '../tds/sql-error.ts';
import type { SqlAnswer } from '../tds/sql-handler.ts';
import { chanceBetween } from '../world/chance.ts';
import type { Rows } from '../world/counts.ts';
import { answerRows, NAME_TYPE } from './result.ts';

/** A quoted table that stands after `FROM`. */
const TABLE = /^\[(?<schema>(?:[^\]]|\]\])+)\]\.\[(?<name>(?:[^\]]|\]\])+)\]/;

/** A table as an exact count names it. */
export type CountedTable = { readonly schema: string; readonly name: string };

/** The tables that a text names after each `before`, the comment in its first line apart. */
export const tablesIn = (sql: string, before: RegExp): readonly CountedTable[] =>
  sql
    .slice(sql.indexOf('\n') + 1)
    .split(before)
    .slice(1)
    .flatMap((rest) => {
      const { schema = '', name = '' } = TABLE.exec(rest)?.groups ?? {};
      return name === '' ? [] : [{ schema: schema.replaceAll(']]', ']'), name: name.replaceAll(']]', ']') }];
    });

/** The tables that an exact count of the catalogue asks for; null if the text is not one, letter for letter. */
export const tablesCounted = (side: 'source' | 'target', sql: string): readonly CountedTable[] | null => {
  const statement = side === 'source' ? exactSourceCounts : exactTargetCounts;
  const tables = tablesIn(sql, /(?:^|\n)SELECT \d+ AS position, COUNT_BIG\(\*\) AS \[rows\] FROM /);
  return tables.length > 0 && statement.text({ tables }) === sql ? tables : null;
};

/** How many rows a table has. @throws {SqlError} 208 for one that is not there. */
export const rowsIn = ({ schema, name }: CountedTable, rows: Rows): number => {
  const count = schema === 'dbo' ? rows.get(name) : undefined;
  if (count === undefined) throw invalidObjectName(`${schema}.${name}`);
  return count;
};

/** Answers `exact-counts-…`. @throws {SqlError} 208 for a table that is not there. */
export const exactCountsAnswer = (tables: readonly CountedTable[], rows: Rows): SqlAnswer =>
  answerRows(
    { position: 'int', rows: 'bigint' },
    tables.map((table, position) => ({ position, rows: rowsIn(table, rows) })),
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
  return answerRows({ figure: /\bvarchar\b/.test(sql) ? 'varchar(40)' : 'decimal(28,2)' }, [{ figure }]);
};
