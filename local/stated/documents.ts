import type { UploadBody } from '../../shared/contract/upload.ts';
import type { Bindings } from '../../shared/contract/bindings.ts';
import { AGENT_WORDS } from '../../shared/contract/stated-reading.ts';
import { axSessions } from '../../shared/contract/statements/ax-sessions.ts';
import { sourceFigure, targetFigure } from '../../shared/contract/statements/reconciliation.ts';
import { sourceFacts, targetFacts } from '../../shared/contract/statements/server-facts.ts';
import type { PlanStep } from '../../shared/core/plan.ts';
import type { PublicationReading, ReplicationLook } from '../../shared/core/replication.ts';
import type { Sql } from '../../shared/kinds/kind-ports.ts';
import { readReplication } from '../../shared/kinds/replication-reading.ts';
import { sourceRows, targetRows } from '../world/counts.ts';
import { distributionExists, publicationsAt } from '../world/publications.ts';
import { backupsAt, serverUtcTime } from '../world/servers.ts';
import { upgradeAt } from '../world/upgrade.ts';
import type { World } from '../world/world.ts';

/** What people look at, and who does. */
export type Looking = {
  readonly world: World;
  readonly sql: Sql;
  readonly bindings: Bindings;
  readonly readBy: string;
};

type Statement = Extract<UploadBody, { readonly kind: 'statement' }>;
type Reading = NonNullable<Statement['reading']>;
type Look = Extract<Reading, { readonly of: 'replication' }>['looks'][number];

const iso = (instant: number): string => new Date(instant).toISOString();
const text = 'Read on the server with my own login.';

/** What the clock of the source server shows now. */
const serverTime = (world: World): string => iso(serverUtcTime(world.scene(), world.clock.now()));

const publicationOf = (publication: PublicationReading): Look['publications'][number] => {
  const { name, transactional, articles, subscriptions, snapshotDelivered, pendingCommands, agents, tracer } =
    publication;
  return {
    ...{ name, transactional, articles, subscriptions, snapshotDelivered, pendingCommands },
    agents: agents.map(({ role, runStatus, comment, error }) => ({
      role,
      does: AGENT_WORDS[runStatus - 1] ?? 'failed',
      says: error ?? comment,
    })),
    tracer: tracer && { ...tracer, postedAt: iso(tracer.postedAt) },
  };
};

/** One look at Replication Monitor. */
export const lookAtReplication = async ({ world, sql, bindings }: Looking): Promise<Look> => {
  const now = world.clock.now();
  const seen: ReplicationLook = await readReplication(sql, now, now, bindings.source, 'state');
  return {
    takenAt: iso(now),
    serverTime: iso(seen.serverTime ?? now),
    distributionExists: seen.distributionExists,
    publications: seen.publications.map(publicationOf),
  };
};

const serverFacts = async ({ sql }: Looking) => {
  const [[source], [target]] = await Promise.all([
    sql.query(sourceFacts, null),
    sql.query(targetFacts, null),
  ]);
  if (source === undefined || target === undefined) throw new Error('The servers say nothing of themselves.');
  const { serverTime: _, ...ofSource } = source;
  const { serverTime: __, ...ofTarget } = target;
  return { of: 'server-facts', source: ofSource, target: ofTarget } as const;
};

const processes = async ({ sql }: Looking) => {
  const rows = await sql.query(axSessions, null);
  const connected = rows.filter(({ sessions }) => sessions > 0);
  return {
    of: 'ax-processes',
    processes: connected.map(({ host, processId, sessions }) => ({
      host: host ?? 'unnamed',
      processId: processId ?? 0,
      sessions,
    })),
  } as const;
};

const afterEntry = ({ world }: Looking) => {
  const [scene, now] = [world.scene(), world.clock.now()];
  const atTarget = targetRows(scene, now);
  return {
    of: 'toolkit',
    distributionDatabase: distributionExists(scene, now) ? 'distribution' : null,
    publications: publicationsAt(scene, now).map(({ name }) => name),
    tablesLeft: [...sourceRows(scene, now).keys()].filter((table) => atTarget.has(table)).length,
  } as const;
};

type Pair = { readonly name: string; readonly sourceSql: string; readonly targetSql: string };

const figures = async ({ sql }: Looking, { params }: PlanStep) => ({
  of: 'figures' as const,
  figures: await Promise.all(
    (params as unknown as { readonly pairs: readonly Pair[] }).pairs.map(async (pair) => {
      const [[source], [target]] = await Promise.all([
        sql.query(sourceFigure, { sql: pair.sourceSql }),
        sql.query(targetFigure, { sql: pair.targetSql }),
      ]);
      return {
        name: pair.name,
        source: (source?.figure ?? null) as string | null,
        target: (target?.figure ?? null) as string | null,
      };
    }),
  ),
});

const readingOf = async (
  looking: Looking,
  step: PlanStep,
  looks: readonly Look[],
): Promise<Reading | null> => {
  const { world, bindings, readBy } = looking;
  const read = { server: bindings.source.server, readBy };
  const now = { ...read, serverTime: serverTime(world) };
  switch (step.kind) {
    case 'preflight':
      return { ...now, ...(await serverFacts(looking)) };
    case 'stop-aos':
      return { ...now, ...(await processes(looking)) };
    case 'toolkit':
      return { ...now, ...afterEntry(looking) };
    case 'reconcile':
      return { ...now, ...(await figures(looking, step)) };
    case 'replication-gate':
      return { ...read, of: 'replication', looks: [...looks] };
    default:
      return null;
  }
};

/** The toolkit's report `dv` of the tables that a step is about. */
const toolkitCounts = ({ world, bindings }: Looking, step: PlanStep): UploadBody => {
  const [scene, now] = [world.scene(), world.clock.now()];
  const { classes } = step.params as { readonly classes: readonly string[] };
  const [source, target] = [sourceRows(scene, now), targetRows(scene, now)];
  const tables = publicationsAt(scene, now)
    .filter((publication) => classes.includes(publication.class))
    .flatMap(({ articles }) => articles.map(({ name }) => name));
  const lines = tables.map((table) => [table, source.get(table) ?? '', target.get(table) ?? ''].join(','));
  return {
    kind: 'toolkit-counts',
    stepId: step.id,
    database: bindings.source.database,
    takenAt: iso(now),
    columns: { table: 'TABLE', schema: null, source: 'SOURCE', target: 'TARGET', delimiter: ',' },
    text: ['TABLE,SOURCE,TARGET', ...lines].join('\n'),
  };
};

const backupReport = ({ world, bindings }: Looking): UploadBody | null => {
  const newest = backupsAt(world.scene(), world.clock.now()).at(-1);
  return newest === undefined
    ? null
    : {
        kind: 'backup-report',
        text: 'BACKUP DATABASE successfully processed.',
        product: 'SQL Server',
        database: bindings.source.database,
        startedAt: iso(newest.startedAt),
        finishedAt: iso(newest.finishedAt),
        location: newest.file,
        verified: true,
      };
};

/** The report `ds` of the toolkit, as its parser expects it. */
const upgradeStatus = ({ world }: Looking): UploadBody | null => {
  const now = world.clock.now();
  const upgrade = upgradeAt(world.scene(), now);
  if (upgrade === null) return null;
  const lines = upgrade.steps.map(({ step, subStep, status }) => `${step} ${subStep} ${status}`);
  return { kind: 'upgrade-status', takenAt: iso(now), text: lines.join('\n') };
};

/** What somebody gives about a step that cannot read a server; null where there is nothing to give. */
export const documentFor = async (
  looking: Looking,
  step: PlanStep,
  looks: readonly Look[],
): Promise<UploadBody | null> => {
  switch (step.kind) {
    case 'baseline':
    case 'validate-counts':
      return toolkitCounts(looking, step);
    case 'backup-source':
      return backupReport(looking);
    case 'data-upgrade':
      return upgradeStatus(looking);
    default: {
      const reading = await readingOf(looking, step, looks);
      const takenAt = iso(looking.world.clock.now());
      return reading && { kind: 'statement', stepId: step.id, text, takenAt, waives: [], reading };
    }
  }
};
