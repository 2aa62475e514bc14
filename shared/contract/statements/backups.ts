import { z } from 'zod';
import { flagColumn, instantColumn, NOW_TEXT, utcText } from './columns.ts';
import { defineStatement } from './define-statement.ts';

const row = z.object({
  serverTime: instantColumn,
  startedAt: instantColumn.nullable(),
  finishedAt: instantColumn.nullable(),
  damaged: flagColumn.nullable(),
  checksums: flagColumn.nullable(),
  device: z.string().nullable(),
});

/** The newest full backups of a database with their quality, and the time on the clock that dated them. */
export const fullBackups = defineStatement({
  name: 'full-backups',
  server: 'source',
  text: () => `SELECT TOP (20) ${NOW_TEXT} AS serverTime,
  ${utcText('b.backup_start_date')} AS startedAt, ${utcText('b.backup_finish_date')} AS finishedAt,
  CAST(b.is_damaged AS int) AS damaged, CAST(b.has_backup_checksums AS int) AS checksums,
  (SELECT TOP (1) m.physical_device_name FROM msdb.dbo.backupmediafamily AS m
    WHERE m.media_set_id = b.media_set_id ORDER BY m.family_sequence_number) AS device
FROM (SELECT 1 AS one) AS always
LEFT JOIN msdb.dbo.backupset AS b ON b.database_name = @database AND b.type = 'D'
ORDER BY b.backup_start_date DESC`,
  values: ({ database }: { readonly database: string }) => ({ database }),
  row,
  permission: 'SELECT on msdb.dbo.backupset and msdb.dbo.backupmediafamily',
  purpose: 'Finds the backup that is the only way back to AX 2012.',
  timeoutMs: 15_000,
});
