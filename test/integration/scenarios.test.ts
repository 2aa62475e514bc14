import { afterEach, describe, expect, it } from 'vitest';
import { SCENARIOS, type ScenarioName } from '../../local/scenarios.ts';
import { conditionsMet, verdictsMet } from '../../local/summary.ts';
import type { FaultName } from '../../local/world/history.ts';
import { TROUBLED_TABLES } from '../../local/world/troubled-tables.ts';
import type { TroubleName } from '../../local/world/troubles.ts';
import { WRITER } from '../../local/world/writer.ts';
import type { Snapshot } from '../../shared/core/counts.ts';
import type { IgnoreEntry } from '../../shared/core/ignored.ts';
import type { JudgedTable } from '../../shared/core/judged-tables.ts';
import { judgeTables } from '../../shared/core/judged-tables.ts';
import type { Unmet } from '../../shared/core/replication-agents.ts';
import { heldFor } from '../../shared/core/replication-conditions.ts';
import { verdictTotals, type VerdictRules } from '../../shared/core/table-verdict.ts';
import { makeCountingStore } from '../../shared/engine/counting-store.ts';
import type { Sql } from '../../shared/kinds/kind-ports.ts';
import { validateCounts } from '../../shared/kinds/validate-counts.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { MINUTE } from '../support/test-world.ts';
import { startWorldOverTds, type WorldOverTds } from '../support/world-over-tds.ts';
import { contextFor, fakeSnapshots, short } from '../unit/kinds/kind-context.ts';

/**
 * Every scenario of the stand-in through the real SQL client, the statements, the kinds and the rules, and what the summary
 * of a run says of it. A clock that the test moves spares the hours of a whole cutover.
 */
const PK1 = 'AX_PUB_PkTable_1';

let running: WorldOverTds | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

const start = async (...faults: readonly FaultName[]): Promise<WorldOverTds> => {
  running = await startWorldOverTds(faults);
  return running;
};

/** A world in which everything is replicated and AX works on. */
const replicated = async (...faults: readonly FaultName[]): Promise<WorldOverTds> => {
  const world = await start(...faults);
  world.test.setUpDistributor();
  world.test.replicate();
  return world;
};

/** What the summary of a run tells of conditions that its log has. */
const told = (unmet: readonly Unmet[]) =>
  conditionsMet([
    { type: 'replication-changed', unmet: unmet.map((one) => ({ ...one, since: 0 })) } as never,
  ]);

type Named = { readonly name: string };

/** Counts the keyed tables as the step does, until the gate has an answer. */
const counting = ({ test, sql }: WorldOverTds, rehearsal: readonly Snapshot[] = []) => {
  const { source, target } = test.world.scene().options;
  const snapshots = fakeSnapshots(rehearsal);
  const countings = makeCountingStore(makeMemoryTables());
  const asked: { readonly name: string; readonly tables: readonly string[] }[] = [];
  const noted: Sql = {
    ...sql,
    query: async (statement, parameters) => {
      const { tables = [], table } = (parameters ?? {}) as { tables?: Named[]; table?: Named };
      const named = [...tables, ...(table === undefined ? [] : [table])];
      asked.push({ name: statement.name, tables: named.map(({ name }) => name) });
      // Counting takes its time: somebody may write meanwhile.
      if (statement.name.startsWith('exact-')) test.clock.advance(MINUTE);
      return await sql.query(statement, parameters);
    },
  };
  const count = async () => {
    const context = contextFor(validateCounts, {
      params: { classes: ['keyed'] },
      bindings: { source, target, ...(rehearsal.length === 0 ? {} : { rehearsal: 'c-rehearsal' }) },
      ports: { sql: noted, snapshots, countings },
      now: test.clock.now(),
    });
    for (;;) {
      const reading = await validateCounts.read(context);
      const verdict = validateCounts.judge(context, reading);
      if (short(verdict) !== 'not-yet counting') return verdict;
    }
  };
  return { count, asked, stored: snapshots.stored };
};

const rulesAt = (stoppedAt: number | null, drainedAt: number | null) => (): VerdictRules => ({
  nonKeyedPublished: false,
  stoppedAt,
  drainedAt,
});

const judged = (
  snapshots: readonly Snapshot[],
  rules: () => VerdictRules,
  now: number,
  ignored: readonly IgnoreEntry[] = [],
): readonly JudgedTable[] =>
  judgeTables(snapshots, { rules, lists: { ignored, special: [] }, now, rehearsal: [] });

const of = (tables: readonly JudgedTable[], table: string) =>
  tables.find((one) => one.table === `dbo.${table}`);
const totals = (tables: readonly JudgedTable[]) => verdictTotals(tables.map(({ verdict }) => verdict));

describe('trouble with replication, read over TDS', () => {
  const CONDITIONS: Readonly<Partial<Record<ScenarioName, string>>> = {
    'log-reader-stops': 'agent:AX_PUB_PkTable_1:log-reader',
    'database-has-no-owner': 'agent:AX_PUB_PkTable_1:log-reader',
    'text-too-long': 'agent:AX_PUB_PkTable_1:log-reader',
    'target-refuses-address': 'agent:AX_PUB_PkTable_1:distribution',
    'objects-not-listed': 'agent:AX_PUB_PkTable_1:snapshot',
    'unknown-error': 'agent:AX_PUB_PkTable_1:distribution',
    'agent-reports-error': 'agent-error:AX_PUB_PkTable_1:distribution',
    'agent-never-ran': 'agent-missing:AX_PUB_PkTable_1:distribution',
    'agents-fall-silent': 'agent-silent:AX_PUB_PkTable_1:log-reader',
    'latency-rises': 'latency:AX_PUB_PkTable_1:distribution',
    'delivery-stalls': 'pending:AX_PUB_PkTable_1',
    'subscription-deactivated': 'subscriptions:AX_PUB_PkTable_1',
    'commands-age': 'retention:AX_PUB_PkTable_1',
    'log-fills': 'source-log',
    'disk-fills': 'disk:L:',
    'distribution-detached': 'distribution-absent',
    'source-login-lapses': 'access-refused',
    'source-right-revoked': 'access-rights',
    'source-slow': 'replication-slow',
    'source-away': 'replication-blind',
    'health-right-revoked': 'access-source:source-health',
    'target-access-lapses': 'access-target:table-estimates-target',
  };

  it.each(Object.entries(CONDITIONS))('%s is told as %s until somebody mends it', async (name, code) => {
    const { test, lacking } = await replicated();
    expect(await lacking()).toEqual([]);
    test.finish(test.world.act.trouble(name as TroubleName, true));
    test.clock.advance(45 * MINUTE);
    const met = told(await lacking()).find((one) => one.code.startsWith(code));
    expect(met?.who).toMatch(/^(?:DBA|platform engineer|nobody: it passes)$/);
    expect(code).toContain(SCENARIOS[name as ScenarioName].mendedAt ?? 'mended by nobody');
    test.finish(test.world.act.trouble(name as TroubleName, false));
    test.clock.advance(30 * MINUTE);
    expect(await lacking()).toEqual([]);
  });
});

describe('a run in which nothing goes wrong, read over TDS', () => {
  it('meets what every replication lacks on its way, and nothing in the end', async () => {
    const { test, look, lacking } = await start();
    const codes = async (): Promise<readonly string[]> => told(await lacking()).map(({ code }) => code);
    expect(await codes()).toEqual(['distribution-absent']);
    test.setUpDistributor();
    expect(await codes()).toEqual(['publication:keyed']);
    test.finish(test.world.act.toolkit(5));
    expect(await codes()).toContain(`snapshot:${PK1}`);
    for (const { name } of test.world.scene().designs.filter(({ startedByHand }) => startedByHand))
      test.finish(test.world.act.startSnapshot(name));
    test.finish(test.world.act.toolkit(6));
    test.clock.advance(60 * MINUTE);
    expect(await codes()).toEqual([]);

    for (const host of test.world.scene().options.aosHosts) test.finish(test.world.act.stopAos(host));
    const after = test.clock.now() - 1;
    const drained = async (): Promise<readonly string[]> => {
      const { reading } = await look();
      const demand = { goal: 'drained', classes: ['keyed'], tracerAfter: after, polls: 2, after } as const;
      return heldFor([reading], { ...demand, now: test.clock.now() }).map(({ code }) => code);
    };
    expect(await drained()).toEqual(expect.arrayContaining([`log-reader:${PK1}`, `tracer:${PK1}`]));
    for (const { name } of test.world.scene().designs.filter(({ transactional }) => transactional))
      expect(test.world.act.postTracer(name).accepted).toBe(true);
    test.clock.advance(10 * MINUTE);
    expect(await drained()).toEqual(['in-a-row']);
  });

  it('has tables that catch up, wait for their publication, are left out, and are equal', async () => {
    const { test, look } = await start();
    test.setUpDistributor();
    test.finish(test.world.act.toolkit(5));
    const looks: Snapshot[] = [];
    const lookAgain = async (): Promise<void> => {
      const { snapshot } = await look();
      if (snapshot !== null) looks.push(snapshot);
    };
    const keyed = test.world.scene().designs.filter((design) => design.class === 'keyed');
    const started = keyed.map(({ name }) => test.world.act.startSnapshot(name));
    for (const outcome of started) test.finish(outcome);
    await lookAgain();
    const entry = { table: 'USERINFO', reason: 'not in the AOT', owner: 'Dina' };
    const ignored = [{ ...entry, expiresAt: test.clock.now() + 1e9 }];
    const rules = rulesAt(null, null);
    const before = judged(looks, rules, test.clock.now(), ignored);
    expect(of(before, 'INVENTTRANS')?.verdict).toBe('deferred');
    expect(of(before, 'USERINFO')?.verdict).toBe('ignored');
    expect(of(before, 'TAXTRANS')?.verdict).toBe('suspect');
    expect(totals(before).equal).toBeGreaterThan(0);
    test.clock.advance(MINUTE / 2);
    await lookAgain();
    const later = judged(looks, rules, test.clock.now(), ignored);
    expect(of(later, 'TAXTRANS')?.verdict).toBe('catching-up');
    expect(verdictsMet([totals(before), totals(later)])).toEqual(
      expect.arrayContaining(['suspect', 'catching-up', 'deferred', 'ignored', 'equal']),
    );
  });
});

describe('trouble with tables, read over TDS', () => {
  it('delivery that stalls leaves tables stalled', async () => {
    const { test, look } = await replicated();
    test.finish(test.world.act.trouble('delivery-stalls', true));
    const looks: Snapshot[] = [];
    for (let n = 0; n < 5; n += 1) {
      test.clock.advance(15 * MINUTE);
      const { snapshot } = await look();
      if (snapshot !== null) looks.push(snapshot);
    }
    const tables = judged(looks, rulesAt(null, null), test.clock.now());
    expect(of(tables, 'TAXTRANS')).toMatchObject({ verdict: 'stalled' });
    expect(verdictsMet([totals(tables)])).toContain('stalled');
  });

  it.each([
    ['rows-doubled', 'surplus', 'has 12 rows more'],
    ['table-dropped', 'absent-at-target', 'not at the target'],
    ['table-hidden', 'unreadable', 'could not be counted at the source'],
  ] as const)('%s keeps the gate shut and is told as %s', async (name, verdict, reason) => {
    const world = await replicated();
    const { test } = world;
    test.stopAx();
    const { count, stored } = counting(world);
    test.finish(test.world.act.trouble(name, true));
    const gate = await count();
    expect(short(gate)).toBe('failed C601');
    expect(JSON.stringify(gate)).toContain(TROUBLED_TABLES[name]);
    const tables = judged(stored, rulesAt(test.clock.now() - MINUTE, null), test.clock.now());
    expect(of(tables, TROUBLED_TABLES[name])?.verdict).toBe(verdict);
    expect(of(tables, TROUBLED_TABLES[name])?.reason).toContain(reason);
    expect(totals(tables)).toMatchObject({ [verdict]: 1, equal: tables.length - 1 });
  });

  it('rows-lost are missing for good once everything had to be delivered', async () => {
    const world = await replicated('rows-lost');
    const { test } = world;
    test.stopAx();
    const drainedAt = test.clock.now();
    test.clock.advance(20 * MINUTE);
    const { count, stored } = counting(world);
    expect(short(await count())).toBe('failed C601');
    const tables = judged(stored, rulesAt(drainedAt, drainedAt), test.clock.now());
    expect(totals(tables)).toMatchObject({ 'confirmed-missing': 1, equal: tables.length - 1 });
  });

  it('writer-forgotten is named with the table it writes, and only that table is counted again', async () => {
    const world = await replicated();
    const { test } = world;
    test.stopAx();
    test.finish(test.world.act.trouble('writer-forgotten', true));
    const { count, asked, stored } = counting(world);
    const moved = await count();
    expect(short(moved)).toBe('not-yet source-moves');
    const [condition] = moved.verdict === 'not-yet' ? moved.unmet : [];
    expect(condition?.message).toContain(`: dbo.${WRITER.table}. `);
    expect(condition?.message).toContain(`${WRITER.program} on ${WRITER.host} as ${WRITER.login}`);
    test.finish(test.world.act.trouble('writer-forgotten', false));
    test.clock.advance(5 * MINUTE);
    asked.length = 0;
    expect(short(await count())).toBe('done');
    const counted = asked.filter(({ name }) => name.startsWith('exact-'));
    expect(new Set(counted.flatMap(({ tables }) => tables))).toEqual(new Set([WRITER.table]));
    expect(verdictsMet([totals(judged(stored, rulesAt(1, 1), test.clock.now()))])).toEqual(['equal']);
  });

  it('giant-table is counted in ranges of RECID on both sides, and is equal', async () => {
    const world = await replicated('giant-table');
    world.test.stopAx();
    const { count, asked, stored } = counting(world);
    expect(short(await count())).toBe('done');
    for (const side of ['source', 'target'])
      expect(asked.filter(({ name }) => name === `exact-range-count-${side}`).length).toBeGreaterThan(100);
    const giant = stored[0]?.tables.find(({ table }) => table === 'dbo.TAXTRANS');
    expect(giant?.source).toBeGreaterThan(2_000_000_000);
    expect(giant?.target).toBe(giant?.source);
  });

  it('table-emptied is equal, 0 = 0, and doubtful by the rehearsal', async () => {
    const world = await replicated();
    const { test } = world;
    test.stopAx();
    const rehearsal = counting(world);
    expect(short(await rehearsal.count())).toBe('done');
    test.finish(test.world.act.trouble('table-emptied', true));
    const { count } = counting(world, rehearsal.stored);
    const gate = await count();
    expect(short(gate)).toBe('not-yet equal-but-doubtful');
    expect(JSON.stringify(gate)).toContain(`dbo.${TROUBLED_TABLES['table-emptied']} (empty on both sides`);
  });
});
