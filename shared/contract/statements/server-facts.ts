import { z } from 'zod';
import { countColumn, flagColumn, instantColumn, NOW_TEXT } from './columns.ts';
import { defineStatement } from './define-statement.ts';

const sourceRow = z.object({
  server: z.string(),
  database: z.string(),
  version: z.string(),
  edition: z.string(),
  windowsLoginsOnly: flagColumn,
  replicationInstalled: flagColumn,
  agent: z.string().nullable(),
  maxTextReplBytes: z.int(),
  owner: z.string().nullable(),
  dataBytes: countColumn,
  largestFreeBytes: countColumn.nullable(),
  serverTime: instantColumn,
});

/** What the source server says of itself. */
export type SourceFacts = z.infer<typeof sourceRow>;

/** The facts about the source server that replication needs, in one row. */
export const sourceFacts = defineStatement({
  name: 'source-facts',
  server: 'source',
  parameters: z.null(),
  text: () => `DECLARE @installed int, @driveBytes bigint
DECLARE @drives TABLE (drive nvarchar(8), freeMb bigint)
BEGIN TRY
  EXEC @installed = master.sys.sp_MS_replication_installed
END TRY
BEGIN CATCH
  SELECT @installed = 0
END CATCH
BEGIN TRY
  INSERT INTO @drives (drive, freeMb) EXEC master.sys.xp_fixeddrives
END TRY
BEGIN CATCH
  SELECT @driveBytes = NULL
END CATCH
SELECT @driveBytes = MAX(freeMb) * 1048576 FROM @drives
SELECT CAST(@@SERVERNAME AS nvarchar(128)) AS [server], DB_NAME() AS [database],
  CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(64)) AS [version],
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('IsIntegratedSecurityOnly') AS int) AS windowsLoginsOnly,
  CASE WHEN @installed = 1 THEN 1 ELSE 0 END AS replicationInstalled,
  (SELECT TOP (1) v.status_desc FROM sys.dm_server_services AS v
    WHERE v.servicename LIKE N'SQL Server Agent%') AS agent,
  (SELECT CAST(c.value_in_use AS int) FROM sys.configurations AS c
    WHERE c.name = N'max text repl size (B)') AS maxTextReplBytes,
  (SELECT SUSER_SNAME(d.owner_sid) FROM sys.databases AS d WHERE d.database_id = DB_ID()) AS owner,
  (SELECT SUM(CAST(f.size AS bigint)) * 8192 FROM sys.database_files AS f WHERE f.type = 0) AS dataBytes,
  (SELECT MAX(free.bytes) FROM (
    SELECT @driveBytes AS bytes
    UNION ALL
    SELECT vol.available_bytes FROM sys.database_files AS f
    CROSS APPLY sys.dm_os_volume_stats(DB_ID(), f.file_id) AS vol
  ) AS free) AS largestFreeBytes,
  ${NOW_TEXT} AS serverTime`,
  values: () => ({}),
  row: sourceRow,
  permission: 'VIEW SERVER STATE',
  purpose: 'Checks, weeks ahead, what replication needs of the source server.',
  timeoutMs: 20_000,
});

const targetRow = z.object({
  version: z.string(),
  database: z.string(),
  /** Whether the login sees all tables: what it may not see would look absent. */
  seesTables: flagColumn,
  serverTime: instantColumn,
});

/** What the target database says of itself. */
export type TargetFacts = z.infer<typeof targetRow>;

/** What the target database says of itself: that it answers is what matters. */
export const targetFacts = defineStatement({
  name: 'target-facts',
  server: 'target',
  parameters: z.null(),
  text: () => `SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(64)) AS [version], DB_NAME() AS [database],
  CASE WHEN HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'SELECT') = 1
    OR HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DEFINITION') = 1 THEN 1 ELSE 0 END AS seesTables,
  ${NOW_TEXT} AS serverTime`,
  values: () => ({}),
  row: targetRow,
  permission: 'db_datareader and VIEW DEFINITION',
  purpose: 'Proves that the target database can be reached: just-in-time access lapses after hours.',
  timeoutMs: 15_000,
});
