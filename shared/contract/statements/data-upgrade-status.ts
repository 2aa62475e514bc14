import { z } from 'zod';
import { countColumn, flagColumn, instantColumn, jsonColumn, NOW_TEXT } from './columns.ts';
import { defineStatement } from './define-statement.ts';

/** 1900-01-01 stands for an end that has not come: what it is the end of runs, or stands still. */
const finishTimeColumn = instantColumn.nullable().transform((at) => (at === null || at < 0 ? null : at));

const stepSchema = z.object({
  step: z.string(),
  subStep: z.string().nullable(),
  status: z.string().nullable(),
  startedAt: instantColumn.nullable(),
  endedAt: finishTimeColumn,
});

const servicingSchema = z.object({
  path: z.string(),
  /** 2 is done; no other value is documented. */
  status: z.int().nullable(),
  modifiedAt: instantColumn.nullable(),
});

const syncSchema = z.object({
  id: z.string(),
  step: z.string().nullable(),
  activityId: z.string().nullable(),
  startedAt: instantColumn,
  finishedAt: finishTimeColumn,
  succeeded: flagColumn.nullable(),
});

const batchSchema = z.object({
  job: z.int(),
  /** Null for a job without tasks. */
  task: z.int().nullable(),
  tasks: countColumn,
});

const workSchema = z.object({
  sessions: countColumn,
  requests: countColumn,
  lastAt: instantColumn.nullable(),
});

const row = z.object({
  serverTime: instantColumn,
  /** As the report `ds` shows them, in their order; null where the table is not there. */
  steps: jsonColumn(z.array(stepSchema)).nullable(),
  /** Null where the table is not there: then no upgrade is running. */
  servicing: jsonColumn(z.array(servicingSchema)).nullable(),
  /** The newest database synchronisations, the newest first. */
  syncs: jsonColumn(z.array(syncSchema)).nullable(),
  /** The newest batch job "Data upgrade", once for each status of its tasks. */
  batch: jsonColumn(z.array(batchSchema)).nullable(),
  /** What the host SERVICING1 does; null where the login may not see other sessions. */
  work: jsonColumn(z.array(workSchema).length(1)).nullable(),
});

/** Everything the target database says of its data upgrade. */
export type DataUpgradeRow = z.infer<typeof row>;

// Azure SQL Database runs on UTC.
const utc = (column: string): string => `CONVERT(varchar(23), ${column}, 126) + 'Z'`;

/** One column of JSON, assigned without SET: null where a table is missing, [] where it is empty. */
const asJson = (select: string): string => `ISNULL((${select} FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')`;

/**
 * The page "Monitor data upgrade" names the tables, their columns and the host; that BATCHJOBID of BATCH is the RECID of
 * BATCHJOB is general knowledge of AX. One batch, one row: a table that is missing is no error.
 */
export const dataUpgradeStatus = defineStatement({
  name: 'data-upgrade-status',
  server: 'target',
  parameters: z.null(),
  text: () => `DECLARE @steps nvarchar(max), @servicing nvarchar(max), @syncs nvarchar(max), @batch nvarchar(max), @work nvarchar(max)
IF OBJECT_ID(N'DBUPGRADE.DATAUPGRADESTATUS') IS NOT NULL
  SELECT @steps = ${asJson(`SELECT CAST(u.Steps AS nvarchar(256)) AS step, CAST(u.SubSteps AS nvarchar(256)) AS subStep,
      CAST(u.STATUS AS nvarchar(64)) AS status, ${utc('u.StartTime')} AS startedAt, ${utc('u.EndTime')} AS endedAt
    FROM DBUPGRADE.DATAUPGRADESTATUS AS u WHERE u.Steps IS NOT NULL
    ORDER BY u.StartTime, u.Steps, u.SubSteps`)}
IF OBJECT_ID(N'DBUPGRADE.SERVICINGSTEP') IS NOT NULL
  SELECT @servicing = ${asJson(`SELECT CAST(p.Path AS nvarchar(256)) AS path, CAST(p.Status AS int) AS status, ${utc('p.ModifiedDateTime')} AS modifiedAt
    FROM DBUPGRADE.SERVICINGSTEP AS p WHERE p.Path LIKE N'/DataUpgrade/%'
    ORDER BY p.ModifiedDateTime, p.Path`)}
IF OBJECT_ID(N'dbo.DBSyncExecStats') IS NOT NULL
  SELECT @syncs = ${asJson(`SELECT TOP (20) CAST(y.RecID AS nvarchar(20)) AS id, CAST(y.SyncStep AS nvarchar(256)) AS step,
      CAST(y.DBSyncActivityId AS nvarchar(64)) AS activityId, ${utc('y.StartDateTime')} AS startedAt,
      ${utc('y.FinishTime')} AS finishedAt, CAST(y.Success AS int) AS succeeded
    FROM dbo.DBSyncExecStats AS y WHERE y.StartDateTime IS NOT NULL
    ORDER BY y.RecID DESC`)}
IF OBJECT_ID(N'dbo.BATCHJOB') IS NOT NULL AND OBJECT_ID(N'dbo.BATCH') IS NOT NULL
  SELECT @batch = ${asJson(`SELECT CAST(j.STATUS AS int) AS job, CAST(t.STATUS AS int) AS task, COUNT(t.BATCHJOBID) AS tasks
    FROM dbo.BATCHJOB AS j
    LEFT JOIN dbo.BATCH AS t ON t.BATCHJOBID = j.RECID
    WHERE j.RECID = (SELECT MAX(n.RECID) FROM dbo.BATCHJOB AS n WHERE n.CAPTION = N'Data upgrade')
    GROUP BY j.STATUS, t.STATUS
    ORDER BY t.STATUS`)}
IF HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DATABASE STATE') = 1
  SELECT @work = ${asJson(`SELECT COUNT(DISTINCT s.session_id) AS sessions, COUNT(r.session_id) AS requests, ${utc('MAX(s.last_request_end_time)')} AS lastAt
    FROM sys.dm_exec_sessions AS s
    LEFT JOIN sys.dm_exec_requests AS r ON r.session_id = s.session_id
    WHERE s.host_name = N'SERVICING1'`)}
SELECT ${NOW_TEXT} AS serverTime, @steps AS steps, @servicing AS servicing, @syncs AS syncs, @batch AS batch, @work AS work`,
  values: () => ({}),
  row,
  permission:
    'SELECT on DBUPGRADE.DATAUPGRADESTATUS, DBUPGRADE.SERVICINGSTEP, dbo.DBSyncExecStats, dbo.BATCHJOB and dbo.BATCH; VIEW DATABASE STATE to tell a synchronisation that works from one that stands still',
  purpose: 'Follows the data upgrade step by step, and tells whether it still moves.',
  timeoutMs: 15_000,
});
