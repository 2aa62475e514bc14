import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import { describe, expect, it } from 'vitest';
import { baseline } from '../../../shared/kinds/baseline.ts';
import type { CountedTables } from '../../../shared/contract/statements/exact-counts.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { makeCountingStore } from '../../../shared/engine/counting-store.ts';
import { validateCounts } from '../../../shared/kinds/validate-counts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { article, estimates, exact, world, writes } from './counted-world.ts';
import type { GivenDocument } from '../../../shared/contract/upload.ts';
import type { Given } from '../../../shared/kinds/kind.ts';
import type { Answers, Setting } from './kind-context.ts';
import { fakeSnapshots, fakeSql, giving, iso, look, NOW, short } from './kind-context.ts';

/** What lasts from one look to the next. */
const stage = () => ({
  snapshots: fakeSnapshots(),
  countings: makeCountingStore(makeMemoryTables()),
});

const run = (
  answers: Answers,
  changes: Pick<Setting, 'given' | 'now'> & {
    kind?: typeof baseline;
    ports?: object;
    classes?: string[];
    attempt?: number;
  } = {},
) =>
  look(changes.kind ?? validateCounts, {
    params: { classes: changes.classes ?? ['keyed'] },
    step: { attempt: changes.attempt ?? 1 },
    ports: { sql: fakeSql(answers), ...changes.ports },
    given: changes.given ?? [],
    ...(changes.now === undefined ? {} : { now: changes.now }),
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
          { table: 'dbo.A', source: 3, target: 3, class: 'keyed', countedAt: NOW },
          { table: 'dbo.B', source: 0, target: 0, class: 'keyed', countedAt: NOW },
        ],
      },
    ]);
    expect(reading.body).toMatchObject({ total: 2, counted: 2, snapshot: 'hash-1', sourceRows: 3 });
  });

  it.each([
    { kind: validateCounts, pushed: 'source', source: 'pushed' },
    { kind: validateCounts, pushed: 'target', source: 'pushed' },
    { kind: baseline, pushed: 'source', source: 'pushed' },
    { kind: baseline, pushed: 'target', source: 'pulled' },
  ] as const)(
    '$kind.name is $source where a collector reads the $pushed',
    async ({ kind, pushed, source }) => {
      const snapshots = fakeSnapshots();
      const sql: Sql = {
        ...fakeSql(world({ A: 3 }, { A: 3 })),
        sourceOf: (server) => (server === pushed ? 'pushed' : 'pulled'),
      };
      const { reading } = await run({}, { kind, ports: { snapshots, sql } });
      expect([reading.source, snapshots.stored[0]?.readingSource]).toEqual([source, source]);
    },
  );

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

  it('fails for a table that cannot be seen at the source: that it is published shows that it is there', async () => {
    const answers = world({ A: 3 }, { A: 3, B: 3 }, [], [article('A'), article('B')]);
    const snapshots = fakeSnapshots();
    expect(short((await run(answers, { ports: { snapshots } })).verdict)).toBe('failed C601');
    expect(snapshots.stored[0]?.tables).toMatchObject([
      { table: 'dbo.A', source: 3 },
      { table: 'dbo.B', source: null, target: 3, unreadable: 'source' },
    ]);
    expect(snapshots.stored[0]?.tables[0]).not.toHaveProperty('unreadable');
  });

  it('keeps with each table the class of its publication, and never calls an absent one unreadable', async () => {
    const articles = [
      article('A'),
      article('N', 'AX_PUB_NoPKTable'),
      article('L', 'AX_PUB_TABLE_LockedTable'),
    ];
    const rows = { A: 1, N: 1, L: 1, S: 1 };
    const answers = world(
      rows,
      { A: 1, N: 1, S: 1 },
      [],
      [...articles, article('S', 'AX_PUB_SpecialTable_1')],
    );
    const snapshots = fakeSnapshots();
    await run(answers, { ports: { snapshots }, classes: ['keyed', 'non-keyed', 'locked', 'special'] });
    expect(
      snapshots.stored[0]?.tables.map((one) => [one.table, one.class, one.target, one.unreadable]),
    ).toEqual([
      ['dbo.A', 'keyed', 1, undefined],
      ['dbo.L', 'locked', null, undefined],
      ['dbo.N', 'non-keyed', 1, undefined],
      ['dbo.S', 'special', 1, undefined],
    ]);
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

describe('a table that an uploaded list names', () => {
  const entry = (table: string, expiresAt = NOW + 1) => ({
    table,
    reason: 'only a log',
    owner: 'Dina',
    expiresAt,
  });
  const ignoring = (...entries: readonly ReturnType<typeof entry>[]) => [
    giving({ kind: 'ignore-tables', entries: [...entries] }),
  ];
  const special = (...tables: string[]) => [giving({ kind: 'special-tables', tables })];
  const rows = { A: 3, B: 9, LOG: 5 };
  const lacking = world(rows, { A: 3, B: 9 });

  it('is left out of the count, and the gate says so with whoever answers for it', async () => {
    const ports = { snapshots: fakeSnapshots() };
    const { reading, verdict } = await run(lacking, { ports, given: ignoring(entry('log'), entry('OTHER')) });
    expect(verdict).toEqual({
      verdict: 'done',
      summary: '2 tables are equal, 12 rows; 1 left out by the list of ignored tables',
    });
    expect(reading.body).toMatchObject({ total: 2, ignored: [entry('log')] });
    expect(ports.snapshots.stored[0]?.tables.map(({ table }) => table)).toEqual(['dbo.A', 'dbo.B']);
  });

  it.each<[string, ReturnType<typeof entry>]>([
    ['the entry has expired', entry('LOG', NOW)],
    ['the entry names a look-alike', entry('LОG')],
    ['the entry names another schema', entry('ax.LOG')],
  ])('is counted when %s', async (_, one) => {
    const { reading, verdict } = await run(lacking, { given: ignoring(one) });
    expect(short(verdict)).toBe('failed C601');
    expect(reading.body).toMatchObject({ total: 3, ignored: [] });
  });

  it.each<[string, Given<GivenDocument['kind']>]>([
    ['ignored', giving({ kind: 'ignore-tables', entries: [entry('LOG')] }, false)],
    ['special', giving({ kind: 'special-tables', tables: ['LOG'] }, false)],
  ])('is counted as ever while nobody else has confirmed the list: %s', async (_, list) => {
    const { reading, verdict } = await run(lacking, { given: [list] });
    expect(short(verdict)).toBe('failed C601');
    expect(reading.body).toMatchObject({ total: 3, ignored: [] });
  });

  it('comes back into the count when the entry expires before it ends', async () => {
    const ports = stage();
    const dying = { ...lacking, 'exact-counts-source': new CutoverError('C501', 'gone') };
    const given = ignoring(entry('LOG'));
    await expect(run(dying, { ports, given })).rejects.toMatchObject({ code: 'C501' });
    const later = { ports, given, now: NOW + 10 * 60_000 };
    expect(short((await run(lacking, later)).verdict)).toBe('not-yet source-moves');
    expect(short((await run(lacking, later)).verdict)).toBe('failed C601');
  });

  it('is left out of the baseline too', async () => {
    const { verdict } = await run(lacking, { kind: baseline, given: ignoring(entry('LOG')) });
    expect(verdict).toEqual({
      verdict: 'done',
      summary: '2 tables, 12 rows; 1 left out by the list of ignored tables',
    });
  });

  it.each<[string, string[]]>([
    ['keyed', ['A', 'LOG']],
    ['special', ['B']],
  ])('as special is counted with the special ones: of %s %j', async (own, counted) => {
    const seen: string[][] = [];
    await run(world(rows, rows, seen), { classes: [own], given: special('b') });
    expect(seen.flat().toSorted()).toEqual(counted);
  });
});

describe('a long counting', () => {
  const rows = { BIG: 40_000_000, MID: 400_000, SMALL: 10, TINY: 1 };
  const indexed = [{ schema: 'dbo', table: 'BIG' }];

  it('takes the largest tables first, each heavy one alone', async () => {
    const seen: string[][] = [];
    await run(world(rows, rows, seen));
    expect(seen).toEqual([['BIG whole'], ['MID', 'SMALL', 'TINY']]);
  });

  it('counts a large table by ranges of RECID, where an index on it lets it', async () => {
    const seen: string[][] = [];
    const snapshots = fakeSnapshots();
    const answers = { ...world(rows, rows, seen), 'recid-indexes-source': indexed };
    expect(short((await run(answers, { ports: { snapshots } })).verdict)).toBe('done');
    expect(seen.filter(([first = '']) => first.startsWith('BIG '))).toHaveLength(80);
    expect(snapshots.stored[0]?.tables[0]).toMatchObject({
      table: 'dbo.BIG',
      source: 40_000_000,
      target: 40_000_000,
    });
  });

  it('puts at most a hundred tables into one statement', async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`T${index}`, 1]));
    const seen: string[][] = [];
    expect(short((await run(world(many, many, seen))).verdict)).toBe('done');
    expect(seen.map((chunk) => chunk.length)).toEqual([100, 100, 50]);
  });

  it('asks a server for at most four counts at once', async () => {
    const large = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`T${index}`, 300_000]));
    const answers = fakeSql(world(large, large));
    const open = { source: 0, target: 0 };
    const most = { source: 0, target: 0 };
    const query = async (statement: never, parameters: never): Promise<readonly never[]> => {
      const { name, server } = statement as { readonly name: string; readonly server: 'source' | 'target' };
      if (!name.startsWith('exact-')) return await answers.query(statement, parameters);
      open[server] += 1;
      most[server] = Math.max(most[server], open[server]);
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      open[server] -= 1;
      return await answers.query(statement, parameters);
    };
    const ports = { ...stage(), sql: { ...answers, query } };
    const [one, other] = await Promise.all([run({}, { ports }), run({}, { ports })]);
    expect(most).toEqual({ source: 4, target: 4 });
    expect([short(one.verdict), short(other.verdict)]).toContain('done');
  });

  it('stops at its budget, says how far it is, and goes on at the first open piece', async () => {
    const ports = stage();
    const seen: string[][] = [];
    const counted = () => seen.length;
    const elapsedMs = () => (counted() < 5 ? 0 : 60_000);
    const answers = { ...world(rows, rows, seen), 'recid-indexes-source': indexed };
    const first = await run(answers, { ports: { ...ports, elapsedMs } });
    expect(first.verdict).toMatchObject({
      verdict: 'not-yet',
      again: true,
      unmet: [{ code: 'counting', message: 'Counted 0 of 4 tables, about 0 of 40,400,011 rows' }],
    });
    expect(ports.snapshots.stored).toEqual([]);
    const second = await run(answers, { ports });
    expect(short(second.verdict)).toBe('done');
    expect(new Set(seen.map(String)).size).toBe(seen.length);
    expect(ports.snapshots.stored[0]?.tables).toHaveLength(4);
  });

  it('begins no piece that might outlast the function, and goes on while a long one keeps it busy', async () => {
    const ports = stage();
    const seen: string[][] = [];
    const late = await run(world(rows, rows, seen), { ports: { ...ports, elapsedMs: () => 31_000 } });
    expect(short(late.verdict)).toBe('not-yet counting');
    expect(seen).toEqual([['MID', 'SMALL', 'TINY']]);
    expect(short((await run(world(rows, rows, seen), { ports })).verdict)).toBe('done');
  });

  it('leaves what a dead process had in hand to whoever looks after its time', async () => {
    const ports = stage();
    const seen: string[][] = [];
    const dying = { ...world(rows, rows, seen), 'exact-counts-source': new CutoverError('C501', 'gone') };
    const dead = { ...ports.countings, release: () => Promise.resolve() };
    await expect(run(dying, { ports: { ...ports, countings: dead } })).rejects.toMatchObject({
      code: 'C501',
    });
    seen.length = 0;
    const soon = await run(world(rows, rows, seen), { ports });
    expect(soon.verdict).toMatchObject({ verdict: 'not-yet', again: false });
    expect(seen).toEqual([]);
    const later = { ...ports, elapsedMs: () => 0 };
    const moment = look(validateCounts, {
      params: { classes: ['keyed'] },
      ports: { sql: fakeSql(world(rows, rows, seen)), ...later },
      state: { lastCommitAt: NOW },
      now: NOW + 10 * 60_000,
    });
    expect(short((await moment).verdict)).toBe('done');
  });
});

describe('what a server does to a count', () => {
  const rows = { A: 300_000, B: 200_000, C: 100_000, D: 1 };

  it('that takes too long is halved, and the halves are counted', async () => {
    const seen: string[][] = [];
    const answers = world(rows, rows, seen);
    const slow = ({ tables }: CountedTables) => {
      if (tables.length > 1) throw new CutoverError('C504', 'too slow');
      return exact(rows, seen)({ tables });
    };
    const ports = stage();
    const sql = fakeSql({ ...answers, 'exact-counts-source': slow });
    expect(short((await run({}, { ports: { ...ports, sql } })).verdict)).toBe('done');
    expect(seen.map(String).sort()).toEqual(['A', 'B', 'C', 'D']);
  });

  it('that cannot be halved is a condition, and its late answer counts for nothing', async () => {
    const ports = stage();
    const slow = { ...world(rows, rows), 'exact-counts-target': new CutoverError('C504', 'too slow') };
    await expect(run(slow, { ports })).rejects.toMatchObject({ code: 'C504' });
    expect(ports.snapshots.stored).toEqual([]);
    expect(short((await run(world(rows, rows), { ports })).verdict)).toBe('done');
  });

  it('finds a table dropped since the last look absent, not empty', async () => {
    const ports = stage();
    const left = { A: 300_000, B: 200_000, D: 1 };
    const dropped = ({ tables }: CountedTables) => {
      if (tables.some(({ name }) => name === 'C')) throw new CutoverError('C505', 'no such table');
      return exact(left)({ tables });
    };
    let looks = 0;
    const answers = {
      ...world(rows, rows),
      'table-estimates-target': () => estimates(looks++ === 0 ? rows : left),
      'exact-counts-target': dropped,
    };
    expect(short((await run(answers, { ports })).verdict)).toBe('not-yet source-moves');
    const { verdict } = await run(answers, { ports });
    expect(verdict).toMatchObject({
      verdict: 'failed',
      error: { message: 'Row counts differ: 1 of 4 tables: dbo.C (absent at the target)' },
    });
  });

  it.each([['9007199254740993'], ['-1'], [null], [1.5]])('is never %j', async (count) => {
    const answers = {
      ...world(rows, rows),
      'exact-counts-source': ({ tables }: CountedTables) =>
        tables.map((_, position) => ({ position, rows: count })),
    };
    await expect(run(answers)).rejects.toThrow();
  });

  it('gives one count for each table, or none', async () => {
    const answers = { ...world(rows, rows), 'exact-counts-source': [] };
    await expect(run(answers)).rejects.toMatchObject({ code: 'C505' });
  });

  it.each([
    ['a bracket', 'a]b'],
    ['quotes and a comment', `x"]; DROP TABLE y --'`],
    ['128 characters', 'n'.repeat(128)],
    ['look-alike letters', 'CUST\u0422ABLE'],
  ])('is that of the very table, with %s in its name', async (_, name) => {
    const snapshots = fakeSnapshots();
    const odd = { [name]: 7, CUSTTABLE: 5 };
    expect(short((await run(world(odd, odd), { ports: { snapshots } })).verdict)).toBe('done');
    const counted = snapshots.stored[0]?.tables.find(({ table }) => table === `dbo.${name}`);
    expect(counted).toMatchObject({ source: 7, target: 7 });
  });
});

describe('the stillness of the source', () => {
  const rows = { A: 300_000, B: 200_000, C: 100_000 };
  const writer = {
    program: 'SSIS-Nightly',
    host: 'ETL01',
    login: 'CONTOSO\\svc-etl',
    sessions: 1,
    lastRequestAt: iso(NOW),
  };

  it('names what was written while it was counted, and by whom; only that is counted again', async () => {
    const ports = stage();
    const seen: string[][] = [];
    let at = { A: '2031-04-03T01:00:00', B: '2031-04-02T20:00:00' };
    const answers = { ...world(rows, rows, seen), 'source-writers': [writer] };
    const writing = {
      ...answers,
      'source-writes': () => {
        const before = writes(at);
        at = { ...at, A: '2031-04-03T01:00:09' };
        return before;
      },
    };
    const first = await run(writing, { ports });
    expect(first.verdict).toMatchObject({
      verdict: 'not-yet',
      again: false,
      unmet: [
        {
          code: 'source-moves',
          message:
            '1 table(s) changed while they were counted: dbo.A. Connected to the source: SSIS-Nightly on ETL01 as CONTOSO\\svc-etl',
          who: 'DBA',
        },
      ],
    });
    expect(ports.snapshots.stored).toEqual([]);
    seen.length = 0;
    const second = await run({ ...answers, 'source-writes': writes(at) }, { ports });
    expect(short(second.verdict)).toBe('done');
    expect(seen).toEqual([['A']]);
  });

  it('is broken by rows that came or went, also where no write is told', async () => {
    const ports = stage();
    const now: Record<string, number> = { ...rows };
    const seen: string[][] = [];
    const answers = world(now, { ...rows, B: 200_001 }, seen);
    const growing = {
      ...answers,
      'exact-counts-source': (asked: CountedTables) => {
        const counts = exact(now, seen)(asked);
        now.B = 200_001;
        return counts;
      },
    };
    expect(short((await run(growing, { ports })).verdict)).toBe('not-yet source-moves');
    seen.length = 0;
    expect(short((await run(answers, { ports })).verdict)).toBe('done');
    expect(seen).toEqual([['B']]);
    expect(ports.snapshots.stored[0]?.tables[1]).toMatchObject({
      table: 'dbo.B',
      source: 200_001,
      target: 200_001,
    });
  });

  it('holds when the server was started anew and has forgotten its writes', async () => {
    const ports = stage();
    let looks = 0;
    const answers = {
      ...world(rows, rows),
      'source-writes': () => writes(looks++ === 0 ? { A: '2031-04-02T20:00:00' } : {}),
    };
    expect(short((await run(answers, { ports })).verdict)).toBe('done');
  });

  it('is not taken for granted without the right to see it', async () => {
    const blind = [{ mayLook: 0, schema: null, table: null, writtenAt: null }];
    const answers = { ...world(rows, rows), 'source-writes': blind };
    await expect(run(answers)).rejects.toMatchObject({ code: 'C503' });
  });
});

describe('a retry after tables were published again', () => {
  const rows = { A: 300_000, B: 200_000, C: 100_000 };
  const retry = async (answers: Answers, changes: object = {}) => {
    const ports = stage();
    const seen: string[][] = [];
    const lacking = { ...rows, B: 199_000 };
    // The estimates do not tell: what differed is counted again all the same.
    const differing = { ...world(rows, rows), 'exact-counts-target': exact(lacking) };
    expect(short((await run(differing, { ports })).verdict)).toBe('failed C601');
    const mended = { ...world(rows, rows, seen), ...answers };
    const { verdict } = await run(mended, { ports: { ...ports, ...changes }, attempt: 2 });
    return { seen: seen.map(String), verdict: short(verdict), stored: ports.snapshots.stored.at(-1) };
  };

  it('counts these only, and holds the counts of those that agreed', async () => {
    const { seen, verdict, stored } = await retry({});
    expect(verdict).toBe('done');
    expect(seen).toEqual(['B']);
    expect(stored).toMatchObject({ id: 'it-2', tables: [{ source: 300_000 }, { target: 200_000 }, {}] });
  });

  it('counts as well what was written since', async () => {
    const { seen } = await retry({ 'source-writes': writes({ C: '2031-04-03T00:59:00' }) });
    expect(seen).toEqual(['B', 'C']);
  });

  it('keeps the time at which each table was counted, that of the first of its pieces', async () => {
    const ports = stage();
    const lacking = { ...world(rows, rows), 'exact-counts-target': exact({ ...rows, B: 199_000 }) };
    await run(lacking, { ports });
    const later = NOW + 20 * 60_000;
    expect(short((await run(world(rows, rows), { ports, attempt: 2, now: later })).verdict)).toBe('done');
    expect(ports.snapshots.stored[1]?.tables.map(({ countedAt }) => countedAt)).toEqual([NOW, later, NOW]);
    let elapsed = 0;
    const elapsedMs = () => (elapsed += 20);
    const pieces = {
      ...world({ BIG: 40_000_000 }, { BIG: 40_000_000 }),
      'recid-indexes-source': [{ schema: 'dbo', table: 'BIG' }],
    };
    const snapshots = fakeSnapshots();
    await run(pieces, { ports: { ...stage(), snapshots, elapsedMs } });
    expect(snapshots.stored[0]?.tables[0]?.countedAt).toBeLessThan(NOW + 1_000);
    expect(elapsed).toBeGreaterThan(2_000);
  });

  it('counts everything where the servers are others now', async () => {
    const { seen } = await retry({}, { hash: () => 'another place' });
    expect(seen).toEqual(['A', 'B', 'C']);
  });
});

describe('baseline', () => {
  it('counts the source alone and keeps it', async () => {
    const snapshots = fakeSnapshots();
    const sql = fakeSql(world({ A: 3, B: 1_000 }, {}));
    const { verdict } = await run({}, { kind: baseline, ports: { snapshots, sql } });
    expect(verdict).toEqual({ verdict: 'done', summary: '2 tables, 1,003 rows' });
    expect(snapshots.stored[0]?.tables).toMatchObject([
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
