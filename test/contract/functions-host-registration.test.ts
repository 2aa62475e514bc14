import { once } from 'node:events';
import { createServer, connect, Socket, type AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { compileRoute } from '../../local/host/route.ts';
import { disableNagle } from '../../local/host/socket-no-delay.ts';
import { fixtureApp, makeHostLogs, startTestHost, writeApp } from '../support/functions-host.ts';

const httpFunction = `app.get('one', () => ({ body: 'one' }));`;

describe('a host', () => {
  test('loads a CommonJS app whose main is a glob, and offers the core module to require', async () => {
    const host = await startTestHost(fixtureApp('commonjs'));
    expect(host.functions).toEqual(['first', 'second']);
    expect(await (await fetch(`${host.url}/first`)).text()).toBe('first');
    expect(await (await fetch(`${host.url}/second`)).json()).toEqual([
      'Disposable',
      'getProgrammingModel',
      'hostVersion',
      'log',
      'registerFunction',
      'registerHook',
      'setProgrammingModel',
      'version',
    ]);
    await host.stop();
    await expect(fetch(`${host.url}/first`)).rejects.toThrow();
  });

  test('runs only the functions it is asked for', async () => {
    const appRoot = await writeApp(`${httpFunction} app.get('two', () => ({ body: 'two' }));`);
    const host = await startTestHost(appRoot, { functions: ['two'] });
    expect(host.functions).toEqual(['two']);
    expect((await fetch(`${host.url}/one`)).status).toBe(404);
    expect((await fetch(`${host.url}/two`)).status).toBe(200);
    await host.stop();
  });

  test('refuses a function name the app does not have', async () => {
    const appRoot = await writeApp(httpFunction);
    await expect(startTestHost(appRoot, { functions: ['one', 'tow'] })).rejects.toThrow(
      'The app has no function "tow".',
    );
  });

  test('rejects with the very error the app throws while loading', async () => {
    const appRoot = await writeApp(`${httpFunction} throw new RangeError('settings A and B are missing');`);
    await expect(startTestHost(appRoot)).rejects.toThrow(new RangeError('settings A and B are missing'));
  });

  test('rejects when an appStart hook throws', async () => {
    const appRoot = await writeApp(
      `${httpFunction} app.hook.appStart(() => { throw new Error('not ready'); });`,
    );
    await expect(startTestHost(appRoot)).rejects.toThrow('not ready');
  });

  test('refuses to register a function after start-up', async () => {
    const logs = makeHostLogs();
    const appRoot = await writeApp(`app.get('late', () => { app.get('later', () => ({})); });`);
    const host = await startTestHost(appRoot, { log: logs.log });
    expect((await fetch(`${host.url}/late`)).status).toBe(500);
    expect(logs.messagesOf('late')[0]).toContain('A function can only be registered during app startup.');
    await host.stop();
  });

  test('refuses a port that is taken', async () => {
    const host = await startTestHost(await writeApp(httpFunction));
    const port = Number(new URL(host.url).port);
    await expect(startTestHost(await writeApp(httpFunction), { port })).rejects.toThrow('EADDRINUSE');
    await host.stop();
  });
});

describe('registration refuses', () => {
  const queue = `connection: 'BUS', queueName: 'q', handler: () => {}`;

  test.each([
    [
      'a name twice',
      `${httpFunction} app.timer('One', { schedule: '0 * * * * *', handler: () => {} });`,
      '"One" is registered twice',
    ],
    ['an invalid name', `app.get('1st', () => ({}));`, '"1st" is not a valid function name'],
    [
      'an unknown trigger',
      `app.storageQueue('q', { queueName: 'q', connection: 'C', handler: () => {} });`,
      'no trigger of type "queueTrigger"',
    ],
    [
      'an output',
      `app.timer('t', { schedule: '0 * * * * *', return: output.storageQueue({ queueName: 'q', connection: 'C' }), handler: () => {} });`,
      'no out binding of type "queue"',
    ],
    [
      'a retry policy on a queue',
      `app.serviceBusQueue('q', { ${queue}, retry: { strategy: 'fixedDelay', delayInterval: 1000, maxRetryCount: 3 } });`,
      'a Service Bus trigger has no retry policy',
    ],
    [
      'a retry policy elsewhere',
      `app.timer('t', { schedule: '0 * * * * *', handler: () => {}, retry: { strategy: 'fixedDelay', delayInterval: 1000, maxRetryCount: 3 } });`,
      'does not run retry policies',
    ],
    [
      'a topic',
      `app.serviceBusTopic('t', { connection: 'BUS', topicName: 't', subscriptionName: 's', handler: () => {} });`,
      'listens to queues only',
    ],
    ['sessions', `app.serviceBusQueue('q', { ${queue}, isSessionsEnabled: true });`, 'has no sessions'],
    ['batches', `app.serviceBusQueue('q', { ${queue}, cardinality: 'many' });`, 'one message at a time'],
    ['SDK bindings', `app.serviceBusQueue('q', { ${queue}, sdkBinding: true });`, 'no SDK bindings'],
    [
      'no auto-completion',
      `app.serviceBusQueue('q', { ${queue}, autoCompleteMessages: false });`,
      'never be settled',
    ],
    [
      'a refusal the app swallows',
      `${httpFunction} try { app.get('one', () => ({})); } catch {}`,
      '"one" is registered twice',
    ],
    [
      'an unknown hook',
      `import * as core from '@azure/functions-core'; core.registerHook('beforeAll', () => {});`,
      'Unrecognized hook "beforeAll"',
    ],
    ['an app without functions', ``, 'registered no function'],
    [
      'an unknown route constraint',
      `app.http('r', { route: 'r/{id:odd}', handler: () => ({}) });`,
      'the constraint "odd" is not known',
    ],
    [
      'a bad schedule',
      `app.timer('t', { schedule: '* * *', handler: () => {} });`,
      'not an NCRONTAB expression',
    ],
    [
      'a schedule whose setting is missing',
      `app.timer('t', { schedule: '%NO_SUCH_SCHEDULE%', handler: () => {} });`,
      'needs the setting NO_SUCH_SCHEDULE',
    ],
    [
      'a queue whose setting is missing',
      `app.serviceBusQueue('q', { connection: 'BUS', queueName: '%NO_SUCH_QUEUE%', handler: () => {} });`,
      'needs the setting NO_SUCH_QUEUE',
    ],
    [
      'a connection that is missing',
      `app.serviceBusQueue('q', { connection: 'NO_SUCH_BUS', queueName: 'q', handler: () => {} });`,
      'needs the connection setting NO_SUCH_BUS',
    ],
  ])('%s', async (_what, source, message) => {
    const logs = makeHostLogs();
    await expect(startTestHost(await writeApp(source), { log: logs.log })).rejects.toThrow(message);
  });

  test.each([
    [{ version: '1.0' }, 'version'],
    [{ version: '2.0', functionTimeout: 'soon' }, '"soon" is not a time span'],
    [{ version: '2.0', extensions: { serviceBus: { autoCompleteMessages: false } } }, 'autoCompleteMessages'],
    [{ version: '2.0', extensions: { serviceBus: { maxConcurrentCalls: 0 } } }, 'maxConcurrentCalls'],
  ])('host.json %o', async (hostJson, message) => {
    await expect(startTestHost(await writeApp(httpFunction, hostJson))).rejects.toThrow(message);
  });
});

describe('a route', () => {
  test.each([
    ['a/{id:guid}', 'a/0f8fad5b-d9cb-469f-a165-70867728950e', { id: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
    ['a/{id:guid}', 'a/12', null],
    ['a/{n:int:min(1)}', 'a/0', null],
    ['a/{n:range(1,9)?}', 'a/9', { n: '9' }],
    ['a/{n:range(1,9)?}', 'a', {}],
    ['a/{n:range(1,9)?}', 'a/10', null],
    ['a/{s:length(2)}', 'a/xyz', null],
    ['a/{s:alpha:maxlength(3)}', 'a/xyz', { s: 'xyz' }],
    ['a/{s:regex(^x[0-9]+$)}', 'a/y1', null],
    ['a/{b:bool}/{d:datetime}', 'a/TRUE/2026-03-01', { b: 'TRUE', d: '2026-03-01' }],
    ['report-{id}.{format}', 'report-7.csv', { id: '7', format: 'csv' }],
    ['a.c/{x}', 'abc/1', null],
    ['{*all}', '', {}],
    ['a/{id}', 'a/%zz', { id: '%zz' }],
    ['a/{id}', 'a/1/', { id: '1' }],
  ])('%s matched with "%s" gives %o', (template, path, expected) => {
    expect(compileRoute(template).match(path)).toEqual(expected);
  });
});

describe('disabling Nagle', () => {
  test('sets TCP_NODELAY on client sockets until it is undone', async () => {
    const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open = async (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    };
    const undo = disableNagle();
    const during = await open();
    undo();
    const after = await open();
    expect(setNoDelay.mock.contexts).toContain(during);
    expect(setNoDelay.mock.contexts).not.toContain(after);
    during.destroy();
    after.destroy();
    server.close();
    setNoDelay.mockRestore();
  });
});
