import { describe, expect, it } from 'vitest';
import { tablesFromConnectionString } from '../../shared/adapters/tables.ts';
import type { Snapshot, TableCount } from '../../shared/core/counts.ts';
import { hashOf } from '../../shared/engine/canonical.ts';
import { makeSnapshotStore } from '../../shared/engine/snapshot-store.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();
const MINUTE = 60_000;
const LONG = `dbo.${'Ж'.repeat(128)}`;
const HOSTILE = `dbo.x]'"; DROP TABLE Y--`;

const startCutover = async () => {
  const id = await stage().api.start(planDocumentOf([taskStep('first')]), stage().bindings);
  const tables = tablesFromConnectionString(stage().storageConnection, { prefix: 'axcutover' });
  const snapshots = makeSnapshotStore(tables);
  const now = Date.now();
  const store = async (
    ageMinutes: number,
    counts: readonly TableCount[],
    method: Snapshot['method'] = 'estimate',
    name: string = method,
  ): Promise<string> =>
    (
      await snapshots.store(id, {
        schema: 1,
        id: `${name}-${ageMinutes}`,
        takenAt: now - ageMinutes * MINUTE,
        method,
        sides: 'both',
        readingSource: 'pulled',
        tables: counts,
      })
    ).hash;
  const get = async (path: string) => {
    const { status, body, headers, text } = await stage().api.get(`cutovers/${id}/${path}`);
    return { status, body, headers, text };
  };
  return { id, now, store, get };
};

const count = (table: string, source: number | null, target: number | null): TableCount => ({
  table,
  source,
  target,
});
const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();

describe('snapshots', () => {
  it('are listed in pages, read by their hash, and the counts of a past moment are those of then', async () => {
    const { store, get, now } = await startCutover();
    const hashes: string[] = [];
    for (const age of [30, 20, 10])
      hashes.push(await store(age, [count('dbo.A', age, age)], 'exact', 'validate'));
    const first = await get('snapshots?limit=2');
    const second = await get(`snapshots?${query({ limit: '2', next: String(first.body.next) })}`);
    const listed = [first, second].flatMap(({ body }) => body.snapshots as { readonly hash: string }[]);
    expect(listed.map(({ hash }) => hash)).toEqual(hashes.toReversed());
    expect([first.body.next === null, second.body.next]).toEqual([false, null]);
    const { body } = await get(`snapshots/${hashes[0] ?? ''}`);
    expect(hashOf(body.snapshot as Snapshot)).toBe(hashes[0]);
    const then = await get(`counts?${query({ at: new Date(now - 15 * MINUTE).toISOString() })}`);
    expect(then.body).toMatchObject({ comparisons: [{ id: 'validate-20' }], estimate: null });
    expect((await get('counts')).body).toMatchObject({ comparisons: [{ id: 'validate-10' }] });
  });

  it('are exported as CSV that no spreadsheet runs', async () => {
    const { store, get } = await startCutover();
    const hash = await store(1, [count('=cmd()', 1, 1), count(HOSTILE, 2, null)], 'exact');
    const { status, headers, text } = await get(`snapshots/${hash}/csv`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(headers.get('content-disposition')).toContain('attachment');
    expect(text).toContain(`"'=cmd()",,1,1,0,"exact"`);
    expect(text).toContain(`"dbo.x]'""; DROP TABLE Y--",,2,"absent",,"exact"`);
  });

  it('are compared in pages', async () => {
    const { store, get } = await startCutover();
    const one = await store(2, [count('dbo.A', 1, 1), count('dbo.B', 2, 2), count('dbo.C', 3, 3)]);
    const other = await store(1, [count('dbo.A', 1, 1), count('dbo.B', 2, 1), count('dbo.D', 4, 4)]);
    const first = await get(`snapshots/${one}/differences/${other}?limit=2`);
    expect(first.body).toEqual({
      total: 3,
      differences: [
        { table: 'dbo.B', before: { source: 2, target: 2 }, after: { source: 2, target: 1 } },
        { table: 'dbo.C', before: { source: 3, target: 3 }, after: null },
      ],
      next: '2',
    });
    const second = await get(`snapshots/${one}/differences/${other}?limit=2&next=2`);
    expect(second.body).toMatchObject({ differences: [{ table: 'dbo.D', before: null }], next: null });
  });
});

describe('mismatches', () => {
  it('come with verdict and reason, the worst first, in pages that hold while counting goes on', async () => {
    const { store, get } = await startCutover();
    await store(12, [
      count('dbo.A', 9, 9),
      count('dbo.B', 9, 1),
      count(HOSTILE, 9, 10),
      count(LONG, 9, null),
    ]);
    await store(6, [count('dbo.A', 9, 9), count('dbo.B', 9, 5), count(HOSTILE, 9, 10), count(LONG, 9, null)]);
    const first = await get('mismatches?limit=2');
    expect(first.body).toMatchObject({
      totals: { equal: 1, 'catching-up': 1, surplus: 1, 'absent-at-target': 1 },
      total: 3,
      mismatches: [
        { table: LONG, class: 'keyed', verdict: 'absent-at-target', look: { source: 9, target: 'absent' } },
        {
          table: HOSTILE,
          verdict: 'surplus',
          reason: 'has 1 row more than the source; deletions may still be on their way',
        },
      ],
    });
    await store(-1, [count('dbo.A', 9, 9), count('dbo.B', 9, 9), count(HOSTILE, 9, 9), count(LONG, 9, 9)]);
    const second = await get(`mismatches?${query({ limit: '2', next: String(first.body.next) })}`);
    expect(second.body).toMatchObject({
      total: 3,
      mismatches: [
        { table: 'dbo.B', verdict: 'catching-up', reason: 'lacks 4 rows, 4 rows fewer than before' },
      ],
      next: null,
    });
    expect((await get('mismatches?verdict=equal&limit=1')).body).toMatchObject({ total: 1 });
  });

  it('name tables that are equal and yet cannot be right by the rehearsal', async () => {
    const mock = await startCutover();
    await mock.store(60, [count('dbo.A', 1_000_000, 1_000_000)], 'exact');
    const { store, get } = await startCutover();
    await store(1, [count('dbo.A', 0, 0)], 'exact');
    expect((await get('mismatches')).body).toMatchObject({ total: 0 });
    expect((await get(`mismatches?rehearsal=${mock.id}`)).body).toMatchObject({
      mismatches: [{ table: 'dbo.A', verdict: 'equal', doubt: { doubt: 'empty' } }],
    });
    expect((await get('mismatches?rehearsal=c-000000000000')).status).toBe(404);
  });
});

describe('trend and coverage', () => {
  it('say when the rows of a table and of everything will have arrived', async () => {
    const { store, get } = await startCutover();
    for (const [n, age] of [25, 20, 15, 10, 5].entries()) {
      await store(age, [count(HOSTILE, 10_000, 5_000 + 500 * n), count(LONG, 7, 7)]);
    }
    const { body } = await get(`trend/table?${query({ table: HOSTILE, looks: '10' })}`);
    expect(body).toMatchObject({
      table: HOSTILE,
      looks: [{ target: 5_000 }, { target: 5_500 }, { target: 6_000 }, { target: 6_500 }, { target: 7_000 }],
      arrival: { state: 'expected' },
      score: { scored: 0, inside: 0 },
    });
    expect((await get(`trend/table?${query({ table: LONG })}`)).body).toMatchObject({
      arrival: { state: 'arrived' },
    });
    expect((await get('trend')).body).toMatchObject({
      overall: { name: HOSTILE, unknown: 0, arrival: { state: 'expected' } },
      classes: [{ class: 'keyed', name: HOSTILE }],
      slowest: [{ name: HOSTILE }],
    });
    // A look-alike is another table.
    const lookAlike = await get(`trend/table?${query({ table: `dbo.${'ж'.repeat(128)}` })}`);
    expect([lookAlike.status, lookAlike.body.code]).toEqual([404, 'C206']);
  });

  it('say how much was compared', async () => {
    const { store, get } = await startCutover();
    await store(5, [count('dbo.A', 30, 29), count('dbo.B', 10, null)]);
    expect((await get('coverage')).body).toMatchObject({
      tables: { inScope: 2, exact: 0, estimated: 1, notCompared: 1, ignored: 0 },
      rows: { inScope: 40, exact: 0 },
      staleTotal: 0,
    });
  });

  it('are empty before anything was counted', async () => {
    const { get } = await startCutover();
    expect((await get('trend')).body).toMatchObject({ overall: null, classes: [], slowest: [] });
    expect((await get('coverage')).body).toMatchObject({
      oldestAt: null,
      exactShare: { tables: null, rows: null },
    });
    expect((await get('mismatches')).body).toMatchObject({ total: 0, mismatches: [], next: null });
    expect((await get('snapshots')).body).toEqual({ snapshots: [], next: null });
  });
});

describe('a question about counts that is not valid', () => {
  it.each<[string, readonly RegExp[]]>([
    ['counts?at=noon&x=1', [/^query\.at: /, /^query\.x: /]],
    ['snapshots?method=guess&limit=0', [/^query\.limit: /, /^query\.method: /]],
    ['snapshots/abc', [/^path\.hash: /]],
    [
      `snapshots/${'A'.repeat(64)}/differences/abc?next=-1&limit=9999`,
      [/^path\.hash: /, /^path\.other: /, /^query\.limit: /, /^query\.next: /],
    ],
    [
      'mismatches?verdict=fine&next=later&rehearsal=NO',
      [/^query\.verdict: /, /^query\.rehearsal: /, /^query\.next: /],
    ],
    ['trend?limit=many', [/^query\.limit: /]],
    ['trend/table?looks=101', [/^query\.table: /, /^query\.looks: /]],
    [`trend/table?table=${'T'.repeat(258)}`, [/^query\.table: /]],
    ['coverage?x=1', [/^query\.x: /]],
  ])('such as %s is refused by naming every problem at once', async (path, problems) => {
    const { status, body } = await stage().api.get(`cutovers/c-000000000000/${path}`);
    expect([status, body.code]).toEqual([400, 'C201']);
    expect(body.problems).toEqual(problems.map((problem) => expect.stringMatching(problem) as unknown));
  });

  it.each(['snapshots/' + 'a'.repeat(64), `snapshots/${'a'.repeat(64)}/csv`, 'trend/table?table=dbo.NONE'])(
    'about what there is not, such as %s, is not found',
    async (path) => {
      const { get } = await startCutover();
      const { status, body } = await get(path);
      expect([status, body.code]).toEqual([404, 'C206']);
    },
  );

  it('is not found without its cutover', async () => {
    for (const path of ['snapshots', 'mismatches', 'trend', 'coverage', 'counts']) {
      expect((await stage().api.get(`cutovers/c-000000000000/${path}`)).status).toBe(404);
    }
  });
});

describe('what was answered', () => {
  it('is documented', () => {
    expect(stage().api.undocumented).toEqual([]);
  });
});
