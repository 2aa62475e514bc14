import { describe, expect, it } from 'vitest';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { Snapshot } from '../../../shared/core/counts.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { validateCounts } from '../../../shared/kinds/validate-counts.ts';
import { world } from './counted-world.ts';
import type { Answers, Setting } from './kind-context.ts';
import { BINDINGS, fakeSnapshots, giving, iso, look, MINUTE, NOW, short } from './kind-context.ts';

type Count = readonly [table: string, source: number | null, target: number | null];

const toolkit = (counts: readonly Count[], changes: object = {}, confirmed = true) =>
  giving(
    {
      kind: 'toolkit-counts',
      stepId: null,
      database: BINDINGS.source.database.toLowerCase(),
      takenAt: NOW + MINUTE,
      columns: { table: 'T', schema: null, source: 'S', target: 'D', delimiter: ',' },
      counts: counts.map(([table, source, target]) => [table, source, target]),
      ...changes,
    },
    confirmed,
  );

const ROWS = { A: 3, B: 9 };
const EQUAL: readonly Count[] = [
  ['dbo.a', 3, 3],
  ['dbo.B', 9, 9],
];
const run = (sql: Answers, given: Setting['given'] = [], params: object = {}, ports: object = {}) =>
  look(validateCounts, { params: { classes: ['keyed'], ...params }, sql, given, ports });
const conditions = ({ verdict }: Awaited<ReturnType<typeof run>>) =>
  verdict.verdict === 'not-yet' ? verdict.unmet.map(({ code, message }) => `${code}: ${message}`) : [];

describe("the toolkit's counts as the second witness", () => {
  it('let the gate open when they agree, and the gate says so', async () => {
    const { reading, verdict } = await run(world(ROWS, ROWS), [toolkit(EQUAL, {}, false)]);
    expect(verdict).toEqual({
      verdict: 'done',
      summary: '2 tables are equal, 12 rows; 2 of them counted by the toolkit as well',
    });
    expect(reading).toMatchObject({
      source: 'pulled',
      body: { witness: { as: 'second', by: 'Dina', common: 2 } },
    });
  });

  it('keep it shut when they differ, naming each table, though our own counts are equal', async () => {
    const looked = await run(world(ROWS, ROWS), [
      toolkit([
        ['dbo.A', 3, 3],
        ['dbo.B', 9, 8],
      ]),
    ]);
    expect(conditions(looked)).toEqual([
      'witness-conflict: The toolkit counts 1 table(s) otherwise: dbo.B (9 at the target, where the witness counts 8)',
    ]);
  });

  it('name five of many, and how many there are', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`T${n}`, 5]));
    const counts = Object.keys(many).map((table): Count => [`dbo.${table}`, 5, 4]);
    const [message = ''] = conditions(await run(world(many, many), [toolkit(counts)]));
    expect(message.match(/dbo\./g)).toHaveLength(5);
    expect(message).toContain('30 table(s)');
    expect(message).toContain('(30 in all)');
  });

  it.each<[string, object, string]>([
    [
      'older than the counting',
      { takenAt: NOW - 1 },
      `witness-outdated: The toolkit's counts of ${iso(NOW - 1)} are older than those of 2 table(s), and do not count there: dbo.A, dbo.B`,
    ],
    [
      'of another database',
      { database: 'AX2012TEST' },
      "witness-elsewhere: The toolkit's counts that Dina uploaded are of AX2012TEST, not of AX2012PROD, and do not count",
    ],
  ])('do not count, and the condition says so, when they are %s', async (_, changes, expected) => {
    // They would agree, and they would differ: neither is looked at.
    for (const counts of [EQUAL, EQUAL.map(([table]): Count => [table, 1, 1])]) {
      expect(conditions(await run(world(ROWS, ROWS), [toolkit(counts, changes)]))).toEqual([expected]);
    }
  });

  it('do not hide that our own counts differ', async () => {
    const lacking = world(ROWS, { A: 3, B: 8 });
    expect(short((await run(lacking, [toolkit(EQUAL)])).verdict)).toBe('failed C601');
    expect(short((await run(lacking, [toolkit(EQUAL, { takenAt: NOW - 1 })])).verdict)).toBe('failed C601');
  });

  it('need not be there, nor name every table, unless the plan requires it', async () => {
    const some = [toolkit(EQUAL.slice(0, 1))];
    const required = { witness: 'required' };
    expect(short((await run(world(ROWS, ROWS))).verdict)).toBe('done');
    expect(short((await run(world(ROWS, ROWS), some)).verdict)).toBe('done');
    expect(conditions(await run(world(ROWS, ROWS), [], required))).toEqual([
      "witness-missing: The toolkit's counts are to be a witness here, and nobody has uploaded them",
    ]);
    expect(conditions(await run(world(ROWS, ROWS), some, required))).toEqual([
      "witness-missing: The toolkit's counts lack 1 table(s): dbo.B",
    ]);
    expect(short((await run(world(ROWS, ROWS), [toolkit(EQUAL)], required)).verdict)).toBe('done');
  });

  it('are not asked before everything is counted', async () => {
    const looked = await run(world({}, {}), [toolkit(EQUAL)]);
    expect(short(looked.verdict)).toBe('not-yet scope-empty');
    expect(looked.reading.body).toMatchObject({ witness: null });
  });
});

describe("the toolkit's counts where nothing may be counted", () => {
  const refusing = (code: 'C501' | 'C502' | 'C503' | 'C504' = 'C502'): Answers => ({
    'distribution-database': new CutoverError(code, 'no entry'),
  });

  it('are the first witness once a second person has confirmed them, and the gate says so', async () => {
    const snapshots = fakeSnapshots();
    const { reading, verdict } = await run(refusing(), [toolkit(EQUAL)], {}, { snapshots });
    expect(verdict).toEqual({
      verdict: 'done',
      summary:
        '2 tables are equal, 12 rows; counted by the toolkit alone, uploaded by Dina and confirmed by Max',
    });
    expect(reading).toMatchObject({ source: 'file', body: { witness: { as: 'first' } } });
    expect(snapshots.stored).toMatchObject([
      { id: 'it-1', takenAt: NOW + MINUTE, method: 'exact', readingSource: 'file', tables: [{}, {}] },
    ]);
  });

  it.each<[string, readonly Count[], object, boolean, string]>([
    [
      'nobody has confirmed them',
      EQUAL,
      {},
      false,
      "witness-unconfirmed: Nothing may be counted here, and the toolkit's counts that Dina uploaded wait for a second person to confirm them",
    ],
    [
      'they are older than the attempt',
      EQUAL,
      { takenAt: NOW - 31 * MINUTE },
      true,
      `witness-outdated: The toolkit's counts that Dina uploaded are of ${iso(NOW - 31 * MINUTE)}, before this attempt began, and do not count`,
    ],
    [
      'they are of another database, even if they differ',
      [['dbo.A', 1, 0]],
      { database: 'OTHER' },
      true,
      "witness-elsewhere: The toolkit's counts that Dina uploaded are of OTHER, not of AX2012PROD, and do not count",
    ],
  ])('prove nothing as long as %s', async (_, counts, changes, confirmed, expected) => {
    expect(conditions(await run(refusing(), [toolkit(counts, changes, confirmed)]))).toEqual([expected]);
  });

  it.each<[string, Count]>([
    ['differs', ['dbo.B', 9, 8]],
    ['is not counted at the target', ['dbo.B', 9, null]],
    ['is not counted at the source', ['dbo.B', null, 9]],
  ])('fail the gate for a table that %s', async (_, count) => {
    expect(short((await run(refusing(), [toolkit([['dbo.A', 3, 3], count])])).verdict)).toBe('failed C601');
  });

  it('leave out the tables that are ignored', async () => {
    const entry = { table: 'B', reason: 'a log', owner: 'Dina', expiresAt: NOW + 1 };
    const given = [
      toolkit([
        ['dbo.A', 3, 3],
        ['dbo.B', 9, 8],
      ]),
      giving({ kind: 'ignore-tables', entries: [entry] }),
    ];
    const { reading, verdict } = await run(refusing(), given);
    expect(short(verdict)).toBe('done');
    expect(reading.body).toMatchObject({ total: 1, ignored: [entry] });
  });

  it.each(['C501', 'C502', 'C503'] as const)('stand in for %s', async (code) => {
    expect(short((await run(refusing(code), [toolkit(EQUAL)])).verdict)).toBe('done');
    await expect(run(refusing(code))).rejects.toMatchObject({ code });
  });

  it('do not for a server that is slow, nor where the plan accepts only what is pulled', async () => {
    await expect(run(refusing('C504'), [toolkit(EQUAL)])).rejects.toMatchObject({ code: 'C504' });
    const pulled = { accepts: ['pulled'] };
    await expect(run(refusing(), [toolkit(EQUAL)], pulled)).rejects.toMatchObject({ code: 'C502' });
  });

  it('are taken without asking a server where the plan accepts only files', async () => {
    const { reading, verdict } = await run({}, [toolkit(EQUAL)], { accepts: ['file'] });
    expect([reading.source, short(verdict)]).toEqual(['file', 'done']);
    expect(short((await run({}, [], { accepts: ['file'] })).verdict)).toBe('not-yet witness-missing');
  });
});

describe('tables that are equal and yet hardly right', () => {
  const rehearsal = 'c-0123456789ab';
  const rehearsed: Snapshot = {
    schema: 1,
    id: 'count-1',
    takenAt: NOW - 900 * MINUTE,
    method: 'exact',
    sides: 'both',
    readingSource: 'pulled',
    tables: [
      { table: 'dbo.a', source: 1_000_000, target: 1_000_000 },
      { table: 'dbo.B', source: 9, target: 9 },
    ],
  };
  const EMPTY = { A: 0, B: 9 };
  const waiver = (table: string | null, at = NOW) => {
    const given = giving({
      kind: 'statement',
      stepId: 'it',
      takenAt: NOW,
      text: 'Looked at.',
      reading: null,
      waives: table === null ? [] : [{ table, reason: 'it was archived' }],
    });
    return { ...given, upload: { ...given.upload, at } };
  };
  const count = (
    given: Setting['given'] = [],
    bound: Partial<Bindings> = { rehearsal },
    seen = [rehearsed],
  ) =>
    look(validateCounts, {
      params: { classes: ['keyed'] },
      sql: world(EMPTY, EMPTY),
      given,
      bindings: bound,
      ports: { snapshots: fakeSnapshots(seen) },
    });

  it('keep the gate shut, each with its reason', async () => {
    expect(conditions(await count())).toEqual([
      'equal-but-doubtful: 1 table(s) are equal, and yet hardly right: dbo.A (empty on both sides; the rehearsal counted 1,000,000)',
    ]);
  });

  it('open it once a named person answers for them with a reason, which the evidence keeps', async () => {
    const { reading, verdict } = await count([waiver('a')]);
    expect(verdict).toEqual({
      verdict: 'done',
      summary: '2 tables are equal, 9 rows; 1 doubtful, for which Dina answers',
    });
    expect(reading.body).toMatchObject({
      doubts: { open: { total: 0 }, waived: [{ table: 'dbo.A', by: 'Dina', why: 'it was archived' }] },
    });
  });

  it.each([
    ['waives nothing', waiver(null)],
    ['names another table', waiver('B')],
    ['names a look-alike', waiver('\u0410')],
    ['was given before the table was counted', waiver('A', NOW - 1)],
  ])('do not by a statement that %s', async (_, given) => {
    expect(short((await count([given])).verdict)).toBe('not-yet equal-but-doubtful');
  });

  it('are not known without a rehearsal, and one that counted nothing is told', async () => {
    expect(short((await count([], {})).verdict)).toBe('done');
    expect(conditions(await count([], { rehearsal }, []))).toEqual([
      `rehearsal-missing: The rehearsal ${rehearsal} has no exact comparison, so nothing can be held against it`,
    ]);
  });
});
