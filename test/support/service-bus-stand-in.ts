import { type ProcessErrorArgs, ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { onTestFinished } from 'vitest';
import {
  type QueueSettings,
  type ServiceBusStandIn,
  startServiceBus,
} from '../../local/service-bus/start.ts';

/** Settings of a queue, Azure's defaults unless told otherwise. */
export const queueSettings = (name: string, overrides: Partial<QueueSettings> = {}): QueueSettings => ({
  name,
  lockDurationMs: 60_000,
  maxDeliveryCount: 10,
  duplicateDetectionWindowMs: null,
  defaultTtlMs: null,
  forwardDeadLetteredMessagesTo: null,
  ...overrides,
});

/** A stand-in whose clock moves only by hand, and a client that does not retry; both end with the test. */
export type Bench = {
  readonly bus: ServiceBusStandIn;
  readonly client: ServiceBusClient;
  readonly now: () => number;
  /** Lets time pass and everything happen that falls due. */
  readonly passMs: (elapsedMs: number) => void;
};

/** A client that reports the first failure instead of trying again. */
export const connect = (connectionString: string): ServiceBusClient => {
  const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0 } });
  onTestFinished(() => client.close());
  return client;
};

/** Starts a stand-in with a hand-moved clock that stands at the start of 2026. */
export const startBench = async (...queues: readonly QueueSettings[]): Promise<Bench> => {
  let nowMs = Date.UTC(2026, 0, 1);
  const bus = await startServiceBus({ clock: { now: () => nowMs }, queues });
  onTestFinished(() => bus.stop());
  return {
    bus,
    client: connect(bus.connectionString),
    now: () => nowMs,
    passMs: (elapsedMs) => {
      nowMs += elapsedMs;
      bus.wake();
    },
  };
};

/** Receives one message that must be there, without renewing its lock. */
export const receiveOne = async (
  client: ServiceBusClient,
  queue: string,
  options: { readonly subQueueType?: 'deadLetter' } = {},
): Promise<{
  readonly message: ServiceBusReceivedMessage;
  readonly receiver: ReturnType<typeof client.createReceiver>;
}> => {
  const receiver = client.createReceiver(queue, { ...options, maxAutoLockRenewalDurationInMs: 0 });
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  if (message === undefined) throw new Error(`No message came from ${queue}.`);
  return { message, receiver };
};

/** Fails the test when a subscription reports an error. */
export const failOnError = ({ error }: ProcessErrorArgs): Promise<void> => Promise.reject(error);
