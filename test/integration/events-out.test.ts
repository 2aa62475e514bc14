import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { ManagedView, SubscriptionView } from '../../shared/contract/subscription.ts';
import { brokenLinks, makeApiClient, type ApiClient } from '../support/api-client.ts';
import { launchAppProcess } from '../support/app-processes.ts';
import { eventsEnvironment, useAppStage } from '../support/app-stage.ts';
import { startEventReceiver, type Arrival, type Behaviour } from '../support/event-receiver.ts';
import { freePort } from '../../local/port.ts';
import { startOutsideSystems } from '../support/outside-systems.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

/** Ten minutes in a second: the first wait of the schedule is over in no time. */
const SPEED = 600;
const stage = useAppStage({ speed: SPEED, sendsEvents: true });
const PATIENCE = { timeout: 60_000, interval: 50 };
const PLAN = planDocumentOf([taskStep('first'), taskStep('second'), taskStep('third')]);

const open: { stop: () => Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(open.map((one) => one.stop()));
});
const receiverOf = async (behaviour: Behaviour = () => null, port = 0) => {
  const receiver = await startEventReceiver(behaviour, port);
  open.push(receiver);
  return receiver;
};

const subscribed = async (api: ApiClient, id: string, url: string) => {
  const answer = await api.send(`cutovers/${id}/subscriptions`, { key: randomUUID(), body: { url } });
  const { subscription, secret } = answer.body as unknown as ManagedView;
  return {
    answer,
    subscription,
    secret: secret ?? '',
    path: `cutovers/${id}/subscriptions/${subscription.id}`,
  };
};
const viewOf = async (api: ApiClient, path: string): Promise<SubscriptionView> =>
  (await api.get(path)).body as unknown as SubscriptionView;
const untilAll = (api: ApiClient, path: string): Promise<SubscriptionView> =>
  vi.waitFor(async () => {
    const view = await viewOf(api, path);
    if (view.cursor < view.events) throw new Error(JSON.stringify(view));
    return view;
  }, PATIENCE);

/** What a receiver has taken, each event once; it throws where one came before those before it. */
const taken = (arrivals: readonly Arrival[]): readonly Arrival[] => {
  const all: Arrival[] = [];
  for (const arrival of arrivals.filter(({ status }) => status >= 200 && status < 300)) {
    if (arrival.n > all.length + 1) throw new Error(`${arrival.n} came when ${all.length + 1} was next`);
    if (arrival.n === all.length + 1) all.push(arrival);
  }
  return all;
};
const logOf = async (api: ApiClient, id: string) => (await api.events(id)).map(({ hash }) => hash);
const hashesOf = (arrivals: readonly Arrival[]) => arrivals.map(({ event }) => event.data.hash);

describe('a receiver that behaves', () => {
  it('agrees first, then sees every event in order and without gaps, signed with the secret it was given', async () => {
    const { api, origin } = stage();
    const receiver = await receiverOf();
    const id = await api.start(PLAN, stage().bindings);
    const unseen = makeApiClient(origin, '');
    const { answer, secret, path } = await subscribed(
      unseen,
      id,
      `${receiver.url}?sig=a-secret-of-the-address`,
    );
    expect([answer.status, answer.headers.get('location')]).toEqual([201, `/api/${path}`]);
    expect(receiver.asked).toEqual(['127.0.0.1']);
    for (const stepId of ['first', 'second', 'third']) {
      await api.question(id, stepId);
      await api.complete(id, stepId);
    }
    await api.until(id, ({ status }) => status === 'completed');
    const view = await untilAll(api, path);
    const all = taken(receiver.arrivals);
    expect(all).toHaveLength(view.events);
    expect(hashesOf(all)).toEqual(await logOf(api, id));
    const webhook = new Webhook(secret);
    for (const { raw, headers } of all) expect(webhook.verify(raw, headers)).toEqual(JSON.parse(raw));
    const shown = all.map(({ event }) => ({ ...event.data, at: event.time }));
    expect(brokenLinks(shown as unknown as Parameters<typeof brokenLinks>[0])).toEqual([]);
    expect([all[0]?.event.type, all.at(-1)?.event.type]).toEqual([
      'ax-cutover.cutover-started',
      'ax-cutover.cutover-completed',
    ]);
    expect(view).toMatchObject({ status: 'active', url: `${receiver.url}?…`, failures: 0 });
    expect(await stage().leaks({ secret })).toEqual([]);
    expect((await api.get(path)).text).not.toContain('a-secret-of-the-address');
  });

  it('that does not agree is sent nothing, until it does and the subscription is resumed', async () => {
    const { api } = stage();
    const receiver = await receiverOf();
    receiver.receiver.allows = null;
    const id = await api.start(PLAN, stage().bindings);
    const { answer, path } = await subscribed(api, id, receiver.url);
    expect(answer.body).toMatchObject({ subscription: { status: 'pending', cursor: 0 } });
    await api.post(`cutovers/${id}/hold`, { reason: 'a pause' });
    expect((await viewOf(api, path)).cursor).toBe(0);
    expect(receiver.arrivals).toEqual([]);
    receiver.receiver.allows = '127.0.0.1';
    expect((await api.post(`${path}/resume`)).body).toMatchObject({ subscription: { status: 'active' } });
    await untilAll(api, path);
    expect(hashesOf(taken(receiver.arrivals))).toEqual(await logOf(api, id));
  });
});

describe('a receiver that fails', () => {
  it.each<[string, (arrival: Arrival) => ReturnType<Behaviour>]>([
    ['answers 500', () => ({ status: 500 })],
    ['asks to wait with 429', () => ({ status: 429, headers: { 'retry-after': '60' } })],
    ['points elsewhere with 302', () => ({ status: 302, headers: { location: '/elsewhere' } })],
    [
      'is slow',
      () =>
        new Promise((resolve) =>
          setTimeout(() => {
            resolve({ status: 204 });
          }, 400),
        ),
    ],
  ])('and %s at every second event still sees all of them, in order and without gaps', async (_, fail) => {
    const { api } = stage();
    const failed = new Set<number>();
    const receiver = await receiverOf((arrival) => {
      if (arrival.n % 2 === 0 || failed.has(arrival.n)) return null;
      failed.add(arrival.n);
      return fail(arrival);
    });
    const id = await api.start(PLAN, stage().bindings);
    const { path } = await subscribed(api, id, receiver.url);
    await api.post(`cutovers/${id}/hold`, { reason: 'a pause' });
    const { events } = await untilAll(api, path);
    expect(hashesOf(taken(receiver.arrivals))).toEqual(await logOf(api, id));
    expect(failed.size).toBe(Math.ceil(events / 2));
    const { deliveries } = (await api.get(`${path}/deliveries?limit=200`)).body as unknown as {
      readonly deliveries: readonly { readonly n: number; readonly status: number }[];
    };
    expect(deliveries.map(({ n, status }) => [n, status]).reverse()).toEqual(
      receiver.arrivals.map(({ n, status }) => [n, status]),
    );
  });

  it('and is killed in the middle still sees all of them once it is back', async () => {
    const { api } = stage();
    let kill: () => void = () => undefined;
    const first = await startEventReceiver(({ n }) => {
      if (n === 2) kill();
      return null;
    });
    const dead = Promise.withResolvers<null>();
    kill = () => {
      void first.stop().then(() => {
        dead.resolve(null);
      });
    };
    const id = await api.start(PLAN, stage().bindings);
    const { path } = await subscribed(api, id, first.url);
    await dead.promise;
    const failing = await vi.waitUntil(async () => {
      const view = await viewOf(api, path);
      return view.failures > 0 ? view : false;
    }, PATIENCE);
    expect(failing).toMatchObject({ status: 'active', cursor: 1 });
    const second = await receiverOf(() => null, first.port);
    await untilAll(api, path);
    expect([first.arrivals[0]?.n, second.arrivals[0]?.n]).toEqual([1, 2]);
    expect([first.arrivals[0]!, ...second.arrivals].map(({ event }) => event.data.hash)).toEqual(
      await logOf(api, id),
    );
  });

  it('and says 410 is sent nothing more, until it is resumed: then it sees the rest', async () => {
    const { api } = stage();
    let isGone = true;
    const receiver = await receiverOf(({ n }) => (isGone && n === 2 ? { status: 410 } : null));
    const id = await api.start(PLAN, stage().bindings);
    const { path } = await subscribed(api, id, receiver.url);
    const disabled = await vi.waitUntil(async () => {
      const view = await viewOf(api, path);
      return view.status === 'disabled' ? view : false;
    }, PATIENCE);
    expect(disabled).toMatchObject({ cursor: 1, reason: expect.stringContaining('410') as string });
    await api.post(`cutovers/${id}/hold`, { reason: 'a pause' });
    expect(receiver.arrivals.map(({ n }) => n)).toEqual([1, 2]);
    isGone = false;
    await api.post(`${path}/resume`);
    await untilAll(api, path);
    expect(hashesOf(taken(receiver.arrivals))).toEqual(await logOf(api, id));
  });
});

describe('a subscription', () => {
  it('is paused, replayed, moved, given a new secret and deleted over HTTP', async () => {
    const { api } = stage();
    const [receiver, other] = [await receiverOf(), await receiverOf()];
    const id = await api.start(PLAN, stage().bindings);
    const { path, secret } = await subscribed(api, id, receiver.url);
    await untilAll(api, path);
    const { length } = receiver.arrivals;

    await api.post(`${path}/pause`);
    await api.post(`cutovers/${id}/hold`, { reason: 'a pause' });
    const paused = await viewOf(api, path);
    expect([paused.status, paused.cursor, paused.events > length]).toEqual(['paused', length, true]);

    const rotated = (await api.post(`${path}/secret`)).body as unknown as ManagedView;
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(rotated.secret).not.toBe(secret);
    await api.post(`${path}/address`, { url: other.url });
    await api.post(`${path}/resume`);
    await untilAll(api, path);
    expect([receiver.arrivals.length, other.arrivals[0]?.n]).toEqual([length, length + 1]);
    for (const { raw, headers } of other.arrivals) {
      for (const known of [secret, rotated.secret ?? '']) new Webhook(known).verify(raw, headers);
    }

    expect((await api.post(`${path}/replay`, { after: 1_000_000 })).status).toBe(400);
    await api.post(`${path}/replay`, { after: 1 });
    await vi.waitUntil(() => other.arrivals.some(({ n }) => n === 2), PATIENCE);
    await untilAll(api, path);

    await api.post(`${path}/deletion`);
    const last = other.arrivals.length;
    await api.post(`cutovers/${id}/resume`);
    const { subscriptions } = (await api.get(`cutovers/${id}/subscriptions`)).body as unknown as {
      readonly subscriptions: readonly SubscriptionView[];
    };
    expect(subscriptions.map(({ status }) => status)).toEqual(['deleted']);
    expect(subscriptions[0]?.changes.map(({ by, what }) => [by, what.split(' ')[0]])).toEqual(
      ['created', 'paused', 'secret', 'sent', 'resumed', 'replayed', 'deleted'].map((what) => [
        'Test manager',
        what,
      ]),
    );
    expect(other.arrivals).toHaveLength(last);
  });

  it.each<[string, string]>([
    ['at a host that is not listed', 'https://evil.example/'],
    ['at the metadata of the cloud', 'https://169.254.169.254/'],
    ['that is no URL', 'here'],
  ])('is refused for an address %s', async (_, url) => {
    const { api } = stage();
    const id = await api.start(PLAN, stage().bindings);
    const answer = await api.send(`cutovers/${id}/subscriptions`, { key: randomUUID(), body: { url } });
    expect([answer.status, answer.body.code]).toEqual([400, 'C201']);
    expect(answer.text).toContain('body.url: ');
  });

  it('is refused to whoever is not signed in, and for a cutover that is not there', async () => {
    const { api } = stage();
    const asking = { key: randomUUID(), body: { url: 'https://receiver.example/' } };
    const id = await api.start(PLAN, stage().bindings);
    expect((await api.send(`cutovers/${id}/subscriptions`, { ...asking, by: null })).status).toBe(401);
    expect((await api.send('cutovers/c-none/subscriptions', asking)).status).toBe(404);
    expect((await api.get(`cutovers/${id}/subscriptions/sub-000000000000`)).status).toBe(404);
  });
});

describe('an app that is killed while an event is on its way', () => {
  it('goes on from its cursor when it is started anew: the receiver sees everything, in order', async () => {
    const outside = await startOutsideSystems(SPEED);
    open.push(outside);
    const systems = {
      ...outside,
      environment: (origin: string) => ({ ...outside.environment(origin), ...eventsEnvironment(outside) }),
    };
    const launch = async (port: number) => {
      const app = launchAppProcess(systems, { port });
      await app.ready;
      return app;
    };
    const first = await launch(await freePort());
    let killed: Promise<void> | null = null;
    const receiver = await receiverOf(async ({ n }) => {
      if (n !== 3 || killed !== null) return { status: 204 };
      killed = first.kill();
      await killed;
      return { status: 204 };
    });
    const api = makeApiClient(first.origin, outside.canaries.firstWebhookSecret);
    const id = await api.start(PLAN, outside.bindings);
    await subscribed(api, id, receiver.url).catch(() => null);
    await vi.waitUntil(() => killed !== null, PATIENCE);
    const second = await launch(await freePort());
    open.push(second);
    const later = makeApiClient(second.origin, outside.canaries.firstWebhookSecret);
    const { subscriptions } = (await later.get(`cutovers/${id}/subscriptions`)).body as unknown as {
      readonly subscriptions: readonly SubscriptionView[];
    };
    expect(subscriptions).toMatchObject([{ cursor: 2 }]);
    // It would go on by itself: what is over waits for nobody.
    await later.post(`cutovers/${id}/abort`, { reason: 'enough was seen' });
    await vi.waitFor(
      async () => {
        const { cursor, events } = await viewOf(
          later,
          `cutovers/${id}/subscriptions/${subscriptions[0]!.id}`,
        );
        expect(cursor).toBe(events);
      },
      { timeout: 80_000, interval: 500 },
    );
    expect(receiver.arrivals.slice(0, 4).map(({ n }) => n)).toEqual([1, 2, 3, 3]);
    expect(hashesOf(taken(receiver.arrivals))).toEqual(await logOf(later, id));
  });
});

describe('what is sent out', () => {
  it('gives no secret away, and every status is one the contract documents', async () => {
    expect(await stage().leaks()).toEqual([]);
    expect(stage().api.undocumented).toEqual([]);
  });
});
