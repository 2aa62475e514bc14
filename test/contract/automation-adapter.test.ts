import { EventEmitter, once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { startAutomation } from '../../local/automation.ts';
import { startHttpServer, type HttpRequest, type HttpServer } from '../../local/http-server.ts';
import { axSessionsAt } from '../../local/world/servers.ts';
import { makeAutomation } from '../../shared/adapters/automation.ts';
import { makeVerifier } from '../../shared/adapters/webhooks.ts';
import { completionBodySchema } from '../../shared/contract/http.ts';
import { startHttpRelay, type Loss } from '../support/http-relay.ts';
import { makeTestWorld, MINUTE, type TestWorld } from '../support/test-world.ts';

const TASKS = `whsec_${Buffer.from('the secret of the tasks').toString('base64')}`;
const CALLBACKS = `whsec_${Buffer.from('the secret of the callbacks').toString('base64')}`;
const TOKEN = 'ab'.repeat(32);

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const automationOf = async (test: TestWorld): Promise<string> => {
  const server = await startAutomation({
    world: test.world,
    taskSecret: TASKS,
    callbackSecret: CALLBACKS,
  });
  servers.push(server);
  return server.url;
};

/** Stands for the app: takes completions and hands them on one by one. */
const callbackServer = async (statuses: readonly number[] = []) => {
  const arrivals = new EventEmitter();
  let calls = 0;
  const server = await startHttpServer((request) => {
    arrivals.emit('completion', request);
    return { status: statuses[calls++] ?? 200 };
  });
  servers.push(server);
  const next = async (): Promise<HttpRequest> => {
    const [request] = (await once(arrivals, 'completion')) as [HttpRequest];
    return request;
  };
  return { url: `${server.url}/api/callbacks/completions/c1/stop-aos/1`, next, calls: () => calls };
};

const stopAos = (callback: string) => ({
  what: 'stop-aos',
  hosts: ['AXAOS01', 'AXAOS02', 'AXBATCH01'],
  cutoverId: 'c1',
  callback,
  token: TOKEN,
});

describe('a task', () => {
  test('is taken, done, and reported with a signed completion that carries the token', async () => {
    const world = makeTestWorld();
    const endpoint = await automationOf(world);
    const callback = await callbackServer();
    const answer = await makeAutomation({ secret: TASKS, now: Date.now }).call(
      endpoint,
      stopAos(callback.url),
    );
    expect(answer).toEqual({ status: 202, body: 'Taken.' });
    const arrival = callback.next();
    expect(axSessionsAt(world.world.scene(), world.clock.now()).length).toBeGreaterThan(0);
    world.clock.advance(3 * MINUTE);
    const completion = await arrival;
    const headers = { get: (name: string) => completion.header(name) };
    expect(makeVerifier([CALLBACKS])(Buffer.from(completion.body), headers)).toMatch(/_done$/);
    expect(completionBodySchema.parse(JSON.parse(completion.body))).toEqual({
      result: 'pass',
      by: { id: 'automation', name: 'Automation' },
      note: 'Did stop-aos.',
      token: TOKEN,
    });
    expect(completion.path).toBe('/api/callbacks/completions/c1/stop-aos/1');
    expect(axSessionsAt(world.world.scene(), world.clock.now())).toEqual([]);
  });

  test('that the world refuses is reported as failed with the reason', async () => {
    const world = makeTestWorld();
    const callback = await callbackServer();
    const arrival = callback.next();
    const task = { ...stopAos(callback.url), hosts: ['NOBODY'] };
    await makeAutomation({ secret: TASKS, now: Date.now }).call(await automationOf(world), task);
    expect(completionBodySchema.parse(JSON.parse((await arrival).body))).toMatchObject({
      result: 'fail',
      note: 'There is no host NOBODY.',
    });
  });

  test('that comes twice is done once', async () => {
    const world = makeTestWorld();
    const endpoint = await automationOf(world);
    const callback = await callbackServer();
    const automation = makeAutomation({ secret: TASKS, now: Date.now });
    const task = { what: 'backup-source', callback: callback.url, token: TOKEN };
    await automation.call(endpoint, task);
    expect(await automation.call(endpoint, task)).toEqual({ status: 202, body: 'Taken already.' });
    expect(world.world.scene().history.filter(({ type }) => type === 'backup-started')).toHaveLength(1);
  });

  test('is reported again when the app was in trouble, and not after it refused', async () => {
    const world = makeTestWorld();
    const callback = await callbackServer([503, 409]);
    const first = callback.next();
    const task = { what: 'task', callback: callback.url, token: TOKEN };
    await makeAutomation({ secret: TASKS, now: Date.now }).call(await automationOf(world), task);
    const id = (await first).header('webhook-id');
    const second = await callback.next();
    expect(second.header('webhook-id')).toBe(id);
    expect(callback.calls()).toBe(2);
  });

  test('is dated by the clock given to the app, however far off the machine is', async () => {
    const { url, next } = await callbackServer();
    const arrival = next();
    const now = () => Date.parse('2026-11-20T18:00:00.500Z');
    await makeAutomation({ secret: TASKS, now }).call(url, { what: 'x' });
    const { body, header } = await arrival;
    expect(header('webhook-timestamp')).toBe(String(Date.parse('2026-11-20T18:00:00Z') / 1_000));
    const signature = new Webhook(TASKS).sign(header('webhook-id'), new Date(now()), body);
    expect(header('webhook-signature')).toBe(signature);
  });

  test('signed with another secret is answered with 401 and not done', async () => {
    const world = makeTestWorld();
    const answer = await makeAutomation({ secret: CALLBACKS, now: Date.now }).call(
      await automationOf(world),
      stopAos('http://127.0.0.1:9/'),
    );
    expect(answer.status).toBe(401);
    expect(world.world.scene().history).toEqual([]);
  });

  test('this automation does not know is answered with 400', async () => {
    const answer = await makeAutomation({ secret: TASKS, now: Date.now }).call(
      await automationOf(makeTestWorld()),
      {
        what: 'make coffee',
        callback: 'http://127.0.0.1:9/',
        token: TOKEN,
      },
    );
    expect(answer).toEqual({ status: 400, body: 'This automation cannot do "make coffee".' });
  });
});

describe('an endpoint', () => {
  const call = async (reply: Parameters<typeof startHttpServer>[0], timeoutMs: number) => {
    let calls = 0;
    const server = await startHttpServer((request) => {
      calls += 1;
      return reply(request);
    });
    servers.push(server);
    const automation = makeAutomation({ secret: TASKS, now: Date.now, timeoutMs });
    const answer = await automation.call(server.url, { what: 'x' }).catch((error: unknown) => error);
    return { answer, calls };
  };

  test('that does not answer is C801 after one request', async () => {
    const { answer, calls } = await call(() => new Promise<never>(() => undefined), 60);
    expect(answer).toMatchObject({
      code: 'C801',
      message: expect.stringContaining('no answer within 60 ms') as string,
    });
    expect(calls).toBe(1);
  });

  test.each<Loss>(['request', 'answer'])('that breaks off the %s is C801 after one request', async (loss) => {
    let calls = 0;
    const server = await startHttpServer(() => {
      calls += 1;
      return { status: 202 };
    });
    const relay = await startHttpRelay(server.url);
    servers.push(server, relay);
    relay.loses(loss);
    const automation = makeAutomation({ secret: TASKS, now: Date.now });
    await expect(automation.call(`${relay.url}/hook`, { what: 'x' })).rejects.toMatchObject({ code: 'C801' });
    expect([relay.asked(), calls]).toEqual([1, loss === 'answer' ? 1 : 0]);
  });

  test('that sends more than the limit is C801', async () => {
    const { answer } = await call(() => ({ status: 200, body: 'x'.repeat(100_000) }), 5_000);
    expect(answer).toMatchObject({ code: 'C801' });
  });

  test('that redirects is not followed', async () => {
    const { answer, calls } = await call(() => ({ status: 307, headers: { location: '/other' } }), 5_000);
    expect(answer).toEqual({ status: 307, body: '' });
    expect(calls).toBe(1);
  });
});
