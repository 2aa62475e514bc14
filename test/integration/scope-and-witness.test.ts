import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { lostRows } from '../../local/world/counts.ts';
import { tablesFromConnectionString } from '../../shared/adapters/tables.ts';
import type { Bindings } from '../../shared/contract/bindings.ts';
import type { StepStatusView } from '../../shared/contract/status.ts';
import type { Snapshot, TableCount } from '../../shared/core/counts.ts';
import { makeSnapshotStore } from '../../shared/engine/snapshot-store.ts';
import { MANAGER, WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, stepOfKind, taskStep } from '../support/step-documents.ts';
import { replicateAndStop } from '../support/world-deeds.ts';

const stage = useAppStage({ speed: 600, worldFaults: ['rows-lost'] });

const PLAN = planDocumentOf([
  // From then on there are estimates, in which a table is seen whether it is ignored or not.
  stepOfKind(
    'distributor',
    'toolkit',
    { entry: 4, expects: [{ is: 'distribution-database', present: true }] },
    { phase: 3, marks: 'replication-set-up' },
  ),
  taskStep('stay', { phase: 10 }),
  stepOfKind('count', 'validate-counts', { classes: ['keyed'] }, { phase: 6 }),
]);
const REASON = 'an archive that nobody reads';

const ignore = async (id: string, table: string, expiresAt: string) => {
  const body = {
    kind: 'ignore-tables',
    text: `<IgnoreTables><Name><Table>${table}</Table></Name></IgnoreTables>`,
    terms: [{ tables: [table], reason: REASON, owner: 'Dina', expiresAt }],
  };
  const path = `cutovers/${id}/uploads`;
  const given = await stage().api.send(path, { key: randomUUID(), body, by: MANAGER });
  expect(given.status).toBe(200);
  const { hash } = given.body.detail as { readonly hash: string };
  const confirmation = { key: randomUUID(), body: {}, by: WORKER };
  const { status } = await stage().api.send(`${path}/${hash}/confirmation`, confirmation);
  expect(status).toBe(200);
};

describe('a table that misses rows at the target', () => {
  let id = '';
  let table = '';
  const step = (status: string) => stage().api.untilStep(id, 'count', (one) => one.status === status);
  const retry = () => stage().api.post(`cutovers/${id}/steps/count/retry`, { reason: 'Another list.' });

  beforeAll(async () => {
    const { api, bindings, world } = stage();
    await replicateAndStop(world);
    table = lostRows(world.scene())?.table ?? '';
    id = await api.start(PLAN, bindings);
    await api.question(id, 'distributor');
    await api.complete(id, 'distributor');
  });

  it('keeps the gate shut, and also when the entry that left it out has expired', async () => {
    expect((await step('failed')).error?.message).toContain(`dbo.${table} (`);
    await ignore(id, table, new Date(stage().originMs).toISOString());
    await retry();
    await vi.waitUntil(async () => (await step('failed')).attempts === 2, { timeout: 20_000 });
    const { body } = await stage().api.get(`cutovers/${id}/coverage`);
    expect(body).toMatchObject({ tables: { ignored: 0 }, ignored: [{ table, expired: true }] });
  });

  it('is left out while an entry of the uploaded list holds, and every report says by whom and why', async () => {
    await ignore(id, table.toLowerCase(), '2099-01-01T00:00:00Z');
    await retry();
    const { evidence } = await step('succeeded');
    expect(evidence?.summary).toContain('1 left out by the list of ignored tables');
    const entry = { table: table.toLowerCase(), reason: REASON, owner: 'Dina' };
    const told = { ...entry, expiresAt: '2099-01-01T00:00:00.000Z', expired: false };
    const { get } = stage().api;
    const isSeen = async () => (await get(`cutovers/${id}/counts`)).body.estimate !== null;
    await vi.waitUntil(isSeen, { timeout: 20_000, interval: 200 });
    const stored = await get(`cutovers/${id}/evidence/${evidence?.hash ?? ''}`);
    expect(stored.body.body).toMatchObject({
      ignored: [{ ...entry, expiresAt: Date.parse(told.expiresAt) }],
    });
    expect((await get(`cutovers/${id}/coverage`)).body).toMatchObject({
      tables: { ignored: 1 },
      ignored: [told],
    });
    expect((await stage().api.status(id)).ignored).toEqual([told]);
    expect((await get(`cutovers/${id}/mismatches?verdict=ignored`)).body).toMatchObject({
      total: 1,
      mismatches: [{ table: `dbo.${table}`, class: 'ignored', verdict: 'ignored' }],
    });
    expect((await get(`cutovers/${id}/counts`)).body).toMatchObject({ mismatchesTotal: 0 });
    expect((await stage().api.send(`page/${id}`, { by: null })).text).toContain(REASON);
  });
});

const step = (id: string, condition: (one: StepStatusView) => boolean) =>
  stage().api.untilStep(id, 'count', condition);
const lacks = (code: string) => (one: StepStatusView) => one.unmet.some((unmet) => unmet.code === code);
const succeeded = (one: StepStatusView) => one.status === 'succeeded';

/** A cutover that counts as soon as its list of ignored tables is uploaded. */
const startCounting = async (params: object, bound: Partial<Bindings> = {}): Promise<string> => {
  const { api, world } = stage();
  const bindings = { ...stage().bindings, ...bound };
  const id = await api.start(
    planDocumentOf([
      taskStep('ready'),
      stepOfKind(
        'count',
        'validate-counts',
        { classes: ['keyed'], ...params },
        { phase: 6, after: ['ready'] },
      ),
    ]),
    bindings,
  );
  await ignore(id, lostRows(world.scene())?.table ?? '', '2099-01-01T00:00:00Z');
  await api.question(id, 'ready');
  await api.complete(id, 'ready');
  return id;
};

describe("the toolkit's counts", () => {
  let counted: readonly TableCount[] = [];
  /** As the toolkit writes them, one of the tables with so many rows more. */
  const give = async (id: string, more: number): Promise<string> => {
    const lines = counted.map(
      ({ table, source, target }, n) => `${table},${Number(source)},${Number(target) + (n === 0 ? more : 0)}`,
    );
    const body = {
      kind: 'toolkit-counts',
      text: ['Name,AX,D365', ...lines].join('\r\n'),
      database: stage().bindings.source.database,
      takenAt: new Date(stage().clock.now()).toISOString(),
      columns: { table: 'Name', source: 'AX', target: 'D365' },
    };
    const given = await stage().api.send(`cutovers/${id}/uploads`, { key: randomUUID(), body, by: MANAGER });
    expect(given.status).toBe(200);
    return (given.body.detail as { readonly hash: string }).hash;
  };

  it('keep the gate shut while they are missing or differ, and are named at it when they agree', async () => {
    const id = await startCounting({ witness: 'required' });
    await step(id, lacks('witness-missing'));
    const { get } = stage().api;
    const [comparison] = (await get(`cutovers/${id}/snapshots`)).body.snapshots as {
      readonly hash: string;
    }[];
    const { snapshot } = (await get(`cutovers/${id}/snapshots/${comparison?.hash ?? ''}`)).body;
    counted = (snapshot as Snapshot).tables;
    await give(id, 1);
    const [conflict] = (await step(id, lacks('witness-conflict'))).unmet;
    expect(conflict?.message).toContain(`otherwise: ${counted[0]?.table ?? '?'} (`);
    await give(id, 0);
    const { evidence } = await step(id, succeeded);
    expect(evidence?.source).toBe('pulled');
    expect(evidence?.summary).toContain('; 39 of them counted by the toolkit as well');
  });

  it('are the first witness where the source cannot be read, once a second person has confirmed them', async () => {
    stage().faults.cutOffSource(true);
    try {
      const id = await startCounting({});
      await step(id, lacks('C501'));
      const hash = await give(id, 0);
      await step(id, lacks('witness-unconfirmed'));
      const path = `cutovers/${id}/uploads/${hash}/confirmation`;
      await stage().api.send(path, { key: randomUUID(), body: {}, by: WORKER });
      const { evidence } = await step(id, succeeded);
      expect(evidence).toMatchObject({ source: 'file' });
      expect(evidence?.summary).toContain(`uploaded by ${MANAGER.name} and confirmed by ${WORKER.name}`);
      const { snapshots } = (await stage().api.get(`cutovers/${id}/snapshots`)).body;
      expect(snapshots).toMatchObject([{ readingSource: 'file', tables: 39 }]);
    } finally {
      stage().faults.cutOffSource(false);
    }
  });
});

describe('tables that are equal and yet far from the rehearsal', () => {
  it('keep the gate shut until a named person waives each of them with a reason', async () => {
    const { api, bindings, storageConnection } = stage();
    const rehearsal = await api.start(planDocumentOf([taskStep('any')]), bindings);
    const snapshots = makeSnapshotStore(
      tablesFromConnectionString(storageConnection, { prefix: 'axcutover' }),
    );
    await snapshots.store(rehearsal, {
      schema: 1,
      id: 'count-1',
      takenAt: Date.now(),
      method: 'exact',
      sides: 'both',
      readingSource: 'pulled',
      tables: [{ table: 'dbo.CUSTTABLE', source: 90_000_000, target: 90_000_000 }],
    });
    const id = await startCounting({}, { rehearsal });
    const [doubt] = (await step(id, lacks('equal-but-doubtful'))).unmet;
    expect(doubt?.message).toMatch(
      /^1 table\(s\) .* dbo\.CUSTTABLE \(.* the rehearsal counted 90,000,000\)$/,
    );
    expect((await api.get(`cutovers/${id}/mismatches`)).body).toMatchObject({
      mismatches: [{ table: 'dbo.CUSTTABLE', verdict: 'equal', doubt: { doubt: 'far-from-rehearsal' } }],
    });
    const body = {
      kind: 'statement',
      stepId: 'count',
      text: 'Compared with the archive.',
      takenAt: new Date(stage().clock.now()).toISOString(),
      waives: [{ table: 'CUSTTABLE', reason: 'the customers were archived in March' }],
    };
    await api.send(`cutovers/${id}/uploads`, { key: randomUUID(), body, by: WORKER });
    const { evidence } = await step(id, succeeded);
    expect(evidence?.summary).toContain(`1 doubtful, for which ${WORKER.name} answers`);
  });
});

describe('what was answered', () => {
  it('is documented', () => {
    expect(stage().api.undocumented).toEqual([]);
  });
});
