import type { Bindings } from '../contract/bindings.ts';
import type { ReplicationStatusRow } from '../contract/statements/distribution.ts';
import type { Publisher } from '../contract/statements/publications.ts';
import {
  distributionDatabase,
  replicationPending,
  replicationStatus,
} from '../contract/statements/distribution.ts';
import type { SourceHealthRow } from '../contract/statements/source-health.ts';
import { sourceHealth } from '../contract/statements/source-health.ts';
import type { Snapshot, TableCount } from '../core/counts.ts';
import { mismatchesOf } from '../core/counts.ts';
import { CutoverError } from '../core/errors.ts';
import type {
  AgentReading,
  PublicationReading,
  ReplicationLook,
  ReplicationReading,
  SourceServerReading,
} from '../core/replication.ts';
import { estimatedCounts } from './estimated-counts.ts';
import type { Sql } from './kind-ports.ts';
import { publicationClass } from './publication-class.ts';
import { askOrGap } from './reading-gap.ts';
import { weakest } from './verdicts.ts';
import { withoutValues } from './without-values.ts';

/** What the distributor says of itself: `publisher` is null where there is no distribution database. */
export type Distributor = { readonly serverTime: number; readonly publisher: Publisher | null };

/** Finds the distribution database. @throws {CutoverError} C503 where the login cannot tell whether there is one. */
export const findDistributor = async (sql: Sql, source: Bindings['source']): Promise<Distributor> => {
  const [found] = await sql.query(distributionDatabase, null);
  if (found === undefined) throw new CutoverError('C505', `${distributionDatabase.name} gave no row`);
  const { database, accessible, mayLook, serverTime } = found;
  if (database === null) {
    if (!mayLook) throw new CutoverError('C503', `${distributionDatabase.permission} on the source server`);
    return { serverTime, publisher: null };
  }
  if (accessible !== true)
    throw new CutoverError('C503', `a user with db_datareader in the database ${database}`);
  return { serverTime, publisher: { distribution: database, ...source } };
};

const agentOf = (row: ReplicationStatusRow): AgentReading | null => {
  const { role, agent, runStatus, comment, at, latencyMs, error } = row;
  if (role === null || agent === null || runStatus === null || at === null) return null;
  return {
    name: agent,
    role,
    runStatus,
    comment: withoutValues(comment ?? ''),
    at,
    latencyMs,
    error: error === null ? null : withoutValues(error),
  };
};

const tracerOf = (row: ReplicationStatusRow): PublicationReading['tracer'] => {
  const { tracerPostedAt: postedAt, tracerAtDistributor: atDistributor, tracerArrived: arrived } = row;
  const subscriptions = row.tracerSubscriptions ?? 0;
  if (postedAt === null) return null;
  return { postedAt, arrived: atDistributor === true && subscriptions > 0 && arrived === subscriptions };
};

const publicationsOf = (
  rows: readonly ReplicationStatusRow[],
  pending: ReadonlyMap<string, number> | null,
): readonly PublicationReading[] =>
  [...Map.groupBy(rows, ({ publication }) => publication)].flatMap(([name, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    return {
      name,
      class: publicationClass(name),
      transactional: first.type === 0,
      articles: first.articles,
      subscriptions: { total: first.subscriptions, active: first.active },
      snapshotDelivered: first.delivered,
      pendingCommands: pending?.get(name) ?? null,
      undeliveredSince: first.undeliveredSince,
      retentionHours: first.retentionHours,
      agents: own.flatMap((row) => agentOf(row) ?? []),
      tracer: tracerOf(first),
    };
  });

const sourceServerOf = (rows: readonly SourceHealthRow[]): SourceServerReading | null => {
  const [first] = rows;
  if (first === undefined) return null;
  return {
    logReuseWait: first.logReuseWait ?? '',
    logBytes: first.logBytes,
    logUsedBytes: first.logUsedBytes,
    volumes: rows.flatMap(({ volume, volumeBytes, freeBytes }) =>
      volume === null || volumeBytes === null || freeBytes === null
        ? []
        : { name: volume, bytes: volumeBytes, freeBytes },
    ),
  };
};

/** A poll that cannot reach the distributor any more is blind; one that may not read the backlog, or waits too long, is not. */
const isFatal = ({ code }: CutoverError): boolean => code !== 'C503' && code !== 'C504';

type Read = Pick<ReplicationReading, 'publications' | 'distributionBytes' | 'sourceServer' | 'gaps'>;

const readPublications = async (
  sql: Sql,
  publisher: Publisher,
  depth: ReplicationReading['depth'],
): Promise<Read> => {
  const rows = await sql.query(replicationStatus, publisher);
  const distributionBytes = rows[0]?.distributionBytes ?? null;
  if (depth === 'minimum') {
    return { publications: publicationsOf(rows, null), distributionBytes, sourceServer: null, gaps: [] };
  }
  const pending = await askOrGap(sql, replicationPending, publisher, isFatal);
  const health = await askOrGap(sql, sourceHealth, publisher);
  return {
    publications: publicationsOf(
      rows,
      pending.rows && new Map(pending.rows.map((row) => [row.publication, row.pending])),
    ),
    distributionBytes,
    sourceServer: health.rows && sourceServerOf(health.rows),
    gaps: [pending, health].flatMap(({ gap }) => gap ?? []),
  };
};

type Looked = { readonly reading: ReplicationLook; readonly publisher: Publisher | null };

const lookAtDistributor = async (
  sql: Sql,
  slot: number,
  now: number,
  source: Bindings['source'],
  depth: ReplicationReading['depth'],
): Promise<Looked> => {
  const nothing = {
    schema: 1,
    slot,
    source: weakest([sql.sourceOf('distribution'), sql.sourceOf('source')]),
    takenAt: now,
    depth,
    serverTime: null,
    blind: null,
    distributionExists: false,
    publications: [],
    distributionBytes: null,
    sourceServer: null,
    gaps: [],
    estimates: null,
  } as const;
  const readOnce = async (): Promise<Looked> => {
    const { serverTime, publisher } = await findDistributor(sql, source);
    if (publisher === null) return { reading: { ...nothing, serverTime }, publisher };
    const read = await readPublications(sql, publisher, depth);
    return { reading: { ...nothing, serverTime, distributionExists: true, ...read }, publisher };
  };
  try {
    try {
      return await readOnce();
    } catch (error) {
      // Toolkit entries 4 and 8 make and drop the database in the middle of a reading: then its tables are unknown.
      if (!(error instanceof CutoverError) || error.code !== 'C505') throw error;
      return await readOnce();
    }
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    const blind = { code: error.code, message: error.message };
    return { reading: { ...nothing, blind }, publisher: null };
  }
};

/**
 * One look at replication: three round trips to the distributor and one to the business database, whatever the number of
 * publications and tables. Blind instead of throwing where the server
 * cannot be reached or read, because a poll that saw nothing is itself a fact.
 */
export const readReplication = async (
  ...look: Parameters<typeof lookAtDistributor>
): Promise<ReplicationLook> => (await lookAtDistributor(...look)).reading;

const sum = (tables: readonly TableCount[], side: 'source' | 'target'): number =>
  tables.reduce((total, table) => total + (table[side] ?? 0), 0);

/** One poll: replication and, where asked, the estimated counts of both sides if they can be read. */
export const lookAtReplication = async (
  sql: Sql,
  slot: number,
  now: number,
  source: Bindings['source'],
  depth: ReplicationReading['depth'],
): Promise<{ readonly reading: ReplicationLook; readonly snapshot: Snapshot | null }> => {
  const { reading: read, publisher } = await lookAtDistributor(sql, slot, now, source, depth);
  if (depth !== 'counts' || publisher === null || read.publications.length === 0) {
    return { reading: read, snapshot: null };
  }
  const { tables, gaps } = await estimatedCounts(sql, publisher);
  const reading = { ...read, gaps: [...read.gaps, ...gaps] };
  if (tables === null) return { reading, snapshot: null };
  const estimates = {
    tables: tables.length,
    equal: tables.length - mismatchesOf(tables).length,
    sourceRows: sum(tables, 'source'),
    targetRows: sum(tables, 'target'),
  };
  return {
    reading: { ...reading, estimates },
    snapshot: {
      schema: 1,
      id: `estimate-${slot}`,
      takenAt: now,
      method: 'estimate',
      sides: 'both',
      readingSource: weakest([sql.sourceOf('source'), sql.sourceOf('target')]),
      tables,
    },
  };
};
