import { z } from 'zod';
import type { Recids } from '../../core/count-pieces.ts';
import type { Statement } from '../statement.ts';
import { countColumn } from './columns.ts';
import { defineStatement } from './define-statement.ts';
import type { NamedTable } from './parameters.ts';
import { recidParameter, tableParameter, tablesParameter } from './parameters.ts';
import { quoteTable } from './quote-name.ts';

/** The tables of one piece; their names come from the catalogue's own answers only. */
export type CountedTables = { readonly tables: readonly NamedTable[] };

/** Rows of one table between two RECIDs, both included; beyond the first and the last range there is no end. */
export type CountedRange = {
  readonly table: NamedTable;
  readonly range: Recids & { readonly first: boolean; readonly last: boolean };
};

type Side = 'source' | 'target';

const countsRow = z.object({ position: z.int().min(0), rows: countColumn });
const countRow = z.object({ rows: countColumn });

const rangeParameter = z.object({
  table: tableParameter,
  range: z.object({
    low: recidParameter,
    high: recidParameter,
    first: z.boolean(),
    last: z.boolean(),
  }),
});

const PERMISSION = 'db_datareader';
/** What a bigint can be at most: the end of a range that has none. */
const ENDS = { low: '-9223372036854775808', high: '9223372036854775807' };

const exactCounts = (server: Side): Statement<CountedTables, z.infer<typeof countsRow>> =>
  defineStatement({
    name: `exact-counts-${server}`,
    server,
    parameters: tablesParameter,
    text: ({ tables }) => {
      const selects = tables.map(
        (table, index) => `SELECT ${index} AS position, COUNT_BIG(*) AS [rows] FROM ${quoteTable(table)}`,
      );
      return `${selects.join('\nUNION ALL\n')}\nOPTION (MAXDOP 1)`;
    },
    values: () => ({}),
    row: countsRow,
    permission: PERMISSION,
    purpose: 'Counts the rows of small tables exactly, at the default isolation level, on one processor.',
    timeoutMs: 2 * 60_000,
  });

const exactRangeCount = (server: Side): Statement<CountedRange, z.infer<typeof countRow>> =>
  defineStatement({
    name: `exact-range-count-${server}`,
    server,
    parameters: rangeParameter,
    text: ({ table }) => `SELECT COUNT_BIG(*) AS [rows] FROM ${quoteTable(table)}
WHERE RECID >= CAST(@low AS bigint) AND RECID <= CAST(@high AS bigint)
OPTION (MAXDOP 1)`,
    // As text: a number does not hold every bigint.
    values: ({ range: { low, high, first, last } }) => ({
      low: first ? ENDS.low : low,
      high: last ? ENDS.high : high,
    }),
    row: countRow,
    permission: PERMISSION,
    purpose: 'Counts a part of a large table exactly, by an index on RECID, on one processor.',
    timeoutMs: 2 * 60_000,
  });

const exactLongCount = (server: Side): Statement<{ readonly table: NamedTable }, z.infer<typeof countRow>> =>
  defineStatement({
    name: `exact-long-count-${server}`,
    server,
    parameters: z.object({ table: tableParameter }),
    text: ({ table }) => `SELECT COUNT_BIG(*) AS [rows] FROM ${quoteTable(table)}\nOPTION (MAXDOP 4)`,
    values: () => ({}),
    row: countRow,
    permission: PERMISSION,
    purpose: 'Counts a large table exactly that has no index on RECID, on at most four processors.',
    // A function ends after nine minutes.
    timeoutMs: 8 * 60_000,
  });

/** Exact counts of tables at the source. */
export const exactSourceCounts = exactCounts('source');

/** Exact counts of tables at the target. */
export const exactTargetCounts = exactCounts('target');

/** The exact count of a range at the source. */
export const exactSourceRange = exactRangeCount('source');

/** The exact count of a range at the target. */
export const exactTargetRange = exactRangeCount('target');

/** The exact count of a large table at the source. */
export const exactSourceLong = exactLongCount('source');

/** The exact count of a large table at the target. */
export const exactTargetLong = exactLongCount('target');
