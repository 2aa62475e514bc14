import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { lookAtReplication, readReplication } from '../../../shared/kinds/replication-reading.ts';
import { publicationClass } from '../../../shared/kinds/publication-class.ts';
import { withoutValues } from '../../../shared/kinds/without-values.ts';
import type { Answers } from './kind-context.ts';
import { BINDINGS, fakeSql, iso, MINUTE, NOW, publicationRow } from './kind-context.ts';

const SERVER_NOW = NOW + 2 * MINUTE;
const distributor = { mayLook: 1, database: 'distribution', accessible: 1, serverTime: iso(SERVER_NOW) };
const status = (changes: object = {}) =>
  publicationRow('AX_PUB_PkTable_1', {
    articles: 3,
    subscriptions: 3,
    active: 3,
    delivered: 1,
    role: 'distribution',
    agent: 'AXSQL01-1',
    runStatus: 4,
    comment: 'No replicated transactions are available.',
    at: iso(SERVER_NOW - MINUTE),
    latencyMs: 1_200,
    ...changes,
  });
const TRACER = {
  tracerPostedAt: iso(SERVER_NOW - MINUTE),
  tracerAtDistributor: 1,
  tracerSubscriptions: 1,
  tracerArrived: 1,
};
const volume = (name: string | null, freeBytes: number | null) => ({
  serverTime: iso(SERVER_NOW),
  logReuseWait: 'REPLICATION',
  logBytes: '1000',
  logUsedBytes: 900,
  volume: name,
  volumeBytes: freeBytes === null ? null : '5000',
  freeBytes,
});

const GOOD: Answers = {
  'distribution-database': [distributor],
  'replication-status': [
    status({ ...TRACER, undeliveredSince: iso(SERVER_NOW - 2 * MINUTE) }),
    status({ role: 'log-reader', agent: 'AXSQL01-2' }),
    status({
      publication: 'AX_PUB_NoPKTable',
      type: 1,
      delivered: 0,
      role: null,
      agent: null,
      runStatus: null,
      comment: null,
      at: null,
    }),
  ],
  'replication-pending': [
    { publication: 'AX_PUB_PkTable_1', pending: '12' },
    { publication: 'AX_PUB_NoPKTable', pending: 0 },
  ],
  'source-health': [volume('D:\\', 400), volume('L:\\', 300)],
};

const read = (answers: Answers) => readReplication(fakeSql(answers), 42, NOW, BINDINGS.source, 'state');

describe('a reading of replication', () => {
  it.each([
    { server: 'distribution', source: 'pushed' },
    { server: 'source', source: 'pushed' },
    { server: 'target', source: 'pulled' },
  ] as const)('is $source where a collector reads the $server', async ({ server: pushed, source }) => {
    const sql: Sql = {
      ...fakeSql(GOOD),
      sourceOf: (server) => (server === pushed ? 'pushed' : 'pulled'),
    };
    expect((await readReplication(sql, 42, NOW, BINDINGS.source, 'state')).source).toBe(source);
  });

  it('is one reading of all publications with their agents', async () => {
    expect(await read(GOOD)).toEqual({
      schema: 1,
      slot: 42,
      source: 'pulled',
      takenAt: NOW,
      depth: 'state',
      serverTime: SERVER_NOW,
      blind: null,
      distributionExists: true,
      estimates: null,
      gaps: [],
      distributionBytes: 4096,
      sourceServer: {
        logReuseWait: 'REPLICATION',
        logBytes: 1000,
        logUsedBytes: 900,
        volumes: [
          { name: 'D:\\', bytes: 5000, freeBytes: 400 },
          { name: 'L:\\', bytes: 5000, freeBytes: 300 },
        ],
      },
      publications: [
        {
          name: 'AX_PUB_PkTable_1',
          class: 'keyed',
          transactional: true,
          articles: 3,
          subscriptions: { total: 3, active: 3 },
          snapshotDelivered: true,
          pendingCommands: 12,
          undeliveredSince: SERVER_NOW - 2 * MINUTE,
          retentionHours: 336,
          agents: [
            expect.objectContaining({
              role: 'distribution',
              runStatus: 4,
              at: SERVER_NOW - MINUTE,
              latencyMs: 1_200,
            }),
            expect.objectContaining({ role: 'log-reader', name: 'AXSQL01-2' }),
          ],
          tracer: { postedAt: SERVER_NOW - MINUTE, arrived: true },
        },
        expect.objectContaining({
          name: 'AX_PUB_NoPKTable',
          class: 'non-keyed',
          transactional: false,
          snapshotDelivered: false,
          pendingCommands: 0,
          agents: [],
          tracer: null,
        }),
      ],
    });
  });

  it.each([
    { publications: 1, agents: 2 },
    { publications: 60, agents: 3 },
  ])(
    'costs three statements to the distributor and one to the source, for $publications publication(s) too',
    async ({ publications, agents }) => {
      const rows = Array.from({ length: publications }, (_, index) =>
        Array.from({ length: agents }, () => status({ publication: `AX_PUB_PkTable_${index}` })),
      ).flat();
      const sql = fakeSql({ ...GOOD, 'replication-status': rows });
      const reading = await readReplication(sql, 42, NOW, BINDINGS.source, 'state');
      expect(reading.publications).toHaveLength(publications);
      expect(sql.asked).toEqual([
        'distribution-database',
        'replication-status',
        'replication-pending',
        'source-health',
      ]);
    },
  );

  it('asks for the agents only in the quiet hours of the source', async () => {
    const sql = fakeSql(GOOD);
    const reading = await readReplication(sql, 42, NOW, BINDINGS.source, 'minimum');
    expect(sql.asked).toEqual(['distribution-database', 'replication-status']);
    expect(reading).toMatchObject({
      depth: 'minimum',
      blind: null,
      gaps: [],
      sourceServer: null,
      publications: [{ pendingCommands: null, tracer: { arrived: true } }, {}],
    });
  });

  it('asks for the publications of this server and database only', async () => {
    const seen: unknown[] = [];
    await read({
      ...GOOD,
      'replication-status': (parameters) => {
        seen.push(parameters);
        return [];
      },
    });
    expect(seen).toEqual([{ distribution: 'distribution', server: 'AXSQL01', database: 'AX2012PROD' }]);
  });

  it('says that there is no distribution database, and asks no further', async () => {
    const sql = fakeSql({ 'distribution-database': [{ ...distributor, database: null, accessible: null }] });
    expect(await readReplication(sql, 42, NOW, BINDINGS.source, 'state')).toMatchObject({
      blind: null,
      distributionExists: false,
      serverTime: SERVER_NOW,
      publications: [],
    });
    expect(sql.asked).toEqual(['distribution-database']);
  });

  it.each<{ what: string; answers: Answers; code: string }>([
    {
      what: 'the server does not answer',
      answers: { 'distribution-database': new CutoverError('C501', 'away') },
      code: 'C501',
    },
    {
      what: 'the login is refused',
      answers: { 'distribution-database': new CutoverError('C502', 'x') },
      code: 'C502',
    },
    {
      what: 'the login cannot tell whether there is a distribution database',
      answers: {
        'distribution-database': [{ ...distributor, mayLook: 0, database: null, accessible: null }],
      },
      code: 'C503',
    },
    {
      what: 'the login may not enter the distribution database',
      answers: { 'distribution-database': [{ ...distributor, accessible: 0 }] },
      code: 'C503',
    },
    {
      what: 'the publications cannot be read',
      answers: { ...GOOD, 'replication-status': new CutoverError('C503', 'x') },
      code: 'C503',
    },
    {
      what: 'the connection breaks over the backlog',
      answers: { ...GOOD, 'replication-pending': new CutoverError('C501', 'x') },
      code: 'C501',
    },
    { what: 'the server says nothing', answers: { 'distribution-database': [] }, code: 'C505' },
  ])('is blind when $what', async ({ answers, code }) => {
    expect(await read(answers)).toMatchObject({ blind: { code }, publications: [] });
  });

  it.each([
    {
      statement: 'replication-pending',
      code: 'C503',
      seen: { publications: [{ pendingCommands: null }, {}] },
    },
    {
      statement: 'replication-pending',
      code: 'C504',
      seen: { publications: [{ pendingCommands: null }, {}] },
    },
    { statement: 'source-health', code: 'C503', seen: { sourceServer: null } },
    { statement: 'source-health', code: 'C501', seen: { sourceServer: null } },
  ] as const)(
    'keeps what it read where $statement gives $code, and says what is missing',
    async ({ statement, code, seen }) => {
      const reading = await read({ ...GOOD, [statement]: new CutoverError(code, 'x') });
      expect(reading).toMatchObject({ blind: null, ...seen, gaps: [{ statement, code }] });
      expect(reading.publications).toHaveLength(2);
    },
  );

  it('knows the log of a server that tells nothing of its volumes, and nothing of one that says nothing', async () => {
    const log = await read({ ...GOOD, 'source-health': [volume(null, null)] });
    expect(log.sourceServer).toMatchObject({ logReuseWait: 'REPLICATION', volumes: [] });
    expect((await read({ ...GOOD, 'source-health': [] })).sourceServer).toBeNull();
  });

  it('takes a latency below zero as it is: the clocks disagree, and nothing else is lost', async () => {
    const reading = await read({ ...GOOD, 'replication-status': [status({ latencyMs: -300 })] });
    expect(reading.publications[0]?.agents[0]?.latencyMs).toBe(-300);
  });

  it('of a distribution database that is dropped in the middle is one of no distribution database', async () => {
    let looks = 0;
    const dropped = await read({
      ...GOOD,
      'distribution-database': () => {
        looks += 1;
        return [looks === 1 ? distributor : { ...distributor, database: null, accessible: null }];
      },
      'replication-status': new CutoverError('C505', 'replication-status: a table or view does not exist'),
    });
    expect(dropped).toMatchObject({ blind: null, distributionExists: false, publications: [] });
    expect(looks).toBe(2);
  });

  it('does not hide a bug behind a blind reading', async () => {
    await expect(read({})).rejects.toThrow('Nobody expected distribution-database.');
  });

  it.each([
    { what: 'not at the distributor', changes: { tracerAtDistributor: 0 } },
    { what: 'at some subscriptions only', changes: { tracerSubscriptions: 2 } },
    { what: 'expected by no subscription', changes: { tracerSubscriptions: 0, tracerArrived: 0 } },
  ])('takes a tracer token $what for under way', async ({ changes }) => {
    const reading = await read({ ...GOOD, 'replication-status': [status({ ...TRACER, ...changes })] });
    expect(reading.publications[0]?.tracer).toMatchObject({ arrived: false });
  });

  it('keeps no value of a row that an agent quotes', async () => {
    const error =
      "2627 Violation of PRIMARY KEY constraint 'I_10'. The duplicate key value is (5637144576, ACME).";
    const reading = await read({
      ...GOOD,
      'replication-status': [status({ runStatus: 6, comment: error, error })],
    });
    const text = JSON.stringify(reading);
    expect(text).toContain("constraint 'I_10'");
    expect(text).not.toMatch(/5637144576|ACME/);
  });
});

const article = (publication: string, table: string) => ({
  publication,
  sourceSchema: 'dbo',
  sourceTable: table,
  targetSchema: 'dbo',
  targetTable: table,
});

describe('a poll', () => {
  const estimates: Answers = {
    'table-estimates-source': [
      { schema: 'dbo', table: 'CUSTTABLE', rows: '10', published: 1 },
      { schema: 'dbo', table: 'VENDTABLE', rows: 5, published: 1 },
      { schema: 'dbo', table: 'TMPTOOL', rows: 7, published: 0 },
    ],
    'table-estimates-target': [{ schema: 'dbo', table: 'CustTable', rows: 10, published: 0 }],
    'replication-articles': [
      article('AX_PUB_PkTable_1', 'CustTable'),
      article('AX_PUB_SpecialTable_1', 'VENDTABLE'),
    ],
  };

  it('estimates the published tables; missing is not zero', async () => {
    const { reading, snapshot } = await lookAtReplication(
      fakeSql({ ...GOOD, ...estimates }),
      42,
      NOW,
      BINDINGS.source,
      'counts',
    );
    expect(snapshot).toMatchObject({
      id: 'estimate-42',
      method: 'estimate',
      takenAt: NOW,
      tables: [
        { table: 'dbo.CUSTTABLE', source: 10, target: 10, class: 'keyed' },
        { table: 'dbo.VENDTABLE', source: 5, target: null, class: 'special' },
      ],
    });
    expect(reading.estimates).toEqual({ tables: 2, equal: 1, sourceRows: 15, targetRows: 10 });
  });

  it('estimates without classes where the distributor does not tell them, and says so', async () => {
    const answers = { ...GOOD, ...estimates, 'replication-articles': new CutoverError('C504', 'slow') };
    const { reading, snapshot } = await lookAtReplication(
      fakeSql(answers),
      42,
      NOW,
      BINDINGS.source,
      'counts',
    );
    expect(snapshot?.tables.map((table) => table.class)).toEqual([undefined, undefined]);
    expect(reading.gaps).toMatchObject([{ statement: 'replication-articles', code: 'C504' }]);
  });

  it('is good without estimates where one side cannot be read', async () => {
    const answers = { ...GOOD, ...estimates, 'table-estimates-target': new CutoverError('C502', 'lapsed') };
    const { reading, snapshot } = await lookAtReplication(
      fakeSql(answers),
      42,
      NOW,
      BINDINGS.source,
      'counts',
    );
    expect(snapshot).toBeNull();
    expect(reading).toMatchObject({
      blind: null,
      estimates: null,
      gaps: [{ statement: 'table-estimates-target', code: 'C502' }],
    });
    expect(reading.publications).toHaveLength(2);
  });

  it('counts nothing where counts are not asked for', async () => {
    const sql = fakeSql({ ...GOOD, ...estimates });
    expect((await lookAtReplication(sql, 42, NOW, BINDINGS.source, 'state')).snapshot).toBeNull();
    expect(sql.asked).not.toContain('table-estimates-source');
  });

  it('estimates nothing where nothing is published', async () => {
    const sql = fakeSql({ 'distribution-database': [{ ...distributor, database: null, accessible: null }] });
    expect((await lookAtReplication(sql, 42, NOW, BINDINGS.source, 'counts')).snapshot).toBeNull();
  });
});

describe('the class of a publication', () => {
  it.each([
    ['AX_PUB_PkTable_1', 'keyed'],
    ['AX_PUB_PkTable_[3]', 'keyed'],
    ['AXDB_PUB_TABLE_Obj_1', 'keyed'],
    ['AX_PUB_OtherObjects', 'other-objects'],
    ['AX_PUB_NoPKTable', 'non-keyed'],
    ['AX_PUB_TABLE_LockedTable', 'locked'],
    ['AX_PUB_SpecialTable_2', 'special'],
    ['AX_PUB_Unheard', 'special'],
  ])('of %s is %s', (name, expected) => {
    expect(publicationClass(name)).toBe(expected);
  });
});

describe('an error text without values', () => {
  it.each([
    [
      "Cannot insert duplicate key in object 'dbo.CUSTTABLE'.",
      "Cannot insert duplicate key in object 'dbo.CUSTTABLE'.",
    ],
    ['The duplicate key value is (1, A(b)).', 'The duplicate key value (…).'],
    [
      "Conversion failed when converting the nvarchar value 'Miller' to data type int.",
      "Conversion failed when converting the nvarchar value '…' to data type int.",
    ],
    ["Truncated value: 'it''s secret'.", "Truncated value: '…'."],
    ["Login failed for user 'repl'.", "Login failed for user 'repl'."],
    ['Length of LOB data (70000) exceeds 65536.', 'Length of LOB data (70000) exceeds 65536.'],
    ['No replicated transactions are available.', 'No replicated transactions are available.'],
  ])('makes of %s: %s', (text, expected) => {
    expect(withoutValues(text)).toBe(expected);
  });

  it('is cut to a readable length', () => {
    expect(withoutValues('x'.repeat(1000))).toHaveLength(301);
  });
});
