import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeClock } from '../../shared/adapters/clock.ts';
import { makeSettlementLane } from '../../local/host/settlement-lane.ts';
import type { Host } from '../../local/host/start-host.ts';
import { startServiceBus, type ServiceBusStandIn } from '../../local/service-bus/start.ts';
import { fixtureApp, makeHostLogs, startTestHost } from '../support/functions-host.ts';

const logs = makeHostLogs();
const queueNames = ['receive-queue', 'alternate', 'refuse', 'wait'];
let bus: ServiceBusStandIn;
let client: ServiceBusClient;
let host: Host;

const send = async (queueName: string, ...messages: readonly ServiceBusMessage[]): Promise<void> => {
  const sender = client.createSender(queueName);
  await sender.sendMessages([...messages]);
  await sender.close();
};

beforeAll(async () => {
  const settings = {
    lockDurationMs: 60_000,
    maxDeliveryCount: 3,
    duplicateDetectionWindowMs: null,
    defaultTtlMs: null,
    forwardDeadLetteredMessagesTo: null,
  };
  bus = await startServiceBus({
    clock: makeClock(),
    queues: queueNames.map((name) => ({ name, ...settings })),
  });
  client = new ServiceBusClient(bus.connectionString);
  host = await startTestHost(fixtureApp('queues'), {
    environment: { BUS: bus.connectionString, RECEIVE_QUEUE: 'receive-queue' },
    log: logs.log,
  });
});

afterAll(async () => {
  await host.stop();
  await client.close();
  await bus.stop();
});

describe('a queue function', () => {
  const received = async (message: ServiceBusMessage): Promise<Record<string, unknown>> => {
    const before = logs.messagesOf('receive').length;
    await send('receive-queue', message);
    await logs.until(() => logs.messagesOf('receive').length > before);
    return JSON.parse(logs.messagesOf('receive').at(-1)!) as Record<string, unknown>;
  };

  test('receives a message with its metadata under the names the worker uses', async () => {
    const { message, triggerMetadata } = await received({
      body: { id: 7, text: 'grüße' },
      messageId: 'm-1',
      correlationId: 'c-1',
      subject: 'step',
      contentType: 'application/json',
      applicationProperties: { Kind: 'backup', attempt: 2, traceparent: 'none' },
    });
    expect(message).toEqual({ id: 7, text: 'grüße' });
    expect(triggerMetadata).toEqual({
      messageId: 'm-1',
      correlationId: 'c-1',
      subject: 'step',
      contentType: 'application/json',
      deliveryCount: 1,
      sequenceNumber: expect.any(Number),
      enqueuedSequenceNumber: expect.any(Number),
      enqueuedTimeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expiresAtUtc: expect.stringMatching(/Z$/),
      lockToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
      // The library lower-cases the first letter of every name, also below the top.
      applicationProperties: { kind: 'backup', attempt: 2, traceparent: 'none' },
      sys: expect.anything(),
    });
  });

  test.each([
    ['a text, which the SDK sends as JSON', '{"a":1}', '{"a":1}'],
    ['an array', [1, 'zwei'], [1, 'zwei']],
    ['bytes of JSON', Buffer.from('[1,2]'), [1, 2]],
    ['bytes of text', Buffer.from('not json'), 'not json'],
  ])('receives %s as the worker would hand it over', async (_what, body, expected) => {
    expect((await received({ body, messageId: 'm' })).message).toEqual(expected);
  });

  test('completes what succeeds and abandons what fails, when both happen at once', async () => {
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    await send(
      'alternate',
      ...numbers.map((number) => ({ messageId: `${number}`, body: { number, fails: number % 2 === 1 } })),
    );
    const handled = (): readonly string[] =>
      logs.messagesOf('alternate').filter((line) => /^\d+:\d+$/.test(line));
    await logs.until(() => handled().length === numbers.length);
    await bus.whenIdle();
    // Not one is lost, and exactly the failed ones come a second time.
    expect(new Set(handled())).toEqual(new Set(numbers.map((number) => `${number}:${(number % 2) + 1}`)));
    expect(host.invocations().alternate).toEqual({ running: 0, succeeded: 60, failed: 30 });
  });

  test('that always throws is called as often as the queue delivers, and its message dead-letters', async () => {
    await send('refuse', { messageId: 'poison', body: 'poison' });
    const receiver = client.createReceiver('refuse', { subQueueType: 'deadLetter' });
    const [dead] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    expect([dead?.messageId, dead?.deadLetterReason]).toEqual(['poison', 'MaxDeliveryCountExceeded']);
    await receiver.completeMessage(dead!);
    await receiver.close();
    expect(host.invocations().refuse).toEqual({ running: 0, succeeded: 0, failed: 3 });
    expect(logs.messagesOf('refuse')).toContain('Message poison is abandoned: Error: never');
  });

  test('runs no more invocations at once than host.json allows, and finishes them when the host stops', async () => {
    await send('wait', ...[1, 2, 3].map((number) => ({ messageId: `${number}`, body: number })));
    await logs.until(() => logs.messagesOf('wait').length === 2);
    // A third call would have to arrive before the answer to a request that is sent now.
    await send('receive-queue', { messageId: 'probe', body: 'probe' });
    expect(logs.messagesOf('wait')).toEqual(['running 1', 'running 2']);
    expect(host.invocations().wait).toEqual({ running: 2, succeeded: 0, failed: 0 });

    const stopped = host.stop();
    process.emit('release' as never);
    await stopped;
    expect(host.invocations().wait).toEqual({ running: 0, succeeded: 2, failed: 0 });
    expect(bus.counts().wait).toMatchObject({ active: 1 });
  });
});

describe('a settlement lane', () => {
  test('runs equal outcomes side by side, and another only when those before it are confirmed', async () => {
    const lane = makeSettlementLane();
    const events: string[] = [];
    const confirmations = new Map<string, () => void>();
    const settle = (outcome: 'complete' | 'abandon', name: string): Promise<void> =>
      lane(outcome, () => {
        events.push(`${outcome} ${name}`);
        return new Promise((confirm) => {
          confirmations.set(name, confirm);
        });
      });
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    const all = [
      settle('complete', 'a'),
      settle('complete', 'b'),
      settle('abandon', 'c'),
      settle('complete', 'd'),
    ];
    await turn();
    expect(events).toEqual(['complete a', 'complete b']);
    confirmations.get('a')!();
    await turn();
    expect(events).toHaveLength(2);
    confirmations.get('b')!();
    await turn();
    expect(events).toEqual(['complete a', 'complete b', 'abandon c']);
    confirmations.get('c')!();
    await turn();
    expect(events.at(-1)).toBe('complete d');
    confirmations.get('d')!();
    await Promise.all(all);
  });

  test('goes on after a settlement that fails', async () => {
    const lane = makeSettlementLane();
    const failed = lane('complete', () => Promise.reject(new Error('lock lost')));
    const next = lane('abandon', () => Promise.resolve());
    await expect(failed).rejects.toThrow('lock lost');
    await expect(next).resolves.toBeUndefined();
  });
});
