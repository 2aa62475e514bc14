import { z } from 'zod';
import { countColumn, flagColumn, instantColumn, NOW_TEXT, utcText } from './columns.ts';
import { defineStatement } from './define-statement.ts';

const row = z.object({
  mayLook: flagColumn,
  host: z.string().nullable(),
  processId: z.int().nullable(),
  program: z.string().nullable(),
  sessions: countColumn,
  lastRequestAt: instantColumn.nullable(),
  serverTime: instantColumn,
});

/**
 * The processes of AX that are connected to the business database. Without the permission the view shows only one's
 * own session, which would look like silence: `mayLook` tells the two apart, and there is always at least one row.
 */
export const axSessions = defineStatement({
  name: 'ax-sessions',
  server: 'source',
  parameters: z.null(),
  text: () => `SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') AS mayLook,
  s.host_name AS host, s.host_process_id AS processId, s.program_name AS program,
  COUNT(s.session_id) AS sessions, ${utcText('MAX(s.last_request_end_time)')} AS lastRequestAt,
  ${NOW_TEXT} AS serverTime
FROM (SELECT 1 AS one) AS always
LEFT JOIN sys.dm_exec_sessions AS s
  ON s.program_name LIKE N'Microsoft Dynamics AX%' AND s.database_id = DB_ID()
GROUP BY s.host_name, s.host_process_id, s.program_name`,
  values: () => ({}),
  row,
  permission: 'VIEW SERVER STATE',
  purpose: 'Tells which AOS processes still work in the business database.',
  timeoutMs: 10_000,
});
