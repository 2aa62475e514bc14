import { SqlError } from '../tds/sql-error.ts';
import type { SqlAnswer, SqlRequest } from '../tds/sql-handler.ts';
import { dataBytesOf, logAt, volumesAt } from '../world/disks.ts';
import { lastWorkedAt } from '../world/activity.ts';
import { sourceRows } from '../world/counts.ts';
import { axSessionsAt, backupsAt, serverLocalTime, serverUtcTime } from '../world/servers.ts';
import { isTroubled } from '../world/troubles.ts';
import type { World } from '../world/world.ts';
import { WRITER, writerWroteAt } from '../world/writer.ts';
import { answerRows, INSTANT_TYPE, NAME_TYPE, utcText, utcTextOrNull } from './result.ts';

/** The version the source server says it has: SQL Server 2012 SP4, which may publish to Azure SQL Database. */
export const SOURCE_VERSION = '11.0.7507';

const NEWEST_BACKUPS = 20;

const serverTime = (world: World): string => utcText(serverUtcTime(world.scene(), world.clock.now()));

/** Answers `ax-sessions`: one row per process of AX, or one without any. */
export const axSessionsAnswer = (world: World): SqlAnswer => {
  const sessions = axSessionsAt(world.scene(), world.clock.now());
  const facts = { mayLook: 1, serverTime: serverTime(world) };
  const rows = [...Map.groupBy(sessions, ({ processId }) => processId).values()].map((own) => ({
    ...facts,
    host: own[0]?.host ?? null,
    processId: own[0]?.processId ?? null,
    program: own[0]?.program ?? null,
    sessions: own.length,
    lastRequestAt: utcText(
      serverUtcTime(world.scene(), Math.max(...own.map(({ lastRequestEndedAt }) => lastRequestEndedAt))),
    ),
  }));
  const nobody = { host: null, processId: null, program: null, sessions: 0, lastRequestAt: null };
  return answerRows(
    {
      mayLook: 'int',
      host: NAME_TYPE,
      processId: 'int',
      program: NAME_TYPE,
      sessions: 'int',
      lastRequestAt: INSTANT_TYPE,
      serverTime: INSTANT_TYPE,
    },
    rows.length > 0 ? rows : [{ ...facts, ...nobody }],
  );
};

/** Answers `source-writes`: each table that was written, and when last, in the server's local time. */
export const sourceWritesAnswer = (world: World): SqlAnswer => {
  const scene = world.scene();
  const now = world.clock.now();
  const [byAx, byWriter] = [lastWorkedAt(scene, now), writerWroteAt(scene, now)];
  const seen = sourceRows(scene, now);
  const written = scene.tables.flatMap(({ name, rowsPerHour, updatesPerHour }) => {
    const at = Math.max(
      rowsPerHour + updatesPerHour > 0 ? (byAx ?? 0) : 0,
      name === WRITER.table ? (byWriter ?? 0) : 0,
    );
    return at > 0 && seen.has(name) ? [{ name, at }] : [];
  });
  const nothing = { mayLook: 1, schema: null, table: null, writtenAt: null };
  return answerRows(
    { mayLook: 'int', schema: NAME_TYPE, table: NAME_TYPE, writtenAt: 'varchar(23)' },
    written.length === 0
      ? [nothing]
      : written.map(({ name, at }) => ({
          mayLook: 1,
          schema: 'dbo',
          table: name,
          writtenAt: utcText(serverLocalTime(scene, at)).slice(0, -1),
        })),
  );
};

/** Answers `source-writers`: the programs that are connected, whether they write or not. */
export const sourceWritersAnswer = (world: World): SqlAnswer => {
  const scene = world.scene();
  const now = world.clock.now();
  const utc = (at: number): string => utcText(serverUtcTime(scene, at));
  const ax = [...Map.groupBy(axSessionsAt(scene, now), ({ host }) => host).values()].map((own) => ({
    program: own[0]?.program ?? null,
    host: own[0]?.host ?? null,
    login: own[0]?.login ?? '',
    sessions: own.length,
    lastRequestAt: utc(Math.max(...own.map(({ lastRequestEndedAt }) => lastRequestEndedAt))),
  }));
  const { program, host, login } = WRITER;
  const lastRequestAt = utc(writerWroteAt(scene, now) ?? now);
  const others = isTroubled(scene, 'writer-forgotten', now)
    ? [{ program, host, login, sessions: 1, lastRequestAt }]
    : [];
  return answerRows(
    { program: NAME_TYPE, host: NAME_TYPE, login: NAME_TYPE, sessions: 'int', lastRequestAt: INSTANT_TYPE },
    [...ax, ...others],
  );
};

/** An id that belongs to one backup. */
const uuidOf = (lsn: string): string =>
  `${lsn.slice(0, 8)}-${lsn.slice(8, 12)}-4${lsn.slice(12, 15)}-8${lsn.slice(15, 18)}-${lsn.slice(18).padStart(12, '0')}`;

/** Answers `backup-history`: the newest first, or a row with nothing but the time. */
export const backupHistoryAnswer = (world: World, { parameters }: SqlRequest): SqlAnswer => {
  const isAsked = parameters.get('database') === world.scene().options.source.database;
  const backups = isAsked ? backupsAt(world.scene(), world.clock.now()) : [];
  const rows = backups
    .toReversed()
    .slice(0, NEWEST_BACKUPS)
    .map(({ startedAt, finishedAt, checkpointLsn, file }) => ({
      serverTime: serverTime(world),
      id: uuidOf(checkpointLsn),
      type: 'D',
      copyOnly: 0,
      startedAt: utcTextOrNull(serverUtcTime(world.scene(), startedAt)),
      finishedAt: utcTextOrNull(serverUtcTime(world.scene(), finishedAt)),
      damaged: 0,
      checksums: 1,
      firstLsn: checkpointLsn,
      lastLsn: checkpointLsn,
      baseId: null,
      device: file,
    }));
  const nothing = { id: null, type: null, copyOnly: null, startedAt: null, finishedAt: null };
  const none = {
    ...nothing,
    ...{ damaged: null, checksums: null, firstLsn: null, lastLsn: null, baseId: null, device: null },
  };
  return answerRows(
    {
      serverTime: INSTANT_TYPE,
      id: 'nvarchar(36)',
      type: 'nvarchar(1)',
      copyOnly: 'int',
      startedAt: INSTANT_TYPE,
      finishedAt: INSTANT_TYPE,
      damaged: 'int',
      checksums: 'int',
      firstLsn: 'nvarchar(25)',
      lastLsn: 'nvarchar(25)',
      baseId: 'nvarchar(36)',
      device: 'nvarchar(260)',
    },
    rows.length > 0 ? rows : [{ serverTime: serverTime(world), ...none }],
  );
};

/** Answers `source-facts`: a server on which replication can be set up. */
export const sourceFactsAnswer = (world: World): SqlAnswer => {
  const { server, database } = world.scene().options.source;
  const dataBytes = dataBytesOf(world.scene());
  const largestFreeBytes = Math.max(
    ...volumesAt(world.scene(), world.clock.now()).map(({ freeBytes }) => freeBytes),
  );
  return answerRows(
    {
      server: NAME_TYPE,
      database: NAME_TYPE,
      version: 'nvarchar(64)',
      edition: NAME_TYPE,
      windowsLoginsOnly: 'int',
      replicationInstalled: 'int',
      agent: 'nvarchar(256)',
      maxTextReplBytes: 'int',
      owner: NAME_TYPE,
      dataBytes: 'bigint',
      largestFreeBytes: 'bigint',
      serverTime: INSTANT_TYPE,
    },
    [
      {
        server,
        database,
        version: `${SOURCE_VERSION}.2`,
        edition: 'Enterprise Edition: Core-based Licensing (64-bit)',
        windowsLoginsOnly: 0,
        replicationInstalled: 1,
        agent: 'Running',
        maxTextReplBytes: -1,
        owner: 'sa',
        dataBytes,
        largestFreeBytes,
        serverTime: serverTime(world),
      },
    ],
  );
};

/** Answers `source-health`: a row for each volume. */
export const sourceHealthAnswer = (world: World): SqlAnswer => {
  const { reuseWait, bytes, usedBytes } = logAt(world.scene(), world.clock.now());
  return answerRows(
    {
      serverTime: INSTANT_TYPE,
      logReuseWait: 'nvarchar(60)',
      logBytes: 'bigint',
      logUsedBytes: 'bigint',
      volume: 'nvarchar(256)',
      volumeBytes: 'bigint',
      freeBytes: 'bigint',
    },
    volumesAt(world.scene(), world.clock.now()).map((volume) => ({
      serverTime: serverTime(world),
      logReuseWait: reuseWait,
      logBytes: bytes,
      logUsedBytes: usedBytes,
      volume: volume.name,
      volumeBytes: volume.bytes,
      freeBytes: volume.freeBytes,
    })),
  );
};

/** Answers `post-tracer-token`: the only statement that changes the world. @throws {SqlError} 20026 or 21488. */
export const postTracerAnswer = (world: World, { parameters }: SqlRequest): SqlAnswer => {
  const outcome = world.act.postTracer(String(parameters.get('publication')));
  if (!outcome.accepted) {
    throw new SqlError(outcome.number, outcome.message, { procedure: 'sp_posttracertoken' });
  }
  return answerRows({ tracerId: 'int' }, [{ tracerId: outcome.tracerId }]);
};
