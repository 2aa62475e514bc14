import { describe, expect, it } from 'vitest';
import { baseline } from '../../../shared/kinds/baseline.ts';
import type { CountedTables } from '../../../shared/contract/statements/exact-counts.ts';
import { validateCounts } from '../../../shared/kinds/validate-counts.ts';
import type { Answers } from './kind-context.ts';
import { fakeSnapshots, fakeSql, iso, look, NOW, short } from './kind-context.ts';

type Rows = Readonly<Record<string, number>>;

const article = (table: string, publication = 'AX_PUB_PkTable_1') => ({
  publication,
  sourceSchema: 'dbo',
  sourceTable: table,
  targetSchema: 'dbo',
  targetTable: table,
});

const estimates = (rows: Rows) =>
  Object.entries(rows).map(([table, count]) => ({ schema: 'dbo', table, rows: count, published: 1 }));

const exact =
  (rows: Rows, seen: string[][] = []) =>
  ({ tables }: CountedTables) => {
    seen.push(tables.map(({ name }) => name));
    return tables.map(({ name }, position) => ({ position, rows: String(rows[name] ?? 0) }));
  };

const world = (
  source: Rows,
  target: Rows,
  seen: string[][] = [],
  articles = Object.keys(source).map((t) => article(t)),
): Answers => ({
  'distribution-database': [{ mayLook: 1, database: 'distribution', accessible: 1, serverTime: iso(NOW) }],
  'replication-articles': articles,
  'table-estimates-source': estimates(source),
  'table-estimates-target': estimates(target),
  'exact-counts-source': exact(source, seen),
  'exact-counts-target': exact(target),
});

const run = (
  answers: Answers,
  changes: { kind?: typeof baseline; ports?: object; classes?: string[] } = {},
) =>
  look(changes.kind ?? validateCounts, {
    params: { classes: changes.classes ?? ['keyed'] },
    ports: { sql: fakeSql(answers), ...changes.ports },
  });

describe('validate-counts', () => {
  it('is done when every table has as many rows on both sides', async () => {
    const snapshots = fakeSnapshots();
    const { reading, verdict } = await run(world({ A: 3, B: 0 }, { A: 3, B: 0 }), { ports: { snapshots } });
    expect(short(verdict)).toBe('done');
    expect(snapshots.stored).toEqual([
      {
        schema: 1,
        id: 'it-1',
        takenAt: NOW,
        method: 'exact',
        sides: 'both',
        readingSource: 'pulled',
        tables: [
          { table: 'dbo.A', source: 3, target: 3 },
          { table: 'dbo.B', source: 0, target: 0 },
        ],
      },
    ]);
    expect(reading.body).toMatchObject({ total: 2, counted: 2, snapshot: 'hash-1', sourceRows: 3 });
  });

  it('fails when they differ, the largest difference first, and a missing table is not an empty one', async () => {
    const { verdict } = await run(world({ A: 3, B: 9, C: 0 }, { A: 2, B: 4 }));
    expect(verdict).toMatchObject({
      verdict: 'failed',
      error: {
        code: 'C601',
        message:
          'Row counts differ: 3 of 3 tables: dbo.C (absent at the target), dbo.B (5 row(s) missing at the target), dbo.A (1 row(s) missing at the target)',
      },
    });
  });

  it('fails for a table that cannot be seen at the source', async () => {
    const answers = world({ A: 3 }, { A: 3, B: 3 }, [], [article('A'), article('B')]);
    expect(short((await run(answers)).verdict)).toBe('failed C601');
  });

  it('names twenty tables and the total', async () => {
    const source = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`T${index}`, 5]));
    const { verdict } = await run(world(source, {}));
    const message = verdict.verdict === 'failed' ? verdict.error.message : '';
    expect(message).toContain('30 of 30 tables');
    expect(message.match(/absent at the target/g)).toHaveLength(20);
    expect(message.endsWith(', …')).toBe(true);
  });

  it('counts the publications of its classes only, and never functions', async () => {
    const seen: string[][] = [];
    const articles = [
      article('A'),
      article('A', 'AX_PUB_PkTable_2'),
      article('N', 'AX_PUB_NoPKTable'),
      article('F', 'AX_PUB_OtherObjects'),
    ];
    const rows = { A: 1, N: 1, F: 1 };
    await run(world(rows, rows, seen, articles), { classes: ['keyed', 'other-objects'] });
    expect(seen).toEqual([['A']]);
  });

  it('finds a table whose name differs in case at the target', async () => {
    const answers = {
      ...world({ A: 4 }, {}),
      'table-estimates-target': estimates({ a: 4 }),
      'exact-counts-target': exact({ a: 4 }),
    };
    expect(short((await run(answers)).verdict)).toBe('done');
  });

  it('is never done without anything in scope', async () => {
    expect(short((await run(world({}, {}))).verdict)).toBe('not-yet scope-empty');
    const gone = {
      'distribution-database': [{ mayLook: 1, database: null, accessible: null, serverTime: iso(NOW) }],
    };
    expect(short((await run({ ...world({ A: 1 }, { A: 1 }), ...gone })).verdict)).toBe('not-yet scope-empty');
  });
});

describe('a long counting', () => {
  const rows = { BIG: 40_000_000, MID: 4_000_000, SMALL: 10, TINY: 1 };

  it('takes the largest tables first, each heavy one alone', async () => {
    const seen: string[][] = [];
    await run(world(rows, rows, seen));
    expect(seen).toEqual([['BIG'], ['MID', 'SMALL', 'TINY']]);
  });

  it('puts at most a hundred tables into one statement', async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`T${index}`, 1]));
    const seen: string[][] = [];
    expect(short((await run(world(many, many, seen))).verdict)).toBe('done');
    expect(seen.map((chunk) => chunk.length)).toEqual([100, 100, 50]);
  });

  it('stops at its budget, says how far it is, and goes on at the first table without a count', async () => {
    const snapshots = fakeSnapshots();
    const seen: string[][] = [];
    let runs = 0;
    const elapsedMs = () => (runs++ === 0 ? 0 : 60_000);
    const first = await run(world(rows, rows, seen), { ports: { snapshots, elapsedMs } });
    expect(first.verdict).toMatchObject({
      verdict: 'not-yet',
      again: true,
      unmet: [{ code: 'counting', message: 'Counted 1 of 4 tables' }],
    });
    expect(snapshots.stored).toEqual([]);
    const second = await run(world(rows, rows, seen), { ports: { snapshots } });
    expect(short(second.verdict)).toBe('done');
    expect(seen).toEqual([['BIG'], ['MID', 'SMALL', 'TINY']]);
    expect(snapshots.stored[0]?.tables).toHaveLength(4);
  });
});

describe('baseline', () => {
  it('counts the source alone and keeps it', async () => {
    const snapshots = fakeSnapshots();
    const sql = fakeSql(world({ A: 3, B: 1_000 }, {}));
    const { verdict } = await run({}, { kind: baseline, ports: { snapshots, sql } });
    expect(verdict).toEqual({ verdict: 'done', summary: '2 tables, 1,003 rows' });
    expect(snapshots.stored[0]?.tables).toEqual([
      { table: 'dbo.A', source: 3, target: null },
      { table: 'dbo.B', source: 1_000, target: null },
    ]);
    expect(sql.asked).not.toContain('exact-counts-target');
    expect(sql.asked).not.toContain('table-estimates-target');
  });

  it('fails where a published table is gone from the source', async () => {
    const answers = world({ A: 3 }, {}, [], [article('A'), article('GONE')]);
    expect((await run(answers, { kind: baseline })).verdict).toMatchObject({
      verdict: 'failed',
      error: { code: 'C601', message: 'Row counts differ: not at the source: dbo.GONE' },
    });
  });
});
