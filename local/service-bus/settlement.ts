import {
  advance,
  type ChangedProperties,
  deadLetter,
  forget,
  makeAvailable,
  peekReady,
  type Queue,
  type QueueMessage,
  unlock,
  watchLock,
} from './queue.ts';
import { popHeap } from './heap.ts';

/** Keep the message locked until it is settled, or lose it on receipt. */
export type ReceiveMode = 'peekLock' | 'receiveAndDelete';

/** What a receiver decides about a message it holds. */
export type Settlement =
  | { readonly kind: 'complete' }
  | { readonly kind: 'abandon' | 'defer'; readonly properties: ChangedProperties }
  | {
      readonly kind: 'deadLetter';
      readonly reason: string | null;
      readonly description: string | null;
      readonly properties: ChangedProperties;
    };

/** What became of a settlement. */
export type SettlementResult = 'settled' | 'lockLost' | 'notAllowed';

const hold = (queue: Queue, message: QueueMessage, mode: ReceiveMode, nowMs: number): QueueMessage => {
  if (mode === 'receiveAndDelete') {
    forget(queue, message);
    return message;
  }
  const lock = { token: queue.newLockToken(), untilMs: nowMs + queue.settings.lockDurationMs };
  message.lock = lock;
  queue.locks.set(lock.token, message);
  watchLock(queue, message);
  return message;
};

/** Receives the next message; undefined when there is none. */
export const receive = (queue: Queue, mode: ReceiveMode, nowMs: number): QueueMessage | undefined => {
  advance(queue, nowMs);
  const message = peekReady(queue);
  if (message === undefined) return undefined;
  popHeap(queue.ready);
  return hold(queue, message, mode, nowMs);
};

/** Receives deferred messages by number: all of them, or null when one is not there to be had. */
export const receiveDeferred = (
  queue: Queue,
  sequenceNumbers: readonly number[],
  mode: ReceiveMode,
  nowMs: number,
): readonly QueueMessage[] | null => {
  advance(queue, nowMs);
  const messages: QueueMessage[] = [];
  for (const number of new Set(sequenceNumbers)) {
    const message = queue.messages.get(number);
    if (message?.state !== 'deferred' || message.lock !== null) return null;
    messages.push(message);
  }
  return messages.map((message) => hold(queue, message, mode, nowMs));
};

/** Holds a message for another lock duration from now; gives the new end, or null when the lock is lost. */
export const renewLock = (queue: Queue, token: string, nowMs: number): number | null => {
  advance(queue, nowMs);
  const message = queue.locks.get(token);
  if (message === undefined) return null;
  const untilMs = nowMs + queue.settings.lockDurationMs;
  message.lock = { token, untilMs };
  watchLock(queue, message);
  return untilMs;
};

/** Carries out what the holder of a lock has decided. */
export const settle = (
  queue: Queue,
  token: string,
  settlement: Settlement,
  nowMs: number,
): SettlementResult => {
  advance(queue, nowMs);
  const message = queue.locks.get(token);
  if (message === undefined) return 'lockLost';
  if (settlement.kind === 'deadLetter' && queue.isDeadLetterQueue) return 'notAllowed';
  if (settlement.kind !== 'complete') {
    message.changedProperties = { ...message.changedProperties, ...settlement.properties };
  }
  switch (settlement.kind) {
    case 'complete':
      forget(queue, message);
      break;
    case 'abandon':
      unlock(queue, message, nowMs);
      break;
    case 'defer':
      queue.locks.delete(token);
      message.lock = null;
      message.state = 'deferred';
      makeAvailable(queue, message, nowMs);
      break;
    case 'deadLetter':
      deadLetter(queue, message, settlement, nowMs);
      break;
  }
  return 'settled';
};
