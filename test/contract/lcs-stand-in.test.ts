import { afterEach, describe, expect, test } from 'vitest';
import type { HttpServer } from '../../local/http-server.ts';
import { startLcs } from '../../local/lcs.ts';
import { makeTestWorld, MINUTE, type TestWorld } from '../support/test-world.ts';

const PROJECT = '1234567';
const SANDBOX = '5f9d2a40-6c1e-4d0b-9a57-1f2e8c7b3a61';
const PRODUCTION = 'c3b1e7d2-08a4-4f6e-b5c9-7d40a9e61b52';
const HEADERS = { authorization: 'Bearer t', 'x-ms-version': '2017-09-15' };

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const calling = async (test: TestWorld) => {
  const server = await startLcs({ world: test.world, token: 't' });
  servers.push(server);
  return async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, { headers: HEADERS, ...init });
    const text = await response.text();
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text;
    return { status: response.status, wait: response.headers.get('retry-after'), body };
  };
};
const history = `/environmentinfo/v1/history/project/${PROJECT}/environment/${SANDBOX}/?page=1`;
const statusOf = (activityId: string): string =>
  `/databasemovement/v1/fetchstatus/project/${PROJECT}/environment/${PRODUCTION}/operationactivity/${activityId}`;

describe('the envelope', () => {
  test('names ids without dashes and times without zone in the history', async () => {
    const call = await calling(makeTestWorld());
    expect(await call(history)).toMatchObject({
      status: 200,
      body: {
        IsSuccess: true,
        VersionEOL: '9999-12-31T23:59:59.9999999',
        ResultPageCurrent: 1,
        ResultHasMorePages: false,
        Data: [
          { Type: 'ApplicationHotfix', StartDateTimeUTC: '2026-11-11T18:00:00', Status: 'Completed' },
          {},
          { EnvironmentId: SANDBOX.replaceAll('-', ''), ProjectId: 1_234_567 },
        ],
      },
    });
  });

  test('of a status has the id asked about as ActivityId and another as OperationActivityId', async () => {
    const world = makeTestWorld();
    const call = await calling(world);
    const started = world.world.act.startRefresh('production', 'person');
    if (!started.accepted) throw new Error(started.message);
    const path = statusOf(started.activityId);
    const answer = await call(path);
    expect(answer.body).toMatchObject({
      IsSuccess: true,
      ActivityId: started.activityId,
      OperationStatus: 'NotStarted',
      CompletionDate: null,
    });
    expect(answer.body).not.toMatchObject({ OperationActivityId: started.activityId });
    world.clock.advance(110 * MINUTE);
    expect(await call(path)).toMatchObject({
      body: { OperationStatus: 'Completed', CompletionDate: '2026-11-20T19:50:00' },
    });
    expect(await call(statusOf('0'.repeat(32)))).toMatchObject({
      status: 200,
      body: { IsSuccess: false },
    });
  });
});

describe('a call', () => {
  test('without a token, a version or a known path is refused with a status', async () => {
    const call = await calling(makeTestWorld());
    expect(await call(history, { headers: {} })).toMatchObject({ status: 401 });
    expect(await call(history, { headers: { authorization: 'Bearer t' } })).toMatchObject({ status: 400 });
    expect(await call('/environmentinfo/v1/history/project/1/environment/2/')).toMatchObject({ status: 404 });
    expect(await call(history, { method: 'DELETE' })).toMatchObject({ status: 405 });
  });

  test('beyond six in half a minute has to wait until the oldest is half a minute old', async () => {
    const world = makeTestWorld();
    const call = await calling(world);
    for (let count = 0; count < 6; count++) {
      expect((await call(history)).status).toBe(200);
      world.clock.advance(2_000);
    }
    expect(await call(history)).toMatchObject({ status: 429, wait: '18' });
    world.clock.advance(18_000);
    expect((await call(history)).status).toBe(200);
    expect(await call(history)).toMatchObject({ status: 429, wait: '2' });
  });
});

test('operations that people start count into the limit and are never blocked by it', async () => {
  const world = makeTestWorld();
  const call = await calling(world);
  const path = `/databasemovement/v1/refresh/project/${PROJECT}/source/${PRODUCTION}/target/${SANDBOX}`;
  for (const _ of [1, 2, 3]) world.finish(world.world.act.startRefresh('sandbox', 'person'));
  expect(await call(path, { method: 'POST' })).toMatchObject({
    status: 200,
    body: {
      IsSuccess: false,
      ErrorMessage: 'Maximum allowed API operations are 3 from 2026-11-20T18:00:00',
    },
  });
  expect(world.world.act.startRefresh('sandbox', 'person')).toMatchObject({ accepted: true });
});
