import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { expect, it } from 'vitest';
import {
  connect,
  failOnError,
  queueSettings,
  receiveOne,
  startBench,
} from '../support/service-bus-stand-in.ts';

const numbersOf = (messages: readonly ServiceBusReceivedMessage[]) =>
  messages.map(({ sequenceNumber }) => sequenceNumber?.toNumber());

it('delivers a message as it was sent, with number, times, lock and a delivery count of 0', async () => {
  const { bus, client, now } = await startBench(queueSettings('q'));
  const at = new Date(1_000);
  await client.createSender('q').sendMessages({
    body: { step: 'drain', rows: [1, 2.5, null] },
    messageId: 'cutover-1',
    correlationId: 'c-1',
    subject: 'dispatch',
    contentType: 'application/json',
    replyTo: 'answers',
    to: 'somebody',
    timeToLive: 90_000,
    applicationProperties: { text: 'ä', whole: 7, negative: -3, part: 0.5, yes: true, none: null, at },
  });
  expect(bus.counts()).toMatchObject({ q: { active: 1, locked: 0 } });
  const { message, receiver } = await receiveOne(client, 'q');
  expect(message).toMatchObject({
    body: { step: 'drain', rows: [1, 2.5, null] },
    messageId: 'cutover-1',
    correlationId: 'c-1',
    subject: 'dispatch',
    contentType: 'application/json',
    replyTo: 'answers',
    to: 'somebody',
    timeToLive: 90_000,
    applicationProperties: {
      text: 'ä',
      whole: 7,
      negative: -3,
      part: 0.5,
      yes: true,
      none: null,
      at: at.getTime(),
    },
    deliveryCount: 0,
    state: 'active',
    enqueuedTimeUtc: new Date(now()),
    expiresAtUtc: new Date(now() + 90_000),
    lockedUntilUtc: new Date(now() + 60_000),
  });
  expect(message.sequenceNumber?.toNumber()).toBe(1);
  expect(message.lockToken).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 1 } });
  await receiver.completeMessage(message);
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0 } });
  expect(bus.totalEnqueued()).toBe(1);
});

it('gives a message without an id one, because the client cannot renew its lock otherwise', async () => {
  const { client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages([{ body: 'a' }, { body: 'b' }]);
  const ids = [await receiveOne(client, 'q'), await receiveOne(client, 'q')].map(
    ({ message }) => message.messageId,
  );
  expect(ids.every((id) => /^[0-9a-f]{32}$/.test(String(id)))).toBe(true);
  expect(new Set(ids).size).toBe(2);
});

it('takes a batch apart and keeps its order', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const batch = await sender.createMessageBatch();
  for (let body = 0; body < 40; body += 1) expect(batch.tryAddMessage({ body })).toBe(true);
  await sender.sendMessages(batch);
  await sender.sendMessages([{ body: 40 }, { body: 41 }]);
  const received = await client.createReceiver('q').receiveMessages(42, { maxWaitTimeInMs: 5_000 });
  expect(received.map(({ body }) => body as number)).toEqual(Array.from({ length: 42 }, (_, index) => index));
  expect(bus.totalEnqueued()).toBe(42);
});

it('gives what there is when the wait is over, and nothing gets lost between two waits', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const receiver = client.createReceiver('q');
  expect(await receiver.receiveMessages(5, { maxWaitTimeInMs: 20 })).toEqual([]);
  await sender.sendMessages([{ body: 'a' }, { body: 'b' }]);
  // The credit of the first wait was given back: nobody holds the two.
  expect(bus.counts()).toMatchObject({ q: { active: 2, locked: 0 } });
  const options = { maxWaitTimeInMs: 200 };
  expect((await receiver.receiveMessages(5, options)).map(({ body }) => body as string)).toEqual(['a', 'b']);
  expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: 20 })).toEqual([]);
  await sender.sendMessages({ body: 'c' });
  expect((await receiver.receiveMessages(1, options)).map(({ body }) => body as string)).toEqual(['c']);
});

it('feeds a subscription within its credit and completes what its handler returns from', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  let most = 0;
  let open = 0;
  const bodies: number[] = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 }).subscribe(
    {
      processMessage: async ({ body }) => {
        open += 1;
        most = Math.max(most, bus.counts().q?.locked ?? 0);
        await new Promise(setImmediate);
        open -= 1;
        bodies.push(body as number);
        if (bodies.length === 30) resolve(undefined);
      },
      processError: failOnError,
    },
    { maxConcurrentCalls: 3 },
  );
  await client.createSender('q').sendMessages(Array.from({ length: 30 }, (_, body) => ({ body })));
  await promise;
  await bus.whenIdle();
  expect(bodies).toHaveLength(30);
  expect(open).toBe(0);
  // A settlement and the credit for the next message are on the way at the same time.
  expect(most).toBeLessThanOrEqual(6);
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0, deadLettered: 0 } });
});

it('removes a message on delivery in receiveAndDelete mode', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  await client.createSender('q').sendMessages({ body: 1 });
  const receiver = client.createReceiver('q', { receiveMode: 'receiveAndDelete' });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  expect(message).toMatchObject({ body: 1 });
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0 } });
});

it('shows messages of every state to a peek, which locks and counts nothing', async () => {
  const { bus, client, now } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const receiver = client.createReceiver('q');
  expect(await receiver.peekMessages(3)).toEqual([]);
  await sender.sendMessages([{ body: 'deferred' }, { body: 'held' }, { body: 'open' }]);
  await sender.scheduleMessages({ body: 'scheduled' }, new Date(now() + 60_000));
  const [first] = await receiver.receiveMessages(2, { maxWaitTimeInMs: 5_000 });
  if (first === undefined) throw new Error('nothing received');
  await receiver.deferMessage(first);
  const before = bus.counts();
  const peeked = await client.createReceiver('q').peekMessages(10);
  expect(peeked.map(({ body, state }) => [body, state] as unknown)).toEqual([
    ['deferred', 'deferred'],
    ['held', 'active'],
    ['open', 'active'],
    ['scheduled', 'scheduled'],
  ]);
  expect(peeked.map(({ lockToken }) => lockToken)).toEqual([undefined, undefined, undefined, undefined]);
  const fromThree = await receiver.peekMessages(1, { fromSequenceNumber: peeked[2]!.sequenceNumber! });
  expect(fromThree.map(({ body }) => body as string)).toEqual(['open']);
  expect(bus.counts()).toEqual(before);
});

it('keeps the entities of a namespace apart and does not mind their case', async () => {
  const { bus, client } = await startBench(queueSettings('Steps'), queueSettings('wake'));
  await client.createSender('steps').sendMessages({ body: 1 });
  await client.createSender('wake').sendMessages([{ body: 2 }, { body: 3 }]);
  expect(bus.counts()).toMatchObject({ Steps: { active: 1 }, wake: { active: 2 } });
  expect((await receiveOne(client, 'STEPS')).message.body).toBe(1);
});

it('shares the messages of a queue between its receivers, each to one of them, all 500 of them', async () => {
  const { bus } = await startBench(queueSettings('q'));
  const seen: number[] = [];
  const shares = [0, 0, 0, 0];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (const share of shares.keys()) {
    connect(bus.connectionString)
      .createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 })
      .subscribe(
        {
          processMessage: async ({ body, sequenceNumber }) => {
            await new Promise(setImmediate);
            expect(sequenceNumber?.toNumber()).toBeGreaterThan(0);
            shares[share] = (shares[share] ?? 0) + 1;
            if (seen.push(body as number) === 500) resolve(undefined);
          },
          processError: failOnError,
        },
        { maxConcurrentCalls: 16 },
      );
  }
  const sender = connect(bus.connectionString).createSender('q');
  await Promise.all(Array.from({ length: 500 }, (_, body) => sender.sendMessages({ body })));
  await promise;
  await bus.whenIdle();
  expect(new Set(seen).size).toBe(500);
  expect(seen).toHaveLength(500);
  expect(Math.min(...shares)).toBeGreaterThan(0);
  expect(bus.totalEnqueued()).toBe(500);
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 0, deadLettered: 0 } });
});

it('gives one receiver more than it can hold unsettled, once it settles some', async () => {
  const { bus, client } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const body = 'x'.repeat(50);
  for (let sent = 0; sent < 3_000; sent += 500) {
    await sender.sendMessages(Array.from({ length: 500 }, () => ({ body })));
  }
  const receiver = client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 });
  const held = await receiver.receiveMessages(3_000, { maxWaitTimeInMs: 1_000 });
  // The client has room for 2,048 deliveries that it has not settled.
  expect(held).toHaveLength(2_048);
  expect(bus.counts()).toMatchObject({ q: { active: 952, locked: 2_048 } });
  await Promise.all(held.map((message) => receiver.completeMessage(message)));
  const rest = await receiver.receiveMessages(3_000, { maxWaitTimeInMs: 1_000 });
  expect(rest).toHaveLength(952);
  expect(new Set(numbersOf([...held, ...rest])).size).toBe(3_000);
});
