import { isAosUp } from './activity.ts';
import { chanceBetween } from './chance.ts';
import { eventsOf, type Scene } from './history.ts';

/** A session of an AOS on the source database; the time is the world's. */
export type AxSession = {
  readonly sessionId: number;
  readonly host: string;
  readonly processId: number;
  readonly login: string;
  readonly program: string;
  readonly lastRequestEndedAt: number;
};

/** A backup that msdb knows of, that is one that has finished; times are the world's. */
export type Backup = {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly bytes: number;
  readonly checkpointLsn: string;
  readonly file: string;
};

const DAY_MS = 86_400_000;
const NIGHTLY_BACKUPS = 3;
/** The nightly backup began that long before the world did. */
const LAST_NIGHT_MS = 7 * 3_600_000;
const BYTES_PER_ROW = 900;
const FIRST_SESSION = 61;

/** The sessions that the running AOS instances hold. */
export const axSessionsAt = (scene: Scene, now: number): readonly AxSession[] => {
  const { seed, aosHosts } = scene.options;
  return aosHosts
    .filter((host) => isAosUp(scene, host, now))
    .flatMap((host) =>
      Array.from({ length: chanceBetween(4, 9, seed, 'sessions', host) }, (_, index) => ({ host, index })),
    )
    .map(({ host, index }, position) => ({
      sessionId: FIRST_SESSION + position,
      host,
      processId: chanceBetween(1_200, 9_800, seed, 'process', host),
      login: 'CONTOSO\\svc-axaos',
      program: 'Microsoft Dynamics AX',
      lastRequestEndedAt: now - chanceBetween(20, 4_000, seed, 'request', host, index),
    }));
};

/** The full backups of the source database, oldest first: some nights', and those taken since. */
export const backupsAt = (scene: Scene, now: number): readonly Backup[] => {
  const { begunAt, durations } = scene.options;
  const nightly = Array.from(
    { length: NIGHTLY_BACKUPS },
    (_, index) => begunAt - LAST_NIGHT_MS - (NIGHTLY_BACKUPS - 1 - index) * DAY_MS,
  );
  const taken = eventsOf(scene, 'backup-started').map(({ at }) => at);
  const rows = scene.tables.reduce((sum, table) => sum + table.rows, 0);
  return [...nightly, ...taken]
    .map((startedAt) => ({
      startedAt,
      finishedAt: startedAt + durations.backupMs,
      bytes: rows * BYTES_PER_ROW,
      // A log sequence number that grows with time, 25 digits as SQL Server writes it.
      checkpointLsn: `${Math.floor(startedAt / 1_000)}000000${String(startedAt % 1_000).padStart(9, '0')}`,
      file: `E:\\Backup\\${scene.options.source.database}_${new Date(startedAt).toISOString().slice(0, 16).replace(/\D/g, '')}.bak`,
    }))
    .filter(({ finishedAt }) => finishedAt <= now);
};

/** The clock of the source server: local time in its zone, and a little fast. */
export const serverLocalTime = (scene: Scene, at: number): number =>
  at + scene.options.source.utcOffsetMs + scene.options.source.skewMs;

/** The same clock in UTC. */
export const serverUtcTime = (scene: Scene, at: number): number => at + scene.options.source.skewMs;
