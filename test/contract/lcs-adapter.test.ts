import { afterEach, describe, expect, test } from 'vitest';
import {
  startHttpServer,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
} from '../../local/http-server.ts';
import { startLcs } from '../../local/lcs.ts';
import { makeLcs } from '../../shared/adapters/lcs.ts';
import type { Lcs } from '../../shared/kinds/kind-ports.ts';
import { startHttpRelay, type Loss } from '../support/http-relay.ts';
import { BEGUN_AT, makeTestWorld, MINUTE, type TestWorld } from '../support/test-world.ts';

const TOKEN = 'delegated-token';
const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const against = async (test: TestWorld, pageRows = 20): Promise<Lcs> => {
  const server = await startLcs({ world: test.world, token: TOKEN, pageRows });
  servers.push(server);
  const { projectId } = test.world.scene().options.lcs;
  return makeLcs({ baseUrl: server.url, projectId, token: () => Promise.resolve(TOKEN) });
};

/** An adapter whose every request gets one answer, and the requests it made. */
const againstReply = async (
  reply: (request: HttpRequest) => HttpReply | Promise<HttpReply>,
  timeoutMs = 5_000,
): Promise<{ readonly lcs: Lcs; readonly requests: readonly HttpRequest[] }> => {
  const requests: HttpRequest[] = [];
  const server = await startHttpServer((request) => {
    requests.push(request);
    return reply(request);
  });
  servers.push(server);
  const lcs = makeLcs({
    baseUrl: `${server.url}/`,
    projectId: '42',
    token: () => Promise.resolve(TOKEN),
    timeoutMs,
  });
  return { lcs, requests };
};

const SANDBOX = '5f9d2a40-6c1e-4d0b-9a57-1f2e8c7b3a61';
const PRODUCTION = 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52';
const SUCCESS = { IsSuccess: true, OperationActivityId: null, ErrorMessage: null };

describe('an environment', () => {
  test('is found by an id with or without dashes, with its type, state and release', async () => {
    const world = makeTestWorld();
    const lcs = await against(world);
    const expected = { environmentId: SANDBOX, type: 'Sandbox', state: 'Deployed', release: '10.0.44' };
    expect(await lcs.environment(SANDBOX)).toEqual(expected);
    expect(await lcs.environment(SANDBOX.replaceAll('-', '').toUpperCase())).toEqual(expected);
    world.setUpDistributor();
    expect(await lcs.environment(SANDBOX)).toMatchObject({ state: 'Replication in progress' });
    expect(await lcs.environment(PRODUCTION)).toMatchObject({ type: 'Production', state: 'Deployed' });
  });

  test('that the project does not have is refused by name', async () => {
    const lcs = await against(makeTestWorld());
    await expect(lcs.environment('00000000-0000-0000-0000-000000000001')).rejects.toMatchObject({
      code: 'C702',
      message: expect.stringContaining('is not in project') as string,
    });
  });

  test('is asked about with the version header and the bearer token', async () => {
    const { lcs, requests } = await againstReply(() => ({ status: 200, body: { ...SUCCESS, Data: [] } }));
    await expect(lcs.environment(SANDBOX)).rejects.toMatchObject({ code: 'C702' });
    expect(requests[0]?.header('x-ms-version')).toBe('2017-09-15');
    expect(requests[0]?.header('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(requests[0]?.path).toBe('/environmentinfo/v1/detail/project/42/');
  });
});

describe('the history', () => {
  test('is read over all pages, ids with dashes, times as UTC', async () => {
    const world = makeTestWorld();
    const lcs = await against(world, 2);
    const { act } = world.world;
    const started = act.startRefresh('production', 'person');
    if (!started.accepted) throw new Error(started.message);
    const history = await lcs.history(PRODUCTION);
    expect(history).toHaveLength(4);
    expect(history[0]).toEqual({
      activityId: started.activityId,
      type: 'DatabaseRefresh',
      status: 'NotStarted',
      startedAt: BEGUN_AT,
      endedAt: null,
    });
    world.clock.advance(200 * MINUTE);
    expect((await lcs.history(PRODUCTION))[0]).toMatchObject({
      status: 'Completed',
      endedAt: BEGUN_AT + 110 * MINUTE,
    });
  });

  test('passes statuses through that nobody has documented', async () => {
    const operation = {
      Name: 'Refresh',
      Type: null,
      StartDateTimeUTC: '2026-11-21T03:04:05.123',
      EndDateTimeUTC: null,
      Status: 'PreparingForPostServicing',
      ActivityId: 'F'.repeat(32),
    };
    const { lcs } = await againstReply(() => ({ status: 200, body: { ...SUCCESS, Data: [operation] } }));
    expect(await lcs.history(SANDBOX)).toEqual([
      {
        activityId: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
        type: 'Refresh',
        status: 'PreparingForPostServicing',
        startedAt: Date.parse('2026-11-21T03:04:05.123Z'),
        endedAt: null,
      },
    ]);
  });

  test('stops after four pages, however many there are', async () => {
    const { lcs, requests } = await againstReply(() => ({
      status: 200,
      body: { ...SUCCESS, ResultHasMorePages: true, Data: [] },
    }));
    expect(await lcs.history(SANDBOX)).toEqual([]);
    expect(requests.map(({ query }) => query.get('page'))).toEqual(['1', '2', '3', '4']);
  });
});

describe('a refresh', () => {
  test('into the sandbox is accepted with the id under which the history has it', async () => {
    const world = makeTestWorld();
    const lcs = await against(world);
    const answer = await lcs.startRefresh(PRODUCTION, SANDBOX);
    const [operation] = await lcs.history(SANDBOX);
    expect(answer).toEqual({ accepted: true, activityId: operation?.activityId });
  });

  test('into production, and a second one at once, are refusals and not errors', async () => {
    const lcs = await against(makeTestWorld());
    expect(await lcs.startRefresh(SANDBOX, PRODUCTION)).toMatchObject({ accepted: false });
    expect(await lcs.startRefresh(PRODUCTION, SANDBOX)).toMatchObject({ accepted: true });
    expect(await lcs.startRefresh(PRODUCTION, SANDBOX)).toMatchObject({
      accepted: false,
      message: 'An operation is in progress on the target environment.',
    });
  });

  test('beyond the limit of three a day is refused with the message of Lifecycle Services', async () => {
    const world = makeTestWorld();
    const lcs = await against(world);
    for (const _ of [1, 2, 3]) {
      expect(await lcs.startRefresh(PRODUCTION, SANDBOX)).toMatchObject({ accepted: true });
      world.clock.advance(120 * MINUTE);
    }
    expect(await lcs.startRefresh(PRODUCTION, SANDBOX)).toEqual({
      accepted: false,
      message: 'Maximum allowed API operations are 3 from 2026-11-20T18:00:00',
    });
    world.clock.advance(18 * 60 * MINUTE + 1);
    expect(await lcs.startRefresh(PRODUCTION, SANDBOX)).toMatchObject({ accepted: true });
  });

  test.each([400, 401, 403, 404, 429])('answered with HTTP %i did not start', async (status) => {
    const { lcs } = await againstReply(() => ({ status, headers: { 'retry-after': '33' } }));
    const answer = await lcs.startRefresh(PRODUCTION, SANDBOX);
    expect(answer).toEqual({
      accepted: false,
      message: status === 429 ? 'too many calls, try again in 33 s' : `HTTP ${status}`,
    });
  });

  test.each([302, 408, 500, 503])(
    'answered with HTTP %i may have started: C701, one request',
    async (status) => {
      const { lcs, requests } = await againstReply(() => ({ status, headers: { location: '/elsewhere' } }));
      await expect(lcs.startRefresh(PRODUCTION, SANDBOX)).rejects.toMatchObject({ code: 'C701' });
      expect(requests).toHaveLength(1);
    },
  );

  test.each<Loss>(['request', 'answer'])(
    'that breaks off the %s is C701 and not sent again',
    async (loss) => {
      const world = makeTestWorld();
      const server = await startLcs({ world: world.world, token: TOKEN });
      const relay = await startHttpRelay(server.url);
      servers.push(server, relay);
      relay.loses(loss);
      const { projectId } = world.world.scene().options.lcs;
      const lcs = makeLcs({ baseUrl: relay.url, projectId, token: () => Promise.resolve(TOKEN) });
      await expect(lcs.startRefresh(PRODUCTION, SANDBOX)).rejects.toMatchObject({ code: 'C701' });
      const refreshes = (await lcs.history(SANDBOX)).filter(({ type }) => type === 'DatabaseRefresh');
      expect([relay.asked(), refreshes.length]).toEqual([1, loss === 'answer' ? 1 : 0]);
    },
  );

  test('that nobody answers is C701 after the time-out, and is not sent again', async () => {
    const { lcs, requests } = await againstReply(() => new Promise<never>(() => undefined), 60);
    await expect(lcs.startRefresh(PRODUCTION, SANDBOX)).rejects.toMatchObject({
      code: 'C701',
      message: expect.stringContaining('no answer within 60 ms') as string,
    });
    expect(requests).toHaveLength(1);
  });
});

describe('a query', () => {
  test('that comes too often is C701 and says how long to wait', async () => {
    const lcs = await against(makeTestWorld());
    for (let call = 0; call < 6; call++) await lcs.environment(SANDBOX);
    await expect(lcs.environment(SANDBOX)).rejects.toMatchObject({
      code: 'C701',
      retriable: true,
      message: expect.stringContaining('try again in 60 s') as string,
    });
  });

  test('with a token that is not taken is C701', async () => {
    const server = await startLcs({ world: makeTestWorld().world, token: 'another' });
    servers.push(server);
    const lcs = makeLcs({ baseUrl: server.url, projectId: '1234567', token: () => Promise.resolve(TOKEN) });
    await expect(lcs.history(SANDBOX)).rejects.toMatchObject({
      code: 'C701',
      message: expect.stringContaining('HTTP 401') as string,
    });
  });

  test('refused with a 200 is C702 with the message', async () => {
    const body = { IsSuccess: false, ErrorMessage: 'You are not a member of the project.' };
    const { lcs } = await againstReply(() => ({ status: 200, body }));
    await expect(lcs.history(SANDBOX)).rejects.toMatchObject({
      code: 'C702',
      message: expect.stringContaining(body.ErrorMessage) as string,
    });
  });

  test.each([
    ['text instead of JSON', 'down for maintenance'],
    ['JSON of another shape', { Data: [] }],
    ['more than the limit', 'x'.repeat(5 * 1024 * 1024)],
  ])('answered with %s is C701', async (_, body) => {
    const { lcs } = await againstReply(() => ({ status: 200, body }));
    await expect(lcs.history(SANDBOX)).rejects.toMatchObject({ code: 'C701' });
  });

  test('to a closed port is C701 and names the reason', async () => {
    const { lcs } = await againstReply(() => ({ status: 200 }));
    await servers.pop()?.stop();
    await expect(lcs.history(SANDBOX)).rejects.toMatchObject({
      code: 'C701',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});

test('under "lcs-refuses" operations never start, queries fail now and then and recover', async () => {
  const world = makeTestWorld(['lcs-refuses']);
  const lcs = await against(world);
  expect(await lcs.startRefresh(PRODUCTION, SANDBOX)).toEqual({
    accepted: false,
    message: 'Maximum allowed API operations are 3 from 2026-11-20T18:00:00',
  });
  const outcomes: string[] = [];
  for (let call = 0; call < 40; call++) {
    world.clock.advance(MINUTE);
    outcomes.push(
      await lcs.history(PRODUCTION).then(
        () => 'answered',
        (error: unknown) => (error instanceof Error ? error.message.replace(/^.*: /, '') : ''),
      ),
    );
  }
  expect(new Set(outcomes)).toEqual(new Set(['answered', 'too many calls, try again in 7 s']));
  expect(outcomes.filter((outcome) => outcome === 'answered').length).toBeGreaterThan(20);
});
