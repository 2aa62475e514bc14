import { z } from 'zod';
import { countColumn, flagColumn, instantColumn, utcText } from './columns.ts';
import { defineStatement } from './define-statement.ts';

const PERMISSION = 'VIEW SERVER STATE';

const writesRow = z.object({
  mayLook: flagColumn,
  schema: z.string().nullable(),
  table: z.string().nullable(),
  /** The server's local time as text: to be compared with itself only, so that a change of the clocks moves nothing. */
  writtenAt: z.string().nullable(),
});

/**
 * When each table of the business database was last written since the server started. Without the permission the view
 * shows nothing, which would look like stillness: `mayLook` tells, and there is always at least one row.
 */
export const sourceWrites = defineStatement({
  name: 'source-writes',
  server: 'source',
  parameters: z.null(),
  text: () => `SELECT HAS_PERMS_BY_NAME(NULL, NULL, '${PERMISSION}') AS mayLook, w.[schema], w.[table], w.writtenAt
FROM (SELECT 1 AS one) AS always
LEFT JOIN (
  SELECT s.name AS [schema], t.name AS [table], CONVERT(varchar(23), MAX(u.last_user_update), 126) AS writtenAt
  FROM sys.dm_db_index_usage_stats AS u
  JOIN sys.tables AS t ON t.object_id = u.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
  WHERE u.database_id = DB_ID() AND u.last_user_update IS NOT NULL AND t.is_ms_shipped = 0
  GROUP BY s.name, t.name
) AS w ON 1 = 1`,
  values: () => ({}),
  row: writesRow,
  permission: PERMISSION,
  purpose: 'Tells which tables were written while they were counted: only those are counted again.',
  timeoutMs: 30_000,
});

const writersRow = z.object({
  program: z.string().nullable(),
  host: z.string().nullable(),
  login: z.string(),
  sessions: countColumn,
  lastRequestAt: instantColumn.nullable(),
});

/** Who is connected to the business database besides this app, those that have written most first. */
export const sourceWriters = defineStatement({
  name: 'source-writers',
  server: 'source',
  parameters: z.null(),
  text: () => `SELECT TOP (20) s.program_name AS program, s.host_name AS host, s.login_name AS [login],
  COUNT(*) AS sessions, ${utcText('MAX(s.last_request_end_time)')} AS lastRequestAt
FROM sys.dm_exec_sessions AS s
WHERE s.database_id = DB_ID() AND s.is_user_process = 1 AND s.session_id <> @@SPID
  AND ISNULL(s.program_name, N'') <> N'ax-cutover'
GROUP BY s.program_name, s.host_name, s.login_name
ORDER BY SUM(s.writes) DESC, MAX(s.last_request_end_time) DESC`,
  values: () => ({}),
  row: writersRow,
  permission: PERMISSION,
  purpose: 'Names the programs, hosts and logins that may have been forgotten when AX was stopped.',
  timeoutMs: 10_000,
});
