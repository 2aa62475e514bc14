import { z } from 'zod';
import type { Statement } from '../statement.ts';
import { countColumn } from './columns.ts';
import { defineStatement } from './define-statement.ts';
import { quoteTable } from './quote-name.ts';

/** The tables of one chunk; their names come from the catalogue's own answers only. */
export type CountedTables = {
  readonly tables: readonly { readonly schema: string; readonly name: string }[];
};

const row = z.object({ position: z.int().min(0), rows: countColumn });

const exactCounts = (server: 'source' | 'target'): Statement<CountedTables, z.infer<typeof row>> =>
  defineStatement({
    name: `exact-counts-${server}`,
    server,
    text: ({ tables }) =>
      tables
        .map(
          (table, index) => `SELECT ${index} AS position, COUNT_BIG(*) AS [rows] FROM ${quoteTable(table)}`,
        )
        .join('\nUNION ALL\n'),
    values: () => ({}),
    row,
    permission: 'db_datareader',
    purpose: 'Counts the rows of a chunk of tables exactly, at the default isolation level.',
    // One large table of AX takes minutes; a chunk is never more than one of them.
    timeoutMs: 5 * 60_000,
  });

/** Exact counts at the source. */
export const exactSourceCounts = exactCounts('source');

/** Exact counts at the target. */
export const exactTargetCounts = exactCounts('target');
