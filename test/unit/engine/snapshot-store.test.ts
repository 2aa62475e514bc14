import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/core/counts.ts';
import { makeSnapshotStore } from '../../../shared/engine/snapshot-store.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';

const T0 = Date.parse('2026-11-20T22:00:00Z');
const snapshot = (id: string, minute: number, differs: Partial<Snapshot> = {}): Snapshot => ({
  schema: 1,
  id,
  takenAt: T0 + minute * 60_000,
  method: 'exact',
  sides: 'both',
  readingSource: 'pulled',
  tables: [
    { table: 'dbo.CUSTTABLE', source: 10, target: 10 },
    { table: 'dbo.NEW]TABLE', source: 3, target: null },
  ],
  ...differs,
});

describe('stored snapshots', () => {
  it('come back as they were, missing counts included', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    const one = snapshot('estimate-1', 1, { method: 'estimate' });
    await store.store('c1', one);
    expect(await store.latest('c1', 'estimate')).toEqual(one);
    expect(await store.latest('c2', 'estimate')).toBeNull();
  });

  it('hold 10,000 tables and give the newest of a method', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    const tables = Array.from({ length: 10_000 }, (_, n) => ({
      table: `dbo.T${n}`,
      source: n * 997,
      target: n,
    }));
    await store.store('c1', snapshot('estimate-1', 1, { method: 'estimate' }));
    await store.store('c1', snapshot('estimate-2', 2, { method: 'estimate', tables }));
    expect((await store.latest('c1', 'estimate'))?.tables).toEqual(tables);
    expect(await store.count('c1')).toBe(2);
  });

  it('write the names of the tables once, however many snapshots there are of them', async () => {
    const tables = makeMemoryTables();
    const store = makeSnapshotStore(tables);
    await store.store('c1', snapshot('count-1', 1));
    await store.store('c1', snapshot('count-2', 2));
    const names = await tables.range('readings', 'c1', 'names-', 'names-~');
    expect(names).toHaveLength(1);
  });

  it('are invisible while only their parts are written', async () => {
    const tables = makeMemoryTables();
    let writes = 0;
    const store = makeSnapshotStore({
      ...tables,
      transact: async (...write) => {
        writes += 1;
        if (writes === 3) throw new Error('crash before the manifest');
        await tables.transact(...write);
      },
    });
    await expect(store.store('c1', snapshot('count-1', 1))).rejects.toThrow('crash');
    expect(await store.latest('c1', 'exact')).toBeNull();
    expect(await store.count('c1')).toBe(0);
  });

  it('are refused when a stored part was changed', async () => {
    const tables = makeMemoryTables();
    const store = makeSnapshotStore(tables);
    const { hash } = await store.store('c1', snapshot('count-1', 1));
    const [row] = await tables.range('readings', 'c1', `counts-${hash}`, `counts-${hash}/`);
    const json = String(row?.properties.json).replace('10', '11');
    await tables.transact('readings', 'c1', [
      { op: 'upsert', row: `counts-${hash}`, properties: { ...row?.properties, json } },
    ]);
    await expect(store.latest('c1', 'exact')).rejects.toMatchObject({ code: 'C404' });
  });

  it('compare by the newest attempt of each step, and never by a baseline of one side', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    await store.store('c1', snapshot('count-keyed-1', 1));
    await store.store('c1', snapshot('count-keyed-2', 5));
    await store.store('c1', snapshot('validate-1', 3));
    await store.store('c1', snapshot('baseline-1', 9, { sides: 'source' }));
    const ids = (await store.comparisons('c1')).map(({ id }) => id);
    expect(ids.sort()).toEqual(['count-keyed-2', 'validate-1']);
  });
});

it('two snapshots that steps took at one time are both kept', async () => {
  const store = makeSnapshotStore(makeMemoryTables());
  await store.store('c1', snapshot('count-keyed-1', 1));
  await store.store('c1', snapshot('validate-1', 1));
  expect((await store.comparisons('c1')).map(({ id }) => id).sort()).toEqual(['count-keyed-1', 'validate-1']);
});

describe('the portions of a counting', () => {
  const portion = [['dbo.CUSTTABLE', 10, 10]];

  it.each(['validate-counts-1', 'rb.validate-counts-1', 'a.b-1'])(
    'of %s come back under their numbers, also those that spill into further rows',
    async (countingId) => {
      const store = makeSnapshotStore(makeMemoryTables());
      const large = Array.from({ length: 20_000 }, (_, n) => [
        `dbo.${(n * 7919).toString(36)}`,
        n * 104_729,
        n,
      ]);
      await store.storeChunk('c1', countingId, 0, portion);
      await store.storeChunk('c1', countingId, 1, large);
      await store.storeChunk('c1', `${countingId}1`, 0, []);
      // The first attempt of a step whose id is that of another with a number behind it.
      await store.storeChunk('c1', `${countingId}-1`, 0, [['dbo.OTHER', 1, 1]]);
      expect(await store.chunks('c1', countingId)).toEqual(
        new Map<number, unknown>([
          [0, portion],
          [1, large],
        ]),
      );
    },
  );
});
