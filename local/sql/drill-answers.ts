import {
  drillCompaniesSource,
  drillCompaniesTarget,
  drillPartsSource,
  drillPartsTarget,
  drillRowsSource,
  drillRowsTarget,
  drillShapeSource,
  drillShapeTarget,
} from '../../shared/contract/statements/drill.ts';
import { SqlError } from '../tds/sql-error.ts';
import type { SqlAnswer, SqlRequest } from '../tds/sql-handler.ts';
import type { SqlType } from '../tds/types.ts';
import type { AxTable } from '../world/ax-tables.ts';
import type { Rows } from '../world/counts.ts';
import type { RecidSummary } from '../world/recids.ts';
import {
  allRows,
  hasRecidIndex,
  isPerCompany,
  rowsBetween,
  rowsByCompany,
  rowsListed,
} from '../world/recids.ts';
import { tablesIn } from './count-answers.ts';
import type { Built } from './recid-answers.ts';
import { bigintOf } from './recid-answers.ts';
import { answerRows, NAME_TYPE } from './result.ts';

type Side = 'source' | 'target';

const SHAPE = { source: drillShapeSource, target: drillShapeTarget };
const COMPANIES = { source: drillCompaniesSource, target: drillCompaniesTarget };
const PARTS = { source: drillPartsSource, target: drillPartsTarget };
const ROWS = { source: drillRowsSource, target: drillRowsTarget };

const FIGURES = { rows: 'bigint', sum: 'varchar(40)', low: 'bigint', high: 'bigint' } satisfies Record<
  string,
  SqlType
>;
const COMPANY = 'nvarchar(4)' satisfies SqlType;

/** SQL Server's sum of no rows is NULL. */
const figures = ({ rows, sum, low, high }: RecidSummary) => ({
  rows,
  sum: rows === 0 ? null : String(sum),
  low,
  high,
});

/** The name and the text of `drill-shape-…`. */
export const drillShape = (side: Side): { readonly name: string; readonly text: string } => ({
  name: SHAPE[side].name,
  text: SHAPE[side].text({ schema: '', name: '' }),
});

/** Answers `drill-shape-…`: no row for a table that is not there. */
export const drillShapeAnswer = (tables: readonly AxTable[], rows: Rows, request: SqlRequest): SqlAnswer => {
  const asked = (name: string): string => String(request.parameters.get(name)).toUpperCase();
  const found = tables.filter(
    ({ name }) => asked('schema') === 'DBO' && name.toUpperCase() === asked('name') && rows.has(name),
  );
  return answerRows(
    { schema: NAME_TYPE, table: NAME_TYPE, hasRecid: 'int', perCompany: 'int', indexed: 'int' },
    found.map((table) => ({
      schema: 'dbo',
      table: table.name,
      hasRecid: 1,
      perCompany: isPerCompany(table) ? 1 : 0,
      indexed: hasRecidIndex(table) ? 1 : 0,
    })),
  );
};

/** A look at the companies, a range or the rows of one table; null if the text is not one, letter for letter. */
export const drillStatement = (side: Side, sql: string, companies: readonly string[]): Built | null => {
  const [named] = tablesIn(sql, /\bFROM /);
  if (named === undefined) return null;
  const perCompany = /\bDATAAREAID\b/.test(sql);
  const table = { ...named, perCompany };
  const built = (name: string, answer: Built['answer']): Built => ({
    name,
    answer: (rowsOf, request) => {
      const rows = rowsOf(named);
      if (perCompany && !isPerCompany(named)) throw new SqlError(207, "Invalid column name 'DATAAREAID'.");
      return answer(() => rows, request);
    },
  });
  if (COMPANIES[side].text({ table }) === sql) {
    return built(COMPANIES[side].name, (rowsOf) => {
      const rows = rowsOf(named);
      const each = perCompany ? [...rowsByCompany(rows, companies)] : [[null, allRows(rows)] as const];
      return answerRows(
        { company: COMPANY, ...FIGURES },
        each.map(([company, summary]) => ({ company, ...figures(summary) })),
      );
    });
  }
  const upTo = Array.from({ length: sql.split(/\bWHEN RECID\b/).length }, () => '');
  if (PARTS[side].text({ table, low: '', upTo }) === sql) {
    return built(PARTS[side].name, (rowsOf, request) => {
      const ends = upTo.map((_, part) => bigintOf(request, `upTo${part}`));
      const parts = ends.map((end, part) => {
        const from = part === 0 ? bigintOf(request, 'low') : (ends[part - 1] ?? 0n) + 1n;
        return { part, ...figures(rowsBetween(rowsOf(named), from, end)) };
      });
      return answerRows(
        { part: 'int', ...FIGURES },
        parts.filter(({ rows }) => rows > 0),
      );
    });
  }
  if (ROWS[side].text({ table, low: '', high: '', most: 0 }) !== sql) return null;
  return built(ROWS[side].name, (rowsOf, request) => {
    const range = {
      low: bigintOf(request, 'low'),
      high: bigintOf(request, 'high'),
      most: Number(bigintOf(request, 'most')),
    };
    return answerRows(
      { recid: 'bigint', company: COMPANY },
      rowsListed(rowsOf(named), range, companies).map(({ recid, company }) => ({
        recid,
        company: perCompany ? company : null,
      })),
    );
  });
};
