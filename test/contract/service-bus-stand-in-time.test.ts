import { expect, it, onTestFinished } from 'vitest';
import { startServiceBus } from '../../local/service-bus/start.ts';
import { makeClock } from '../../shared/adapters/clock.ts';
import {
  connect,
  failOnError,
  queueSettings,
  receiveOne,
  startBench,
} from '../support/service-bus-stand-in.ts';

it('takes a message away from a receiver whose lock has expired, and gives it to the next', async () => {
  const { bus, client, passMs } = await startBench(queueSettings('q', { lockDurationMs: 30_000 }));
  await client.createSender('q').sendMessages({ body: 1 });
  const { message, receiver } = await receiveOne(client, 'q');
  passMs(29_999);
  expect(bus.counts()).toMatchObject({ q: { active: 0, locked: 1 } });
  passMs(1);
  expect(bus.counts()).toMatchObject({ q: { active: 1, locked: 0 } });
  await expect(receiver.completeMessage(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
  const next = await receiveOne(client, 'q');
  expect(next.message).toMatchObject({ body: 1, deliveryCount: 1 });
  await next.receiver.completeMessage(next.message);
});

it('holds a message as long as its lock is renewed, and no renewal brings a lost lock back', async () => {
  const { bus, client, now, passMs } = await startBench(queueSettings('q', { lockDurationMs: 30_000 }));
  await client.createSender('q').sendMessages({ body: 1 });
  const { message, receiver } = await receiveOne(client, 'q');
  for (let renewals = 0; renewals < 3; renewals += 1) {
    passMs(20_000);
    expect(await receiver.renewMessageLock(message)).toEqual(new Date(now() + 30_000));
  }
  expect(bus.counts()).toMatchObject({ q: { locked: 1 } });
  passMs(30_000);
  await expect(receiver.renewMessageLock(message)).rejects.toMatchObject({ code: 'MessageLockLost' });
});

it('gives a message up when its lock has expired once too often', async () => {
  const { client, passMs } = await startBench(queueSettings('q', { maxDeliveryCount: 2 }));
  await client.createSender('q').sendMessages({ body: 1 });
  await receiveOne(client, 'q');
  passMs(60_000);
  await receiveOne(client, 'q');
  passMs(60_000);
  const { message } = await receiveOne(client, 'q', { subQueueType: 'deadLetter' });
  expect(message.deadLetterReason).toBe('MaxDeliveryCountExceeded');
});

it('holds scheduled messages back until they are due, however they were scheduled', async () => {
  const { bus, client, now, passMs } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const due = new Date(now() + 15_000);
  const [number] = await sender.scheduleMessages({ body: 'by request', messageId: 'r' }, due);
  await sender.sendMessages({ body: 'by annotation', scheduledEnqueueTimeUtc: due });
  await sender.sendMessages({ body: 'overdue', scheduledEnqueueTimeUtc: new Date(now() - 1) });
  expect(bus.counts()).toMatchObject({ q: { active: 1, scheduled: 2 } });
  passMs(14_999);
  expect(bus.counts()).toMatchObject({ q: { active: 1, scheduled: 2 } });
  passMs(1);
  expect(bus.counts()).toMatchObject({ q: { active: 3, scheduled: 0 } });
  const received = await client.createReceiver('q').receiveMessages(3, { maxWaitTimeInMs: 5_000 });
  expect(received).toMatchObject([
    { body: 'overdue' },
    { body: 'by request', messageId: 'r', enqueuedTimeUtc: due, scheduledEnqueueTimeUtc: due },
    { body: 'by annotation', enqueuedTimeUtc: due },
  ]);
  expect(received[1]?.sequenceNumber?.toNumber()).toBeGreaterThan(number!.toNumber());
});

it('takes scheduled messages back by number, once', async () => {
  const { bus, client, now, passMs } = await startBench(queueSettings('q'));
  const sender = client.createSender('q');
  const messages = [{ body: 1 }, { body: 2 }, { body: 3 }];
  const numbers = await sender.scheduleMessages(messages, new Date(now() + 15_000));
  expect(numbers).toHaveLength(3);
  await sender.cancelScheduledMessages(numbers.slice(0, 2));
  await expect(sender.cancelScheduledMessages(numbers[0]!)).rejects.toMatchObject({
    code: 'MessageNotFound',
  });
  passMs(15_000);
  expect(bus.counts()).toMatchObject({ q: { active: 1, scheduled: 0 } });
  await expect(sender.cancelScheduledMessages(numbers[2]!)).rejects.toMatchObject({
    code: 'MessageNotFound',
  });
});

it('drops messages whose time to live has run out, their own or the default', async () => {
  const { bus, client, passMs } = await startBench(queueSettings('q', { defaultTtlMs: 60_000 }));
  await client.createSender('q').sendMessages([{ body: 1, timeToLive: 1_000 }, { body: 2 }]);
  passMs(1_000);
  expect(bus.counts()).toMatchObject({ q: { active: 1 } });
  passMs(59_000);
  expect(bus.counts()).toMatchObject({ q: { active: 0, deadLettered: 0 } });
});

it('makes expired messages dead letters where the queue says so', async () => {
  const { client, passMs } = await startBench(queueSettings('q', { deadLetteringOnMessageExpiration: true }));
  await client.createSender('q').sendMessages({ body: 1, timeToLive: 1_000 });
  passMs(1_000);
  const { message } = await receiveOne(client, 'q', { subQueueType: 'deadLetter' });
  expect(message.deadLetterReason).toBe('TTLExpiredException');
});

it('accepts a duplicate within the window in silence and drops it, sent, batched or scheduled', async () => {
  const { bus, client, now, passMs } = await startBench(
    queueSettings('once', { duplicateDetectionWindowMs: 600_000 }),
    queueSettings('often'),
  );
  for (const queue of ['once', 'often']) {
    const sender = client.createSender(queue);
    await sender.sendMessages({ body: 1, messageId: 'a' });
    await sender.sendMessages({ body: 2, messageId: 'a' });
    await sender.sendMessages([
      { body: 3, messageId: 'a' },
      { body: 4, messageId: 'b' },
    ]);
    await sender.scheduleMessages({ body: 5, messageId: 'c' }, new Date(now() + 60_000));
    await sender.scheduleMessages({ body: 6, messageId: 'c' }, new Date(now() + 90_000));
    await sender.sendMessages({ body: 7, messageId: 'c' });
  }
  expect(bus.counts()).toMatchObject({
    once: { active: 2, scheduled: 1 },
    often: { active: 5, scheduled: 2 },
  });
  expect(bus.totalEnqueued()).toBe(10);
  passMs(600_000);
  await client.createSender('once').sendMessages({ body: 8, messageId: 'a' });
  expect(bus.counts()).toMatchObject({ once: { active: 4, scheduled: 0 } });
});

it('lets 15 seconds of an accelerated clock pass in the 15 ms they take', async () => {
  const clock = makeClock(1_000, Date.now());
  const bus = await startServiceBus({ clock, timeFactor: 1_000, queues: [queueSettings('q')] });
  onTestFinished(() => bus.stop());
  const client = connect(bus.connectionString);
  const sender = client.createSender('q');
  const arrivals: { readonly dueMs: number; readonly atMs: number }[] = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  client.createReceiver('q', { maxAutoLockRenewalDurationInMs: 0 }).subscribe({
    processMessage: ({ body }) => {
      if (arrivals.push({ dueMs: body as number, atMs: clock.now() }) === 5) resolve(undefined);
      return Promise.resolve();
    },
    processError: failOnError,
  });
  for (let index = 0; index < 5; index += 1) {
    const dueMs = clock.now() + 15_000 + index * 5_000;
    await sender.scheduleMessages({ body: dueMs }, new Date(dueMs));
  }
  await promise;
  const latenessMs = arrivals.map(({ dueMs, atMs }) => (atMs - dueMs) / 1_000);
  expect(Math.min(...latenessMs)).toBeGreaterThanOrEqual(0);
  // The median, because on a busy machine any single timer may be late.
  expect(latenessMs.sort((one, other) => one - other)[2]).toBeLessThan(50);
});

it('ends locks by the accelerated clock, without anybody asking', async () => {
  const clock = makeClock(1_000, Date.now());
  const bus = await startServiceBus({ clock, timeFactor: 1_000, queues: [queueSettings('q')] });
  onTestFinished(() => bus.stop());
  const client = connect(bus.connectionString);
  await client.createSender('q').sendMessages({ body: 1 });
  await receiveOne(client, 'q');
  const second = await receiveOne(client, 'q');
  expect(second.message.deliveryCount).toBe(1);
});
