import { describe, expect, it } from 'vitest';
import type { ReceiverReply } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { DBA, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { makeScriptedReceiver, replied } from '../../support/scripted-receiver.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const ID = 'c1';
const TO = { url: 'https://receiver.example/events', description: 'SIEM' };
const ASKED = { cutoverId: ID, key: 'k1', by: MANAGER };

const setup = async () => {
  const bus = makeRecordingBus(() => new Error('down'));
  const clock = makeTestClock(BEGUN_AT);
  const { receiver, receivers } = makeScriptedReceiver();
  const engine = engineOn({
    ...{ tables: makeMemoryTables(), bus, clock },
    eventsOut: { receivers, trueNow: clock.now, publicBaseUrl: 'https://cutover.example' },
  });
  const plan = planOf([step('first')]);
  await engine.start({ cutoverId: ID, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const own = engine.subscriptions!;
  const rings = () => bus.sent.filter(({ queue }) => queue === 'deliver').length;
  const made = async () => {
    const { subscription } = await own.create(ASKED, TO);
    return { cutoverId: ID, id: subscription.id, by: DBA };
  };
  return { clock, receiver, engine, own, rings, made };
};

describe('a new subscription', () => {
  it('is active once its receiver agrees, begins with the first event, and shows its secret', async () => {
    const { own, receiver, rings } = await setup();
    const { subscription, secret, isChanged } = await own.create(ASKED, TO);
    expect([isChanged, secret]).toEqual([true, `secret 1 of ${ID}/${subscription.id}`]);
    expect(subscription).toMatchObject({ status: 'active', reason: null, cursor: 0, ...TO });
    expect(subscription.changes).toEqual([{ at: BEGUN_AT, by: MANAGER, what: 'created' }]);
    expect([receiver.asked, rings()]).toEqual([[TO.url], 1]);
  });

  it.each<[string, ReceiverReply, string]>([
    ['answers without the header', replied(200), 'it was asked by OPTIONS and answered 200'],
    ['agrees to somebody else', replied(200, { allowedOrigin: 'other.example' }), 'other.example, neither'],
    ['refuses with the header', replied(405, { allowedOrigin: '*' }), 'it was asked by OPTIONS: 405'],
    ['points elsewhere', replied(302, { allowedOrigin: '*' }), 'it was asked by OPTIONS: 302: a redirect'],
    ['does not answer', replied(null), 'it was asked by OPTIONS: ECONNREFUSED'],
  ])('is pending, and sent nothing, while its receiver %s', async (_, consent, reason) => {
    const { own, engine, receiver, rings } = await setup();
    receiver.consent = consent;
    const { subscription, secret } = await own.create(ASKED, TO);
    expect(subscription).toMatchObject({ status: 'pending', cursor: 0 });
    expect(subscription.reason).toContain(reason);
    expect(secret).not.toBeNull();
    await engine.sweep();
    await engine.deliver({ type: 'deliver', cutoverId: ID, subscriptionId: subscription.id });
    expect([rings(), receiver.posts]).toEqual([0, []]);
  });

  it.each(['cutover.example', 'CUTOVER.example', '*'])(
    'is active when its receiver allows %s',
    async (origin) => {
      const { own, receiver } = await setup();
      receiver.consent = replied(204, { allowedOrigin: origin });
      expect((await own.create(ASKED, TO)).subscription.status).toBe('active');
    },
  );

  it('is made once per key, and its secret is shown once', async () => {
    const { own, receiver } = await setup();
    const first = await own.create(ASKED, TO);
    const again = await own.create(ASKED, TO);
    expect(again).toEqual({ subscription: first.subscription, isChanged: false, secret: null });
    expect(receiver.asked).toHaveLength(1);
    expect(await own.list(ID)).toHaveLength(1);
    await expect(own.create(ASKED, { ...TO, description: 'other' })).rejects.toMatchObject({ code: 'C208' });
    const other = await own.create({ ...ASKED, by: DBA }, TO);
    expect(other.subscription.id).not.toBe(first.subscription.id);
  });

  it('is refused for an address that may not be called, before anybody is asked', async () => {
    const { own, receiver } = await setup();
    await expect(own.create(ASKED, { ...TO, url: 'http://receiver.example/' })).rejects.toMatchObject({
      code: 'C201',
      problems: ['body.url: must begin with https://'],
    });
    expect(receiver.asked).toEqual([]);
  });

  it('is refused when there are fifty', async () => {
    const { own } = await setup();
    for (let n = 1; n <= 50; n += 1) await own.create({ ...ASKED, key: `k${n}` }, TO);
    await expect(own.create({ ...ASKED, key: 'k51' }, TO)).rejects.toMatchObject({ code: 'C201' });
    expect(await own.list(ID)).toHaveLength(50);
  });
});

describe('a subscription that somebody changes', () => {
  it('is paused and resumed, rings, and remembers by whom', async () => {
    const { own, receiver, made, rings } = await setup();
    const asking = await made();
    expect((await own.pause(asking)).subscription.status).toBe('paused');
    expect((await own.pause(asking)).isChanged).toBe(false);
    const before = rings();
    expect((await own.resume(asking)).subscription.status).toBe('active');
    expect((await own.resume(asking)).isChanged).toBe(false);
    expect([rings() - before, receiver.asked.length]).toEqual([1, 2]);
    const { changes } = await own.get(ID, asking.id);
    expect(changes.map(({ by, what }) => [by.id, what])).toEqual([
      [MANAGER.id, 'created'],
      [DBA.id, 'paused'],
      [DBA.id, 'resumed'],
    ]);
  });

  it('is not resumed against the will of its receiver', async () => {
    const { own, receiver, made } = await setup();
    const asking = await made();
    await own.pause(asking);
    receiver.consent = replied(403);
    expect((await own.resume(asking)).subscription).toMatchObject({
      status: 'pending',
      reason: 'it was asked by OPTIONS: 403',
    });
  });

  it('is sent to another address only once that agrees, and stays paused where it was', async () => {
    const { own, receiver, made } = await setup();
    const asking = await made();
    receiver.consent = replied(404);
    const url = 'https://other.example/events';
    expect((await own.readdress(asking, url)).subscription).toMatchObject({ url, status: 'pending' });
    expect((await own.readdress(asking, url)).isChanged).toBe(false);
    await own.pause(asking);
    receiver.consent = replied(200, { allowedOrigin: '*' });
    expect((await own.readdress(asking, TO.url)).subscription).toMatchObject({ status: 'paused' });
    await expect(own.readdress(asking, 'ftp://x')).rejects.toMatchObject({ code: 'C201' });
  });

  it('gets a new secret once per key, shown once, and the one before signs for a day', async () => {
    const { clock, own, made } = await setup();
    const asking = await made();
    const first = await own.rotate(asking, 'r1');
    expect(first.secret).toBe(`secret 2 of ${ID}/${asking.id}`);
    const until = BEGUN_AT + 24 * 60 * MINUTE;
    expect(first.subscription).toMatchObject({ generation: 2, previousUntil: until });
    clock.advance(MINUTE);
    expect(await own.rotate(asking, 'r1')).toMatchObject({ isChanged: false, secret: null });
    expect((await own.rotate(asking, 'r2')).subscription.generation).toBe(3);
  });

  it('is replayed from any event that was delivered, and none that was not', async () => {
    const { own, engine, made, receiver } = await setup();
    const asking = await made();
    await engine.deliver({ type: 'deliver', cutoverId: ID, subscriptionId: asking.id });
    const { cursor } = await own.get(ID, asking.id);
    expect(cursor).toBe(receiver.posts.length);
    expect((await own.replay(asking, 1)).subscription.cursor).toBe(1);
    await expect(own.replay(asking, 2)).rejects.toMatchObject({
      code: 'C201',
      problems: ['body.after: 1 is the last event that was delivered'],
    });
  });

  it('is deleted for good: nothing changes it, and its ledger stays', async () => {
    const { own, engine, made, receiver } = await setup();
    const asking = await made();
    await engine.deliver({ type: 'deliver', cutoverId: ID, subscriptionId: asking.id });
    expect((await own.remove(asking)).subscription.status).toBe('deleted');
    const asked = receiver.asked.length;
    for (const { isChanged, secret } of [
      await own.remove(asking),
      await own.pause(asking),
      await own.resume(asking),
      await own.replay(asking, 0),
      await own.rotate(asking, 'r'),
      await own.readdress(asking, 'https://other.example/'),
    ]) {
      expect([isChanged, secret]).toEqual([false, null]);
    }
    expect(receiver.asked).toHaveLength(asked);
    expect((await own.get(ID, asking.id)).status).toBe('deleted');
    expect((await own.ledger(ID, asking.id, 50, null)).deliveries.length).toBeGreaterThan(0);
  });

  it('keeps its last fifty changes', async () => {
    const { own, made } = await setup();
    const asking = await made();
    for (let n = 1; n <= 60; n += 1) await own.rotate(asking, `r${n}`);
    expect((await own.get(ID, asking.id)).changes).toHaveLength(50);
  });

  it('is not there: every request is refused', async () => {
    const { own } = await setup();
    const asking = { cutoverId: ID, id: 'sub-000000000000', by: DBA };
    for (const act of [
      () => own.get(ID, asking.id),
      () => own.pause(asking),
      () => own.resume(asking),
      () => own.remove(asking),
      () => own.replay(asking, 0),
      () => own.rotate(asking, 'r'),
      () => own.readdress(asking, TO.url),
      () => own.ledger(ID, asking.id, 50, null),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'C206' });
    }
  });
});
