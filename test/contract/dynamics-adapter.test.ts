import { afterEach, describe, expect, test } from 'vitest';
import { startDynamics, type DynamicsStandIn } from '../../local/dynamics.ts';
import { startHttpServer, type HttpServer } from '../../local/http-server.ts';
import { makeDynamics, type DynamicsSettings } from '../../shared/adapters/dynamics.ts';
import { makeTestWorld, MINUTE, type TestWorld } from '../support/test-world.ts';

const CLIENT = { clientId: 'cutover-app', clientSecret: () => Promise.resolve('s3cret') };
const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const standIn = async (test: TestWorld): Promise<DynamicsStandIn> => {
  const server = await startDynamics({
    world: test.world,
    tenantId: 'contoso.onmicrosoft.com',
    clientId: CLIENT.clientId,
    clientSecret: 's3cret',
  });
  servers.push(server);
  return server;
};
const adapter = (server: DynamicsStandIn, more: Partial<DynamicsSettings> = {}) =>
  makeDynamics({ baseUrl: server.url, tokenUrl: server.tokenUrl, ...CLIENT, now: Date.now, ...more });

/** A fetch that notes where it was sent. */
const watched = () => {
  const urls: string[] = [];
  const send = (url: string, init: RequestInit): Promise<Response> => {
    urls.push(url);
    return fetch(url, init);
  };
  return { urls, fetch: send };
};

const refreshed = (): TestWorld => {
  const test = makeTestWorld();
  test.finish(test.world.act.startRefresh('production', 'person'));
  return test;
};

describe('an OData query', () => {
  test('sees production before the refresh, and the companies and disabled users after it', async () => {
    const world = makeTestWorld();
    const dynamics = adapter(await standIn(world));
    const enabled = '/data/SystemUsers?$filter=Enabled eq true&$count=true&$top=1&$select=UserID';
    expect(await dynamics.get('/data/Companies?$select=LegalEntityId')).toMatchObject({
      status: 200,
      body: { value: [{ LegalEntityId: 'DAT' }] },
    });
    world.finish(world.world.act.startRefresh('production', 'person'));
    expect(await dynamics.get('/data/Companies?$count=true')).toMatchObject({ body: { '@odata.count': 5 } });
    expect(await dynamics.get(enabled)).toMatchObject({
      status: 200,
      body: { '@odata.count': 1, value: [{ UserID: 'Admin' }] },
    });
    world.finish(world.world.act.openAccess('wave-1', ['dkmf']));
    expect(await dynamics.get(enabled)).toMatchObject({ body: { '@odata.count': 25 } });
  });

  test('filters by text and tells how many customers came over', async () => {
    const dynamics = adapter(await standIn(refreshed()));
    expect(
      await dynamics.get("/data/BatchJobs?$filter=Status ne 'Withhold'&$count=true&cross-company=true"),
    ).toMatchObject({ body: { '@odata.count': 0, value: [] } });
    const { body } = await dynamics.get('/data/CustomersV3?$count=true&$top=1');
    expect(body).toMatchObject({ value: [{ CustomerAccount: '00000001' }] });
  });

  test('that is wrong gets the status as an answer', async () => {
    const dynamics = adapter(await standIn(makeTestWorld()));
    expect(await dynamics.get('/data/Nothing')).toMatchObject({ status: 404 });
    expect(await dynamics.get('/data/Companies?$filter=Name lt 3')).toMatchObject({ status: 400 });
  });

  test('while the environment is off line is C801 with the wait', async () => {
    const world = makeTestWorld();
    const dynamics = adapter(await standIn(world));
    world.world.act.startRefresh('production', 'person');
    world.clock.advance(60 * MINUTE);
    await expect(dynamics.get('/data/Companies')).rejects.toMatchObject({
      code: 'C801',
      message: expect.stringContaining('HTTP 503, try again in 120 s') as string,
    });
  });

  test('never carries the token to another host', async () => {
    const { urls, fetch } = watched();
    const dynamics = adapter(await standIn(makeTestWorld()), { fetch });
    await expect(dynamics.get('//evil.example/data')).rejects.toMatchObject({ code: 'C802' });
    expect(urls).toEqual([]);
  });
});

describe('the token', () => {
  test('is kept until five minutes before it lapses', async () => {
    const server = await standIn(makeTestWorld());
    const { urls, fetch } = watched();
    let now = 0;
    const dynamics = adapter(server, { fetch, now: () => now });
    const signIns = async (at: number): Promise<number> => {
      now = at;
      await dynamics.get('/data/Companies');
      return urls.filter((url) => url === server.tokenUrl).length;
    };
    expect(await signIns(0)).toBe(1);
    expect(await signIns(54 * MINUTE)).toBe(1);
    expect(await signIns(55 * MINUTE)).toBe(2);
    expect(await signIns(56 * MINUTE)).toBe(2);
  });

  test('is asked for anew after it was not taken', async () => {
    const world = makeTestWorld();
    const first = await standIn(world);
    const { urls, fetch } = watched();
    const dynamics = adapter(first, {
      fetch: (url, init) => {
        const isSecondQuery = urls.filter((each) => each.includes('/data/')).length === 1;
        const headers = isSecondQuery && url.includes('/data/') ? { authorization: 'Bearer lapsed' } : {};
        return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } });
      },
    });
    expect(await dynamics.get('/data/Companies')).toMatchObject({ status: 200 });
    expect(await dynamics.get('/data/Companies')).toMatchObject({ status: 401 });
    expect(await dynamics.get('/data/Companies')).toMatchObject({ status: 200 });
    expect(urls.filter((url) => url === first.tokenUrl)).toHaveLength(2);
  });

  test('that is refused is C801 and the secret stays out of the message', async () => {
    const dynamics = adapter(await standIn(makeTestWorld()), {
      clientSecret: () => Promise.resolve('wrong-secret'),
    });
    const error: unknown = await dynamics.get('/data/Companies').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'C801' });
    expect(String(error)).toBe('CutoverError: Dynamics 365 did not answer: sign-in: HTTP 401');
  });
});

test('a redirect is an answer and not followed', async () => {
  const server = await startHttpServer(({ path }) =>
    path === '/token'
      ? { status: 200, body: { access_token: 'a', expires_in: 60 } }
      : { status: 302, headers: { location: '/data/elsewhere' } },
  );
  servers.push(server);
  const dynamics = makeDynamics({
    baseUrl: server.url,
    tokenUrl: `${server.url}/token`,
    ...CLIENT,
    now: Date.now,
  });
  expect(await dynamics.get('/data/Companies')).toEqual({ status: 302, body: '' });
});
