import { agentsAt, replicationErrorsAt, type Agent } from '../world/agents.ts';
import { deliveredRun, pendingCommands, undeliveredSince } from '../world/delivery.ts';
import { distributionBytesAt } from '../world/disks.ts';
import { distributionExists, publicationsAt, type Publication } from '../world/publications.ts';
import { serverUtcTime } from '../world/servers.ts';
import { snapshotRuns } from '../world/snapshots.ts';
import { tracersAt, type Tracer } from '../world/tracers.ts';
import { isTroubled } from '../world/troubles.ts';
import type { World } from '../world/world.ts';
import type { SqlAnswer, SqlRequest } from '../tds/sql-handler.ts';
import { answerRows, INSTANT_TYPE, NAME_TYPE, utcText, utcTextOrNull } from './result.ts';

/** The name that toolkit entry 4 gives the distribution database. */
export const DISTRIBUTION = 'distribution';

const now = (world: World): number => world.clock.now();

/** Which publications the parameters ask for: none, if they name another publisher. */
const publicationsAsked = (world: World, { parameters }: SqlRequest): readonly Publication[] => {
  const { server, database } = world.scene().options.source;
  const isAsked = parameters.get('publisher') === server && parameters.get('publisherDb') === database;
  const publications = isAsked ? publicationsAt(world.scene(), now(world)) : [];
  return [...publications].sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** Whether there is a distribution database now. */
export const hasDistribution = (world: World): boolean =>
  distributionExists(world.scene(), now(world)) &&
  !isTroubled(world.scene(), 'distribution-detached', now(world));

/** Answers `distribution-database`. */
export const distributionDatabaseAnswer = (world: World): SqlAnswer => {
  const exists = hasDistribution(world);
  return answerRows({ mayLook: 'int', database: NAME_TYPE, accessible: 'int', serverTime: INSTANT_TYPE }, [
    {
      mayLook: 1,
      database: exists ? DISTRIBUTION : null,
      accessible: exists ? 1 : null,
      serverTime: utcText(serverUtcTime(world.scene(), now(world))),
    },
  ]);
};

const serverUtcTimeOrNull = (world: World, at: number | null): number | null =>
  at === null ? null : serverUtcTime(world.scene(), at);

const HEALTHY: readonly number[] = [2, 3, 4];

/** The newest error of an agent that no good row has followed. */
const openError = (world: World, agent: Agent): string | null => {
  const failed = agent.rows.findLast(({ errorId }) => errorId !== 0);
  if (failed === undefined) return null;
  const isMended = agent.rows.some(
    ({ at, runStatus, errorId }) => errorId === 0 && at > failed.at && HEALTHY.includes(runStatus),
  );
  const error = replicationErrorsAt(world.scene(), now(world)).find(({ id }) => id === failed.errorId);
  return isMended || error === undefined ? null : `${error.code} ${error.text}`;
};

const isSubscribed = (world: World, publication: Publication): boolean =>
  snapshotRuns(world.scene(), publication).some(({ fails, endsAt }) => !fails && endsAt <= now(world));

/** Delivered means: the newest generated snapshot is in the target. */
const isDelivered = (world: World, publication: Publication): boolean => {
  const generated = snapshotRuns(world.scene(), publication).findLast(
    ({ fails, endsAt }) => !fails && endsAt <= now(world),
  );
  const delivered = deliveredRun(world.scene(), publication, now(world));
  return delivered !== null && delivered.startedAt === generated?.startedAt;
};

const agentsOf = (agents: readonly Agent[], publication: Publication): readonly Agent[] =>
  agents
    .filter(
      (agent) =>
        agent.rows.length > 0 &&
        (agent.publication === null ? publication.transactional : agent.publication.id === publication.id),
    )
    .sort((a, b) => (a.role < b.role ? -1 : 1));

const agentFacts = (world: World, agent: Agent | null) => {
  const newest = agent?.rows.at(-1);
  return {
    role: agent?.role ?? null,
    agent: agent?.name ?? null,
    runStatus: newest?.runStatus ?? null,
    comment: newest?.comment ?? null,
    at: newest === undefined ? null : utcText(serverUtcTime(world.scene(), newest.at)),
    latencyMs: newest?.latencyMs ?? null,
    error: agent === null ? null : openError(world, agent),
  };
};

/** The newest token of a publication; the row of a subscription is written when it reaches the distributor. */
const tracerFacts = (world: World, tracers: readonly Tracer[], { id }: Publication) => {
  const newest = tracers.findLast(({ publication }) => publication.id === id);
  const isAtDistributor = newest !== undefined && newest.distributorAt !== null;
  const hasArrived = newest !== undefined && newest.subscriberAt !== null;
  if (newest === undefined) {
    return {
      tracerPostedAt: null,
      tracerAtDistributor: null,
      tracerSubscriptions: null,
      tracerArrived: null,
    };
  }
  return {
    tracerPostedAt: utcText(serverUtcTime(world.scene(), newest.postedAt)),
    tracerAtDistributor: isAtDistributor ? 1 : 0,
    tracerSubscriptions: isAtDistributor ? 1 : 0,
    tracerArrived: hasArrived ? 1 : 0,
  };
};

/** The default of a publication, in hours. */
const RETENTION_HOURS = 336;

/** Answers `replication-status`. */
export const replicationStatusAnswer = (world: World, request: SqlRequest): SqlAnswer => {
  const agents = agentsAt(world.scene(), now(world));
  const tracers = tracersAt(world.scene(), now(world));
  const distributionBytes = distributionBytesAt(world.scene(), now(world));
  const rows = publicationsAsked(world, request).flatMap((publication) => {
    const articles = publication.articles.length;
    const facts = {
      publication: publication.name,
      type: publication.transactional ? 0 : 1,
      articles,
      subscriptions: articles,
      active:
        isSubscribed(world, publication) && !isTroubled(world.scene(), 'subscription-deactivated', now(world))
          ? articles
          : 0,
      delivered: isDelivered(world, publication) ? 1 : 0,
      retentionHours: RETENTION_HOURS,
      undeliveredSince: utcTextOrNull(
        serverUtcTimeOrNull(world, undeliveredSince(world.scene(), publication, now(world))),
      ),
      ...tracerFacts(world, tracers, publication),
      distributionBytes,
    };
    const own = agentsOf(agents, publication);
    // Without agents the publication still has its row.
    return (own.length > 0 ? own : [null]).map((agent) => ({ ...facts, ...agentFacts(world, agent) }));
  });
  return answerRows(
    {
      publication: NAME_TYPE,
      type: 'int',
      articles: 'int',
      subscriptions: 'int',
      active: 'int',
      delivered: 'int',
      role: 'varchar(12)',
      agent: 'nvarchar(256)',
      runStatus: 'int',
      comment: 'nvarchar(400)',
      at: INSTANT_TYPE,
      latencyMs: 'int',
      error: 'nvarchar(max)',
      retentionHours: 'int',
      undeliveredSince: INSTANT_TYPE,
      tracerPostedAt: INSTANT_TYPE,
      tracerAtDistributor: 'int',
      tracerSubscriptions: 'int',
      tracerArrived: 'int',
      distributionBytes: 'bigint',
    },
    rows,
  );
};

/** Answers `replication-pending`. */
export const replicationPendingAnswer = (world: World, request: SqlRequest): SqlAnswer =>
  answerRows(
    { publication: NAME_TYPE, pending: 'bigint' },
    publicationsAsked(world, request).map((publication) => ({
      publication: publication.name,
      pending: pendingCommands(world.scene(), publication, now(world)),
    })),
  );

/** Answers `replication-articles`. */
export const replicationArticlesAnswer = (world: World, request: SqlRequest): SqlAnswer =>
  answerRows(
    {
      publication: NAME_TYPE,
      sourceSchema: NAME_TYPE,
      sourceTable: NAME_TYPE,
      targetSchema: NAME_TYPE,
      targetTable: NAME_TYPE,
    },
    publicationsAsked(world, request).flatMap((publication) =>
      publication.articles.map(({ name }) => ({
        publication: publication.name,
        sourceSchema: 'dbo',
        sourceTable: name,
        targetSchema: 'dbo',
        targetTable: name,
      })),
    ),
  );
