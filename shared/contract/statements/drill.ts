import { z } from 'zod';
import type { CompanyFigures, RecidFigures, RowId } from '../../core/drill-range.ts';
import { PARTS } from '../../core/drill-range.ts';
import { DRILL_LIMITS } from '../../core/drill-search.ts';
import type { Statement } from '../statement.ts';
import { countColumn, flagColumn } from './columns.ts';
import { defineStatement } from './define-statement.ts';
import type { NamedTable } from './parameters.ts';
import { recidParameter, tableParameter } from './parameters.ts';
import { quoteTable } from './quote-name.ts';

type Side = 'source' | 'target';

/** A table as its server names it, and what it can be narrowed by. */
export type DrillTable = NamedTable & { readonly perCompany: boolean };

const drillTable = tableParameter.extend({ perCompany: z.boolean() });

/** A range of RECIDs, its parts in order by their ends, each included; as text, because a number does not hold every bigint. */
type Parts = { readonly table: DrillTable; readonly low: string; readonly upTo: readonly string[] };

type Listed = {
  readonly table: DrillTable;
  readonly low: string;
  readonly high: string;
  readonly most: number;
};

const recidColumn = z.union([z.int(), z.string().regex(/^-?\d{1,19}$/)]).transform(String);
const companyColumn = z.string().max(128).nullable();
const figures = {
  rows: countColumn,
  sum: z
    .string()
    .regex(/^-?\d{1,38}$/)
    .nullable()
    .transform((sum) => sum ?? '0'),
  low: recidColumn.nullable(),
  high: recidColumn.nullable(),
};

const shapeRow = z.object({
  schema: z.string(),
  table: z.string(),
  hasRecid: flagColumn,
  perCompany: flagColumn,
  indexed: flagColumn,
});
const companiesRow = z.object({ company: companyColumn, ...figures });
const partsRow = z.object({ part: z.int().min(0), ...figures });
const rowsRow = z.object({ recid: recidColumn, company: companyColumn });

/** One more than are told, so that more are seen. */
const MOST_LISTED = DRILL_LIMITS.listed + 1;
const PERMISSION = 'db_datareader';
/** As a decimal: the sum of so many bigints would not be one. As text: no driver holds so many digits in a number. */
const FIGURES =
  'COUNT_BIG(*) AS [rows], CONVERT(varchar(40), SUM(CAST(RECID AS decimal(38, 0)))) AS [sum], MIN(RECID) AS low, MAX(RECID) AS high';

const shape = (side: Side): Statement<NamedTable, z.infer<typeof shapeRow>> =>
  defineStatement({
    name: `drill-shape-${side}`,
    server: side,
    parameters: tableParameter,
    text: () => `SELECT s.name AS [schema], t.name AS [table],
  CASE WHEN EXISTS (
    SELECT 1 FROM sys.columns AS c
    WHERE c.object_id = t.object_id AND c.name = N'RECID' AND c.is_nullable = 0 AND TYPE_NAME(c.system_type_id) = N'bigint'
  ) THEN 1 ELSE 0 END AS hasRecid,
  CASE WHEN EXISTS (
    SELECT 1 FROM sys.columns AS c WHERE c.object_id = t.object_id AND c.name = N'DATAAREAID'
  ) THEN 1 ELSE 0 END AS perCompany,
  CASE WHEN EXISTS (
    SELECT 1
    FROM sys.indexes AS i
    JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id AND ic.key_ordinal = 1
    JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
    WHERE i.object_id = t.object_id AND i.type IN (1, 2) AND i.is_disabled = 0 AND i.has_filter = 0 AND c.name = N'RECID'
  ) THEN 1 ELSE 0 END AS indexed
FROM sys.tables AS t
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE s.name = @schema AND t.name = @name`,
    values: ({ schema, name }) => ({ schema, name }),
    row: shapeRow,
    permission: 'VIEW DEFINITION',
    purpose: 'Finds out whether a table that differs can be narrowed by company and by RECID.',
    timeoutMs: 30_000,
  });

const companies = (side: Side): Statement<{ readonly table: DrillTable }, CompanyFigures> =>
  defineStatement({
    name: `drill-companies-${side}`,
    server: side,
    parameters: z.object({ table: drillTable }),
    text: ({ table }) =>
      table.perCompany
        ? `SELECT DATAAREAID AS company, ${FIGURES}
FROM ${quoteTable(table)}
GROUP BY DATAAREAID
OPTION (MAXDOP 1)`
        : `SELECT CAST(NULL AS nvarchar(4)) AS company, ${FIGURES}
FROM ${quoteTable(table)}
OPTION (MAXDOP 1)`,
    values: () => ({}),
    row: companiesRow,
    permission: PERMISSION,
    purpose:
      'Counts the rows of each company of a table that differs, with the ends and the sum of their RECIDs.',
    timeoutMs: 60_000,
  });

/** Where a part ends, by its place; the last one ends with the range. */
const endOf = (part: number): string => `upTo${part}`;

const parts = (side: Side): Statement<Parts, RecidFigures & { readonly part: number }> =>
  defineStatement({
    name: `drill-parts-${side}`,
    server: side,
    parameters: z.object({
      table: drillTable,
      low: recidParameter,
      upTo: z.array(recidParameter).min(1).max(PARTS).readonly(),
    }),
    text: ({ table, upTo }) => {
      const last = upTo.length - 1;
      const whens = upTo
        .slice(0, last)
        .map((_, part) => `WHEN RECID <= CAST(@${endOf(part)} AS bigint) THEN ${part} `);
      const part = whens.length === 0 ? '0' : `CASE ${whens.join('')}ELSE ${last} END`;
      return `SELECT part, ${FIGURES}
FROM (
  SELECT RECID, ${part} AS part
  FROM ${quoteTable(table)}
  WHERE RECID >= CAST(@low AS bigint) AND RECID <= CAST(@${endOf(last)} AS bigint)
) AS r
GROUP BY part
OPTION (MAXDOP 1)`;
    },
    values: ({ low, upTo }) => ({
      low,
      ...Object.fromEntries(upTo.map((end, part) => [endOf(part), end])),
    }),
    row: partsRow,
    permission: PERMISSION,
    purpose:
      'Counts the parts of a range of RECIDs that differs, with the ends and the sum of the RECIDs of each.',
    timeoutMs: 60_000,
  });

const rows = (side: Side): Statement<Listed, RowId> =>
  defineStatement({
    name: `drill-rows-${side}`,
    server: side,
    parameters: z.object({
      table: drillTable,
      low: recidParameter,
      high: recidParameter,
      most: z.int().min(1).max(MOST_LISTED),
    }),
    text: ({ table }) => `SELECT TOP (@most) RECID AS recid, ${
      table.perCompany ? 'DATAAREAID' : 'CAST(NULL AS nvarchar(4))'
    } AS company
FROM ${quoteTable(table)}
WHERE RECID >= CAST(@low AS bigint) AND RECID <= CAST(@high AS bigint)
ORDER BY RECID
OPTION (MAXDOP 1)`,
    values: ({ low, high, most }) => ({ low, high, most }),
    row: rowsRow,
    permission: PERMISSION,
    purpose:
      'Lists the RECIDs of a small range that differs, with the company of each row and nothing else of it.',
    timeoutMs: 60_000,
  });

/** What a table of the source can be narrowed by; no row where it is not there. */
export const drillShapeSource = shape('source');

/** The same at the target. */
export const drillShapeTarget = shape('target');

/** The figures of each company at the source. */
export const drillCompaniesSource = companies('source');

/** The same at the target. */
export const drillCompaniesTarget = companies('target');

/** The figures of the parts of a range at the source; parts without a row are left out. */
export const drillPartsSource = parts('source');

/** The same at the target. */
export const drillPartsTarget = parts('target');

/** The rows of a range at the source, by RECID. */
export const drillRowsSource = rows('source');

/** The same at the target. */
export const drillRowsTarget = rows('target');
