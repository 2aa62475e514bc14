import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeHeap, popHeap, pushHeap } from '../../../local/service-bus/heap.ts';
import { tagOfToken, tokenOfTag, tokenOfUuid, uuidOfToken } from '../../../local/service-bus/lock-token.ts';
import { countNamespace, findQueue, makeNamespace } from '../../../local/service-bus/namespace.ts';
import {
  type Arrival,
  cancelScheduled,
  enqueue,
  nextAlarmAtMs,
  peek,
  type QueueSettings,
} from '../../../local/service-bus/queue.ts';
import { receive, receiveDeferred, renewLock, settle } from '../../../local/service-bus/settlement.ts';
import { queueSettings } from '../../support/service-bus-stand-in.ts';

const arrival = (messageId: string, overrides: Partial<Arrival> = {}): Arrival => ({
  messageId,
  content: Buffer.from(messageId),
  ttlMs: null,
  scheduledEnqueueAtMs: null,
  changedProperties: {},
  deadLetterSource: null,
  enqueuedSequenceNumber: null,
  ...overrides,
});

const build = (...settings: readonly QueueSettings[]) => {
  let tokenCount = 0;
  const namespace = makeNamespace(
    settings,
    () => `token-${++tokenCount}`,
    () => undefined,
  );
  const queueAt = (path: string) => {
    const queue = findQueue(namespace, path);
    if (queue === undefined) throw new Error(`no queue ${path}`);
    return queue;
  };
  const receiveAt = (path: string, nowMs: number) => {
    const message = receive(queueAt(path), 'peekLock', nowMs);
    return message === undefined ? undefined : { message, token: message.lock?.token ?? '' };
  };
  return { namespace, queueAt, receiveAt };
};

const none = { active: 0, scheduled: 0, locked: 0, deferred: 0, deadLettered: 0 };

describe('a queue', () => {
  it('hands messages out in the order in which they came, and an abandoned one again before later ones', () => {
    const { queueAt, receiveAt } = build(queueSettings('q'));
    for (const id of ['a', 'b', 'c']) enqueue(queueAt('q'), arrival(id), 0);
    const first = receiveAt('q', 1);
    expect(receiveAt('q', 1)?.message.messageId).toBe('b');
    expect(settle(queueAt('q'), first?.token ?? '', { kind: 'abandon', properties: {} }, 2)).toBe('settled');
    expect(receiveAt('q', 2)?.message).toMatchObject({ messageId: 'a', deliveryCount: 1 });
    expect(receiveAt('q', 2)?.message.messageId).toBe('c');
    expect(receiveAt('q', 2)).toBeUndefined();
  });

  it('gives a message back at the instant its lock ends and not a millisecond before', () => {
    const { queueAt, receiveAt } = build(queueSettings('q', { lockDurationMs: 30_000 }));
    enqueue(queueAt('q'), arrival('a'), 0);
    const held = receiveAt('q', 100);
    expect(nextAlarmAtMs(queueAt('q'))).toBe(30_100);
    expect(receiveAt('q', 30_099)).toBeUndefined();
    expect(receiveAt('q', 30_100)?.message).toMatchObject({ messageId: 'a', deliveryCount: 1 });
    expect(settle(queueAt('q'), held?.token ?? '', { kind: 'complete' }, 30_100)).toBe('lockLost');
  });

  it('keeps a renewed lock for another duration, and refuses to renew one that has ended', () => {
    const { queueAt, receiveAt } = build(queueSettings('q', { lockDurationMs: 30_000 }));
    enqueue(queueAt('q'), arrival('a'), 0);
    const token = receiveAt('q', 0)?.token ?? '';
    expect(renewLock(queueAt('q'), token, 20_000)).toBe(50_000);
    expect(receiveAt('q', 49_999)).toBeUndefined();
    expect(renewLock(queueAt('q'), token, 50_000)).toBeNull();
  });

  it('gives a message up after its last delivery, with the reason, whether abandoned or timed out', () => {
    const { namespace, queueAt, receiveAt } = build(queueSettings('q', { maxDeliveryCount: 2 }));
    enqueue(queueAt('q'), arrival('a'), 0);
    receiveAt('q', 0);
    const token = receiveAt('q', 60_000)?.token ?? '';
    settle(queueAt('q'), token, { kind: 'abandon', properties: { note: 1 } }, 60_001);
    expect(countNamespace(namespace)).toEqual({ q: { ...none, deadLettered: 1 } });
    expect(receiveAt('q/$deadletterqueue', 60_002)?.message).toMatchObject({
      messageId: 'a',
      deliveryCount: 2,
      changedProperties: {
        note: 1,
        DeadLetterReason: 'MaxDeliveryCountExceeded',
        DeadLetterErrorDescription: 'Message could not be consumed after 2 delivery attempts.',
      },
    });
  });

  it('never gives a dead letter up, however often it is abandoned, nor lets it be dead-lettered again', () => {
    const { queueAt, receiveAt } = build(queueSettings('q', { maxDeliveryCount: 1 }));
    enqueue(queueAt('q'), arrival('a', { ttlMs: 1_000 }), 0);
    const why = { reason: 'broken', description: null, properties: {} };
    settle(queueAt('q'), receiveAt('q', 0)?.token ?? '', { kind: 'deadLetter', ...why }, 0);
    const dead = queueAt('q/$DeadLetterQueue');
    for (const atMs of [10_000, 20_000, 30_000]) {
      const token = receiveAt('q/$DeadLetterQueue', atMs)?.token ?? '';
      expect(settle(dead, token, { kind: 'deadLetter', ...why }, atMs)).toBe('notAllowed');
      expect(settle(dead, token, { kind: 'abandon', properties: {} }, atMs)).toBe('settled');
    }
    expect(receiveAt('q/$DeadLetterQueue', 40_000)?.message.deliveryCount).toBe(3);
  });

  it('forwards dead letters with their source, as new messages of the other queue', () => {
    const { namespace, queueAt, receiveAt } = build(
      queueSettings('q', { forwardDeadLetteredMessagesTo: 'dead' }),
      queueSettings('dead'),
    );
    for (const id of ['a', 'b']) enqueue(queueAt('q'), arrival(id), 0);
    receiveAt('q', 0);
    const token = receiveAt('q', 0)?.token ?? '';
    const why = { reason: 'R', description: 'D', properties: {} };
    settle(queueAt('q'), token, { kind: 'deadLetter', ...why }, 5);
    expect(receiveAt('dead', 6)?.message).toMatchObject({
      messageId: 'b',
      sequenceNumber: 1,
      enqueuedSequenceNumber: 2,
      enqueuedAtMs: 5,
      deliveryCount: 0,
      deadLetterSource: 'q',
      changedProperties: { DeadLetterReason: 'R', DeadLetterErrorDescription: 'D' },
    });
    expect(countNamespace(namespace).q).toEqual({ ...none, locked: 1 });
  });

  it('lets a scheduled message appear when it is due, under a new number', () => {
    const { queueAt, receiveAt } = build(queueSettings('q'));
    const { sequenceNumber } = enqueue(queueAt('q'), arrival('later', { scheduledEnqueueAtMs: 900 }), 0);
    enqueue(queueAt('q'), arrival('now'), 0);
    expect(receiveAt('q', 899)?.message.messageId).toBe('now');
    expect(receiveAt('q', 899)).toBeUndefined();
    const { message } = receiveAt('q', 5_000) ?? {};
    expect(message).toMatchObject({ messageId: 'later', enqueuedAtMs: 900 });
    expect(message?.sequenceNumber).toBeGreaterThan(sequenceNumber);
    expect(cancelScheduled(queueAt('q'), [sequenceNumber], 5_000)).toBe(false);
  });

  it('cancels all of the named scheduled messages or none', () => {
    const { namespace, queueAt } = build(queueSettings('q'));
    const [one, other] = ['a', 'b'].map(
      (id) => enqueue(queueAt('q'), arrival(id, { scheduledEnqueueAtMs: 900 }), 0).sequenceNumber,
    ) as [number, number];
    expect(cancelScheduled(queueAt('q'), [one, 99], 0)).toBe(false);
    expect(countNamespace(namespace).q).toEqual({ ...none, scheduled: 2 });
    expect(cancelScheduled(queueAt('q'), [one, other], 0)).toBe(true);
    expect(countNamespace(namespace).q).toEqual(none);
    expect(nextAlarmAtMs(queueAt('q'))).toBeNull();
  });

  it('drops an id it has seen within the window, scheduled and cancelled ones included, and takes it after', () => {
    const { namespace, queueAt, receiveAt } = build(
      queueSettings('q', { duplicateDetectionWindowMs: 60_000 }),
    );
    const later = arrival('a', { scheduledEnqueueAtMs: 50_000 });
    const { sequenceNumber } = enqueue(queueAt('q'), later, 0);
    cancelScheduled(queueAt('q'), [sequenceNumber], 0);
    expect(enqueue(queueAt('q'), arrival('a'), 59_999).isDuplicate).toBe(true);
    expect(enqueue(queueAt('q'), arrival('b'), 59_999).isDuplicate).toBe(false);
    expect(enqueue(queueAt('q'), arrival('a'), 60_000).isDuplicate).toBe(false);
    receiveAt('q', 60_000);
    expect(countNamespace(namespace).q).toEqual({ ...none, active: 1, locked: 1 });
  });

  it('takes the same id twice when it does not look for duplicates', () => {
    const { queueAt } = build(queueSettings('q'));
    expect(enqueue(queueAt('q'), arrival('a'), 0).isDuplicate).toBe(false);
    expect(enqueue(queueAt('q'), arrival('a'), 0).isDuplicate).toBe(false);
  });

  it.each([
    { case: 'its own time to live', settings: {}, ttlMs: 1_000, expiresAtMs: 1_000 },
    { case: "the queue's", settings: { defaultTtlMs: 700 }, ttlMs: null, expiresAtMs: 700 },
    { case: 'the shorter of both', settings: { defaultTtlMs: 700 }, ttlMs: 1_000, expiresAtMs: 700 },
  ])('drops a message when $case has run out', ({ settings, ttlMs, expiresAtMs }) => {
    const { namespace, queueAt, receiveAt } = build(queueSettings('q', settings));
    enqueue(queueAt('q'), arrival('a', { ttlMs }), 0);
    expect(nextAlarmAtMs(queueAt('q'))).toBe(expiresAtMs);
    expect(receiveAt('q', expiresAtMs)).toBeUndefined();
    expect(countNamespace(namespace).q).toEqual(none);
  });

  it('makes an expired message a dead letter when told to', () => {
    const { receiveAt, queueAt } = build(queueSettings('q', { deadLetteringOnMessageExpiration: true }));
    enqueue(queueAt('q'), arrival('a', { ttlMs: 10 }), 0);
    expect(receiveAt('q', 10)).toBeUndefined();
    expect(receiveAt('q/$deadletterqueue', 10)?.message.changedProperties).toMatchObject({
      DeadLetterReason: 'TTLExpiredException',
    });
  });

  it('lets the holder of a message complete it after it has expired, and drops it when given back', () => {
    const { namespace, queueAt, receiveAt } = build(queueSettings('q'));
    for (const id of ['a', 'b']) enqueue(queueAt('q'), arrival(id, { ttlMs: 1_000 }), 0);
    const [one, other] = [receiveAt('q', 0), receiveAt('q', 0)];
    expect(settle(queueAt('q'), one?.token ?? '', { kind: 'complete' }, 2_000)).toBe('settled');
    settle(queueAt('q'), other?.token ?? '', { kind: 'abandon', properties: {} }, 2_000);
    expect(countNamespace(namespace).q).toEqual(none);
  });

  it('gives a deferred message only to who asks for its number, and again after an abandon', () => {
    const { namespace, queueAt, receiveAt } = build(queueSettings('q'));
    const { sequenceNumber } = enqueue(queueAt('q'), arrival('a'), 0);
    expect(receiveDeferred(queueAt('q'), [sequenceNumber], 'peekLock', 0)).toBeNull();
    settle(queueAt('q'), receiveAt('q', 0)?.token ?? '', { kind: 'defer', properties: { why: 'later' } }, 0);
    expect(receiveAt('q', 1)).toBeUndefined();
    expect(countNamespace(namespace).q).toEqual({ ...none, deferred: 1 });
    const [message] = receiveDeferred(queueAt('q'), [sequenceNumber], 'peekLock', 1) ?? [];
    expect(message).toMatchObject({ messageId: 'a', changedProperties: { why: 'later' } });
    expect(receiveDeferred(queueAt('q'), [sequenceNumber], 'peekLock', 1)).toBeNull();
    settle(queueAt('q'), message?.lock?.token ?? '', { kind: 'abandon', properties: {} }, 2);
    expect(receiveAt('q', 2)).toBeUndefined();
    expect(receiveDeferred(queueAt('q'), [sequenceNumber], 'receiveAndDelete', 2)).toHaveLength(1);
    expect(countNamespace(namespace).q).toEqual(none);
  });

  it('shows messages of every state from a number on, and keeps the state', () => {
    const { namespace, queueAt, receiveAt } = build(queueSettings('q'));
    enqueue(queueAt('q'), arrival('first'), 0);
    enqueue(queueAt('q'), arrival('held'), 0);
    enqueue(queueAt('q'), arrival('later', { scheduledEnqueueAtMs: 900 }), 0);
    enqueue(queueAt('q'), arrival('fourth'), 0);
    settle(queueAt('q'), receiveAt('q', 0)?.token ?? '', { kind: 'defer', properties: {} }, 0);
    receiveAt('q', 0);
    const before = countNamespace(namespace);
    const seen = peek(queueAt('q'), 1, 3, 0).map(({ messageId, state }) => [messageId, state]);
    expect(seen).toEqual([
      ['first', 'deferred'],
      ['held', 'active'],
      ['later', 'scheduled'],
    ]);
    expect(peek(queueAt('q'), 4, 3, 0).map(({ messageId }) => messageId)).toEqual(['fourth']);
    expect(countNamespace(namespace)).toEqual(before);
  });

  it('comes to the same state whether the clock jumps or creeps', () => {
    const run = (steps: readonly number[]) => {
      const { namespace, queueAt } = build(
        queueSettings('q', {
          lockDurationMs: 5_000,
          maxDeliveryCount: 3,
          deadLetteringOnMessageExpiration: true,
        }),
      );
      for (let index = 0; index < 6; index += 1) {
        const scheduledEnqueueAtMs = index % 2 === 0 ? null : index * 1_500;
        enqueue(queueAt('q'), arrival(`m${index}`, { ttlMs: 6_000 + index * 400, scheduledEnqueueAtMs }), 0);
      }
      for (let held = 0; held < 3; held += 1) receive(queueAt('q'), 'peekLock', 0);
      for (const atMs of steps) peek(queueAt('q'), 1, 10, atMs);
      const dead = peek(queueAt('q/$deadletterqueue'), 1, 10, 13_000).map(({ messageId }) => messageId);
      const left = peek(queueAt('q'), 1, 10, 13_000).map(({ messageId, enqueuedAtMs }) => [
        messageId,
        enqueuedAtMs,
      ]);
      return { dead, left, counts: countNamespace(namespace) };
    };
    const jumped = run([13_000]);
    expect(jumped.dead).not.toEqual([]);
    expect(run(Array.from({ length: 1_300 }, (_, index) => index * 10))).toEqual(jumped);
  });
});

describe('a namespace', () => {
  it.each([
    { case: 'a lock longer than 5 minutes', settings: [queueSettings('q', { lockDurationMs: 300_001 })] },
    { case: 'a lock shorter than 5 seconds', settings: [queueSettings('q', { lockDurationMs: 4_999 })] },
    { case: 'no delivery at all', settings: [queueSettings('q', { maxDeliveryCount: 0 })] },
    { case: 'a window too short', settings: [queueSettings('q', { duplicateDetectionWindowMs: 19_999 })] },
    { case: 'a name twice', settings: [queueSettings('q'), queueSettings('Q')] },
    { case: 'no name', settings: [queueSettings('')] },
    { case: 'unknown target', settings: [queueSettings('q', { forwardDeadLetteredMessagesTo: 'x' })] },
    { case: 'itself as target', settings: [queueSettings('q', { forwardDeadLetteredMessagesTo: 'q' })] },
  ])('refuses $case, as Azure does', ({ settings }) => {
    expect(() => build(...settings)).toThrow(/The Service Bus stand-in refuses: queue/);
  });
});

describe('a lock token', () => {
  it('is written with the first three groups backwards in a delivery tag, and forwards in a uuid', () => {
    const token = '00112233-4455-6677-8899-aabbccddeeff';
    expect(tagOfToken(token).toString('hex')).toBe('33221100554477668899aabbccddeeff');
    expect(tokenOfTag(tagOfToken(token))).toBe(token);
    expect(tokenOfUuid(uuidOfToken(token))).toBe(token);
  });
});

describe('a heap', () => {
  it('gives items back in order, whatever the order they came in', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = makeHeap<number>((one, other) => one < other);
        for (const number of numbers) pushHeap(heap, number);
        expect(numbers.map(() => popHeap(heap))).toEqual([...numbers].sort((one, other) => one - other));
        expect(popHeap(heap)).toBeUndefined();
      }),
    );
  });
});
