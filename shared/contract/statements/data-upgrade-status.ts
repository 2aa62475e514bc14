import { z } from 'zod';
import { flagColumn, instantColumn, NOW_TEXT } from './columns.ts';
import { defineStatement } from './define-statement.ts';

const row = z.object({
  present: flagColumn,
  step: z.string().nullable(),
  subStep: z.string().nullable(),
  status: z.string().nullable(),
  startedAt: instantColumn.nullable(),
  endedAt: instantColumn.nullable(),
  serverTime: instantColumn,
});

/** One step of the data upgrade, or a row with nothing but the server's clock. */
export type DataUpgradeRow = z.infer<typeof row>;

// Azure SQL Database runs on UTC.
const utc = (column: string): string => `CONVERT(varchar(23), u.${column}, 126) + 'Z'`;

/** The steps of the data upgrade as the toolkit's report `ds` shows them, in their order. */
export const dataUpgradeStatus = defineStatement({
  name: 'data-upgrade-status',
  server: 'target',
  parameters: z.null(),
  text: () => `IF OBJECT_ID(N'DBUPGRADE.DATAUPGRADESTATUS') IS NULL
  SELECT 0 AS present, CAST(NULL AS nvarchar(256)) AS step, CAST(NULL AS nvarchar(256)) AS subStep,
    CAST(NULL AS nvarchar(64)) AS status, CAST(NULL AS varchar(24)) AS startedAt, CAST(NULL AS varchar(24)) AS endedAt,
    ${NOW_TEXT} AS serverTime
ELSE
  SELECT 1 AS present, CAST(u.Steps AS nvarchar(256)) AS step, CAST(u.SubSteps AS nvarchar(256)) AS subStep,
    CAST(u.STATUS AS nvarchar(64)) AS status, ${utc('StartTime')} AS startedAt, ${utc('EndTime')} AS endedAt,
    ${NOW_TEXT} AS serverTime
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN DBUPGRADE.DATAUPGRADESTATUS AS u ON 1 = 1
  ORDER BY u.StartTime, u.Steps, u.SubSteps`,
  values: () => ({}),
  row,
  permission: 'SELECT on DBUPGRADE.DATAUPGRADESTATUS',
  purpose: 'Follows the data upgrade step by step.',
  timeoutMs: 15_000,
});
