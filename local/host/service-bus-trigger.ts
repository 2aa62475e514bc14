import {
  RetryMode,
  ServiceBusClient,
  type ProcessErrorArgs,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import type { Clock } from '../../shared/adapters/clock.ts';
import { resolveConnection, resolveSettings } from './app-settings.ts';
import type { HostSettings } from './host-settings.ts';
import type { HostLog, Invoker } from './invoke.ts';
import type { RegisteredFunction } from './registry.ts';
import { toTriggerInput } from './service-bus-message.ts';
import { makeSettlementLane, type SettlementLane } from './settlement-lane.ts';
import type { Listener } from './timer-trigger.ts';

type ServiceBusOptions = {
  readonly settings: HostSettings['serviceBus'];
  readonly clock: Clock;
  /** Under an accelerated clock the host renews locks itself: the SDK's renewer reads the machine's clock. */
  readonly timeFactor: number;
  readonly invoker: Invoker;
  readonly log: HostLog;
};

// The defaults of the .NET client, and so of the real host; this SDK's own wait 30 s before the first retry.
const retryOptions = {
  mode: RetryMode.Exponential,
  maxRetries: 3,
  retryDelayInMs: 800,
  maxRetryDelayInMs: 60_000,
} as const;

/**
 * Checks a queue trigger and returns what starts it: every message is completed when the function succeeds and abandoned
 * when it throws. Each function has its own receiver, as in the real host, with the app's one `maxConcurrentCalls`.
 * @throws when a setting is missing.
 */
export const prepareServiceBus = (fn: RegisteredFunction, options: ServiceBusOptions): (() => Listener) => {
  const queueName = resolveSettings(String(fn.trigger.queueName), fn.name);
  const connection = resolveConnection(String(fn.trigger.connection), fn.name);
  return () => startReceiver(fn, queueName, new ServiceBusClient(connection, { retryOptions }), options);
};

const startReceiver = (
  fn: RegisteredFunction,
  queueName: string,
  client: ServiceBusClient,
  options: ServiceBusOptions,
): Listener => {
  const { settings, timeFactor, log } = options;
  const receiver = client.createReceiver(queueName, {
    receiveMode: 'peekLock',
    skipParsingBodyAsJson: true,
    maxAutoLockRenewalDurationInMs: timeFactor === 1 ? settings.maxAutoLockRenewalDurationMs : 0,
  });
  const lane = makeSettlementLane();
  const running = new Set<Promise<void>>();
  const subscription = receiver.subscribe(
    {
      processMessage: async (message) => {
        const work = processMessage(fn, message, receiver, lane, options);
        running.add(work);
        await work;
        running.delete(work);
      },
      processError: async (args) => {
        log('error', fn.name, describeError(args));
        return Promise.resolve();
      },
    },
    { autoCompleteMessages: false, maxConcurrentCalls: settings.maxConcurrentCalls },
  );
  return {
    stop: async () => {
      await subscription.close();
      await Promise.all(running);
      await client.close();
    },
  };
};

const processMessage = async (
  fn: RegisteredFunction,
  message: ServiceBusReceivedMessage,
  receiver: ServiceBusReceiver,
  lane: SettlementLane,
  options: ServiceBusOptions,
): Promise<void> => {
  const { invoker, log } = options;
  const release = keepLocked(message, receiver, options);
  const outcome = await invoke(fn, message, invoker, log);
  release();
  try {
    await lane(outcome, () =>
      outcome === 'complete' ? receiver.completeMessage(message) : receiver.abandonMessage(message),
    );
  } catch (error) {
    // The queue delivers the message again when its lock expires; that is all the real host does, too.
    log(
      'warning',
      fn.name,
      `Message ${String(message.messageId)} could not be settled (${outcome}): ${String(error)}`,
    );
  }
};

/** Renews the lock at half its time while the function runs, as the real host does; a lost lock is found when settling. */
const keepLocked = (
  message: ServiceBusReceivedMessage,
  receiver: ServiceBusReceiver,
  { clock, timeFactor, settings }: ServiceBusOptions,
): (() => void) => {
  if (timeFactor === 1 || message.lockedUntilUtc === undefined) return () => undefined;
  const leftMs = message.lockedUntilUtc.getTime() - clock.now();
  const until = clock.now() + settings.maxAutoLockRenewalDurationMs * timeFactor;
  const timer = setInterval(
    () => {
      if (clock.now() < until) receiver.renewMessageLock(message).catch(() => undefined);
    },
    Math.max(leftMs / timeFactor / 2, 5),
  );
  return () => {
    clearInterval(timer);
  };
};

const invoke = async (
  fn: RegisteredFunction,
  message: ServiceBusReceivedMessage,
  invoker: Invoker,
  log: HostLog,
): Promise<'complete' | 'abandon'> => {
  try {
    await invoker.invoke(fn, toTriggerInput(message, fn.trigger.dataType, fn.name));
    return 'complete';
  } catch (error) {
    log('error', fn.name, `Message ${String(message.messageId)} is abandoned: ${String(error)}`);
    return 'abandon';
  }
};

const describeError = ({ errorSource, entityPath, error }: ProcessErrorArgs): string =>
  `Service Bus ${errorSource} on ${entityPath}: ${String(error)}`;
