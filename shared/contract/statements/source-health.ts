import { z } from 'zod';
import { countColumn, instantColumn, NOW_TEXT } from './columns.ts';
import { defineStatement } from './define-statement.ts';
import { nameParameter } from './parameters.ts';

const row = z.object({
  serverTime: instantColumn,
  /** As `sys.databases.log_reuse_wait_desc` says it. */
  logReuseWait: z.string().nullable(),
  logBytes: countColumn,
  logUsedBytes: countColumn,
  volume: z.string().nullable(),
  volumeBytes: countColumn.nullable(),
  freeBytes: countColumn.nullable(),
});

/** The log of the business database, once for each volume its files and those of the distribution database are on. */
export type SourceHealthRow = z.infer<typeof row>;

/**
 * How full the log of the business database is, what keeps it from being reused, and the room on the volumes. The files
 * 1 and 2 of the distribution database are its first data file and its log: of others this knows nothing.
 */
export const sourceHealth = defineStatement({
  name: 'source-health',
  server: 'source',
  parameters: z.object({ distribution: nameParameter }),
  text: () => `SELECT ${NOW_TEXT} AS serverTime, d.log_reuse_wait_desc AS logReuseWait,
  u.total_log_size_in_bytes AS logBytes, u.used_log_space_in_bytes AS logUsedBytes,
  room.volume, room.volumeBytes, room.freeBytes
FROM sys.databases AS d
CROSS JOIN sys.dm_db_log_space_usage AS u
LEFT JOIN (
  SELECT vol.volume_mount_point AS volume, MAX(vol.total_bytes) AS volumeBytes, MIN(vol.available_bytes) AS freeBytes
  FROM (
    SELECT DB_ID() AS databaseId, f.file_id AS fileId FROM sys.database_files AS f WHERE f.type IN (0, 1)
    UNION ALL
    SELECT DB_ID(@distribution), 1
    UNION ALL
    SELECT DB_ID(@distribution), 2
  ) AS held
  CROSS APPLY sys.dm_os_volume_stats(held.databaseId, held.fileId) AS vol
  GROUP BY vol.volume_mount_point
) AS room ON 1 = 1
WHERE d.database_id = DB_ID()
ORDER BY room.volume`,
  values: ({ distribution }) => ({ distribution }),
  row,
  permission: 'VIEW SERVER STATE',
  purpose: 'Shows the log of the source fill and its disks run short while replication holds the log back.',
  timeoutMs: 15_000,
});
