import { CutoverError } from '../../shared/core/errors.ts';
import type { Bus, Clock, Envelope } from '../../shared/engine/ports.ts';

/** How a queue in memory behaves; what is left out has Azure's default. */
export type MemoryQueueSettings = {
  readonly name: string;
  readonly lockDurationMs?: number;
  readonly maxDeliveryCount?: number;
  /** Null, or left out, switches duplicate detection off. */
  readonly duplicateDetectionWindowMs?: number | null;
  /** The queue that gets the dead letters; without one they stay with their queue and are only counted. */
  readonly forwardDeadLetteredMessagesTo?: string | null;
};

/** One delivery of a message under a lock; settling says false when the lock was lost or the message is settled. */
export type MemoryDelivery = {
  readonly queue: string;
  readonly messageId: string;
  readonly hop: number;
  readonly body: unknown;
  /** Counts from 1, as a Functions trigger does. */
  readonly deliveryCount: number;
  readonly lockedUntil: number;
  readonly deadLetterReason: string | null;
  readonly deadLetterSource: string | null;
  readonly complete: () => boolean;
  readonly abandon: () => boolean;
  readonly deadLetter: (reason: string) => boolean;
};

/** How many messages of a queue are in which state. */
export type MemoryQueueCounts = {
  readonly active: number;
  readonly scheduled: number;
  readonly locked: number;
  readonly deadLettered: number;
};

/** Service Bus in memory, moved by the caller alone: nothing happens between two calls but the clock. */
export type MemoryBus = Bus & {
  /** The queues from which something can be received now, in the order they were declared. */
  readonly queues: () => readonly string[];
  /** Locks the message at `position` among those that can be received now, oldest first; null when there is none. */
  readonly receive: (queue: string, position?: number) => MemoryDelivery | null;
  /** When the next scheduled message or lost lock makes something receivable; null when nothing will. */
  readonly nextAt: () => number | null;
  readonly counts: () => Readonly<Record<string, MemoryQueueCounts>>;
};

type Lock = { readonly until: number };
type Stored = {
  readonly order: number;
  readonly messageId: string;
  readonly hop: number;
  readonly json: string;
  readonly availableAt: number;
  readonly deadLetterReason: string | null;
  readonly deadLetterSource: string | null;
  endedDeliveries: number;
  lock: Lock | null;
};
type Arrival = Omit<Stored, 'order' | 'endedDeliveries' | 'lock'>;
type Queue = {
  readonly settings: Required<MemoryQueueSettings>;
  readonly seenAt: Map<string, number>;
  messages: Stored[];
  deadLettered: number;
};

/** What Azure takes as one message in its standard tier, less its own framing. */
const maxMessageBytes = 256 * 1024 - 1024;

const makeQueue = (settings: MemoryQueueSettings): Queue => ({
  settings: {
    lockDurationMs: 60_000,
    maxDeliveryCount: 10,
    duplicateDetectionWindowMs: null,
    forwardDeadLetteredMessagesTo: null,
    ...settings,
  },
  seenAt: new Map(),
  messages: [],
  deadLettered: 0,
});

const isDuplicate = ({ settings, seenAt }: Queue, messageId: string, now: number): boolean => {
  const windowMs = settings.duplicateDetectionWindowMs;
  if (windowMs === null) return false;
  const at = seenAt.get(messageId);
  if (at !== undefined && at + windowMs > now) return true;
  seenAt.set(messageId, now);
  return false;
};

const isReceivable = (message: Stored, now: number): boolean =>
  message.lock === null && message.availableAt <= now;

const isDue = ({ lock }: Stored, now: number): boolean => lock !== null && lock.until <= now;

/** All queues, and the clock they follow; `lastOrder` numbers the messages in the order in which they arrived. */
type State = { readonly clock: Clock; readonly queues: ReadonlyMap<string, Queue>; lastOrder: number };

const enqueue = (state: State, queue: Queue, arrival: Arrival): void => {
  if (isDuplicate(queue, arrival.messageId, state.clock.now())) return;
  queue.messages.push({ ...arrival, order: ++state.lastOrder, endedDeliveries: 0, lock: null });
};

const remove = (queue: Queue, message: Stored): void => {
  queue.messages = queue.messages.filter((other) => other !== message);
};

const giveUp = (state: State, queue: Queue, message: Stored, deadLetterReason: string): void => {
  const { name: deadLetterSource, forwardDeadLetteredMessagesTo } = queue.settings;
  remove(queue, message);
  const target = state.queues.get(forwardDeadLetteredMessagesTo ?? '');
  if (target === undefined) {
    queue.deadLettered += 1;
    return;
  }
  const { messageId, hop, json } = message;
  const availableAt = state.clock.now();
  enqueue(state, target, { messageId, hop, json, availableAt, deadLetterReason, deadLetterSource });
};

const endDelivery = (state: State, queue: Queue, message: Stored): void => {
  message.lock = null;
  message.endedDeliveries += 1;
  if (message.endedDeliveries < queue.settings.maxDeliveryCount) return;
  giveUp(state, queue, message, 'MaxDeliveryCountExceeded');
};

/** Ends every lock that has run out, in the order in which they did. */
const expireLocks = (state: State): void => {
  const now = state.clock.now();
  const expired = [...state.queues.values()].flatMap((queue) =>
    queue.messages.filter((message) => isDue(message, now)).map((message) => ({ queue, message })),
  );
  const until = ({ message }: { readonly message: Stored }): number => message.lock?.until ?? 0;
  expired.sort((one, other) => until(one) - until(other) || one.message.order - other.message.order);
  for (const { queue, message } of expired) endDelivery(state, queue, message);
};

const deliver = (state: State, queue: Queue, message: Stored): MemoryDelivery => {
  const lock: Lock = { until: state.clock.now() + queue.settings.lockDurationMs };
  message.lock = lock;
  const settle = (how: () => void): boolean => {
    expireLocks(state);
    if (message.lock !== lock) return false;
    how();
    message.lock = null;
    return true;
  };
  return {
    queue: queue.settings.name,
    messageId: message.messageId,
    hop: message.hop,
    body: JSON.parse(message.json) as unknown,
    deliveryCount: message.endedDeliveries + 1,
    lockedUntil: lock.until,
    deadLetterReason: message.deadLetterReason,
    deadLetterSource: message.deadLetterSource,
    complete: () =>
      settle(() => {
        remove(queue, message);
      }),
    abandon: () =>
      settle(() => {
        endDelivery(state, queue, message);
      }),
    deadLetter: (reason) =>
      settle(() => {
        giveUp(state, queue, message, reason);
      }),
  };
};

const receivable = (queue: Queue, now: number): readonly Stored[] =>
  queue.messages
    .filter((message) => isReceivable(message, now))
    .sort((one, other) => one.availableAt - other.availableAt || one.order - other.order);

const countsOf = ({ messages, deadLettered }: Queue, now: number): MemoryQueueCounts => {
  const locked = messages.filter(({ lock }) => lock !== null).length;
  const active = messages.filter((message) => isReceivable(message, now)).length;
  return { active, scheduled: messages.length - locked - active, locked, deadLettered };
};

const problemOf = ({ queues }: State, { id, queue, body }: Envelope): CutoverError | null => {
  if (!queues.has(queue)) return new CutoverError('C401', `${queue}: there is no such queue`);
  const isTooLarge = Buffer.byteLength(JSON.stringify(body)) > maxMessageBytes;
  return isTooLarge ? new CutoverError('C902', `${queue}: message ${id} is larger than a batch`) : null;
};

const accept = (state: State, { id, queue: name, body, hop, scheduledAt }: Envelope): void => {
  const queue = state.queues.get(name);
  if (queue === undefined) return;
  enqueue(state, queue, {
    messageId: id,
    hop,
    json: JSON.stringify({ v: 1, ...body }),
    availableAt: Math.max(scheduledAt ?? 0, state.clock.now()),
    deadLetterReason: null,
    deadLetterSource: null,
  });
};

/**
 * Makes the bus. A call of `send` takes one asynchronous tick before all its messages arrive at once; every other
 * function acts at once. Locks that ran out and scheduled messages that fell due are seen at the next call.
 */
export const makeMemoryBus = (parts: {
  readonly clock: Clock;
  readonly queues: readonly MemoryQueueSettings[];
}): MemoryBus => {
  const { clock } = parts;
  const queues = new Map(parts.queues.map((settings) => [settings.name, makeQueue(settings)]));
  const state: State = { clock, queues, lastOrder: 0 };
  return {
    send: async (envelopes) => {
      await Promise.resolve();
      expireLocks(state);
      const problems = envelopes.map((envelope) => problemOf(state, envelope));
      for (const [index, envelope] of envelopes.entries()) {
        if (problems[index] === null) accept(state, envelope);
      }
      const problem = problems.find((one) => one?.code === 'C401') ?? problems.find((one) => one !== null);
      if (problem !== undefined) throw problem;
    },
    queues: () => {
      expireLocks(state);
      return [...queues].flatMap(([name, queue]) =>
        receivable(queue, clock.now()).length > 0 ? [name] : [],
      );
    },
    receive: (name, position = 0) => {
      expireLocks(state);
      const queue = queues.get(name);
      if (queue === undefined) return null;
      const message = receivable(queue, clock.now())[position];
      return message === undefined ? null : deliver(state, queue, message);
    },
    nextAt: () => {
      expireLocks(state);
      const messages = [...queues.values()].flatMap((queue) => queue.messages);
      const instants = messages.map(({ lock, availableAt }) => lock?.until ?? availableAt);
      const later = instants.filter((at) => at > clock.now()).sort((one, other) => one - other);
      return later[0] ?? null;
    },
    counts: () => {
      expireLocks(state);
      return Object.fromEntries([...queues].map(([name, queue]) => [name, countsOf(queue, clock.now())]));
    },
  };
};
