import { type Heap, makeHeap, peekHeap, popHeap, pushHeap } from './heap.ts';

/**
 * One Service Bus queue as a value: messages, their locks, what is scheduled and which message ids were seen.
 * No AMQP and no clock in here; every function takes `nowMs` and first lets everything happen that was due by then,
 * each thing at the instant it was due, so that a clock that jumps gives the same result as one that creeps.
 */

/** How a queue behaves; the names and the defaults are those of an Azure queue resource. */
export type QueueSettings = {
  readonly name: string;
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  /** Null switches duplicate detection off. */
  readonly duplicateDetectionWindowMs: number | null;
  readonly defaultTtlMs: number | null;
  /** The queue that gets the dead letters instead of this queue's own `$DeadLetterQueue`. */
  readonly forwardDeadLetteredMessagesTo: string | null;
  /** Expired messages become dead letters instead of vanishing; Azure's default is that they vanish. */
  readonly deadLetteringOnMessageExpiration?: boolean;
};

/** Application properties set since the message was sent. */
export type ChangedProperties = Readonly<Record<string, unknown>>;

/** A message on its way into a queue. */
export type Arrival = {
  readonly messageId: string;
  /** The message as it was sent; the queue never looks into it. */
  readonly content: Buffer;
  readonly ttlMs: number | null;
  readonly scheduledEnqueueAtMs: number | null;
  readonly changedProperties: ChangedProperties;
  readonly deadLetterSource: string | null;
  /** The number it had in the queue it was forwarded from. */
  readonly enqueuedSequenceNumber: number | null;
};

/** A message in a queue. */
export type QueueMessage = {
  readonly sequenceNumber: number;
  readonly enqueuedSequenceNumber: number;
  readonly messageId: string;
  readonly content: Buffer;
  readonly ttlMs: number | null;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly deadLetterSource: string | null;
  /** When a scheduled message becomes active. */
  readonly dueAtMs: number | null;
  state: 'active' | 'scheduled' | 'deferred';
  /** Deliveries that ended without a settlement that keeps. */
  deliveryCount: number;
  lock: { readonly token: string; readonly untilMs: number } | null;
  changedProperties: ChangedProperties;
};

type Alarm = {
  readonly atMs: number;
  readonly sequenceNumber: number;
  readonly kind: 'due' | 'lock' | 'expiry';
};

/** A queue and everything in it. */
export type Queue = {
  readonly settings: QueueSettings;
  readonly isDeadLetterQueue: boolean;
  readonly newLockToken: () => string;
  /** Takes over a message that this queue has just given up. */
  readonly sendDeadLetter: (message: QueueMessage, nowMs: number) => void;
  readonly messages: Map<number, QueueMessage>;
  readonly locks: Map<string, QueueMessage>;
  /** Sequence numbers that may be received; entries of removed messages are skipped when met. */
  readonly ready: Heap<number>;
  /** What happens by itself and when; entries that no longer apply are skipped when met. */
  readonly alarms: Heap<Alarm>;
  readonly seenMessageIds: Map<string, number>;
  lastSequenceNumber: number;
};

/** An empty queue. */
export const makeQueue = (
  fixed: Pick<Queue, 'settings' | 'isDeadLetterQueue' | 'newLockToken' | 'sendDeadLetter'>,
): Queue => ({
  ...fixed,
  messages: new Map(),
  locks: new Map(),
  ready: makeHeap((one, other) => one < other),
  alarms: makeHeap((one, other) => one.atMs < other.atMs),
  seenMessageIds: new Map(),
  lastSequenceNumber: 0,
});

const isDuplicate = (queue: Queue, messageId: string, nowMs: number): boolean => {
  const windowMs = queue.settings.duplicateDetectionWindowMs;
  if (windowMs === null) return false;
  for (const [seenId, seenAtMs] of queue.seenMessageIds) {
    if (seenAtMs + windowMs > nowMs) break;
    queue.seenMessageIds.delete(seenId);
  }
  if (queue.seenMessageIds.has(messageId)) return true;
  queue.seenMessageIds.set(messageId, nowMs);
  return false;
};

const setAlarm = (queue: Queue, kind: Alarm['kind'], sequenceNumber: number, atMs: number): void => {
  pushHeap(queue.alarms, { kind, sequenceNumber, atMs });
};

/** Puts a message into the queue under its own number, keeping whatever state it is in. */
export const admit = (queue: Queue, message: QueueMessage): void => {
  const { sequenceNumber } = message;
  queue.messages.set(sequenceNumber, message);
  queue.lastSequenceNumber = Math.max(queue.lastSequenceNumber, sequenceNumber);
  if (message.dueAtMs !== null) {
    setAlarm(queue, 'due', sequenceNumber, message.dueAtMs);
    return;
  }
  pushHeap(queue.ready, sequenceNumber);
  if (message.expiresAtMs !== null) {
    setAlarm(queue, 'expiry', sequenceNumber, message.expiresAtMs);
  }
};

const expiryOf = (queue: Queue, ttlMs: number | null, enqueuedAtMs: number): number | null => {
  const effectiveTtlMs = Math.min(ttlMs ?? Infinity, queue.settings.defaultTtlMs ?? Infinity);
  return Number.isFinite(effectiveTtlMs) ? enqueuedAtMs + effectiveTtlMs : null;
};

/**
 * Takes a message in, to be received now or at its scheduled time. A duplicate is accepted and dropped, and gets a
 * number all the same: its sender is not to notice. The ids of scheduled messages count from when they are sent.
 */
export const enqueue = (
  queue: Queue,
  arrival: Arrival,
  nowMs: number,
): { readonly sequenceNumber: number; readonly isDuplicate: boolean } => {
  advance(queue, nowMs);
  const sequenceNumber = ++queue.lastSequenceNumber;
  if (isDuplicate(queue, arrival.messageId, nowMs)) return { sequenceNumber, isDuplicate: true };
  const { messageId, content, ttlMs, scheduledEnqueueAtMs, changedProperties, deadLetterSource } = arrival;
  const isScheduled = scheduledEnqueueAtMs !== null && scheduledEnqueueAtMs > nowMs;
  admit(queue, {
    sequenceNumber,
    enqueuedSequenceNumber: arrival.enqueuedSequenceNumber ?? sequenceNumber,
    messageId,
    content,
    ttlMs,
    enqueuedAtMs: nowMs,
    expiresAtMs: isScheduled ? null : expiryOf(queue, ttlMs, nowMs),
    deadLetterSource,
    dueAtMs: isScheduled ? scheduledEnqueueAtMs : null,
    state: isScheduled ? 'scheduled' : 'active',
    deliveryCount: 0,
    lock: null,
    changedProperties,
  });
  return { sequenceNumber, isDuplicate: false };
};

/** Takes scheduled messages back: all of them, or none and false when one is not there any more. */
export const cancelScheduled = (queue: Queue, sequenceNumbers: readonly number[], nowMs: number): boolean => {
  advance(queue, nowMs);
  if (sequenceNumbers.some((number) => queue.messages.get(number)?.state !== 'scheduled')) return false;
  for (const number of sequenceNumbers) queue.messages.delete(number);
  return true;
};

/** Gives a message up for good. */
export const deadLetter = (
  queue: Queue,
  message: QueueMessage,
  why: { readonly reason: string | null; readonly description: string | null },
  nowMs: number,
): void => {
  forget(queue, message);
  const reasons = {
    ...(why.reason === null ? {} : { DeadLetterReason: why.reason }),
    ...(why.description === null ? {} : { DeadLetterErrorDescription: why.description }),
  };
  const changedProperties = { ...message.changedProperties, ...reasons };
  queue.sendDeadLetter({ ...message, state: 'active', lock: null, changedProperties }, nowMs);
};

/** Removes a message and its lock. */
export const forget = (queue: Queue, message: QueueMessage): void => {
  queue.messages.delete(message.sequenceNumber);
  if (message.lock !== null) queue.locks.delete(message.lock.token);
};

const expire = (queue: Queue, message: QueueMessage, nowMs: number): void => {
  if (queue.settings.deadLetteringOnMessageExpiration === true) {
    const description = 'The message expired and was dead lettered.';
    deadLetter(queue, message, { reason: 'TTLExpiredException', description }, nowMs);
  } else {
    forget(queue, message);
  }
};

/** Makes a message receivable again, unless its time to live has run out while it was away. */
export const makeAvailable = (queue: Queue, message: QueueMessage, nowMs: number): void => {
  if (message.expiresAtMs !== null && message.expiresAtMs <= nowMs) expire(queue, message, nowMs);
  else if (message.state === 'active') pushHeap(queue.ready, message.sequenceNumber);
};

/** Ends a lock without a settlement that keeps: back into the queue, or out of it after too many deliveries. */
export const unlock = (queue: Queue, message: QueueMessage, nowMs: number): void => {
  if (message.lock !== null) queue.locks.delete(message.lock.token);
  message.lock = null;
  message.deliveryCount += 1;
  if (message.deliveryCount >= queue.settings.maxDeliveryCount) {
    const description = `Message could not be consumed after ${message.deliveryCount} delivery attempts.`;
    deadLetter(queue, message, { reason: 'MaxDeliveryCountExceeded', description }, nowMs);
  } else {
    makeAvailable(queue, message, nowMs);
  }
};

/** Sets the alarm that ends a message's lock. */
export const watchLock = (queue: Queue, { sequenceNumber, lock }: QueueMessage): void => {
  if (lock !== null) setAlarm(queue, 'lock', sequenceNumber, lock.untilMs);
};

const applies = (alarm: Alarm, message: QueueMessage | undefined): message is QueueMessage => {
  if (message === undefined) return false;
  switch (alarm.kind) {
    case 'due':
      return message.state === 'scheduled';
    case 'lock':
      return message.lock?.untilMs === alarm.atMs;
    case 'expiry':
      return message.lock === null;
  }
};

const activate = (queue: Queue, message: QueueMessage, dueAtMs: number): void => {
  forget(queue, message);
  // The number of a scheduled message is good only while it is scheduled: it joins the queue as if sent now.
  const sequenceNumber = ++queue.lastSequenceNumber;
  admit(queue, {
    ...message,
    sequenceNumber,
    state: 'active',
    dueAtMs: null,
    enqueuedAtMs: dueAtMs,
    expiresAtMs: expiryOf(queue, message.ttlMs, dueAtMs),
  });
};

/** When the next thing happens by itself; null when nothing will. */
export const nextAlarmAtMs = (queue: Queue): number | null => {
  for (let alarm = peekHeap(queue.alarms); alarm !== undefined; alarm = peekHeap(queue.alarms)) {
    if (applies(alarm, queue.messages.get(alarm.sequenceNumber))) return alarm.atMs;
    popHeap(queue.alarms);
  }
  return null;
};

/** Lets everything happen that was due by now: messages activated, locks lost, messages expired. */
export const advance = (queue: Queue, nowMs: number): void => {
  for (let atMs = nextAlarmAtMs(queue); atMs !== null && atMs <= nowMs; atMs = nextAlarmAtMs(queue)) {
    const alarm = popHeap(queue.alarms);
    const message = alarm === undefined ? undefined : queue.messages.get(alarm.sequenceNumber);
    if (alarm === undefined || message === undefined) continue;
    if (alarm.kind === 'due') activate(queue, message, atMs);
    else if (alarm.kind === 'lock') unlock(queue, message, atMs);
    else expire(queue, message, atMs);
  }
};

/** The next message to be received, left where it is. */
export const peekReady = (queue: Queue): QueueMessage | undefined => {
  for (let number = peekHeap(queue.ready); number !== undefined; number = peekHeap(queue.ready)) {
    const message = queue.messages.get(number);
    if (message !== undefined) return message;
    popHeap(queue.ready);
  }
  return undefined;
};

/** Messages in any state from a number on, in order, neither locked nor counted as delivered. */
export const peek = (queue: Queue, fromNumber: number, limit: number, nowMs: number): QueueMessage[] => {
  advance(queue, nowMs);
  return [...queue.messages.values()]
    .filter(({ sequenceNumber }) => sequenceNumber >= fromNumber)
    .sort((one, other) => one.sequenceNumber - other.sequenceNumber)
    .slice(0, limit);
};
