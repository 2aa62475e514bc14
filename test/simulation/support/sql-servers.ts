import { CutoverError } from '../../../shared/core/errors.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import type { Fact, Published } from './facts.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { Temper } from './temper.ts';
import type { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** What is published, a class of tables each. */
export const PUBLICATIONS = ['AX_PUB_PkTable_1', 'AX_PUB_NoPKTable_1'] as const;
/** Agents write their history so often. */
const AGENT_EVERY_MS = 5 * MINUTE_MS;
/** So many that a few tables fill what one statement counts. */
const ROWS = 600_000;
const DRAINED = 'No replicated transactions are available.';

/** A tracer token as the publisher holds it: in its local time. */
type Token = { readonly publication: string; readonly postedAt: number; readonly localAt: number };

/** The servers of one simulation. */
export type Servers = {
  /** So many tables are published. */
  readonly tables: number;
  /** When the clocks of the servers change, and by how many hours; UTC runs on. */
  readonly clockChange: { readonly at: number; readonly hours: number };
};

const failures = [
  () => new CutoverError('C501', 'the connection was reset'),
  () => new CutoverError('C504', 'the statement took too long'),
  () => new CutoverError('C502', 'the login was refused'),
];

/**
 * The SQL Servers at source and target as the real kinds ask them: replication that drains after a while, agents and
 * tokens dated in local time, and tables whose rows arrive, all but those that were lost on the way.
 */
export const makeSqlServers = (parts: {
  readonly servers: Servers;
  readonly time: VirtualTime;
  readonly scheduler: Scheduler;
  readonly record: (fact: Fact) => void;
  readonly temper: Temper;
}) => {
  const { servers, time, scheduler, record, temper } = parts;
  const names = Array.from({ length: servers.tables }, (_, index) => `TABLE${index + 1}`);
  const published: Published = {
    keyed: names.filter((_, index) => index % 2 === 0),
    'non-keyed': names.filter((_, index) => index % 2 === 1),
  };
  const drainsAt = time.now() + temper.takesMs('replication');
  const tokens: Token[] = [];
  let isDrained = false;
  let failed = 0;
  let countings = 0;

  const offsetMs = (at: number): number =>
    HOUR_MS * (1 + (at < servers.clockChange.at ? 0 : servers.clockChange.hours));
  /** What a statement makes of a local time: it knows today's offset only. */
  const asUtc = (localAt: number): number => localAt - offsetMs(time.now());
  const pending = (): number => {
    if (time.now() < drainsAt) return 1_500;
    if (!isDrained) record({ type: 'drained' });
    isDrained = true;
    return 0;
  };
  const postToken = (publication: string): void => {
    const postedAt = time.now();
    tokens.push({ publication, postedAt, localAt: postedAt + offsetMs(postedAt) });
    record({ type: 'token-posted', publication });
  };
  const rowsOf = (index: number): number => ROWS * (index + 1);

  const token = (publication: string) => {
    const newest = tokens.findLast((posted) => posted.publication === publication);
    if (newest === undefined) {
      return {
        tracerPostedAt: null,
        tracerAtDistributor: null,
        tracerSubscriptions: null,
        tracerArrived: null,
      };
    }
    const arrived = Math.max(newest.postedAt, drainsAt) < time.now() ? 1 : 0;
    return {
      tracerPostedAt: asUtc(newest.localAt),
      tracerAtDistributor: true,
      tracerSubscriptions: 1,
      tracerArrived: arrived,
    };
  };

  const agent = (publication: string, role: 'log-reader' | 'distribution') => {
    const wroteAt = Math.floor(time.now() / AGENT_EVERY_MS) * AGENT_EVERY_MS;
    const at = asUtc(wroteAt + offsetMs(wroteAt));
    return {
      publication,
      type: 0,
      articles: names.length,
      subscriptions: 1,
      active: 1,
      delivered: true,
      role,
      agent: `${role} of ${publication}`,
      runStatus: 4,
      comment: DRAINED,
      at,
      latencyMs: 1_000,
      error: null,
      retentionHours: 336,
      undeliveredSince: pending() === 0 ? null : asUtc(time.now() + offsetMs(time.now())),
      ...token(publication),
      distributionBytes: 4_000_000_000,
    };
  };
  const estimates = () =>
    names.map((table, index) => ({ schema: 'dbo', table, rows: rowsOf(index), published: true }));
  /** By the estimates the first table never quite arrives, so that there is something to look into. */
  const arrivedEstimates = () =>
    estimates().map((table) => (table.table === names[0] ? { ...table, rows: table.rows - 1 } : table));
  /** What a drill-down into that table finds, made small: of three rows the second has not arrived. */
  const drilled = (side: 'source' | 'target') => {
    const recids = side === 'source' ? [1, 2, 3] : [1, 3];
    const sum = String(recids.reduce((total, recid) => total + recid, 0));
    return {
      shape: ({ name }: { name: string }) => [
        { schema: 'dbo', table: name, hasRecid: true, perCompany: true, indexed: true },
      ],
      companies: () => [{ company: 'usmf', rows: recids.length, sum, low: '1', high: '3' }],
      bounds: () => [{ position: 0, low: '1', high: '3' }],
      parts: ({ low, upTo }: { low: string; upTo: readonly string[] }) =>
        upTo.flatMap((end, part) => {
          const first = part === 0 ? Number(low) : Number(upTo[part - 1]) + 1;
          const own = recids.filter((recid) => recid >= first && recid <= Number(end));
          if (own.length === 0) return [];
          const total = own.reduce((all, recid) => all + recid, 0);
          const figures = { rows: own.length, sum: String(total) };
          return [{ part, ...figures, low: String(own[0]), high: String(own.at(-1)) }];
        }),
      rows: () => recids.map((recid) => ({ recid: String(recid), company: 'usmf' })),
    };
  };
  const counts = ({ tables }: { tables: readonly { name: string }[] }, side: 'source' | 'target') => {
    countings += side === 'target' ? 1 : 0;
    const lost = side === 'target' && temper.mismatches(countings) ? 1 : 0;
    if (side === 'target')
      record({ type: 'counted', tables: tables.slice(lost).map(({ name }) => name), published });
    return tables.map(({ name }, position) => ({
      position,
      rows: rowsOf(names.indexOf(name)) - (position === 0 ? lost : 0),
    }));
  };

  const ANSWERS: Readonly<Record<string, (parameters: never) => readonly unknown[]>> = {
    'distribution-database': () => [
      { mayLook: true, database: 'distribution', accessible: true, serverTime: time.now() },
    ],
    'replication-status': () =>
      PUBLICATIONS.flatMap((name) => [agent(name, 'log-reader'), agent(name, 'distribution')]),
    'replication-pending': () => PUBLICATIONS.map((publication) => ({ publication, pending: pending() })),
    'source-health': () => [
      {
        serverTime: time.now(),
        logReuseWait: 'NOTHING',
        logBytes: 64_000_000_000,
        logUsedBytes: 8_000_000_000,
        volume: 'D:\\',
        volumeBytes: 900_000_000_000,
        freeBytes: 500_000_000_000,
      },
    ],
    'replication-articles': () =>
      names.map((name, index) => ({
        publication: PUBLICATIONS[index % 2],
        sourceSchema: 'dbo',
        sourceTable: name,
        targetSchema: 'dbo',
        targetTable: name,
      })),
    'table-estimates-source': estimates,
    'table-estimates-target': arrivedEstimates,
    'drill-shape-source': drilled('source').shape,
    'drill-shape-target': drilled('target').shape,
    'drill-companies-source': drilled('source').companies,
    'drill-companies-target': drilled('target').companies,
    'drill-parts-source': drilled('source').parts,
    'drill-rows-source': drilled('source').rows,
    'recid-bounds-source': drilled('source').bounds,
    'drill-parts-target': drilled('target').parts,
    'drill-rows-target': drilled('target').rows,
    'recid-bounds-target': drilled('target').bounds,
    'exact-counts-source': (asked) => counts(asked, 'source'),
    'exact-counts-target': (asked) => counts(asked, 'target'),
    'recid-indexes-source': () => [],
    'recid-indexes-target': () => [],
    'source-writes': () => [{ mayLook: true, schema: null, table: null, writtenAt: null }],
    'source-writers': () => [],
    'post-tracer-token': ({ publication }: { publication: string }) => {
      postToken(publication);
      return [{ tracerId: String(tokens.length) }];
    },
  };

  const failure = (): CutoverError => {
    failed += 1;
    return failures[failed % failures.length]!();
  };

  return {
    sql: (owner: Owner): Sql => ({
      sourceOf: () => 'pulled',
      query: <Row>(statement: { readonly name: string }, parameters: unknown) =>
        scheduler.call(
          owner,
          `query ${statement.name}`,
          () => {
            if (temper.isCutOff(statement.name)) throw failure();
            if (temper.isGarbage(statement.name)) throw new CutoverError('C505', statement.name);
            const answer = ANSWERS[statement.name];
            if (answer === undefined) throw new Error(`nobody answers ${statement.name}`);
            return answer(parameters as never) as readonly Row[];
          },
          { failure, mayLandLate: false },
        ),
    }),
    /** The DBA posts a token into each publication by hand. */
    postTokens: (): void => {
      for (const publication of PUBLICATIONS) postToken(publication);
    },
  };
};

/** See {@link makeSqlServers}. */
export type SqlServers = ReturnType<typeof makeSqlServers>;
