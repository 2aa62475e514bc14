import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../local/host/start-host.ts';
import { fixtureApp, makeHostLogs, startTestHost } from '../support/functions-host.ts';

const logs = makeHostLogs();
const timeouts: string[] = [];
let host: Host;

beforeAll(async () => {
  host = await startTestHost(fixtureApp('web'), {
    environment: { WEB_SETTING: 'from the host' },
    adminKey: 'the-admin-key',
    bodyLimitBytes: 1_000,
    log: logs.log,
    onTimeout: (functionName, timeoutMs) => {
      timeouts.push(`${functionName} ${timeoutMs}`);
      process.emit('release' as never);
    },
  });
});

afterAll(async () => {
  const terminated = once(process, 'terminated');
  await host.stop();
  await terminated;
});

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(`${host.url}/${path}`, init);

const get = async (path: string): Promise<unknown> => {
  const response = await call(path);
  return response.status === 200 ? response.json() : response.status;
};

describe('a request', () => {
  test('reaches the handler with method, address, query, decoded parameters, headers and text', async () => {
    const response = await call('echo/a%2Fb%20c/part?x=1&y=%C3%A9&x=2', {
      method: 'PUT',
      headers: { 'x-test': 'header' },
      body: 'grüße',
    });
    expect(await response.json()).toEqual({
      method: 'PUT',
      url: `${host.url}/echo/a%2Fb%20c/part?x=1&y=%C3%A9&x=2`,
      query: { x: '1,2', y: 'é' },
      params: { id: 'a/b c', part: 'part' },
      header: 'header',
      text: 'grüße',
    });
  });

  test('without its optional parameter reaches the handler without that parameter', async () => {
    expect(await get('echo/only')).toMatchObject({
      method: 'GET',
      params: { id: 'only' },
      query: {},
      text: '',
    });
  });

  test('with JSON is parsed by the handler', async () => {
    const response = await call('json', { method: 'POST', body: '{"a":[1,"zwei"]}' });
    expect(await response.json()).toEqual({ got: { a: [1, 'zwei'] } });
  });

  test('with malformed JSON fails in the handler and is answered by 500', async () => {
    expect((await call('json', { method: 'POST', body: '{' })).status).toBe(500);
  });

  test('keeps every byte of its body in both directions', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const response = await call('bytes', { method: 'POST', body: bytes });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('with a body at the limit passes, one byte over it is answered by 413', async () => {
    expect((await call('bytes', { method: 'POST', body: 'x'.repeat(1_000) })).status).toBe(200);
    expect((await call('bytes', { method: 'POST', body: 'x'.repeat(1_001) })).status).toBe(413);
  });

  test('of a client that goes away does not disturb the host', async () => {
    const headers = { 'content-length': '500', expect: '100-continue' };
    const request = httpRequest(`${host.url}/bytes`, { method: 'POST', headers });
    request.on('error', () => undefined);
    await once(request, 'continue');
    request.destroy();
    await logs.until((lines) => lines.some(({ message }) => message.startsWith('A request ended early')));
    expect(await get('things/best')).toBe('best');
  });
});

describe('an answer', () => {
  test('carries status, headers, JSON and cookies', async () => {
    const response = await call('answer');
    expect(response.status).toBe(201);
    expect(response.headers.get('x-answer')).toBe('42');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.getSetCookie()).toEqual([
      'session=a%20b; max-age=60; path=/; secure; samesite=strict; httponly',
      'theme=dark; expires=Fri, 15 Jan 2027 08:00:00 GMT; path=/ui',
    ]);
    expect(await response.json()).toEqual({ ok: true });
  });

  test('may be an HttpResponse', async () => {
    const response = await call('response-object');
    expect([response.status, await response.text()]).toEqual([202, 'accepted']);
  });

  test('of a handler that returns nothing is 204', async () => {
    expect((await call('nothing')).status).toBe(204);
  });

  test('of a handler that throws is 500 without the reason, which is logged', async () => {
    const response = await call('throws');
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect(logs.messagesOf('throws')[0]).toContain('the secret reason');
  });

  test('that is not an object is 500', async () => {
    expect((await call('text-as-response')).status).toBe(500);
  });
});

describe('routing', () => {
  test.each([
    ['things/best', 'best'],
    ['THINGS/Best', 'best'],
    ['things/12', { id: { id: '12' } }],
    ['things/twelve', { name: { name: 'twelve' } }],
    ['things/a/b%20c', { rest: { rest: 'a/b c' } }],
    ['things', { rest: {} }],
    ['echo', 404],
    ['echo/a/b/c', 404],
    ['unknown', 404],
  ])('of %s gives the most specific function', async (path, expected) => {
    expect(await get(path)).toEqual(expected);
  });

  test('outside the prefix gives 404', async () => {
    const { origin } = new URL(host.url);
    expect((await fetch(`${origin}/things/best`)).status).toBe(404);
    expect((await fetch(`${origin}/apis/things/best`)).status).toBe(404);
  });

  test('chooses by method among functions of one route, and gives 404 for a method none has', async () => {
    expect(await (await call('shared')).text()).toBe('read');
    expect(await (await call('shared', { method: 'POST' })).text()).toBe('written');
    expect((await call('shared', { method: 'DELETE' })).status).toBe(404);
  });
});

describe('the auth level', () => {
  test.each([
    ['guarded', {}, 401],
    ['guarded', { 'x-functions-key': 'wrong' }, 401],
    ['guarded', { 'x-functions-key': 'the-key' }, 200],
    ['guarded?code=the-key', {}, 200],
    ['guarded?code=wrong', {}, 401],
    ['guarded', { 'x-functions-key': 'the-admin-key' }, 200],
    ['administered', { 'x-functions-key': 'the-key' }, 401],
    ['administered?code=the-admin-key', {}, 200],
  ])('of %s with %o gives %i', async (path, headers, status) => {
    expect((await call(path, { headers })).status).toBe(status);
  });
});

describe('the host', () => {
  test('puts its environment into the process before it loads the app', async () => {
    expect(await get('setting')).toEqual({ value: 'from the host' });
  });

  test('offers @azure/functions-core to an ESM import', async () => {
    expect(await get('core')).toEqual({
      hostVersion: expect.stringMatching(/^4\./),
      model: '@azure/functions',
    });
  });

  test('hands every line of the context to its log, after the log hooks', async () => {
    await call('context');
    expect(logs.lines.filter(({ functionName }) => functionName === 'context')).toEqual([
      { level: 'information', functionName: 'context', message: 'count 3' },
      { level: 'warning', functionName: 'context', message: 'careful, said the hook' },
    ]);
  });

  test('continues the trace of a caller', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await call('context', { headers: { traceparent } });
    expect(await response.json()).toEqual({
      functionName: 'context',
      trace: expect.stringMatching(
        /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
      ),
    });
  });

  test('runs hooks at start and around an invocation, with data carried between them', async () => {
    const response = await call('hooked');
    expect(await response.json()).toEqual({ seen: ['start', 'before'], extra: 'injected' });
    expect(response.headers.get('x-hook')).toBe('carried');
  });

  test('counts what became of invocations and drains those that run', async () => {
    const waiting = once(process, 'waiting');
    const answer = call('waits');
    await waiting;
    expect(host.invocations().waits).toEqual({ running: 1, succeeded: 0, failed: 0 });
    const drained = host.drain();
    process.emit('release' as never);
    await drained;
    expect(host.invocations().waits).toEqual({ running: 0, succeeded: 1, failed: 0 });
    expect(await (await answer).text()).toBe('released');
    expect(host.invocations().throws).toMatchObject({ failed: 1 });
  });

  test('reports a function that runs longer than host.json allows', async () => {
    await call('waits');
    expect(timeouts).toEqual(['waits 1000']);
  });
});
