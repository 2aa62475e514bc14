import { z } from 'zod';
import { flagColumn, instantColumn, NOW_TEXT, utcText } from './columns.ts';
import { defineStatement } from './define-statement.ts';
import { nameParameter } from './parameters.ts';

const lsnColumn = z.string().regex(/^\d{25}$/);

const row = z.object({
  serverTime: instantColumn,
  id: z.string().nullable(),
  type: z.enum(['D', 'I', 'L']).nullable(),
  copyOnly: flagColumn.nullable(),
  startedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  damaged: flagColumn.nullable(),
  checksums: flagColumn.nullable(),
  firstLsn: lsnColumn.nullable(),
  lastLsn: lsnColumn.nullable(),
  baseId: z.string().nullable(),
  device: z.string().nullable(),
});

/** A log sequence number as 25 digits, so that texts of it compare as the numbers do. */
const lsnText = (column: string): string => `RIGHT(REPLICATE('0', 25) + CONVERT(varchar(25), ${column}), 25)`;

/** The newest backups of a database (full, differential, log), and the time on the clock that dated them. */
export const backupHistory = defineStatement({
  name: 'backup-history',
  server: 'source',
  parameters: z.object({ database: nameParameter }),
  text: () => `SELECT TOP (2000) ${NOW_TEXT} AS serverTime,
  CONVERT(varchar(36), b.backup_set_uuid) AS id, CONVERT(varchar(1), b.type) AS type,
  CAST(b.is_copy_only AS int) AS copyOnly,
  ${utcText('b.backup_start_date')} AS startedAt, ${utcText('b.backup_finish_date')} AS finishedAt,
  CAST(b.is_damaged AS int) AS damaged, CAST(b.has_backup_checksums AS int) AS checksums,
  ${lsnText('b.first_lsn')} AS firstLsn, ${lsnText('b.last_lsn')} AS lastLsn,
  CONVERT(varchar(36), b.differential_base_guid) AS baseId,
  (SELECT TOP (1) m.physical_device_name FROM msdb.dbo.backupmediafamily AS m
    WHERE m.media_set_id = b.media_set_id ORDER BY m.family_sequence_number) AS device
FROM (SELECT 1 AS one) AS always
LEFT JOIN msdb.dbo.backupset AS b ON b.database_name = @database AND b.type IN ('D', 'I', 'L')
ORDER BY b.backup_start_date DESC`,
  values: ({ database }) => ({ database }),
  row,
  permission: 'SELECT on msdb.dbo.backupset and msdb.dbo.backupmediafamily',
  purpose: 'Finds the backups that are the only way back to AX 2012.',
  timeoutMs: 15_000,
});
