import { reconciliationPairs } from '../shared/contract/plans/reconciliation-pairs.ts';
import { axSessions } from '../shared/contract/statements/ax-sessions.ts';
import { backupHistory } from '../shared/contract/statements/backups.ts';
import { dataUpgradeStatus } from '../shared/contract/statements/data-upgrade-status.ts';
import {
  distributionDatabase,
  replicationPending,
  replicationStatus,
} from '../shared/contract/statements/distribution.ts';
import { replicationArticles } from '../shared/contract/statements/replication-articles.ts';
import { sourceFacts, targetFacts } from '../shared/contract/statements/server-facts.ts';
import { sourceHealth } from '../shared/contract/statements/source-health.ts';
import { sourceWriters, sourceWrites } from '../shared/contract/statements/source-writes.ts';
import { sourceEstimates, targetEstimates } from '../shared/contract/statements/table-estimates.ts';
import { postTracerToken } from '../shared/contract/statements/tracer-token.ts';
import {
  estimatesAnswer,
  exactCountsAnswer,
  figureAnswer,
  rowsIn,
  tablesCounted,
} from './sql/count-answers.ts';
import {
  DISTRIBUTION,
  distributionDatabaseAnswer,
  hasDistribution,
  replicationArticlesAnswer,
  replicationPendingAnswer,
  replicationStatusAnswer,
} from './sql/distribution-answers.ts';
import { drillShape, drillShapeAnswer, drillStatement } from './sql/drill-answers.ts';
import type { RowsOf } from './sql/recid-answers.ts';
import { recidIndexes, recidIndexesAnswer, recidStatement } from './sql/recid-answers.ts';
import {
  axSessionsAnswer,
  backupHistoryAnswer,
  postTracerAnswer,
  sourceFactsAnswer,
  sourceHealthAnswer,
  SOURCE_VERSION,
  sourceWritersAnswer,
  sourceWritesAnswer,
} from './sql/source-answers.ts';
import { dataUpgradeStatusAnswer, targetFactsAnswer, TARGET_VERSION } from './sql/target-answers.ts';
import type { Login } from './tds/authentication.ts';
import { startTdsServer, type TdsServer } from './tds/server.ts';
import { invalidObjectName, lockRequestTimedOut, SqlError } from './tds/sql-error.ts';
import type { SqlAnswer, SqlHandler, SqlRequest, TdsFaults } from './tds/sql-handler.ts';
import { accessFaults, hasLostRight, isSlow } from './access.ts';
import {
  sourceEstimates as sourceEstimatesAt,
  sourceRows,
  targetNumbers,
  targetRows,
  type Rows,
} from './world/counts.ts';
import { publishedArticles } from './world/publications.ts';
import type { World } from './world/world.ts';

/** A login and the statements of the catalogue, by name, that it lacks the rights for. */
export type MonitorLogin = Login & { readonly denied?: readonly string[] };

/** The two servers of a world: the distributor is on the source server. */
export type SqlServersOptions = {
  readonly world: World;
  readonly logins: readonly MonitorLogin[];
  /** The SQL of the figures that a plan reconciles; that of the carried plans if none is given. */
  readonly figures?: readonly string[];
  readonly sourcePort?: number;
  readonly targetPort?: number;
  readonly faults?: { readonly source?: TdsFaults; readonly target?: TdsFaults };
};

/** The running servers. */
export type SqlServers = {
  readonly source: TdsServer;
  readonly target: TdsServer;
  readonly stop: () => Promise<void>;
};

/** What the two servers answer with, apart from the protocol. */
export const sqlHandlers = (
  options: Pick<SqlServersOptions, 'world' | 'logins' | 'figures'>,
): { readonly source: SqlHandler; readonly target: SqlHandler } => ({
  source: sourceHandler(options),
  target: targetHandler(options),
});

/** A statement that is answered, and whether only in the business database. */
type Known = {
  readonly name: string;
  readonly database: 'business' | 'any';
  readonly answer: (request: SqlRequest) => SqlAnswer;
};

/**
 * Starts the world behind TDS. There is no SQL engine: a statement is answered if it is, letter for letter, one of the
 * catalogue or of the plan's figures; anything else is a syntax error, so that an unknown statement is never an empty
 * success.
 */
export const startSqlServers = async (options: SqlServersOptions): Promise<SqlServers> => {
  const { world, logins, faults } = options;
  const handlers = sqlHandlers(options);
  const { source, target } = world.scene().options;
  const [sourceServer, targetServer] = await Promise.all([
    startTdsServer({
      port: options.sourcePort ?? 0,
      serverName: source.server,
      version: SOURCE_VERSION,
      logins,
      databases: [source.database, 'msdb'],
      handle: handlers.source,
      faults: { ...accessFaults(world, 'source'), ...faults?.source },
    }),
    startTdsServer({
      port: options.targetPort ?? 0,
      serverName: target.server,
      version: TARGET_VERSION,
      logins,
      databases: [target.database],
      handle: handlers.target,
      faults: { ...accessFaults(world, 'target'), ...faults?.target },
    }),
  ]);
  return {
    source: sourceServer,
    target: targetServer,
    stop: async () => {
      await Promise.all([sourceServer.stop(), targetServer.stop()]);
    },
  };
};

const figuresOf = ({ figures }: SqlServersOptions): ReadonlySet<string> =>
  new Set(figures ?? reconciliationPairs().flatMap(({ sourceSql, targetSql }) => [sourceSql, targetSql]));

/** SQL Server's own error for a missing right. */
const permissionDenied = (statement: string, database: string): SqlError =>
  new SqlError(
    229,
    `The SELECT permission was denied on the object '${statement}', database '${database}', schema 'dbo'.`,
    { class: 14 },
  );

const handler = (
  { logins, world }: SqlServersOptions,
  database: string,
  known: ReadonlyMap<string, Known>,
  otherwise: (sql: string) => Known | null,
): SqlHandler => {
  const denied = new Map(logins.map((login) => [login.name, new Set(login.denied ?? [])]));
  return (request) => {
    if (request.procedure !== null) return null;
    const found = known.get(request.sql) ?? otherwise(request.sql);
    if (found === null) return null;
    const isDenied = denied.get(request.login)?.has(found.name) === true || hasLostRight(world, found.name);
    if (isDenied) throw permissionDenied(found.name, database);
    if (isSlow(world, found.name)) throw lockRequestTimedOut();
    // In master there are the objects of the server, and not those of the business database.
    const isHere = request.database.toLowerCase() === database.toLowerCase();
    if (!isHere && found.database === 'business') throw invalidObjectName(found.name);
    return found.answer(request);
  };
};

const numbersOf =
  (world: World, side: 'source' | 'target', all: Rows): RowsOf =>
  (table) => {
    const rows = rowsIn(table, all);
    if (side === 'source') return { numbers: rows, gap: null };
    return targetNumbers(world.scene(), table.name, rows, world.clock.now());
  };

/** The statements without a fixed text: exact counts of any tables, and the figures of the plan. */
const builtStatement = (
  options: SqlServersOptions,
  side: 'source' | 'target',
): ((sql: string) => Known | null) => {
  const { world } = options;
  const figures = figuresOf(options);
  const rows = (): Rows => {
    const read = side === 'source' ? sourceRows : targetRows;
    return read(world.scene(), world.clock.now());
  };
  return (sql) => {
    if (figures.has(sql)) {
      const { seed } = world.scene().options;
      return {
        name: `reconciliation-figure-${side}`,
        database: 'business',
        answer: () => figureAnswer(sql, rows(), seed),
      };
    }
    const tables = tablesCounted(side, sql);
    if (tables !== null) {
      return {
        name: `exact-counts-${side}`,
        database: 'business',
        answer: () => exactCountsAnswer(tables, rows()),
      };
    }
    const { companies } = world.scene().options;
    const built = recidStatement(side, sql) ?? drillStatement(side, sql, companies);
    return (
      built && {
        name: built.name,
        database: 'business',
        answer: (request) => built.answer(numbersOf(world, side, rows()), request),
      }
    );
  };
};

const sourceHandler = (options: SqlServersOptions): SqlHandler => {
  const { world } = options;
  const now = (): number => world.clock.now();
  const known = new Map<string, Known>([
    fixed(axSessions.name, axSessions.text(null), () => axSessionsAnswer(world)),
    fixed(sourceWrites.name, sourceWrites.text(null), () => sourceWritesAnswer(world)),
    fixed(sourceWriters.name, sourceWriters.text(null), () => sourceWritersAnswer(world)),
    fixed(backupHistory.name, backupHistory.text({ database: '' }), (request) =>
      backupHistoryAnswer(world, request),
    ),
    fixed(sourceFacts.name, sourceFacts.text(null), () => sourceFactsAnswer(world)),
    fixed(sourceHealth.name, sourceHealth.text({ distribution: '' }), () => sourceHealthAnswer(world)),
    fixed(sourceEstimates.name, sourceEstimates.text(null), () =>
      estimatesAnswer(sourceEstimatesAt(world.scene(), now()), publishedArticles(world.scene(), now())),
    ),
    fixed(postTracerToken.name, postTracerToken.text({ publication: '' }), (request) =>
      postTracerAnswer(world, request),
    ),
    recidIndexStatement(world, 'source'),
    drillShapeStatement(world, 'source'),
    ...distributorStatements(world),
  ]);
  const { database } = world.scene().options.source;
  return handler(options, database, known, builtStatement(options, 'source'));
};

const fixed = (
  name: string,
  text: string,
  answer: Known['answer'],
  database: Known['database'] = 'business',
): readonly [string, Known] => [text, { name, database, answer }];

const recidIndexStatement = (world: World, side: 'source' | 'target'): readonly [string, Known] => {
  const { name, text } = recidIndexes(side);
  const read = side === 'source' ? sourceRows : targetRows;
  return fixed(name, text, (request) =>
    recidIndexesAnswer(world.scene().tables, read(world.scene(), world.clock.now()), request),
  );
};

const drillShapeStatement = (world: World, side: 'source' | 'target'): readonly [string, Known] => {
  const { name, text } = drillShape(side);
  const read = side === 'source' ? sourceRows : targetRows;
  return fixed(name, text, (request) =>
    drillShapeAnswer(world.scene().tables, read(world.scene(), world.clock.now()), request),
  );
};

const distributorStatements = (world: World): readonly (readonly [string, Known])[] => {
  const publisher = { distribution: DISTRIBUTION, server: '', database: '' };
  const inDistribution =
    (answer: (world: World, request: SqlRequest) => SqlAnswer) =>
    (request: SqlRequest): SqlAnswer => {
      if (!hasDistribution(world)) {
        throw invalidObjectName(`${DISTRIBUTION}.dbo.MSpublications`);
      }
      return answer(world, request);
    };
  const answers = [
    [replicationStatus, replicationStatusAnswer],
    [replicationPending, replicationPendingAnswer],
    [replicationArticles, replicationArticlesAnswer],
  ] as const;
  return [
    fixed(
      distributionDatabase.name,
      distributionDatabase.text(null),
      () => distributionDatabaseAnswer(world),
      'any',
    ),
    ...answers.map(([{ name, text }, answer]) => fixed(name, text(publisher), inDistribution(answer), 'any')),
  ];
};

const targetHandler = (options: SqlServersOptions): SqlHandler => {
  const { world } = options;
  const known = new Map<string, Known>([
    fixed(targetFacts.name, targetFacts.text(null), () => targetFactsAnswer(world)),
    fixed(targetEstimates.name, targetEstimates.text(null), () =>
      estimatesAnswer(targetRows(world.scene(), world.clock.now()), new Set()),
    ),
    fixed(dataUpgradeStatus.name, dataUpgradeStatus.text(null), () => dataUpgradeStatusAnswer(world)),
    recidIndexStatement(world, 'target'),
    drillShapeStatement(world, 'target'),
  ]);
  const { database } = world.scene().options.target;
  return handler(options, database, known, builtStatement(options, 'target'));
};
