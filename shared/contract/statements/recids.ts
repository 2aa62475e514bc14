import { z } from 'zod';
import type { Statement } from '../statement.ts';
import { defineStatement } from './define-statement.ts';
import type { CountedTables } from './exact-counts.ts';
import { tablesParameter } from './parameters.ts';
import { quoteTable } from './quote-name.ts';

type Side = 'source' | 'target';

const indexedRow = z.object({ schema: z.string(), table: z.string() });

const recidColumn = z
  .union([z.int(), z.string().regex(/^-?\d{1,19}$/)])
  .transform(String)
  .nullable();

const recidsRow = z.object({ position: z.int().min(0), low: recidColumn, high: recidColumn });

const indexed = (server: Side): Statement<{ readonly moreThan: number }, z.infer<typeof indexedRow>> =>
  defineStatement({
    name: `recid-indexes-${server}`,
    server,
    parameters: z.object({ moreThan: z.int().min(0) }),
    text: () => `SELECT s.name AS [schema], t.name AS [table]
FROM sys.tables AS t
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE t.is_ms_shipped = 0
  AND EXISTS (
    SELECT 1
    FROM sys.indexes AS i
    JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id AND ic.key_ordinal = 1
    JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
    WHERE i.object_id = t.object_id AND i.type IN (1, 2) AND i.is_disabled = 0 AND i.has_filter = 0
      AND c.name = N'RECID' AND c.is_nullable = 0 AND TYPE_NAME(c.system_type_id) = N'bigint'
  )
  AND (
    SELECT SUM(ps.row_count) FROM sys.dm_db_partition_stats AS ps
    WHERE ps.object_id = t.object_id AND ps.index_id IN (0, 1)
  ) > @moreThan`,
    values: ({ moreThan }) => ({ moreThan }),
    row: indexedRow,
    permission: 'VIEW DATABASE STATE and VIEW DEFINITION',
    purpose: 'Lists the large tables that an index on RECID lets count in parts.',
    timeoutMs: 30_000,
  });

const bounds = (server: Side): Statement<CountedTables, z.infer<typeof recidsRow>> =>
  defineStatement({
    name: `recid-bounds-${server}`,
    server,
    parameters: tablesParameter,
    text: ({ tables }) =>
      tables
        .map(
          (table, index) =>
            `SELECT ${index} AS position, MIN(RECID) AS low, MAX(RECID) AS high FROM ${quoteTable(table)}`,
        )
        .join('\nUNION ALL\n'),
    values: () => ({}),
    row: recidsRow,
    permission: 'db_datareader',
    purpose: 'Reads the lowest and highest RECID of large tables from the ends of their index on RECID.',
    timeoutMs: 30_000,
  });

/** Tables of the source with more rows than these and an index that begins with RECID. */
export const recidIndexesSource = indexed('source');

/** The same at the target. */
export const recidIndexesTarget = indexed('target');

/** Where the RECIDs of tables of the source begin and end; null for an empty table. */
export const recidBoundsSource = bounds('source');

/** The same at the target. */
export const recidBoundsTarget = bounds('target');
