import { describe, expect, it } from 'vitest';
import type { TableCount } from '../../../shared/core/counts.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { LANES } from '../../../shared/kinds/counting-round.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { ANNA, DBA, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';
import type { Answers } from '../kinds/kind-context.ts';
import { fakeSql } from '../kinds/kind-context.ts';

const ID = 'c1';
const shape = (side: string, table = 'A') => ({
  [`drill-shape-${side}`]: [{ schema: 'dbo', table, hasRecid: 1, perCompany: 1, indexed: 1 }],
});
const companies = (rows: number) => [{ company: 'usmf', rows, sum: String(rows * 7), low: '7', high: '7' }];
const ARTICLE = {
  publication: 'p',
  sourceSchema: 'dbo',
  sourceTable: 'A',
  targetSchema: 'ax',
  targetTable: 'A2',
};
const database = (name: string | null) => [
  {
    mayLook: 1,
    database: name,
    accessible: name === null ? null : 1,
    serverTime: new Date(BEGUN_AT).toISOString(),
  },
];

/** One row of a table has not arrived. */
const SERVERS: Answers = {
  'distribution-database': database(null),
  ...shape('source'),
  ...shape('target'),
  'drill-companies-source': companies(1),
  'drill-companies-target': [],
  'drill-rows-source': [{ recid: '7', company: 'usmf' }],
  'drill-rows-target': [],
};

const A: TableCount = { table: 'dbo.A', source: 1, target: 0 };

const begun = async (answers: Answers = SERVERS, counted: readonly TableCount[] = [A]) => {
  const clock = makeTestClock(BEGUN_AT);
  const sql = fakeSql(answers);
  const engine = engineOn({
    tables: makeMemoryTables(),
    bus: makeRecordingBus(() => new Error('never')),
    clock,
    outside: { sql },
  });
  await engine.start({
    cutoverId: ID,
    plan: planOf([step('a')]),
    bindings: NO_BINDINGS,
    by: MANAGER,
    key: 'k',
  });
  const store = (method: 'exact' | 'estimate', tables: readonly TableCount[]) =>
    engine.snapshots.store(ID, {
      schema: 1,
      id: `${method}-1`,
      takenAt: BEGUN_AT,
      method,
      sides: 'both',
      readingSource: 'pulled',
      tables,
    });
  await store('exact', counted);
  const drill = (inputId = 'http:1', table = 'dbo.A', by = DBA) =>
    engine.drillDowns.drill({ cutoverId: ID, inputId, table, by });
  const fill = async (server: 'source' | 'target', count: number) => {
    for (let lane = 0; lane < count; lane += 1) {
      const of = { countingId: 'count-1', round: 0, piece: `${server[0] ?? ''}00000${lane}` };
      const claim = { server, lane, of, until: BEGUN_AT + 10 * MINUTE };
      await engine.countings.claim(ID, claim, BEGUN_AT);
    }
  };
  return { engine, clock, asked: sql.asked, store, drill, fill };
};

const hashIn = (detail: object): string => ('hash' in detail ? String(detail.hash) : '');

describe('a drill-down on demand', () => {
  it('stores what it finds as evidence before the log names it', async () => {
    const { engine, drill } = await begun();
    const { detail, message } = await drill();
    expect(message).toBe('dbo.A: 1 row(s) missing at the target, 0 too many, 0 range(s) left open');
    expect(await engine.drillDowns.found(ID, hashIn(detail))).toMatchObject({
      table: 'dbo.A',
      takenAt: BEGUN_AT,
      missing: { recids: [{ recid: '7', company: 'usmf' }] },
    });
    const { state } = (await engine.store.readHead(ID))!;
    expect(state.drillDowns).toMatchObject([{ table: 'dbo.A', missing: 1, by: DBA }]);
  });

  it('reads nothing again when the same request comes again, and gives its first answer', async () => {
    const { asked, clock, drill } = await begun();
    const first = await drill();
    const before = asked.length;
    clock.advance(MINUTE);
    expect(await drill()).toEqual(first);
    expect(await drill('http:1', 'dbo.B')).toMatchObject({ code: 'C208' });
    expect(await drill('http:1', 'dbo.A', ANNA)).toMatchObject({ code: 'C208' });
    expect(asked).toHaveLength(before);
  });

  it('looks under the name that the article gives the table at the target', async () => {
    const names: unknown[] = [];
    const answers: Answers = {
      ...SERVERS,
      'distribution-database': database('distribution'),
      'replication-articles': [ARTICLE],
      'drill-shape-target': (name) => {
        names.push(name);
        return shape('target', 'A2')['drill-shape-target']!;
      },
    };
    const { drill } = await begun(answers);
    expect(await drill()).toMatchObject({ code: 'applied' });
    expect(names).toEqual([{ schema: 'ax', name: 'A2' }]);
  });

  it('looks under the same name at the target for a table that is no article', async () => {
    const answers: Answers = {
      ...SERVERS,
      'distribution-database': database('distribution'),
      'replication-articles': [{ ...ARTICLE, sourceTable: 'OTHER' }],
    };
    expect(await (await begun(answers)).drill()).toMatchObject({ code: 'applied' });
  });

  it('is refused for no cutover, and for one that is over without reading anything', async () => {
    const { engine, asked, drill } = await begun();
    const asking = { cutoverId: 'none', inputId: 'http:1', table: 'dbo.A', by: DBA };
    expect(await engine.drillDowns.drill(asking)).toMatchObject({ code: 'C206' });
    await engine.advance(ID, { id: 'end', type: 'abort', by: MANAGER, reason: 'over' });
    expect(await drill()).toMatchObject({ code: 'C303' });
    expect(asked).toEqual([]);
  });

  it.each([
    ['has not been counted', 'dbo.B', 'C206'],
    ['is equal by every look', 'dbo.E', 'C607'],
  ])('is refused for a table that %s, without reading anything', async (_, table, code) => {
    const { asked, drill } = await begun(SERVERS, [A, { table: 'dbo.E', source: 4, target: 4 }]);
    const answer = await drill('http:1', table);
    expect([answer.code, answer.message]).toEqual([code, expect.stringContaining(table)]);
    expect(asked).toEqual([]);
  });

  it.each(['C505', 'C608'] as const)(
    'refuses with %s once and for all, and the log says so',
    async (code) => {
      const answers =
        code === 'C505'
          ? { 'drill-rows-target': new CutoverError(code, 'the test') }
          : { 'drill-shape-target': [] };
      const { engine, asked, drill } = await begun({ ...SERVERS, ...answers });
      const first = await drill();
      expect(first.code).toBe(code);
      const before = asked.length;
      expect(await drill()).toEqual(first);
      expect(asked).toHaveLength(before);
      const events = await engine.store.log(ID, 0, Infinity);
      expect(events.at(-1)).toMatchObject({ type: 'request-refused', what: 'drill-down', code, by: DBA });
    },
  );

  it.each<[string, TableCount, TableCount]>([
    ['differed when it was counted, though the estimates agree', A, { ...A, target: 1 }],
    ['agreed when it was counted, though the estimates differ', { ...A, target: 1 }, A],
    [
      'was readable on neither side',
      { table: 'dbo.A', source: null, target: null },
      { table: 'dbo.A', source: null, target: null },
    ],
  ])('looks into a table that %s', async (_, exact, estimate) => {
    const { store, drill } = await begun(SERVERS, [exact]);
    await store('estimate', [estimate]);
    expect(await drill('http:1', 'DBO.a')).toMatchObject({ code: 'applied' });
  });

  it('has nothing under the hash of other evidence', async () => {
    const { engine } = await begun();
    const hash = await engine.readings.storeEvidence(ID, { kind: 'other' });
    for (const other of [hash, '0'.repeat(64)])
      await expect(engine.drillDowns.found(ID, other)).rejects.toMatchObject({ code: 'C206' });
  });
});

describe('the lanes of a server', () => {
  it.each(['source', 'target'] as const)(
    'that are all taken at the %s let it ask nothing',
    async (server) => {
      const { asked, fill, drill, clock } = await begun();
      await fill(server, LANES);
      await expect(drill()).rejects.toMatchObject({ code: 'C509', retriable: true });
      expect(asked).toEqual([]);
      clock.advance(11 * MINUTE);
      expect(await drill()).toMatchObject({ code: 'applied' });
    },
  );

  it('are shared: one that is free is enough, and is free again afterwards, also after a failure', async () => {
    const { fill, drill } = await begun({
      ...SERVERS,
      'drill-shape-target': () => {
        failures += 1;
        if (failures === 1) throw new CutoverError('C501', 'the test');
        return shape('target')['drill-shape-target']!;
      },
    });
    let failures = 0;
    await fill('source', LANES - 1);
    await expect(drill()).rejects.toMatchObject({ code: 'C501' });
    expect(await drill()).toMatchObject({ code: 'applied' });
    expect(await drill('http:2')).toMatchObject({ code: 'applied' });
  });

  it('let the same request not run beside itself', async () => {
    const { asked, drill } = await begun();
    const answers = await Promise.allSettled([drill(), drill()]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'C509' } });
    expect(asked.filter((name) => name === 'drill-shape-source')).toHaveLength(1);
  });
});
