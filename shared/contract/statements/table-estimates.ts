import { z } from 'zod';
import type { Statement } from '../statement.ts';
import { countColumn, flagColumn } from './columns.ts';
import { defineStatement } from './define-statement.ts';

const row = z.object({ schema: z.string(), table: z.string(), rows: countColumn, published: flagColumn });

/** One existing table with about as many rows. */
export type TableEstimate = z.infer<typeof row>;

const estimates = (server: 'source' | 'target'): Statement<null, TableEstimate> =>
  defineStatement({
    name: `table-estimates-${server}`,
    server,
    parameters: z.null(),
    text: () => `SELECT s.name AS [schema], t.name AS [table], SUM(ps.row_count) AS [rows],
  CAST(t.is_published AS int) AS published
FROM sys.dm_db_partition_stats AS ps
JOIN sys.tables AS t ON t.object_id = ps.object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE ps.index_id IN (0, 1) AND t.is_ms_shipped = 0
GROUP BY s.name, t.name, t.is_published`,
    values: () => ({}),
    row,
    permission: 'VIEW DATABASE STATE and VIEW DEFINITION',
    purpose:
      'Lists the tables that exist, with estimated rows: for the trend and the order of counting, never a proof.',
    timeoutMs: 30_000,
  });

/** The tables of the business database; `published` ones are replicated. */
export const sourceEstimates = estimates('source');

/** The tables of the target database. */
export const targetEstimates = estimates('target');
