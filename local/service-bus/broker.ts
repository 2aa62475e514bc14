import type { Clock } from '../../shared/adapters/clock.ts';
import { type Namespace, makeNamespace } from './namespace.ts';
import {
  advance,
  nextAlarmAtMs,
  peekReady,
  type Queue,
  type QueueMessage,
  type QueueSettings,
} from './queue.ts';
import { receive, type ReceiveMode } from './settlement.ts';

/** Somebody who receives from a queue: how much it will take now, and where to put it. */
export type Consumer = {
  readonly mode: ReceiveMode;
  readonly isOpen: () => boolean;
  readonly room: () => number;
  readonly hand: (message: QueueMessage) => void;
};

/** The queues in time: a clock, one timer per queue for what happens next, and the waiting receivers. */
export type Broker = {
  readonly clock: Clock;
  /** How many milliseconds of the clock pass in one of the machine's. */
  readonly timeFactor: number;
  readonly namespace: Namespace;
  readonly consumers: Map<Queue, Consumer[]>;
  readonly timers: Map<Queue, { readonly timer: NodeJS.Timeout; readonly atMs: number }>;
  readonly changedQueues: Set<Queue>;
  idleWaiters: (() => void)[];
  /** Messages that clients have sent or scheduled; duplicates do not count. */
  enqueuedCount: number;
};

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const maxDelayMs = 2 ** 31 - 1;

/** A broker with empty queues and nobody connected. */
export const makeBroker = (options: {
  readonly clock: Clock;
  readonly timeFactor: number;
  readonly queues: readonly QueueSettings[];
  readonly newLockToken: () => string;
}): Broker => {
  const changedQueues = new Set<Queue>();
  return {
    clock: options.clock,
    timeFactor: options.timeFactor,
    namespace: makeNamespace(options.queues, options.newLockToken, (queue) => changedQueues.add(queue)),
    consumers: new Map(),
    timers: new Map(),
    changedQueues,
    idleWaiters: [],
    enqueuedCount: 0,
  };
};

/** Hands out what can be received, to the receivers in turn. */
const deliver = (broker: Broker, queue: Queue): void => {
  const consumers = broker.consumers.get(queue) ?? [];
  let fullCount = 0;
  while (fullCount < consumers.length && peekReady(queue) !== undefined) {
    const consumer = consumers.shift();
    if (consumer === undefined) return;
    consumers.push(consumer);
    if (consumer.room() === 0) {
      fullCount += 1;
      continue;
    }
    const message = receive(queue, consumer.mode, broker.clock.now());
    if (message === undefined) return;
    consumer.hand(message);
    fullCount = 0;
  }
};

const armTimer = (broker: Broker, queue: Queue): void => {
  const atMs = nextAlarmAtMs(queue);
  const armed = broker.timers.get(queue);
  // A timer that fires too early costs one look; re-arming at every settled message would cost far more.
  if (atMs === null || (armed !== undefined && armed.atMs <= atMs)) return;
  clearTimeout(armed?.timer);
  const delayMs = Math.ceil((atMs - broker.clock.now()) / broker.timeFactor);
  const timer = setTimeout(
    () => {
      broker.timers.delete(queue);
      wake(broker, queue);
    },
    Math.min(Math.max(delayMs, 1), maxDelayMs),
  );
  broker.timers.set(queue, { timer, atMs });
};

/** True when nobody holds or could receive a message; scheduled and deferred ones and dead letters may lie there. */
export const isIdle = (broker: Broker): boolean =>
  [...broker.namespace.queues.values()].every(
    (queue) =>
      queue.isDeadLetterQueue ||
      (queue.locks.size === 0 &&
        peekReady(queue) === undefined &&
        (nextAlarmAtMs(queue) ?? Infinity) > broker.clock.now()),
  );

/** Follows up on a change of a queue, and of the queues its dead letters went to. */
export const followUp = (broker: Broker, queue: Queue): void => {
  broker.changedQueues.add(queue);
  for (const changed of broker.changedQueues) {
    broker.changedQueues.delete(changed);
    deliver(broker, changed);
    armTimer(broker, changed);
  }
  if (broker.idleWaiters.length > 0 && isIdle(broker)) {
    const waiters = broker.idleWaiters;
    broker.idleWaiters = [];
    for (const wakeWaiter of waiters) wakeWaiter();
  }
};

/** Lets everything happen in a queue that was due by now. */
export const wake = (broker: Broker, queue: Queue): void => {
  advance(queue, broker.clock.now());
  followUp(broker, queue);
};

/** Lets everything happen in all queues that was due by now. */
export const wakeAll = (broker: Broker): void => {
  for (const queue of broker.namespace.queues.values()) wake(broker, queue);
};

/** Adds a receiver to a queue. */
export const addConsumer = (broker: Broker, queue: Queue, consumer: Consumer): void => {
  const consumers = broker.consumers.get(queue) ?? [];
  consumers.push(consumer);
  broker.consumers.set(queue, consumers);
};

/** Forgets the receivers whose link is gone; what they hold stays locked until the locks expire. */
export const dropClosedConsumers = (broker: Broker): void => {
  for (const [queue, consumers] of broker.consumers) {
    broker.consumers.set(
      queue,
      consumers.filter((consumer) => consumer.isOpen()),
    );
  }
};

/** Stops all timers. */
export const stopBroker = (broker: Broker): void => {
  for (const { timer } of broker.timers.values()) clearTimeout(timer);
  broker.timers.clear();
};
