import { once, type EventEmitter } from 'node:events';
import { connect as connectSocket } from 'node:net';
import sql from 'mssql';
import { afterEach, describe, expect, it } from 'vitest';
import { startTdsServer, type TdsServer, type TdsServerOptions } from '../../local/tds/server.ts';
import { SqlError } from '../../local/tds/sql-error.ts';
import type { SqlAnswer, SqlHandler, SqlRequest, SqlValue } from '../../local/tds/sql-handler.ts';
import type { SqlType } from '../../local/tds/types.ts';

const LOGIN = { name: 'cutover', password: 'pa$$wörd €' };

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(handle: SqlHandler, options: Partial<TdsServerOptions> = {}): Promise<TdsServer> {
  const server = await startTdsServer({
    serverName: 'SOURCE01',
    logins: [LOGIN],
    databases: ['AX2012', 'distribution'],
    handle,
    ...options,
  });
  cleanups.push(() => server.stop());
  return server;
}

async function connect(server: TdsServer, config: Partial<sql.config> = {}): Promise<sql.ConnectionPool> {
  const pool = new sql.ConnectionPool({
    server: '127.0.0.1',
    port: server.port,
    user: LOGIN.name,
    password: LOGIN.password,
    database: 'AX2012',
    ...config,
    options: { encrypt: false, maxRetriesOnTransientErrors: 0, ...config.options },
  });
  cleanups.push(() => pool.close());
  // A pool reports the end of idle connections here; the tests look at the requests.
  pool.on('error', () => undefined);
  return pool.connect();
}

async function serve(handle: SqlHandler, config: Partial<sql.config> = {}): Promise<sql.ConnectionPool> {
  return connect(await startServer(handle), config);
}

function oneValue(type: SqlType, value: SqlValue, nullable = true): SqlAnswer {
  return { resultSets: [{ columns: [{ name: 'value', type, nullable }], rows: [[value]] }] };
}

const NOTHING: SqlAnswer = { resultSets: [] };

async function failure(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  return promise.then(
    () => Promise.reject(new Error('It did not fail.')),
    (error: unknown) => error as Record<string, unknown>,
  );
}

describe('logging in', () => {
  it('tells the handler the login and the database, as the server spells them', async () => {
    const seen: SqlRequest[] = [];
    const pool = await serve(
      (request) => {
        seen.push(request);
        return oneValue('int', 1);
      },
      { user: 'CUTOVER', database: 'ax2012' },
    );
    await pool.query('SELECT 1 AS value');
    expect(seen).toMatchObject([
      { login: 'cutover', database: 'AX2012', inTransaction: false, procedure: null },
    ]);
  });

  it('opens master when no database is named', async () => {
    const server = await startServer(({ database }) => oneValue('nvarchar(128)', database));
    const pool = new sql.ConnectionPool({
      server: '127.0.0.1',
      port: server.port,
      user: LOGIN.name,
      password: LOGIN.password,
      options: { encrypt: false },
    });
    cleanups.push(() => pool.close());
    await pool.connect();
    expect((await pool.query('SELECT DB_NAME() AS value')).recordset).toEqual([{ value: 'master' }]);
  });

  it.each([
    { case: 'a wrong password', config: { password: 'wrong' }, numbers: ['18456/14/1'] },
    { case: 'an unknown login', config: { user: 'stranger' }, numbers: ['18456/14/1'] },
    { case: 'an unknown database', config: { database: 'AX4' }, numbers: ['4060/11/1', '18456/14/1'] },
    {
      case: 'an unknown database and a wrong password',
      config: { database: 'AX4', password: 'wrong' },
      numbers: ['18456/14/1'],
    },
  ])('refuses $case with the errors of SQL Server', async ({ config, numbers }) => {
    const server = await startServer(() => NOTHING);
    const errors: string[] = [];
    const beforeConnect: sql.config['beforeConnect'] = (connection) => {
      connection.on('errorMessage', (error) => errors.push(`${error.number}/${error.class}/${error.state}`));
    };
    const error = await failure(connect(server, { ...config, beforeConnect }));
    expect(error).toMatchObject({
      code: 'ELOGIN',
      message: `Login failed for user '${config.user ?? LOGIN.name}'.`,
    });
    expect(errors).toEqual(numbers);
  });

  it('refuses encryption, so that a client that insists on it does not go on', async () => {
    const server = await startServer(() => NOTHING);
    expect(await failure(connect(server, { options: { encrypt: true } }))).toMatchObject({
      code: 'EENCRYPT',
    });
  });

  it('closes a connection that does not speak TDS and goes on serving others', async () => {
    const server = await startServer(() => oneValue('int', 7));
    const socket = connectSocket(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: nobody\r\n\r\n'.padEnd(30_000, ' '));
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    const pool = await connect(server);
    expect((await pool.query('SELECT 7')).recordset).toEqual([{ value: 7 }]);
  });
});

type TypeCase = { readonly type: SqlType; readonly sent: SqlValue; readonly received: unknown };

const LONG_TEXT = 'Zeile 🧾 '.repeat(20_000);
const LONG_BYTES = Buffer.alloc(300_001, 'ax');
const TYPE_CASES: readonly TypeCase[] = [
  { type: 'bit', sent: true, received: true },
  { type: 'bit', sent: 0, received: false },
  { type: 'tinyint', sent: 255, received: 255 },
  { type: 'smallint', sent: -32_768, received: -32_768 },
  { type: 'int', sent: -2_147_483_648, received: -2_147_483_648 },
  { type: 'int', sent: 2_147_483_647, received: 2_147_483_647 },
  { type: 'bigint', sent: 9_223_372_036_854_775_807n, received: '9223372036854775807' },
  { type: 'bigint', sent: -9_223_372_036_854_775_808n, received: '-9223372036854775808' },
  { type: 'bigint', sent: '9007199254740993', received: '9007199254740993' },
  { type: 'bigint', sent: 5_637_144_576, received: '5637144576' },
  { type: 'decimal(18,4)', sent: '-12345678901234.5678', received: Number('-12345678901234.5678') },
  { type: 'decimal(9,0)', sent: 999_999_999n, received: 999_999_999 },
  { type: 'numeric(25,0)', sent: '38000000456700001', received: Number('38000000456700001') },
  { type: 'decimal(38,0)', sent: '9'.repeat(38), received: 1e38 },
  { type: 'decimal(5,2)', sent: 0.1, received: 0.1 },
  { type: 'real', sent: 1.5, received: 1.5 },
  { type: 'float', sent: Number.MAX_VALUE, received: Number.MAX_VALUE },
  { type: 'float', sent: -Number.MIN_VALUE, received: -Number.MIN_VALUE },
  { type: 'nvarchar(20)', sent: 'Grüße 🧾', received: 'Grüße 🧾' },
  { type: 'nvarchar(20)', sent: '', received: '' },
  { type: 'nvarchar(max)', sent: LONG_TEXT, received: LONG_TEXT },
  { type: 'nvarchar(max)', sent: '', received: '' },
  { type: 'nchar(4)', sent: 'ä', received: 'ä   ' },
  { type: 'varchar(20)', sent: 'Grüße € Ω', received: 'Grüße € ?' },
  { type: 'varchar(max)', sent: 'x'.repeat(9000), received: 'x'.repeat(9000) },
  { type: 'char(3)', sent: 'a', received: 'a  ' },
  { type: 'varbinary(8)', sent: Buffer.from([0, 255]), received: Buffer.from([0, 255]) },
  { type: 'varbinary(max)', sent: LONG_BYTES, received: LONG_BYTES },
  { type: 'varbinary(max)', sent: Buffer.alloc(0), received: Buffer.alloc(0) },
  { type: 'binary(4)', sent: Buffer.from([1]), received: Buffer.from([1, 0, 0, 0]) },
  { type: 'datetime', sent: '1753-01-01', received: new Date('1753-01-01T00:00:00Z') },
  { type: 'datetime', sent: '9999-12-31T23:59:59.997', received: new Date('9999-12-31T23:59:59.997Z') },
  { type: 'datetime', sent: '2026-02-28T23:59:59.999', received: new Date('2026-03-01T00:00:00.000Z') },
  { type: 'datetime2(7)', sent: '0001-01-01', received: new Date('0001-01-01T00:00:00Z') },
  {
    type: 'datetime2(3)',
    sent: new Date('2026-11-23T03:04:05.678Z'),
    received: new Date('2026-11-23T03:04:05.678Z'),
  },
  { type: 'datetime2(0)', sent: '2026-11-23 03:04:05.9', received: new Date('2026-11-23T03:04:05Z') },
  {
    type: 'datetime2(7)',
    sent: '9999-12-31T23:59:59.9999999',
    received: new Date('9999-12-31T23:59:59.999Z'),
  },
  { type: 'date', sent: '0001-01-01', received: new Date('0001-01-01T00:00:00Z') },
  { type: 'date', sent: new Date('9999-12-31T00:00:00Z'), received: new Date('9999-12-31T00:00:00Z') },
  {
    type: 'uniqueidentifier',
    sent: '00112233-4455-6677-8899-aabbccddeeff',
    received: '00112233-4455-6677-8899-AABBCCDDEEFF',
  },
];

describe('columns', () => {
  it.each(TYPE_CASES)('carry $type unchanged, nullable or not', async ({ type, sent, received }) => {
    const pool = await serve(({ sql: text }) => oneValue(type, sent, text.includes('nullable')));
    for (const [text, nullable] of [
      ['SELECT nullable', true],
      ['SELECT value', false],
    ] as const) {
      const { recordset } = await pool.query<{ value: unknown }>(text);
      expect(recordset).toEqual([{ value: received }]);
      expect(recordset.columns.value?.nullable).toBe(nullable);
    }
  });

  it('carry the tenth of a microsecond of datetime2(7)', async () => {
    const pool = await serve(() => oneValue('datetime2(7)', '2026-11-23T03:04:05.1234567'));
    const { recordset } = await pool.query<{ value: Date }>('SELECT SYSDATETIME()');
    expect(recordset[0]?.value).toHaveProperty('nanosecondsDelta', 0.000_456_7);
  });

  it('carry null in every type, next to values', async () => {
    const types = [...new Set(TYPE_CASES.map(({ type }) => type))];
    const columns = types.flatMap((type, index) => [
      { name: `null${index}`, type },
      { name: `value${index}`, type: 'int' as const },
    ]);
    const row = types.flatMap((_, index) => [null, index]);
    const pool = await serve(() => ({ resultSets: [{ columns, rows: [row, row.map(() => null)] }] }));
    const [first, second] = [...(await pool.query<Record<string, unknown>>('SELECT *')).recordset];
    expect(first).toEqual(Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
    expect(second).toEqual(Object.fromEntries(columns.map(({ name }) => [name, null])));
  });

  it.each<{ type: SqlType; value: SqlValue; message: RegExp }>([
    { type: 'int', value: 2_147_483_648, message: /out of range/ },
    { type: 'bigint', value: 2 ** 53, message: /without loss/ },
    { type: 'decimal(4,2)', value: '123.45', message: /Arithmetic overflow/ },
    { type: 'decimal(4,2)', value: '1.234', message: /is not a decimal\(4,2\)/ },
    { type: 'nvarchar(3)', value: 'four', message: /truncated/ },
    { type: 'datetime', value: '1752-12-31', message: /before 1753/ },
    { type: 'datetime2(7)', value: '2026-11-23T00:00:00+01:00', message: /without offset/ },
    { type: 'uniqueidentifier', value: '42', message: /not a GUID/ },
    { type: 'bit', value: 'yes', message: /not a bit/ },
    { type: 'nvarchar(4001)', value: 'a', message: /not a type/ },
  ])('answer with an error when $value is no $type', async ({ type, value, message }) => {
    const pool = await serve(({ sql: text }) => (text === 'ok' ? oneValue('int', 1) : oneValue(type, value)));
    expect(await failure(pool.query('bad'))).toMatchObject({
      code: 'EREQUEST',
      message: expect.stringMatching(message),
    });
    expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
  });
});

describe('parameters', () => {
  it.each<{ type: sql.ISqlType | (() => sql.ISqlType); sent: unknown; received: SqlValue }>([
    { type: sql.Bit, sent: true, received: true },
    { type: sql.TinyInt, sent: 255, received: 255 },
    { type: sql.SmallInt, sent: -32_768, received: -32_768 },
    { type: sql.Int, sent: -2_147_483_648, received: -2_147_483_648 },
    { type: sql.BigInt, sent: 9_223_372_036_854_775_807n, received: 9_223_372_036_854_775_807n },
    { type: sql.BigInt, sent: '-9007199254740993', received: -9_007_199_254_740_993n },
    { type: sql.Decimal(18, 4), sent: -1234.5678, received: '-1234.5678' },
    { type: sql.Decimal(38, 2), sent: 0.05, received: '0.05' },
    { type: sql.Numeric(9, 0), sent: 42, received: '42' },
    { type: sql.Real, sent: 1.5, received: 1.5 },
    { type: sql.Float, sent: Math.PI, received: Math.PI },
    { type: sql.NVarChar(20), sent: 'Grüße 🧾', received: 'Grüße 🧾' },
    { type: sql.NVarChar(20), sent: '', received: '' },
    { type: sql.NVarChar(sql.MAX), sent: LONG_TEXT, received: LONG_TEXT },
    { type: sql.VarChar(20), sent: 'Grüße €', received: 'Grüße €' },
    { type: sql.VarBinary(20), sent: Buffer.from([0, 1]), received: Buffer.from([0, 1]) },
    { type: sql.VarBinary(sql.MAX), sent: LONG_BYTES, received: LONG_BYTES },
    {
      type: sql.DateTime,
      sent: new Date('2026-11-23T03:04:05.997Z'),
      received: new Date('2026-11-23T03:04:05.997Z'),
    },
    {
      type: sql.DateTime2(7),
      sent: new Date('0001-01-01T00:00:00Z'),
      received: new Date('0001-01-01T00:00:00Z'),
    },
    {
      type: sql.DateTime2(3),
      sent: new Date('2026-11-23T03:04:05.678Z'),
      received: new Date('2026-11-23T03:04:05.678Z'),
    },
    { type: sql.Date, sent: new Date('2026-11-23T00:00:00Z'), received: new Date('2026-11-23T00:00:00Z') },
    {
      type: sql.UniqueIdentifier,
      sent: '00112233-4455-6677-8899-aabbccddeeff',
      received: '00112233-4455-6677-8899-AABBCCDDEEFF',
    },
  ])('arrive as $received, and as null', async ({ type, sent, received }) => {
    const seen: SqlRequest[] = [];
    const pool = await serve((request) => {
      seen.push(request);
      return NOTHING;
    });
    await pool
      .request()
      .input('given', type, sent)
      .input('missing', type, null)
      .query('SELECT @given, @missing');
    expect(seen.map(({ sql: text, parameters }) => ({ text, parameters }))).toEqual([
      {
        text: 'SELECT @given, @missing',
        parameters: new Map<string, SqlValue>([
          ['given', received],
          ['missing', null],
        ]),
      },
    ]);
  });

  it('of a type the stand-in does not know are refused with error 8009', async () => {
    const pool = await serve(() => NOTHING);
    const request = pool.request().input('at', sql.DateTimeOffset(7), new Date());
    expect(await failure(request.query('SELECT @at'))).toMatchObject({
      number: 8009,
      message: expect.stringContaining('Parameter 3 ("@at"): Data type 0x2B is unknown.'),
    });
  });
});

describe('answers', () => {
  it('carry several result sets, empty ones included', async () => {
    const pool = await serve(() => ({
      resultSets: [
        { columns: [{ name: 'name', type: 'nvarchar(128)' }], rows: [['CUSTTABLE'], ['VENDTABLE']] },
        { columns: [{ name: 'rows', type: 'bigint' }], rows: [] },
        { columns: [{ name: 'rows', type: 'bigint' }], rows: [[3n]] },
      ],
    }));
    const expected = {
      recordsets: [[{ name: 'CUSTTABLE' }, { name: 'VENDTABLE' }], [], [{ rows: '3' }]],
      rowsAffected: [2, 0, 1],
    };
    expect(await pool.request().query('SELECT')).toMatchObject(expected);
    expect(await pool.request().batch('SELECT')).toMatchObject(expected);
  });

  it('carry 50,000 rows in order', async () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => [
      `TABLE${index}`,
      BigInt(index) * 1_000_003n,
      index % 3 === 0 ? null : index,
    ]);
    const pool = await serve(() => ({
      resultSets: [
        {
          columns: [
            { name: 'name', type: 'nvarchar(128)', nullable: false },
            { name: 'rows', type: 'bigint', nullable: false },
            { name: 'id', type: 'int' },
          ],
          rows,
        },
      ],
    }));
    const { recordset } = await pool.query('SELECT');
    expect([...recordset]).toEqual(rows.map(([name, count, id]) => ({ name, rows: String(count), id })));
  });

  it('carry messages as PRINT does', async () => {
    const pool = await serve(() => ({ resultSets: [], messages: ['Snapshot delivered.'] }));
    const messages: unknown[] = [];
    const request = pool.request();
    request.on('info', (info: { message: string }) => messages.push(info.message));
    await request.query('PRINT');
    expect(messages).toEqual(['Snapshot delivered.']);
  });

  it.each([512, 4096, 32_767])(
    'and statements of many packets pass with packets of %i bytes',
    async (packetSize) => {
      const statement = `SELECT '${'Grüße 🧾 '.repeat(5000)}'`;
      const pool = await serve(({ sql: text }) => oneValue('nvarchar(max)', text), {
        options: { packetSize },
      });
      expect((await pool.request().query(statement)).recordset).toEqual([{ value: statement }]);
      expect((await pool.request().batch(statement)).recordset).toEqual([{ value: statement }]);
    },
  );
});

describe('stored procedures', () => {
  it('get their parameters and give result sets, outputs and a return status', async () => {
    const pool = await serve(({ procedure, parameters, sql: text }) => {
      expect({ procedure, text, parameters }).toEqual({
        procedure: 'distribution.sys.sp_posttracertoken',
        text: '',
        parameters: new Map<string, SqlValue>([
          ['publication', 'AX_Keyed'],
          ['tracer_token_id', null],
          ['big', null],
          ['kept', 7],
        ]),
      });
      return {
        resultSets: [{ columns: [{ name: 'agent', type: 'int' }], rows: [[5]] }],
        outputs: { tracer_token_id: -2_147_483_641, big: 9_007_199_254_740_993n },
        returnStatus: -6,
      };
    });
    const result = await pool
      .request()
      .input('publication', sql.NVarChar(128), 'AX_Keyed')
      .output('tracer_token_id', sql.Int)
      .output('big', sql.BigInt)
      .output('kept', sql.Int, 7)
      .execute('distribution.sys.sp_posttracertoken');
    expect(result).toMatchObject({
      recordsets: [[{ agent: 5 }]],
      output: { tracer_token_id: -2_147_483_641, big: '9007199254740993', kept: 7 },
      returnValue: -6,
    });
  });

  it('that nobody knows give error 2812', async () => {
    const pool = await serve(() => null);
    expect(await failure(pool.request().execute('dbo.sp_nobody'))).toMatchObject({
      number: 2812,
      class: 16,
      state: 62,
      message: "Could not find stored procedure 'dbo.sp_nobody'.",
    });
  });

  it('whose handler names an output that was not asked for give an error', async () => {
    const pool = await serve(() => ({ resultSets: [], outputs: { other: 1 } }));
    expect(await failure(pool.request().execute('sp_known'))).toMatchObject({ number: 8145 });
  });
});

describe('prepared statements', () => {
  it('are executed with each set of values until they are unprepared', async () => {
    const pool = await serve(({ sql: text, parameters }) =>
      oneValue('nvarchar(max)', `${text} ${String(parameters.get('id'))}`),
    );
    const statement = new sql.PreparedStatement(pool);
    statement.input('id', sql.Int);
    await statement.prepare('SELECT @id AS value');
    for (const id of [1, 2]) {
      expect((await statement.execute({ id })).recordset).toEqual([{ value: `SELECT @id AS value ${id}` }]);
    }
    await statement.unprepare();
  });

  it('are gone after the client has reset the connection', async () => {
    const resets: string[] = [];
    let reset: (() => Promise<unknown>) | undefined;
    const pool = await serve(() => NOTHING, {
      beforeConnect: (connection) => {
        connection.on('resetConnection', () => resets.push('reset'));
        reset = () =>
          new Promise((resolve) => {
            connection.reset(resolve);
          });
      },
      pool: { max: 1 },
    });
    const prepared = await pool
      .request()
      .output('handle', sql.Int)
      .input('params', sql.NVarChar, null)
      .input('stmt', sql.NVarChar, 'SELECT 2')
      .execute('sp_prepare');
    expect(prepared.output).toEqual({ handle: 1 });
    const handle = () => pool.request().input('handle', sql.Int, 1);
    await handle().execute('sp_execute');
    expect(await reset?.()).toBeUndefined();
    expect(resets).toEqual(['reset']);
    for (const procedure of ['sp_execute', 'sp_unprepare']) {
      expect(await failure(handle().execute(procedure))).toMatchObject({
        number: 8179,
        message: 'Could not find prepared statement with handle 1.',
      });
    }
  });
});

describe('transactions', () => {
  it.each(['commit', 'rollback'] as const)(
    'include the requests between begin and %s, and no others',
    async (end) => {
      const seen: [string, boolean][] = [];
      const pool = await serve(
        ({ sql: text, inTransaction }) => {
          seen.push([text, inTransaction]);
          return NOTHING;
        },
        { pool: { max: 1 } },
      );
      for (const round of ['first', 'second']) {
        await pool.query(`${round} before`);
        const transaction = new sql.Transaction(pool);
        await transaction.begin(sql.ISOLATION_LEVEL.READ_COMMITTED);
        await new sql.Request(transaction).query(`${round} within`);
        await new sql.Request(transaction).batch(`${round} batch`);
        await transaction[end]();
        await pool.query(`${round} after`);
      }
      expect(seen).toEqual(
        ['first', 'second'].flatMap((round) => [
          [`${round} before`, false],
          [`${round} within`, true],
          [`${round} batch`, true],
          [`${round} after`, false],
        ]),
      );
    },
  );

  it('are rolled back when the client resets the connection', async () => {
    const log: string[] = [];
    let beginAndReset: (() => Promise<unknown>) | undefined;
    const pool = await serve(
      ({ inTransaction }) => {
        log.push(inTransaction ? 'within' : 'without');
        return NOTHING;
      },
      {
        pool: { max: 1 },
        beforeConnect: (connection) => {
          (connection as EventEmitter).on('rollbackTransaction', () => log.push('rolled back'));
          beginAndReset = () =>
            new Promise((resolve) => {
              connection.beginTransaction(() => {
                connection.reset(resolve);
              });
            });
        },
      },
    );
    await pool.query('first');
    expect(await beginAndReset?.()).toBeUndefined();
    await pool.query('second');
    expect(log).toEqual(['without', 'rolled back', 'without']);
  });

  it('that were never begun cannot be committed', async () => {
    let commit: (() => Promise<unknown>) | undefined;
    await serve(() => NOTHING, {
      beforeConnect: (connection) => {
        commit = () =>
          new Promise((resolve) => {
            connection.commitTransaction(resolve);
          });
      },
      pool: { min: 1, max: 1 },
    }).then((pool) => pool.query('first'));
    expect(await commit?.()).toMatchObject({ number: 3902 });
  });
});

describe('errors', () => {
  it('reach the client with number, class, state, line and message, after a query, a batch and a procedure', async () => {
    const pool = await serve(() => {
      throw new SqlError(1205, 'Transaction (Process ID 62) was deadlocked.', {
        class: 13,
        state: 45,
        line: 3,
      });
    });
    const expected = {
      name: 'RequestError',
      code: 'EREQUEST',
      number: 1205,
      class: 13,
      state: 45,
      lineNumber: 3,
      serverName: 'SOURCE01',
      message: 'Transaction (Process ID 62) was deadlocked.',
    };
    expect(await failure(pool.query('SELECT'))).toMatchObject(expected);
    expect(await failure(pool.request().batch('SELECT'))).toMatchObject(expected);
    expect(await failure(pool.request().execute('sp_known'))).toMatchObject(expected);
  });

  it('of any other kind in a handler reach the client too, also from a promise', async () => {
    const pool = await serve(() => Promise.reject(new Error('the model is broken')));
    expect(await failure(pool.query('SELECT'))).toMatchObject({
      number: 50_000,
      message: 'the model is broken',
    });
  });

  it('answer a statement nobody knows: 102, never an empty success', async () => {
    const pool = await serve(() => null);
    expect(await failure(pool.query('SELEC 1'))).toMatchObject({
      number: 102,
      class: 15,
      message: "Incorrect syntax near 'SELEC'.",
    });
  });

  it('keep the rows that came before them and spoil nothing after them', async () => {
    const rows: unknown[] = [];
    const pool = await serve(
      ({ sql: text }) =>
        text === 'ok'
          ? oneValue('int', 1)
          : { resultSets: [{ columns: [{ name: 'value', type: 'tinyint' }], rows: [[1], [2], [256], [4]] }] },
      { pool: { max: 1 } },
    );
    const request = pool.request();
    request.stream = true;
    request.on('row', (row) => rows.push(row));
    const errors: unknown[] = [];
    request.on('error', (error) => errors.push(error));
    const done = new Promise((resolve) => request.once('done', resolve));
    void request.query('bad');
    await done;
    expect(rows).toEqual([{ value: 1 }, { value: 2 }]);
    expect(errors).toHaveLength(1);
    expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
  });

  it('of class 20 and above end the connection', async () => {
    const server = await startServer(({ sql: text }) => {
      if (text === 'ok') return oneValue('int', 1);
      throw new SqlError(823, 'The operating system returned error 21.', { class: 24 });
    });
    const pool = await connect(server, { pool: { max: 1 } });
    expect(await failure(pool.query('bad'))).toMatchObject({ number: 823, class: 24 });
    await expect.poll(() => server.connections()).toBe(0);
    expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
  });
});

/** A handler that never answers `wait`, tells when it got it, and keeps the signals. */
function waitingHandler(): { handle: SqlHandler; started: Promise<unknown>; signals: AbortSignal[] } {
  const { promise: started, resolve } = Promise.withResolvers<unknown>();
  const signals: AbortSignal[] = [];
  const handle: SqlHandler = ({ sql: text, signal }) => {
    if (text !== 'wait') return oneValue('int', 1);
    signals.push(signal);
    resolve(undefined);
    return new Promise(() => undefined);
  };
  return { handle, started, signals };
}

describe('cancelling', () => {
  it('by time-out aborts the handler and leaves the connection usable', async () => {
    const { handle, signals } = waitingHandler();
    const server = await startServer(handle);
    const ids = new Set<unknown>();
    const pool = await connect(server, {
      pool: { max: 1 },
      requestTimeout: 50,
      beforeConnect: (connection) => ids.add(connection),
    });
    for (const round of [1, 2]) {
      expect(await failure(pool.query('wait'))).toMatchObject({ code: 'ETIMEOUT' });
      expect(signals.map(({ aborted }) => aborted)).toEqual(Array(round).fill(true));
      expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
    }
    // One for the probe with which a pool connects, one that survived both time-outs.
    expect(ids.size).toBe(2);
    expect(server.connections()).toBe(1);
  });

  it('by the client aborts the handler and leaves the connection usable', async () => {
    const { handle, started, signals } = waitingHandler();
    const pool = await serve(handle, { pool: { max: 1 } });
    const request = pool.request();
    const failed = failure(request.query('wait'));
    await started;
    request.cancel();
    expect(await failed).toMatchObject({ code: 'ECANCEL' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
  });

  it('before the request was sent completely executes nothing and leaves the connection usable', async () => {
    let cancelReset: (() => Promise<unknown>) | undefined;
    const resets: string[] = [];
    const pool = await serve(() => oneValue('int', 1), {
      pool: { max: 1 },
      beforeConnect: (connection) => {
        connection.on('resetConnection', () => resets.push('reset'));
        cancelReset = () =>
          new Promise((resolve) => {
            connection.reset(resolve);
            connection.cancel();
          });
      },
    });
    await pool.query('ok');
    expect(await cancelReset?.()).toMatchObject({ code: 'ECANCEL' });
    expect(resets).toEqual([]);
    expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
  });

  it('in the middle of an answer stops it between two rows and leaves the connection usable', async () => {
    let taken = 0;
    const rows = {
      length: 1_000_000,
      *[Symbol.iterator]() {
        for (; taken < this.length; taken++) yield ['x'.repeat(100)];
      },
    };
    const pool = await serve(
      ({ sql: text }) =>
        text === 'ok'
          ? oneValue('int', 1)
          : {
              resultSets: [
                { columns: [{ name: 'text', type: 'nvarchar(100)' }], rows: rows as unknown as SqlValue[][] },
              ],
            },
      { pool: { max: 1 } },
    );
    const request = pool.request();
    request.stream = true;
    request.on('error', () => undefined);
    request.once('row', () => {
      request.cancel();
    });
    const done = new Promise((resolve) => request.once('done', resolve));
    void request.query('many');
    await done;
    expect(taken).toBeLessThan(rows.length);
    expect((await pool.query('ok')).recordset).toEqual([{ value: 1 }]);
  });

  it('by disconnecting aborts the handler', async () => {
    const { handle, started, signals } = waitingHandler();
    const server = await startServer(handle);
    const failed = failure((await connect(server)).query('wait'));
    await started;
    const aborted = once(signals[0]!, 'abort');
    server.dropConnections();
    await aborted;
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('many clients', () => {
  it('are served at the same time', async () => {
    const everyone = Promise.withResolvers<unknown>();
    let waiting = 0;
    const server = await startServer(async ({ parameters }) => {
      if (++waiting === 10) everyone.resolve(undefined);
      await everyone.promise;
      return oneValue('int', parameters.get('id') ?? null);
    });
    const pool = await connect(server, { pool: { max: 10 } });
    const ids = Array.from({ length: 10 }, (_, id) => id);
    const results = await Promise.all(
      ids.map((id) => pool.request().input('id', sql.Int, id).query<unknown>('SELECT @id')),
    );
    expect(results.map(({ recordset }) => [...recordset])).toEqual(ids.map((value) => [{ value }]));
    expect(server.connections()).toBe(10);
  });
});

describe('faults', () => {
  it('reset a connection in the middle of an answer; the next request gets a new one', async () => {
    let resetAfterBytes: number | null = 50_000;
    const rows = Array.from({ length: 50_000 }, (_, index) => [index]);
    const server = await startServer(
      () => ({ resultSets: [{ columns: [{ name: 'id', type: 'int' }], rows }] }),
      { faults: { answer: () => (resetAfterBytes === null ? 'send' : { resetAfterBytes }) } },
    );
    const pool = await connect(server, { pool: { max: 1 } });
    expect(await failure(pool.query('SELECT'))).toMatchObject({ code: 'ECONNRESET' });
    resetAfterBytes = null;
    expect((await pool.query('SELECT')).recordset).toHaveLength(50_000);
  });

  it('reset a connection before an answer, without asking the handler', async () => {
    let asked = 0;
    const server = await startServer(
      () => {
        asked += 1;
        return NOTHING;
      },
      { faults: { answer: () => 'reset' } },
    );
    expect(await failure((await connect(server)).query('SELECT'))).toMatchObject({ code: 'ECONNRESET' });
    expect(asked).toBe(0);
  });

  it('refuse connections', async () => {
    const server = await startServer(() => NOTHING, { faults: { connect: () => 'reset' } });
    expect(await failure(connect(server))).toMatchObject({ code: 'ESOCKET' });
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('delay an answer until their promise is kept, or answer with the error they throw', async () => {
    const gate = Promise.withResolvers<'send'>();
    const log: string[] = [];
    const server = await startServer(
      () => {
        log.push('handler');
        return oneValue('int', 1);
      },
      {
        faults: {
          answer: ({ sql: text }) => {
            if (text === 'busy')
              throw new SqlError(10_928, 'Resource ID: 1. The request limit has been reached.');
            log.push('fault');
            return gate.promise;
          },
        },
      },
    );
    const pool = await connect(server);
    expect(await failure(pool.query('busy'))).toMatchObject({ number: 10_928 });
    const delayed = pool.query('SELECT');
    await expect.poll(() => log).toEqual(['fault']);
    gate.resolve('send');
    expect((await delayed).recordset).toEqual([{ value: 1 }]);
    expect(log).toEqual(['fault', 'handler']);
  });

  it('drop all connections at once; the pool connects anew', async () => {
    const server = await startServer(() => oneValue('int', 1));
    const pool = await connect(server, { pool: { max: 1 } });
    await pool.query('SELECT');
    server.dropConnections();
    await expect.poll(() => server.connections()).toBe(0);
    expect((await pool.query('SELECT')).recordset).toEqual([{ value: 1 }]);
  });
});

describe('stopping', () => {
  it('ends running requests, closes the port and resolves', async () => {
    const { handle, started, signals } = waitingHandler();
    const server = await startTdsServer({ serverName: 'S', logins: [LOGIN], databases: ['AX2012'], handle });
    const failed = failure((await connect(server)).query('wait'));
    await started;
    await server.stop();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
    expect(signals[0]?.aborted).toBe(true);
    expect(server.connections()).toBe(0);
    expect(await failure(connect(server))).toMatchObject({ code: 'ESOCKET' });
  });

  it('frees a fixed port for the next start', async () => {
    const first = await startServer(() => NOTHING);
    await first.stop();
    cleanups.length = 0;
    const second = await startServer(() => oneValue('int', 2), { port: first.port });
    expect(second.port).toBe(first.port);
    expect((await (await connect(second)).query('SELECT')).recordset).toEqual([{ value: 2 }]);
  });
});
