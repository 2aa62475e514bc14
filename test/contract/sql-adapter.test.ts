import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startTdsServer } from '../../local/tds/server.ts';
import type { TdsServer, TdsServerOptions } from '../../local/tds/server.ts';
import { SqlError } from '../../local/tds/sql-error.ts';
import type { SqlAnswer, SqlHandler, SqlRequest } from '../../local/tds/sql-handler.ts';
import type { SqlConnections } from '../../shared/adapters/sql.ts';
import { makeSql } from '../../shared/adapters/sql.ts';
import { backupHistory } from '../../shared/contract/statements/backups.ts';
import { exactSourceCounts, exactTargetCounts } from '../../shared/contract/statements/exact-counts.ts';
import { distributionDatabase } from '../../shared/contract/statements/distribution.ts';
import { targetFacts } from '../../shared/contract/statements/server-facts.ts';
import { CutoverError } from '../../shared/core/errors.ts';

const LOGIN = { name: 'cutover_monitor', password: 'S3cret;"x' };
const SECRET_ROW = 'ACME-4711';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const startServer = async (
  handle: SqlHandler,
  options: Partial<TdsServerOptions> = {},
): Promise<TdsServer> => {
  const server = await startTdsServer({
    serverName: 'AXSQL01',
    logins: [LOGIN],
    databases: ['AX2012PROD', 'AxDB'],
    handle,
    ...options,
  });
  cleanups.push(() => server.stop());
  return server;
};

const connectionTo = (
  { port }: { readonly port: number },
  changes: { password?: string; database?: string } = {},
) =>
  `Server=127.0.0.1,${port};Database=${changes.database ?? 'AX2012PROD'};User Id=${LOGIN.name};` +
  `Password='${changes.password ?? LOGIN.password}';Encrypt=false;TrustServerCertificate=true`;

const open = (connections: Partial<SqlConnections>) => {
  const sql = makeSql({ source: null, distribution: null, target: null, ...connections });
  cleanups.push(() => sql.close());
  return sql;
};

const counts = (...rows: (readonly [number, string])[]): SqlAnswer => ({
  resultSets: [
    {
      columns: [
        { name: 'position', type: 'int' },
        { name: 'rows', type: 'bigint' },
      ],
      rows,
    },
  ],
});

const TABLES = { tables: [{ schema: 'dbo', name: 'CUSTTABLE' }] };

const failureOf = async (answer: Promise<unknown>): Promise<CutoverError> => {
  const error: unknown = await answer.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CutoverError)) throw new Error('It did not fail with an error of the catalogue.');
  return error;
};

/** Everything an error would show in a log. */
const shown = (error: CutoverError): string =>
  [
    error.message,
    error.stack,
    String(error.cause),
    error.cause instanceof Error ? error.cause.stack : '',
  ].join('\n');

describe('a question to a SQL Server', () => {
  it('is answered in the types of the catalogue, bigint as a number', async () => {
    const server = await startServer(() => counts([0, '9007199254740991']));
    const sql = open({ source: connectionTo(server) });
    expect(await sql.query(exactSourceCounts, TABLES)).toEqual([
      { position: 0, rows: 9_007_199_254_740_991 },
    ]);
  });

  it('carries its values as parameters, says who asks, and costs one round trip', async () => {
    const seen: SqlRequest[] = [];
    const server = await startServer((request) => {
      seen.push(request);
      return {
        resultSets: [
          {
            columns: [
              { name: 'serverTime', type: 'nvarchar(24)' },
              { name: 'id', type: 'nvarchar(36)' },
              { name: 'type', type: 'nvarchar(1)' },
              { name: 'copyOnly', type: 'int' },
              { name: 'startedAt', type: 'nvarchar(24)' },
              { name: 'finishedAt', type: 'nvarchar(24)' },
              { name: 'damaged', type: 'int' },
              { name: 'checksums', type: 'int' },
              { name: 'firstLsn', type: 'nvarchar(25)' },
              { name: 'lastLsn', type: 'nvarchar(25)' },
              { name: 'baseId', type: 'nvarchar(36)' },
              { name: 'device', type: 'nvarchar(260)' },
            ],
            rows: [['2031-05-01T00:10:00.500Z', ...Array<null>(11).fill(null)]],
          },
        ],
      };
    });
    const sql = open({ source: connectionTo(server) });
    await sql.query(backupHistory, { database: "AX'2012" });
    const rows = await sql.query(backupHistory, { database: "AX'2012" });
    expect(rows[0]?.serverTime).toBe(Date.UTC(2031, 4, 1, 0, 10, 0, 500));
    expect(seen).toHaveLength(2);
    expect(seen[0]?.parameters.get('database')).toBe("AX'2012");
    expect(seen[0]?.sql).not.toContain("AX'2012");
    expect(seen[0]?.sql.startsWith('/* ax-cutover backup-history */')).toBe(true);
  });

  it('goes to the server the statement names', async () => {
    const source = await startServer(() => counts([0, '1']));
    const target = await startServer(() => counts([0, '2']));
    const sql = open({ source: connectionTo(source), target: connectionTo(target, { database: 'AxDB' }) });
    expect(await sql.query(exactSourceCounts, TABLES)).toEqual([{ position: 0, rows: 1 }]);
    expect(await sql.query(exactTargetCounts, TABLES)).toEqual([{ position: 0, rows: 2 }]);
  });

  it('shares one pool where source and distributor are the same server', async () => {
    const server = await startServer(({ sql }) =>
      sql.includes('exact-counts')
        ? counts([0, '1'])
        : {
            resultSets: [
              {
                columns: [
                  { name: 'mayLook', type: 'int' },
                  { name: 'database', type: 'nvarchar(128)' },
                  { name: 'accessible', type: 'int' },
                  { name: 'serverTime', type: 'nvarchar(24)' },
                ],
                rows: [[1, null, null, '2031-05-01T00:10:00Z']],
              },
            ],
          },
    );
    const sql = open({ source: connectionTo(server), distribution: connectionTo(server) });
    await sql.query(exactSourceCounts, TABLES);
    await sql.query(distributionDatabase, null);
    expect(server.connections()).toBe(1);
  });

  it('ends its connections when it is closed', async () => {
    const server = await startServer(() => counts([0, '1']));
    const sql = makeSql({ source: connectionTo(server), distribution: null, target: null });
    await sql.query(exactSourceCounts, TABLES);
    await sql.close();
    await expect.poll(() => server.connections()).toBe(0);
  });
});

describe('a failure is told by its code', () => {
  it('C501 where no connection is configured', async () => {
    const error = await failureOf(open({}).query(targetFacts, null));
    expect(error.code).toBe('C501');
    expect(error.message).toContain('target');
  });

  it('C501 where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const error = await failureOf(open({ source: connectionTo({ port }) }).query(exactSourceCounts, TABLES));
    expect(error).toMatchObject({ code: 'C501', retriable: true });
  });

  it('C502 where the password is wrong, without saying it', async () => {
    const server = await startServer(() => counts());
    const sql = open({ source: connectionTo(server, { password: 'wr0ng-one' }) });
    const error = await failureOf(sql.query(exactSourceCounts, TABLES));
    expect(error.code).toBe('C502');
    expect(shown(error)).not.toMatch(/wr0ng-one|cutover_monitor|Password/);
  });

  it('C502 where the login may not open the database', async () => {
    const server = await startServer(() => counts());
    const sql = open({ source: connectionTo(server, { database: 'Elsewhere' }) });
    expect((await failureOf(sql.query(exactSourceCounts, TABLES))).code).toBe('C502');
  });

  it.each([229, 297, 300, 916, 21_050])('C503 for error %i, naming the permission', async (number) => {
    const server = await startServer(() => {
      throw new SqlError(number, `The permission was denied on '${SECRET_ROW}'.`, { class: 14 });
    });
    const error = await failureOf(open({ source: connectionTo(server) }).query(exactSourceCounts, TABLES));
    expect(error.code).toBe('C503');
    expect(error.message).toContain(exactSourceCounts.permission);
    expect(shown(error)).not.toContain(SECRET_ROW);
  });

  it('C504 where the answer takes longer than the statement allows, and the server is told to stop', async () => {
    const stopped = Promise.withResolvers<string>();
    const server = await startServer(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            stopped.resolve('stopped');
            resolve(counts());
          });
        }),
    );
    const impatient = { ...exactSourceCounts, timeoutMs: 50 };
    const error = await failureOf(open({ source: connectionTo(server) }).query(impatient, TABLES));
    expect(error).toMatchObject({ code: 'C504', retriable: true });
    expect(await stopped.promise).toBe('stopped');
  });

  it.each(['as soon as it is told to stop', 'when nobody waits any more'])(
    'C504 also where the server answers all the same, %s: to nobody, and never to a later question',
    async (when) => {
      const gate = Promise.withResolvers<undefined>();
      let asked = 0;
      const server = await startServer(
        async () => {
          asked += 1;
          // What it answers is of the moment it was asked.
          const answer = counts([0, String(asked)]);
          if (asked === 1) await gate.promise;
          return answer;
        },
        {
          faults: {
            isDeaf: () => {
              if (when === 'as soon as it is told to stop') gate.resolve(undefined);
              return true;
            },
          },
        },
      );
      const sql = open({ source: connectionTo(server) });
      const impatient = { ...exactSourceCounts, timeoutMs: 50 };
      expect((await failureOf(sql.query(impatient, TABLES))).code).toBe('C504');
      expect(await sql.query(exactSourceCounts, TABLES)).toEqual([{ position: 0, rows: 2 }]);
      gate.resolve(undefined);
      for (const rows of [3, 4, 5])
        expect(await sql.query(exactSourceCounts, TABLES)).toEqual([{ position: 0, rows }]);
      const atOnce = await Promise.all([1, 2, 3, 4].map(() => sql.query(exactSourceCounts, TABLES)));
      expect(new Set(atOnce.flat().map(({ rows }) => rows))).toEqual(new Set([6, 7, 8, 9]));
    },
  );

  it('C504 for a deadlock', async () => {
    const server = await startServer(() => {
      throw new SqlError(1205, 'Transaction was deadlocked.', { class: 13 });
    });
    expect(
      (await failureOf(open({ source: connectionTo(server) }).query(exactSourceCounts, TABLES))).code,
    ).toBe('C504');
  });

  it('C505 for a row of another shape, naming the column and not the value', async () => {
    const server = await startServer(() => counts([0, '9007199254740993']));
    const error = await failureOf(open({ source: connectionTo(server) }).query(exactSourceCounts, TABLES));
    expect(error).toMatchObject({ code: 'C505', retriable: false });
    expect(error.message).toContain('rows');
    expect(shown(error)).not.toContain('9007199254740993');
  });

  it('C505 for an error of the statement itself, in words of our own', async () => {
    const server = await startServer(() => {
      throw new SqlError(208, `Invalid object name '${SECRET_ROW}'.`);
    });
    const error = await failureOf(open({ source: connectionTo(server) }).query(exactSourceCounts, TABLES));
    expect(error.code).toBe('C505');
    expect(error.message).toContain('a table or view does not exist');
    expect(shown(error)).not.toContain(SECRET_ROW);
  });
});

describe('a broken connection', () => {
  it('is replaced once without anybody noticing', async () => {
    let asked = 0;
    const server = await startServer(() => counts([0, '7']), {
      faults: { answer: () => (++asked === 1 ? 'reset' : 'send') },
    });
    const sql = open({ source: connectionTo(server) });
    expect(await sql.query(exactSourceCounts, TABLES)).toEqual([{ position: 0, rows: 7 }]);
    expect(asked).toBe(2);
  });

  it('is C501 when it breaks again', async () => {
    let asked = 0;
    const server = await startServer(() => counts([0, '7']), {
      faults: {
        answer: () => {
          asked += 1;
          return { resetAfterBytes: 5 };
        },
      },
    });
    const error = await failureOf(open({ source: connectionTo(server) }).query(exactSourceCounts, TABLES));
    expect(error.code).toBe('C501');
    expect(asked).toBe(2);
  });

  it('does not hurt the next question when it broke while idle', async () => {
    const server = await startServer(() => counts([0, '7']));
    const sql = open({ source: connectionTo(server) });
    await sql.query(exactSourceCounts, TABLES);
    server.dropConnections();
    expect(await sql.query(exactSourceCounts, TABLES)).toEqual([{ position: 0, rows: 7 }]);
  });

  it('leaves nothing behind that keeps a server that is back from answering', async () => {
    let down = true;
    const server = await startServer(() => counts([0, '7']), {
      faults: { connect: () => (down ? 'reset' : 'accept') },
    });
    const sql = open({ source: connectionTo(server) });
    expect((await failureOf(sql.query(exactSourceCounts, TABLES))).code).toBe('C501');
    down = false;
    expect(await sql.query(exactSourceCounts, TABLES)).toEqual([{ position: 0, rows: 7 }]);
  });
});
