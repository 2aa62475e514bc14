import type { RunStatus } from '../../shared/core/replication.ts';
import { workOf } from './activity.ts';
import {
  appliedUntil,
  deliveredRun,
  deliveryInProgress,
  LOG_READER_LAG_MS,
  pendingCommands,
  SCHEMA_SHARE,
} from './delivery.ts';
import { eventsOf, type Scene } from './history.ts';
import { publicationsAt, type Publication } from './publications.ts';
import { progressOf, snapshotRuns, type SnapshotRun } from './snapshots.ts';
import { troubledAgent, troubleErrorsAt } from './troubles.ts';
import { rowsByWriter } from './writer.ts';

/** One row of an agent's history; the time is the world's. */
export type AgentRow = {
  readonly runStatus: RunStatus;
  readonly at: number;
  readonly startedAt: number;
  readonly comment: string;
  /** How long what it delivered last was under way; null for who delivers nothing. */
  readonly latencyMs: number | null;
  /** Number of the row of MSrepl_errors; 0 if there is none. */
  readonly errorId: number;
};

/** An agent with its history, oldest first. */
export type Agent = {
  readonly id: number;
  readonly role: 'snapshot' | 'log-reader' | 'distribution';
  readonly name: string;
  /** Null for the log reader, which all publications of a database share. */
  readonly publication: Publication | null;
  readonly rows: readonly AgentRow[];
};

/** A row of MSrepl_errors; the time is the world's. */
export type ReplicationError = {
  readonly id: number;
  readonly at: number;
  readonly code: string;
  readonly text: string;
  readonly sourceName: string;
};

/** Agents write a line that often. */
const LINE_EVERY_MS = 5_000;
const IDLE = 'No replicated transactions are available.';
const WAITING = 2_000;

const lastLine = (now: number): number => now - (now % LINE_EVERY_MS);

const row = (
  runStatus: RunStatus,
  at: number,
  startedAt: number,
  comment: string,
  more: Partial<Pick<AgentRow, 'errorId' | 'latencyMs'>> = {},
): AgentRow => ({ runStatus, at, startedAt, comment, errorId: 0, latencyMs: null, ...more });

const errorIdOf = (publication: Publication, runIndex: number): number => publication.id * 100 + runIndex + 1;

const snapshotRowsOf = (
  publication: Publication,
  run: SnapshotRun,
  index: number,
  now: number,
): readonly AgentRow[] => {
  const { startedAt, endsAt, fails } = run;
  const started = row(1, startedAt, startedAt, 'Starting agent.');
  if (startedAt > now) return [];
  if (endsAt > now) {
    const percent = Math.floor(progressOf(startedAt, endsAt, now) * 100);
    const comment = `[${percent}%] Bulk copying snapshot data for the articles of '${publication.name}'`;
    return [started, row(3, Math.max(startedAt, lastLine(now)), startedAt, comment)];
  }
  if (fails) {
    const comment = 'The process could not bulk copy out of table. Check that the snapshot folder has space.';
    return [started, row(6, endsAt, startedAt, comment, { errorId: errorIdOf(publication, index) })];
  }
  const articles = publication.articles.length;
  return [started, row(2, endsAt, startedAt, `[100%] A snapshot of ${articles} article(s) was generated.`)];
};

/** The folder of a snapshot, as the distribution agent names it. */
const folderOf = (scene: Scene, publication: Publication, run: SnapshotRun): string => {
  const { server, database } = scene.options.source;
  const stamp = new Date(run.endsAt).toISOString().replace(/\D/g, '').slice(0, 14);
  return `\\\\${server}\\ReplData\\unc\\${server}_${database}_${publication.name.toUpperCase()}\\${stamp}\\`;
};

const distributionRowsOf = (scene: Scene, publication: Publication, now: number): readonly AgentRow[] => {
  const { createdAt } = publication;
  const started = row(1, createdAt, createdAt, 'Starting agent.');
  const notYet = `The initial snapshot for publication '${publication.name}' is not yet available.`;
  const rows: AgentRow[] = [started, row(4, createdAt + WAITING, createdAt, notYet)];
  for (const run of snapshotRuns(scene, publication)) {
    if (run.deliveredAt === null || run.deliveredAt > now) continue;
    const ms = Math.round(run.deliveredAt - run.endsAt);
    const comment = `Delivered snapshot from the '${folderOf(scene, publication, run)}' sub-folder in ${ms} milliseconds`;
    rows.push(row(3, run.deliveredAt, createdAt, comment));
  }
  const current = currentRow(scene, publication, now);
  return current === null ? rows : [...rows, current];
};

const currentRow = (scene: Scene, publication: Publication, now: number): AgentRow | null => {
  const { createdAt } = publication;
  const delivery = deliveryInProgress(scene, publication, now);
  if (delivery !== null) {
    const at = Math.max(delivery.from, lastLine(now));
    return row(3, at, createdAt, deliveryComment(publication, progressOf(delivery.from, delivery.to, now)));
  }
  const run = deliveredRun(scene, publication, now);
  if (
    run?.deliveredAt === undefined ||
    run.deliveredAt === null ||
    appliedUntil(scene, publication, now) === null
  ) {
    return null;
  }
  const at = Math.max(run.deliveredAt + WAITING, lastLine(now));
  if (at > now) return null;
  const pending = pendingCommands(scene, publication, now);
  const until = appliedUntil(scene, publication, at);
  const latencyMs = publication.transactional && until !== null ? Math.round(at - until) : null;
  return pending === 0
    ? row(4, at, createdAt, IDLE, { latencyMs })
    : row(3, at, createdAt, `Delivering replicated transactions, ${pending} command(s) are waiting.`, {
        latencyMs,
      });
};

const deliveryComment = (publication: Publication, progress: number): string => {
  if (progress < SCHEMA_SHARE) return `Applied script of publication '${publication.name}'`;
  const { articles } = publication;
  const table = articles[Math.floor(progress * articles.length)]?.name ?? '';
  return `Bulk copying data into table '${table}'`;
};

const logReaderOf = (scene: Scene, publications: readonly Publication[], now: number): readonly Agent[] => {
  const since = publications.find(({ transactional }) => transactional)?.createdAt;
  if (since === undefined) return [];
  const { server, database } = scene.options.source;
  const workAt = workOf(scene);
  // A reader that looks back a little further than its own lag is idle only when nothing came for a while.
  const isReading =
    workAt(now) > workAt(now - LOG_READER_LAG_MS) ||
    rowsByWriter(scene, now) > rowsByWriter(scene, now - LOG_READER_LAG_MS) ||
    tracerIsBeingRead(scene, now);
  const at = Math.max(since, lastLine(now));
  const rows = [
    row(1, since, since, 'Starting agent.'),
    isReading
      ? row(3, at, since, 'Delivering replicated transactions to the distribution database.', {
          latencyMs: LOG_READER_LAG_MS,
        })
      : row(4, at, since, IDLE, { latencyMs: LOG_READER_LAG_MS }),
  ];
  return [{ id: 1, role: 'log-reader', name: `${server}-${database}-1`, publication: null, rows }];
};

const tracerIsBeingRead = (scene: Scene, now: number): boolean =>
  eventsOf(scene, 'tracer-posted').some(({ at }) => at <= now && now < at + LOG_READER_LAG_MS);

/** All agents that exist, each with its history. */
export const agentsAt = (scene: Scene, now: number): readonly Agent[] =>
  untroubledAgentsAt(scene, now).map((agent) => troubledAgent(scene, agent, now));

const untroubledAgentsAt = (scene: Scene, now: number): readonly Agent[] => {
  const publications = publicationsAt(scene, now);
  const { source, target } = scene.options;
  const name = (publication: Publication): string =>
    `${source.server}-${source.database}-${publication.name}`;
  return [
    ...publications.map((publication): Agent => ({
      id: publication.id,
      role: 'snapshot',
      name: `${name(publication)}-${publication.id}`,
      publication,
      rows: snapshotRuns(scene, publication).flatMap((run, index) =>
        snapshotRowsOf(publication, run, index, now),
      ),
    })),
    ...logReaderOf(scene, publications, now),
    ...publications.map((publication): Agent => ({
      id: publication.id,
      role: 'distribution',
      name: `${name(publication)}-${target.server}-${publication.id}`,
      publication,
      rows: distributionRowsOf(scene, publication, now),
    })),
  ];
};

/** The errors that replication has met so far. */
export const replicationErrorsAt = (scene: Scene, now: number): readonly ReplicationError[] => [
  ...troubleErrorsAt(scene, now),
  ...publicationsAt(scene, now).flatMap((publication) =>
    snapshotRuns(scene, publication).flatMap((run, index): readonly ReplicationError[] =>
      run.fails && run.endsAt <= now
        ? [
            {
              id: errorIdOf(publication, index),
              at: run.endsAt,
              code: 'MSSQL_REPL20037',
              text: 'The process could not bulk copy out of table. There is not enough space on the disk.',
              sourceName: scene.options.source.server,
            },
          ]
        : [],
    ),
  ),
];
