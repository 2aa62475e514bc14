import type { Bindings } from '../contract/bindings.ts';
import type { Publisher, ReplicationStatusRow } from '../contract/statements/distribution.ts';
import {
  distributionDatabase,
  replicationPending,
  replicationStatus,
  replicationTracers,
} from '../contract/statements/distribution.ts';
import type { Snapshot, TableCount } from '../core/counts.ts';
import { mismatchesOf } from '../core/counts.ts';
import { CutoverError } from '../core/errors.ts';
import type { AgentReading, PublicationReading, ReplicationReading } from '../core/replication.ts';
import { estimatedCounts } from './estimated-counts.ts';
import type { Sql } from './kind-ports.ts';
import { publicationClass } from './publication-class.ts';
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

/** Null where the login may not read this or it takes too long: a gap in the reading, not a blind one. */
const orNull = async <T>(reading: Promise<T>): Promise<T | null> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CutoverError && (error.code === 'C503' || error.code === 'C504')) return null;
    throw error;
  }
};

const agentOf = (row: ReplicationStatusRow): AgentReading | null => {
  const { role, agent, runStatus, comment, at, error } = row;
  if (role === null || agent === null || runStatus === null || at === null) return null;
  return {
    name: agent,
    role,
    runStatus,
    comment: withoutValues(comment ?? ''),
    at,
    error: error === null ? null : withoutValues(error),
  };
};

type Extras = {
  readonly pending: ReadonlyMap<string, number> | null;
  readonly tracers: ReadonlyMap<string, PublicationReading['tracer']> | null;
};

const publicationsOf = (
  rows: readonly ReplicationStatusRow[],
  { pending, tracers }: Extras,
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
      agents: own.flatMap((row) => agentOf(row) ?? []),
      tracer: tracers?.get(name) ?? null,
    };
  });

const readPublications = async (sql: Sql, publisher: Publisher): Promise<readonly PublicationReading[]> => {
  const rows = await sql.query(replicationStatus, publisher);
  const pending = await orNull(sql.query(replicationPending, publisher));
  const tracers = await orNull(sql.query(replicationTracers, publisher));
  return publicationsOf(rows, {
    pending: pending && new Map(pending.map((row) => [row.publication, row.pending])),
    tracers:
      tracers &&
      new Map(
        tracers.map(({ publication, postedAt, atDistributor, subscriptions, arrived }) => [
          publication,
          { postedAt, arrived: atDistributor && subscriptions > 0 && arrived === subscriptions },
        ]),
      ),
  });
};

/**
 * One look at replication: at most four round trips to the distributor. Blind instead of throwing where the server
 * cannot be reached or read, because a poll that saw nothing is itself a fact.
 */
export const readReplication = async (
  sql: Sql,
  slot: number,
  now: number,
  source: Bindings['source'],
): Promise<ReplicationReading> => {
  const nothing = {
    schema: 1,
    slot,
    source: 'pulled',
    takenAt: now,
    serverTime: null,
    blind: null,
    distributionExists: false,
    publications: [],
    estimates: null,
  } as const;
  const readOnce = async (): Promise<ReplicationReading> => {
    const { serverTime, publisher } = await findDistributor(sql, source);
    if (publisher === null) return { ...nothing, serverTime };
    const publications = await readPublications(sql, publisher);
    return { ...nothing, serverTime, distributionExists: true, publications };
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
    return { ...nothing, blind: { code: error.code, message: error.message } };
  }
};

const sum = (tables: readonly TableCount[], side: 'source' | 'target'): number =>
  tables.reduce((total, table) => total + (table[side] ?? 0), 0);

/** One poll: replication and, where asked, the estimated counts of both sides if they can be read. */
export const lookAtReplication = async (
  sql: Sql,
  slot: number,
  now: number,
  source: Bindings['source'],
  counts: boolean,
): Promise<{ readonly reading: ReplicationReading; readonly snapshot: Snapshot | null }> => {
  const reading = await readReplication(sql, slot, now, source);
  if (!counts || reading.publications.length === 0) return { reading, snapshot: null };
  const tables = await estimatedCounts(sql);
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
      readingSource: 'pulled',
      tables,
    },
  };
};
