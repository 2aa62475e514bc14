import {
  isServiceBusError,
  type ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusSender,
} from '@azure/service-bus';
import { CutoverError } from '../core/errors.ts';
import type { Bus, Clock, Envelope } from '../engine/ports.ts';

/** The bus, and the end of its connection. */
export type ServiceBus = Bus & { readonly close: () => Promise<void> };

/** What the bus is made of. */
export type ServiceBusParts = {
  readonly client: Pick<ServiceBusClient, 'createSender' | 'close'>;
  readonly clock: Clock;
  /** How long one call of `send` may take with all the client's retries. */
  readonly timeoutMs?: number;
  /** To how many queues is sent at the same time. */
  readonly parallelQueues?: number;
};

/** Messages that may share a batch. */
type Group = { readonly queue: string; readonly messages: ServiceBusMessage[] };

/** A Functions invocation lives for five minutes: a send that hangs may not take most of it. */
const defaultTimeoutMs = 30_000;
/** One commit can make hundreds of steps ready on dozens of queues; each needs a link of its own when first used. */
const defaultParallelQueues = 8;

const toMessage = ({ id, body, hop, scheduledAt }: Envelope, nowMs: number): ServiceBusMessage => ({
  messageId: id,
  contentType: 'application/json',
  body: { v: 1, ...body },
  applicationProperties: { hop },
  ...(scheduledAt !== null && scheduledAt > nowMs ? { scheduledEnqueueTimeUtc: new Date(scheduledAt) } : {}),
});

/** The client gives a whole batch the annotations of its first message, so a scheduled time gets batches of its own. */
const toGroups = (envelopes: readonly Envelope[], nowMs: number): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const envelope of envelopes) {
    const message = toMessage(envelope, nowMs);
    const key = `${message.scheduledEnqueueTimeUtc?.getTime() ?? 'now'} ${envelope.queue}`;
    const group = groups.get(key) ?? { queue: envelope.queue, messages: [] };
    groups.set(key, group);
    group.messages.push(message);
  }
  return [...groups.values()];
};

const sendGroup = async (
  sender: ServiceBusSender,
  { queue, messages }: Group,
  abortSignal: AbortSignal,
): Promise<void> => {
  let batch = await sender.createMessageBatch({ abortSignal });
  for (const message of messages) {
    if (batch.tryAddMessage(message)) continue;
    if (batch.count > 0) {
      await sender.sendMessages(batch, { abortSignal });
      batch = await sender.createMessageBatch({ abortSignal });
      if (batch.tryAddMessage(message)) continue;
    }
    throw new CutoverError('C902', `${queue}: message ${String(message.messageId)} is larger than a batch`);
  }
  if (batch.count > 0) await sender.sendMessages(batch, { abortSignal });
};

/** What may be told of a failure; the client's own error can carry more. */
const describe = (error: unknown): string => {
  if (error instanceof CutoverError) return error.message;
  if (isServiceBusError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
};

/** The results of `work` for each item, at most `limit` at a time; one that fails does not keep the others back. */
const settleAll = async <T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<readonly unknown[]> => {
  const failures: unknown[] = [];
  const waiting = [...items];
  const runOne = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runOne));
  return failures;
};

/**
 * The Bus port on Azure Service Bus. The receiver finds the envelope again: `id` as the message id, `hop` among the
 * application properties, the body as JSON with its version `v`.
 */
export const makeBus = (parts: ServiceBusParts): ServiceBus => {
  const { client, clock, timeoutMs = defaultTimeoutMs, parallelQueues = defaultParallelQueues } = parts;
  const senders = new Map<string, ServiceBusSender>();
  const senderOf = (queue: string): ServiceBusSender => {
    const sender = senders.get(queue) ?? client.createSender(queue);
    senders.set(queue, sender);
    return sender;
  };
  return {
    send: async (envelopes) => {
      const abortSignal = AbortSignal.timeout(timeoutMs);
      const failures = await settleAll(toGroups(envelopes, clock.now()), parallelQueues, async (group) => {
        try {
          await sendGroup(senderOf(group.queue), group, abortSignal);
        } catch (error) {
          if (error instanceof CutoverError) throw error;
          throw new Error(`${group.queue}: ${describe(error)}`, { cause: error });
        }
      });
      if (failures.length === 0) return;
      const problems = failures.map(describe);
      const isUnknown = failures.some((failure) => !(failure instanceof CutoverError));
      throw new CutoverError(isUnknown ? 'C401' : 'C902', problems.join('; '), { problems });
    },
    close: () => client.close(),
  };
};
