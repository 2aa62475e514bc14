import { ServiceBusClient, type ServiceBusMessage, type ServiceBusReceiver } from '@azure/service-bus';
import { expect, onTestFinished, test } from 'vitest';
import { startServiceBus } from '../../local/service-bus/start.ts';
import { makeBus } from '../../shared/adapters/service-bus.ts';
import { queueSettings, startBench } from '../support/service-bus-stand-in.ts';
import { envelope, testBus } from './bus.testsuite.ts';

/** Settles and says whether the lock was still held. */
const settled = (settlement: Promise<void>): Promise<boolean> =>
  settlement.then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'MessageLockLost') return false;
      throw error;
    },
  );

testBus('Azure Service Bus, the library against the stand-in', async (queues) => {
  let nowMs = Date.UTC(2026, 10, 23);
  const clock = { now: () => nowMs };
  const standIn = await startServiceBus({
    clock,
    queues: queues.map(({ name, ...rest }) => queueSettings(name, rest)),
  });
  const client = new ServiceBusClient(standIn.connectionString, { retryOptions: { maxRetries: 0 } });
  const bus = makeBus({ client, clock });
  const receivers = new Map<string, ServiceBusReceiver>();
  return {
    bus,
    now: clock.now,
    passMs: (elapsedMs) => {
      nowMs += elapsedMs;
      standIn.wake();
    },
    counts: standIn.counts,
    receive: async (queue) => {
      const receiver =
        receivers.get(queue) ?? client.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 });
      receivers.set(queue, receiver);
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
      if (message === undefined) throw new Error(`No message came from ${queue}.`);
      return {
        messageId: String(message.messageId),
        hop: message.applicationProperties?.hop,
        body: message.body as unknown,
        // The library counts the deliveries that ended, a Functions trigger also the present one.
        deliveryCount: (message.deliveryCount ?? 0) + 1,
        deadLetterReason: message.deadLetterReason ?? null,
        deadLetterSource: message.deadLetterSource ?? null,
        complete: () => settled(receiver.completeMessage(message)),
        abandon: () => settled(receiver.abandonMessage(message)),
        deadLetter: (deadLetterReason) =>
          settled(receiver.deadLetterMessage(message, { deadLetterReason, deadLetterErrorDescription: '' })),
      };
    },
    stop: async () => {
      await bus.close();
      await standIn.stop();
    },
  };
});

test('sends JSON that says so', async () => {
  const { client, now } = await startBench(queueSettings('wake'));
  await makeBus({ client, clock: { now } }).send([envelope('m-1')]);
  const [message] = await client.createReceiver('wake').receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  expect(message).toMatchObject({ contentType: 'application/json', applicationProperties: { hop: 0 } });
});

test('is C401 when the bus is gone, within the time allowed', async () => {
  const { bus: standIn, client, now } = await startBench(queueSettings('wake'));
  const bus = makeBus({ client, clock: { now }, timeoutMs: 2_000 });
  await bus.send([envelope('m-1')]);
  await standIn.stop();
  await expect(bus.send([envelope('m-2')])).rejects.toMatchObject({ code: 'C401' });
});

test('sends again through the same sender when the bus is back', async () => {
  const { bus: standIn, client, now } = await startBench(queueSettings('wake'));
  const bus = makeBus({ client, clock: { now }, timeoutMs: 2_000 });
  await bus.send([envelope('m-1')]);
  await standIn.stop();
  await bus.send([envelope('m-2')]).catch(() => null);
  const queues = [queueSettings('wake')];
  const successor = await startServiceBus({ clock: { now }, queues, port: standIn.port });
  onTestFinished(() => successor.stop());
  await bus.send([envelope('m-3')]);
  expect(successor.counts().wake).toMatchObject({ active: 1 });
  await bus.close();
});

test('sends to a bounded number of queues at the same time', async () => {
  let atOnce = 0;
  let most = 0;
  const sender = {
    createMessageBatch: () => Promise.resolve({ count: 1, tryAddMessage: () => true }),
    sendMessages: async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      for (let ticks = 0; ticks < 10; ticks += 1) await Promise.resolve();
      atOnce -= 1;
    },
  };
  const client = { createSender: () => sender, close: () => Promise.resolve() };
  const bus = makeBus({ client: client as never, clock: { now: () => 0 }, parallelQueues: 3 });
  await bus.send(Array.from({ length: 10 }, (_, n) => envelope(`m-${n}`, { queue: `q-${n}` })));
  expect([atOnce, most]).toEqual([0, 3]);
});

test('never puts messages of different times into one batch, which has the times of its first message', async () => {
  const batches: (readonly (number | null)[])[] = [];
  const sender = {
    createMessageBatch: () => {
      const times: (number | null)[] = [];
      const tryAddMessage = ({ scheduledEnqueueTimeUtc: time }: ServiceBusMessage): boolean =>
        times.push(time?.getTime() ?? null) > 0;
      return Promise.resolve({ times, tryAddMessage, count: 1 });
    },
    sendMessages: ({ times }: { readonly times: readonly (number | null)[] }) => {
      batches.push(times);
      return Promise.resolve();
    },
  };
  const client = { createSender: () => sender, close: () => Promise.resolve() };
  const bus = makeBus({ client: client as never, clock: { now: () => 5 } });
  const times = [null, 7, 5, 9, 7, null];
  await bus.send(times.map((scheduledAt, n) => envelope(`m-${n}`, { scheduledAt })));
  expect(batches).toEqual([[null, null, null], [7, 7], [9]]);
});
