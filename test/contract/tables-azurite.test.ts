import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { tablesFromConnectionString, tablesFromCredential } from '../../shared/adapters/tables.ts';
import { StorageConflict } from '../../shared/engine/ports.ts';
import { testTables } from './tables.testsuite.ts';

testTables('Azurite', async () => {
  const azurite = await startAzurite({ memory: true });
  const tables = tablesFromConnectionString(azurite.connectionString, { prefix: 'test' });
  await tables.createTables();
  return { tables, teardown: azurite.stop };
});

describe('the tables of an account', () => {
  const stops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()));
  });
  const head = { op: 'insert', row: 'head', properties: { n: 1 } } as const;

  test('can be made again without harm', async () => {
    const azurite = await startAzurite({ memory: true });
    stops.push(azurite.stop);
    const tables = tablesFromConnectionString(azurite.connectionString, { prefix: 'again' });
    await tables.createTables();
    await tables.transact('cutovers', 'p', [head]);
    await tables.createTables();
    expect((await tables.get('cutovers', 'p', 'head'))?.properties).toEqual({ n: 1 });
  });

  test('that are missing are C401, and never an empty answer', async () => {
    const azurite = await startAzurite({ memory: true });
    stops.push(azurite.stop);
    const tables = tablesFromConnectionString(azurite.connectionString, { prefix: 'none' });
    await expect(tables.get('cutovers', 'p', 'r')).rejects.toMatchObject({ code: 'C401' });
    await expect(tables.range('cutovers', 'p', 'a', 'z')).rejects.toMatchObject({ code: 'C401' });
    await expect(tables.transact('cutovers', 'p', [head])).rejects.toMatchObject({ code: 'C401' });
  });

  test('survive a stop when they are kept in a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'azurite-'));
    const first = await startAzurite({ folder: join(folder, 'tables') });
    const before = tablesFromConnectionString(first.connectionString, { prefix: '' });
    await before.createTables();
    await before.transact('cutovers', 'p', [head]);
    await first.stop();
    const second = await startAzurite({ folder: join(folder, 'tables') });
    const after = tablesFromConnectionString(second.connectionString, { prefix: '' });
    expect((await after.get('cutovers', 'p', 'head'))?.properties).toEqual({ n: 1 });
    await second.stop();
    await rm(folder, { recursive: true });
  });

  test('refuse a prefix that Azure refuses', () => {
    const make = () => tablesFromConnectionString('UseDevelopmentStorage=true', { prefix: '1-' });
    expect(make).toThrow(expect.objectContaining({ code: 'C101' }));
  });
});

describe('the date of an answer', () => {
  /** Answers everything with this status and date; gives what a request told. */
  const datesToldBy = async (status: number, date: string): Promise<readonly number[]> => {
    const told: number[] = [];
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        response.writeHead(status, { 'content-type': 'application/json', date }).end('{"value":[]}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const tables = tablesFromConnectionString(
      `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/a;`,
      { prefix: '', maxRetries: 0, onRequest: () => (at) => told.push(at) },
    );
    await tables.range('cutovers', 'p', 'a', 'z').catch(() => null);
    server.closeAllConnections();
    server.close();
    return told;
  };
  const DATE = 'Fri, 20 Nov 2026 12:00:00 GMT';

  test.each([
    ['of rows', 200],
    ['that refuses', 403],
  ])('%s is told', async (_title, status) => {
    expect(await datesToldBy(status, DATE)).toEqual([Date.parse(DATE)]);
  });

  test('that is no date is not told', async () => {
    expect(await datesToldBy(200, 'soon')).toEqual([]);
  });

  test('is told with every operation, before its outcome is known', async () => {
    const azurite = await startAzurite({ memory: true });
    const ages: number[] = [];
    const onRequest = () => (date: number) => ages.push(Date.now() - date);
    const tables = tablesFromConnectionString(azurite.connectionString, { prefix: 'dated', onRequest });
    await tables.createTables();
    const insert = { op: 'insert', row: 'r', properties: {} } as const;
    await tables.transact('cutovers', 'p', [insert]);
    await tables.get('cutovers', 'p', 'r');
    await tables.range('cutovers', 'p', 'a', 'z');
    await azurite.stop();
    expect(ages).toHaveLength(7);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(0);
  });
});

describe('a storage that fails', () => {
  /** Answers every request as told; Azurite cannot be made to fail. */
  const withAnswer = async <T>(
    answer: { readonly status: number; readonly body: string; readonly type?: string } | 'hang' | 'cut off',
    use: (tables: ReturnType<typeof tablesFromConnectionString>) => Promise<T>,
  ): Promise<T> => {
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        if (answer === 'hang') return;
        if (answer === 'cut off') {
          response.destroy();
          return;
        }
        response
          .writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' })
          .end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/a;`;
    try {
      return await use(
        tablesFromConnectionString(connectionString, { prefix: '', maxRetries: 0, timeoutMs: 300 }),
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  const insert = { op: 'insert', row: 'r', properties: {} } as const;
  const odataError = (code: string): string =>
    JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: '0:no' } } });
  const changeset = (...parts: readonly string[]): string =>
    `--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n${parts
      .map((part) => `--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 ${part}\r\n`)
      .join('')}--changesetresponse_1--\r\n--batchresponse_1--\r\n`;

  test.each([
    ['is busy', { status: 503, body: odataError('ServerBusy') }],
    ['times out inside', { status: 500, body: odataError('OperationTimedOut') }],
    ['throttles', { status: 429, body: odataError('TooManyRequests') }],
    ['refuses the sign-in', { status: 403, body: odataError('AuthorizationFailure') }],
    ['does not answer', 'hang'],
    ['cuts the connection', 'cut off'],
  ] as const)('that %s is C401 for every operation', async (_title, answer) => {
    await withAnswer(answer, async (tables) => {
      await expect(tables.get('cutovers', 'p', 'r')).rejects.toMatchObject({ code: 'C401' });
      await expect(tables.range('cutovers', 'p', 'a', 'z')).rejects.toMatchObject({ code: 'C401' });
      await expect(tables.transact('cutovers', 'p', [insert])).rejects.toMatchObject({ code: 'C401' });
      await expect(tables.createTables()).rejects.toMatchObject({ code: 'C401' });
    });
  });

  test.each([
    ['a refusal without a body', changeset('412 Precondition Failed\r\n\r\n')],
    ['no answer for one of the writes', changeset('204 No Content\r\n\r\n')],
    ['nothing', ''],
  ])('that answers a transaction with %s is C401: it may have happened', async (_title, body) => {
    await withAnswer(
      { status: 202, body, type: 'multipart/mixed; boundary=batchresponse_1' },
      async (tables) => {
        const transaction = tables.transact('cutovers', 'p', [insert, { ...insert, row: 's' }]);
        await expect(transaction).rejects.toMatchObject({ code: 'C401' });
      },
    );
  });

  test.each(['EntityAlreadyExists 409', 'UpdateConditionNotSatisfied 412', 'ResourceNotFound 404'])(
    'that answers a transaction with %s is a conflict',
    async (answer) => {
      const [code = '', status = ''] = answer.split(' ');
      const body = changeset(`${status} No\r\nContent-Type: application/json\r\n\r\n${odataError(code)}`);
      await withAnswer({ status: 202, body, type: 'multipart/mixed' }, async (tables) => {
        await expect(tables.transact('cutovers', 'p', [insert])).rejects.toBeInstanceOf(StorageConflict);
      });
    },
  );

  test('that finds a transaction too large after all is C403 with its reason', async () => {
    const body = changeset(
      `413 No\r\nContent-Type: application/json\r\n\r\n${odataError('RequestBodyTooLarge')}`,
    );
    await withAnswer({ status: 202, body, type: 'multipart/mixed' }, async (tables) => {
      await expect(tables.transact('cutovers', 'p', [insert])).rejects.toMatchObject({
        code: 'C403',
        message: expect.stringContaining('RequestBodyTooLarge'),
      });
    });
  });

  test('that fails does not make the error tell what was written, or how it was signed', async () => {
    await withAnswer({ status: 503, body: odataError('ServerBusy') }, async (tables) => {
      const write = { ...insert, properties: { name: 'a private value' } };
      const error: unknown = await tables
        .transact('cutovers', 'p', [write])
        .catch((reason: unknown) => reason);
      expect(inspect(error, { depth: 20, showHidden: true })).toMatch(/ServerBusy/);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/private value|SharedKey/);
    });
  });

  test('that commits a transaction but loses its answer leaves a conflict, and the rows', async () => {
    const azurite = await startAzurite({ memory: true });
    const target = new URL(/TableEndpoint=([^;]+)/.exec(azurite.connectionString)?.[1] ?? '');
    let lost = 0;
    const proxy = createServer((request, response) => {
      const { method, url, headers } = request;
      const forward = httpRequest({ port: target.port, host: target.hostname, method, path: url, headers });
      forward.on('response', (answer) => {
        if (url?.endsWith('$batch') === true && lost++ === 0) {
          answer.resume();
          response.destroy();
          return;
        }
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      request.pipe(forward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const tables = tablesFromConnectionString(
      azurite.connectionString.replace(`127.0.0.1:${target.port}`, `127.0.0.1:${port}`),
      { prefix: 'lossy' },
    );
    await tables.createTables();
    await expect(tables.transact('cutovers', 'p', [insert])).rejects.toBeInstanceOf(StorageConflict);
    expect([lost, await tables.get('cutovers', 'p', 'r')]).toEqual([
      2,
      expect.objectContaining({ row: 'r' }),
    ]);
    proxy.closeAllConnections();
    proxy.close();
    await azurite.stop();
  });

  test('is C401 when the identity gives no token', async () => {
    const credential = { getToken: () => Promise.reject(new Error('no identity')) };
    const tables = tablesFromCredential('https://127.0.0.1:1', credential, { prefix: '', maxRetries: 0 });
    await expect(tables.get('cutovers', 'p', 'r')).rejects.toMatchObject({ code: 'C401' });
  });
});
