import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/core/counts.ts';
import { hashOf } from '../../../shared/engine/canonical.ts';
import { packBody } from '../../../shared/engine/rows.ts';
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
    await store.store('c1', snapshot('count-1', 1));
    const [row] = await tables.range('readings', 'c1', 'counts-', 'counts-~');
    const json = String(row?.properties.json).replace('10', '11');
    await tables.transact('readings', 'c1', [
      { op: 'upsert', row: row?.row ?? '', properties: { ...row?.properties, json } },
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

describe('a stored snapshot', () => {
  const AWKWARD: Snapshot['tables'] = [
    { table: 'dbo.A', source: 5, target: 5, class: 'keyed' },
    { table: 'dbo.B', source: null, target: 7, class: 'non-keyed', countedAt: T0 },
    { table: 'dbo.C', source: null, target: null, unreadable: 'both' },
    { table: 'dbo.D', source: 9, target: null, unreadable: 'target', class: 'special' },
    { table: 'dbo.E', source: null, target: 0, unreadable: 'source', class: 'locked' },
    {
      table: `x]'"; DROP TABLE Y--.Т${'é'.repeat(128)}`,
      source: 2 ** 53 - 1,
      target: 0,
      class: 'other-objects',
    },
  ];

  it('is found by its hash with everything it said, and no other', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    const awkward = snapshot('count-1', 5, { tables: AWKWARD });
    const { hash } = await store.store('c1', awkward);
    expect(await store.byHash('c1', hash)).toEqual(awkward);
    expect(await store.byHash('c2', hash)).toBeNull();
    expect(await store.byHash('c1', 'f'.repeat(64))).toBeNull();
  });

  it('of 50,000 tables comes back, in parts that any transaction takes', async () => {
    const tables = makeMemoryTables();
    const store = makeSnapshotStore(tables);
    const many = Array.from({ length: 50_000 }, (_, n) => ({
      table: `dbo.${(n * 7919).toString(36).padEnd(128, 'Ж')}`,
      source: n * 104_729,
      target: n % 3 === 0 ? null : n * 104_729 - (n % 5),
    }));
    const { hash } = await store.store('c1', snapshot('count-1', 1, { tables: many }));
    const found = await store.byHash('c1', hash);
    expect(JSON.stringify(found?.tables) === JSON.stringify(many)).toBe(true);
  });

  it('takes as many operations with 10,000 tables as with one, and none for names that are known', async () => {
    const operationsFor = async (count: number): Promise<readonly number[]> => {
      const tables = makeMemoryTables();
      const store = makeSnapshotStore(tables);
      const many = Array.from({ length: count }, (_, n) => ({ table: `dbo.T${n}`, source: n, target: n }));
      await store.store('c1', snapshot('count-1', 1, { tables: many }));
      const first = tables.operations();
      await store.store('c1', snapshot('count-2', 2, { tables: many }));
      return [first, tables.operations() - first];
    };
    expect(await operationsFor(1)).toEqual([3, 2]);
    expect(await operationsFor(10_000)).toEqual([3, 2]);
  });

  it('is not replaced by another one of the same moment', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    const [one, two] = [snapshot('count-1', 1), snapshot('validate-1', 1)];
    const hashes = [(await store.store('c1', one)).hash, (await store.store('c1', two)).hash];
    expect(await Promise.all(hashes.map((hash) => store.byHash('c1', hash)))).toEqual([one, two]);
    expect(await store.count('c1')).toBe(2);
  });

  it('stored twice is there once, under the same hash', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    const first = await store.store('c1', snapshot('count-1', 1));
    expect(await store.store('c1', snapshot('count-1', 1))).toEqual(first);
    expect(await store.count('c1')).toBe(1);
  });

  it('of which a part is gone is refused', async () => {
    const tables = makeMemoryTables();
    const store = makeSnapshotStore(tables);
    await store.store('c1', snapshot('count-1', 1));
    const [row] = await tables.range('readings', 'c1', 'counts-', 'counts-~');
    await tables.transact('readings', 'c1', [{ op: 'remove', row: row?.row ?? '', etag: '*' }]);
    await expect(store.latest('c1', 'exact')).rejects.toMatchObject({ code: 'C404' });
  });

  it('of the first version is found too, though its counts are in pairs and nothing points to it', async () => {
    const tables = makeMemoryTables();
    const old = snapshot('count-1', 1);
    const { tables: counted, ...rest } = old;
    const hash = hashOf(old);
    const rows: readonly (readonly [string, unknown])[] = [
      ['names-n', counted.map(({ table }) => table)],
      [`counts-${hash}`, counted.map(({ source, target }) => [source, target])],
      [
        `snapshot-exact-${String(10 ** 14 - old.takenAt).padStart(15, '0')}`,
        { ...rest, hash, names: 'n', tables: counted.length },
      ],
    ];
    for (const [row, body] of rows) {
      const [properties = {}] = packBody(body, hash);
      await tables.transact('readings', 'c1', [{ op: 'upsert', row, properties }]);
    }
    const store = makeSnapshotStore(tables);
    expect(await store.byHash('c1', hash)).toEqual(old);
    expect(await store.latest('c1', 'exact')).toEqual(old);
  });
});

describe('the list of snapshots', () => {
  it('has pages, newest first, by method', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    for (const minute of [2, 1, 3]) await store.store('c1', snapshot(`count-${minute}`, minute));
    await store.store('c1', snapshot('estimate-9', 9, { method: 'estimate' }));
    const first = await store.list('c1', 'exact', 2, null);
    expect(first.manifests.map(({ id }) => id)).toEqual(['count-3', 'count-2']);
    const second = await store.list('c1', 'exact', 2, first.next);
    expect([second.manifests.map(({ id }) => id), second.next]).toEqual([['count-1'], null]);
  });

  it('shows a past moment as it was', async () => {
    const store = makeSnapshotStore(makeMemoryTables());
    for (const minute of [1, 2, 3]) await store.store('c1', snapshot(`validate-${minute}`, minute));
    const at = (minute: number) => T0 + minute * 60_000;
    const ids = async (limit: number, moment: number) =>
      (await store.newest('c1', 'exact', limit, moment)).map(({ id }) => id);
    expect(await ids(9, at(2))).toEqual(['validate-2', 'validate-1']);
    expect(await ids(1, at(2) - 1)).toEqual(['validate-1']);
    expect(await ids(1, at(1) - 1)).toEqual([]);
    expect((await store.latest('c1', 'exact', at(2)))?.id).toBe('validate-2');
    expect((await store.comparisons('c1', at(2))).map(({ id }) => id)).toEqual(['validate-2']);
  });
});
