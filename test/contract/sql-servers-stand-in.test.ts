import mssql from 'mssql';
import { z } from 'zod';
import { afterEach, describe, expect, test } from 'vitest';
import { lostRows } from '../../local/world/counts.ts';
import { startSqlServers, type SqlServers } from '../../local/sql-servers.ts';
import type { Statement } from '../../shared/contract/statement.ts';
import { reconciliationPairs } from '../../shared/contract/plans/reconciliation-pairs.ts';
import { axSessions } from '../../shared/contract/statements/ax-sessions.ts';
import { backupHistory } from '../../shared/contract/statements/backups.ts';
import { CATALOGUE } from '../../shared/contract/statements/catalogue.ts';
import { dataUpgradeStatus } from '../../shared/contract/statements/data-upgrade-status.ts';
import {
  distributionDatabase,
  replicationPending,
  replicationStatus,
} from '../../shared/contract/statements/distribution.ts';
import { replicationArticles } from '../../shared/contract/statements/replication-articles.ts';
import {
  drillCompaniesSource,
  drillCompaniesTarget,
  drillPartsSource,
  drillPartsTarget,
  drillRowsSource,
  drillRowsTarget,
  drillShapeSource,
  drillShapeTarget,
} from '../../shared/contract/statements/drill.ts';
import {
  exactSourceCounts,
  exactSourceLong,
  exactSourceRange,
  exactTargetCounts,
  exactTargetRange,
} from '../../shared/contract/statements/exact-counts.ts';
import { recidBoundsSource, recidIndexesSource } from '../../shared/contract/statements/recids.ts';
import { sourceWriters, sourceWrites } from '../../shared/contract/statements/source-writes.ts';
import { sourceFigure, targetFigure } from '../../shared/contract/statements/reconciliation.ts';
import { sourceEstimates, targetEstimates } from '../../shared/contract/statements/table-estimates.ts';
import { postTracerToken } from '../../shared/contract/statements/tracer-token.ts';
import { makeTestWorld, MINUTE, type TestWorld } from '../support/test-world.ts';

const LOGIN = { name: 'monitor', password: 'S3cret!' };
const PUBLISHER = { distribution: 'distribution', server: 'AXSQL01', database: 'AX2012PROD' };
const PK1 = 'AX_PUB_PkTable_1';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Connection = { readonly user?: string; readonly password?: string; readonly database?: string };

const connect = async (
  servers: SqlServers,
  side: 'source' | 'target',
  more: Connection = {},
): Promise<mssql.ConnectionPool> => {
  const pool = new mssql.ConnectionPool({
    server: '127.0.0.1',
    port: servers[side].port,
    user: LOGIN.name,
    password: LOGIN.password,
    database: side === 'source' ? 'AX2012PROD' : 'db_d365opsprod_uat_ax',
    options: { encrypt: false, trustServerCertificate: true },
    ...more,
  });
  closing.push(() => pool.close());
  await pool.connect();
  return pool;
};

/** The servers of a world, and the real client asking the statements of the catalogue. */
const asking = async (test: TestWorld, denied: readonly string[] = []) => {
  const servers = await startSqlServers({ world: test.world, logins: [{ ...LOGIN, denied }] });
  closing.push(servers.stop);
  const source = await connect(servers, 'source');
  const target = await connect(servers, 'target');
  const raw = async (
    server: Statement<unknown, unknown>['server'],
    text: string,
    values: Readonly<Record<string, string | number>> = {},
  ): Promise<readonly unknown[]> => {
    const request = (server === 'target' ? target : source).request();
    for (const [name, value] of Object.entries(values)) request.input(name, value);
    return (await request.query<unknown>(text)).recordset;
  };
  const ask = async <Parameters, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<readonly Row[]> => {
    const rows = await raw(statement.server, statement.text(parameters), statement.values(parameters));
    return z.array(statement.row).parse(rows);
  };
  return { servers, raw, ask };
};

test('every statement of the catalogue is answered in the shape that its own schema reads', async () => {
  const world = makeTestWorld();
  world.setUpDistributor();
  world.replicate();
  world.world.act.postTracer(PK1);
  const pairs = reconciliationPairs();
  const { raw } = await asking(world);
  for (const { name, server, exampleText, exampleValues, row } of CATALOGUE) {
    const isFigure = name.startsWith('reconciliation-figure');
    const text = isFigure ? (pairs[2]?.sourceSql ?? '') : exampleText;
    const rows = z.array(row).parse(await raw(server, text, exampleValues));
    expect(rows.length, name).toBeGreaterThan(0);
  }
});

describe('the distribution database', () => {
  test('is there from entry 4 to entry 8, and what is asked of it outside that time is error 208', async () => {
    const world = makeTestWorld();
    const { ask } = await asking(world);
    const database = async (): Promise<string | null | undefined> =>
      (await ask(distributionDatabase, null))[0]?.database;
    expect(await database()).toBeNull();
    await expect(ask(replicationStatus, PUBLISHER)).rejects.toMatchObject({ number: 208 });
    world.setUpDistributor();
    expect(await database()).toBe('distribution');
    expect(await ask(replicationStatus, PUBLISHER)).toEqual([]);
    world.replicate();
    world.stopAx();
    world.completeReplication();
    expect(await database()).toBeNull();
    await expect(ask(replicationArticles, PUBLISHER)).rejects.toMatchObject({ number: 208 });
  });

  test('shows a snapshot fail, being generated, delivered and caught up with', async () => {
    const world = makeTestWorld(['snapshot-agent-fails']);
    const { ask } = await asking(world);
    const name = 'AX_PUB_PkTable_2';
    world.setUpDistributor();
    world.finish(world.world.act.toolkit(5));
    const status = async (role: string) => {
      const rows = await ask(replicationStatus, PUBLISHER);
      return rows.find((row) => row.publication === name && row.role === role);
    };
    expect(await status('snapshot')).toBeUndefined();
    expect(await status('distribution')).toMatchObject({
      type: 0,
      articles: 20,
      subscriptions: 20,
      active: 0,
      delivered: false,
      runStatus: 4,
    });
    world.finish(world.world.act.startSnapshot(name));
    expect(await status('snapshot')).toMatchObject({
      runStatus: 6,
      error: expect.stringContaining('MSSQL_REPL20037') as string,
    });
    const outcome = world.world.act.startSnapshot(name);
    world.clock.advance(2 * MINUTE);
    expect(await status('snapshot')).toMatchObject({
      runStatus: 2,
      comment: '[100%] A snapshot of 20 article(s) was generated.',
      error: null,
      active: 20,
      delivered: false,
    });
    world.finish(outcome);
    expect(await status('distribution')).toMatchObject({ runStatus: 3, delivered: true });
    expect(await status('log-reader')).toMatchObject({ runStatus: 3 });
    const [pending] = (await ask(replicationPending, PUBLISHER)).filter(
      ({ publication }) => publication === name,
    );
    expect(pending?.pending).toBeGreaterThan(0);
  });

  test('answers nothing for another publisher', async () => {
    const world = makeTestWorld();
    world.setUpDistributor();
    world.replicate();
    const { ask } = await asking(world);
    expect(await ask(replicationStatus, { ...PUBLISHER, database: 'OTHER' })).toEqual([]);
    expect((await ask(replicationStatus, PUBLISHER)).length).toBeGreaterThan(0);
  });

  test('has a tracer token that the statement of the catalogue posted, first under way and then arrived', async () => {
    const world = makeTestWorld();
    world.setUpDistributor();
    world.replicate();
    const { ask } = await asking(world);
    const postedAt = world.clock.now() + world.world.scene().options.source.skewMs;
    expect(await ask(postTracerToken, { publication: PK1 })).toEqual([{ tracerId: -2_147_483_640 }]);
    const first = async () =>
      (await ask(replicationStatus, PUBLISHER)).find(({ publication }) => publication === PK1);
    const token = { publication: PK1, tracerPostedAt: postedAt };
    expect(await first()).toMatchObject({
      ...token,
      tracerAtDistributor: false,
      tracerSubscriptions: 0,
      tracerArrived: 0,
    });
    world.clock.advance(MINUTE);
    expect(await first()).toMatchObject({
      ...token,
      tracerAtDistributor: true,
      tracerSubscriptions: 1,
      tracerArrived: 1,
    });
    await expect(ask(postTracerToken, { publication: 'NONE' })).rejects.toMatchObject({ number: 20_026 });
  });
});

describe('counts', () => {
  const replicated = async () => {
    const world = makeTestWorld();
    world.setUpDistributor();
    world.replicate();
    world.stopAx();
    return { world, ...(await asking(world)) };
  };

  test('are exact and equal on both sides once replication has drained', async () => {
    const { ask } = await replicated();
    const articles = await ask(replicationArticles, PUBLISHER);
    const tables = articles
      .filter(({ publication }) => publication.startsWith('AX_PUB_PkTable'))
      .map(({ sourceSchema, sourceTable }) => ({ schema: sourceSchema, name: sourceTable }));
    const source = await ask(exactSourceCounts, { tables });
    expect(source).toHaveLength(40);
    expect(source.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(100_000_000);
    expect(await ask(exactTargetCounts, { tables })).toEqual(source);
  });

  test('of a table that has not arrived are error 208, and it has no estimate', async () => {
    const { ask, world } = await replicated();
    const name = world.world.scene().tables.find((table) => table.class === 'non-keyed')?.name ?? '';
    const tables = [{ schema: 'dbo', name }];
    expect(await ask(exactSourceCounts, { tables })).toHaveLength(1);
    await expect(ask(exactTargetCounts, { tables })).rejects.toMatchObject({ number: 208 });
    expect((await ask(targetEstimates, null)).map(({ table }) => table)).not.toContain(name);
    const estimates = await ask(sourceEstimates, null);
    expect(estimates.find(({ table }) => table === name)?.published).toBe(false);
    expect(estimates.filter(({ published }) => published)).toHaveLength(42);
  });

  test('of the ranges of a table add up to that of the whole, on both sides', async () => {
    const { ask } = await replicated();
    const table = { schema: 'dbo', name: 'CUSTTRANS' };
    const indexed = await ask(recidIndexesSource, { moreThan: 1_000_000 });
    expect(indexed.map(({ table: name }) => name)).toContain(table.name);
    const [{ low, high } = { low: null, high: null }] = await ask(recidBoundsSource, { tables: [table] });
    const middle = (BigInt(low ?? 0) + BigInt(high ?? 0)) / 2n;
    const halves = [
      { low: String(low), high: String(middle), first: true, last: false },
      { low: String(middle + 1n), high: String(high), first: false, last: true },
    ];
    const whole = (await ask(exactSourceLong, { table }))[0]?.rows;
    for (const statement of [exactSourceRange, exactTargetRange]) {
      const counts = await Promise.all(halves.map((range) => ask(statement, { table, range })));
      expect(counts.flat().every(({ rows }) => rows > 1_000_000)).toBe(true);
      expect(counts.flat().reduce((sum, { rows }) => sum + rows, 0)).toBe(whole);
    }
    const missing = { schema: 'dbo', name: 'NONE' };
    await expect(ask(exactSourceLong, { table: missing })).rejects.toMatchObject({ number: 208 });
  });

  test('tell which rows of which company miss, and by nothing but what a table has', async () => {
    const world = makeTestWorld(['rows-lost']);
    const { ask } = await asking(world);
    world.setUpDistributor();
    world.replicate();
    world.stopAx();
    const lost = lostRows(world.world.scene())!;
    const name = { schema: 'dbo', name: lost.table };
    const [{ perCompany } = { perCompany: false }] = await ask(drillShapeTarget, name);
    const table = { ...name, perCompany };
    const [source, target] = await Promise.all([
      ask(drillCompaniesSource, { table }),
      ask(drillCompaniesTarget, { table }),
    ]);
    const differing = source.filter((one, index) => one.rows !== target[index]?.rows);
    expect(differing).toHaveLength(1);
    const low = String(5_637_144_576 + 2 * lost.from);
    const high = String(Number(low) + 2 * lost.rows - 2);
    const range = { table, low, upTo: [low, high] };
    expect(await ask(drillPartsTarget, range)).toEqual([]);
    expect(await ask(drillPartsSource, range)).toMatchObject([
      { part: 0, rows: 1, sum: low, low, high: low },
      { part: 1, rows: lost.rows - 1, high },
    ]);
    const listed = await ask(drillRowsSource, { table, low, high, most: 2 });
    expect(listed).toEqual(
      [0, 2].map((step) => ({ recid: String(Number(low) + step), company: differing[0]?.company })),
    );
    expect(await ask(drillRowsTarget, { table, low, high, most: 2 })).toEqual([]);
    const shared = { schema: 'dbo', name: 'GENERALJOURNALENTRY', perCompany: true };
    await expect(ask(drillCompaniesSource, { table: shared })).rejects.toMatchObject({ number: 207 });
    const none = { schema: 'dbo', name: 'NONE', perCompany: false };
    expect(await ask(drillShapeSource, none)).toEqual([]);
    await expect(ask(drillCompaniesSource, { table: none })).rejects.toMatchObject({ number: 208 });
  });

  test('of a target that was not cleaned are there, and after entry 3 there is no table', async () => {
    const world = makeTestWorld();
    const { ask } = await asking(world);
    expect((await ask(targetEstimates, null)).length).toBeGreaterThan(10);
    world.setUpDistributor();
    expect(await ask(targetEstimates, null)).toEqual([]);
  });

  test('carry the figures of the plan, which agree when the rows do', async () => {
    const { ask } = await replicated();
    for (const { sourceSql, targetSql } of reconciliationPairs()) {
      const source = await ask(sourceFigure, { sql: sourceSql });
      expect(source).toEqual([{ figure: expect.stringMatching(/^\d{4,}\.\d\d$/) as string }]);
      expect(await ask(targetFigure, { sql: targetSql })).toEqual(source);
    }
  });
});

describe('the source server', () => {
  test('lists one row per process of AX, and one without any when all are stopped', async () => {
    const world = makeTestWorld();
    const { ask } = await asking(world);
    const sessions = await ask(axSessions, null);
    expect(sessions.map(({ host }) => host)).toEqual(['AXAOS01', 'AXAOS02', 'AXBATCH01']);
    expect(sessions.every(({ program }) => program === 'Microsoft Dynamics AX')).toBe(true);
    world.stopAx();
    expect(await ask(axSessions, null)).toMatchObject([{ mayLook: true, host: null, sessions: 0 }]);
  });

  test('tells when tables were last written, which stays the same once AX is off, and who is connected', async () => {
    const world = makeTestWorld();
    const { ask } = await asking(world);
    const before = await ask(sourceWrites, null);
    expect(before.find(({ table }) => table === 'CUSTTRANS')).toMatchObject({ mayLook: true, schema: 'dbo' });
    expect(await ask(sourceWriters, null)).toMatchObject([
      { host: 'AXAOS01' },
      { host: 'AXAOS02' },
      { host: 'AXBATCH01', program: 'Microsoft Dynamics AX', login: 'CONTOSO\\svc-axaos' },
    ]);
    world.stopAx();
    const after = await ask(sourceWrites, null);
    expect(after).not.toEqual(before);
    world.clock.advance(MINUTE);
    expect(await ask(sourceWrites, null)).toEqual(after);
    expect(await ask(sourceWriters, null)).toEqual([]);
  });

  test('dates backups by its own clock, newest first', async () => {
    const world = makeTestWorld();
    const { ask } = await asking(world);
    const startedAt = world.clock.now() + world.world.scene().options.source.skewMs;
    world.finish(world.world.act.takeBackup());
    const backups = await ask(backupHistory, { database: 'AX2012PROD' });
    expect(backups).toHaveLength(4);
    expect(backups[0]).toMatchObject({ startedAt, damaged: false, checksums: true });
    expect(await ask(backupHistory, { database: 'OTHER' })).toMatchObject([{ startedAt: null }]);
  });
});

describe('the target shows the data upgrade', () => {
  const triggered = async () => {
    const world = makeTestWorld();
    const { ask } = await asking(world);
    const [before] = await ask(dataUpgradeStatus, null);
    world.setUpDistributor();
    world.replicate();
    world.stopAx();
    world.completeReplication();
    world.finish(world.world.act.toolkit(10));
    return { world, before, look: async () => (await ask(dataUpgradeStatus, null))[0] };
  };

  test('once it is triggered, step by step, and what stands behind the steps', async () => {
    const { world, before, look } = await triggered();
    expect(before).toMatchObject({ steps: null, servicing: null, syncs: [], batch: [] });
    expect(await look()).toMatchObject({
      steps: [{ step: 'PreReqs-AdditiveDbSync', status: 'In Progress', endedAt: null }],
      servicing: [],
      syncs: [{ step: 'LegacyIds, AdditiveTableSync', finishedAt: null }],
      work: [{ requests: 1 }],
    });
    world.clock.advance(30 * MINUTE);
    expect(await look()).toMatchObject({
      servicing: [{ path: '/DataUpgrade/PreSync', status: 1 }],
      batch: [{ job: 2, task: 1 }, { task: 2 }, { task: 4 }],
    });
    world.clock.advance(121 * MINUTE);
    const over = await look();
    expect(new Set(over?.steps?.map(({ status }) => status))).toEqual(new Set(['Completed']));
    expect(over?.steps).toHaveLength(7);
    expect(over?.servicing?.map(({ status }) => status)).toEqual([2, 2, 2]);
    expect(over?.syncs?.every(({ finishedAt, succeeded }) => finishedAt !== null && succeeded)).toBe(true);
    expect(over?.batch).toMatchObject([{ job: 4, task: 4 }]);
  });

  test('whose synchronisation stands still does nothing, and has no end', async () => {
    const { world, look } = await triggered();
    world.clock.advance(60 * MINUTE);
    const at = world.clock.now();
    world.finish(world.world.act.trouble('sync-stalls', true));
    world.clock.advance(200 * MINUTE);
    const stalled = await look();
    expect(stalled?.syncs?.[0]).toMatchObject({ step: 'FullAll', finishedAt: null });
    expect(stalled?.work).toEqual([{ sessions: 1, requests: 0, lastAt: at }]);
    world.finish(world.world.act.trouble('sync-stalls', false));
    world.clock.advance(95 * MINUTE);
    expect((await look())?.steps?.at(-1)).toMatchObject({ status: 'Completed' });
  });
});

describe('what is not of the catalogue', () => {
  test.each([
    ['a statement nobody knows', 'SELECT 1 AS one'],
    ['a statement with one letter changed', axSessions.text(null).replace('COUNT', 'COUNt')],
    [
      'a count with something added',
      `${exactSourceCounts.text({ tables: [{ schema: 'dbo', name: 'CUSTTABLE' }] })} WITH (NOLOCK)`,
    ],
    [
      'a range with something added',
      `${exactSourceRange.text({ table: { schema: 'dbo', name: 'CUSTTABLE' }, range: { low: '', high: '', first: true, last: true } })} --`,
    ],
    ['a figure that no plan has', 'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANS'],
  ])('is a syntax error: %s', async (_, text) => {
    const { raw } = await asking(makeTestWorld());
    await expect(raw('source', text)).rejects.toMatchObject({ number: 102 });
  });

  test('is a statement for the other server', async () => {
    const { raw } = await asking(makeTestWorld());
    await expect(raw('target', axSessions.text(null))).rejects.toMatchObject({ number: 102 });
  });
});

describe('a login', () => {
  test('without the rights for a statement gets error 229', async () => {
    const { ask } = await asking(makeTestWorld(), ['post-tracer-token', 'ax-sessions']);
    await expect(ask(axSessions, null)).rejects.toMatchObject({ number: 229 });
    await expect(ask(postTracerToken, { publication: PK1 })).rejects.toMatchObject({ number: 229 });
    expect(await ask(backupHistory, { database: 'AX2012PROD' })).toHaveLength(3);
  });

  test('that is wrong, or wants a database that is not there, is refused', async () => {
    const { servers } = await asking(makeTestWorld());
    await expect(connect(servers, 'source', { password: 'wrong' })).rejects.toMatchObject({ code: 'ELOGIN' });
    await expect(connect(servers, 'source', { database: 'distribution' })).rejects.toMatchObject({
      code: 'ELOGIN',
    });
  });

  test('in master sees the distributor but not the tables of the business database', async () => {
    const world = makeTestWorld();
    world.setUpDistributor();
    const { servers } = await asking(world);
    const master = await connect(servers, 'source', { database: 'master' });
    const found = await master.request().query<{ database: string }>(distributionDatabase.text(null));
    expect(found.recordset[0]?.database).toBe('distribution');
    await expect(master.request().query(sourceEstimates.text(null))).rejects.toMatchObject({ number: 208 });
  });
});
