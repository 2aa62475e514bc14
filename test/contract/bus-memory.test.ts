import { expect, test } from 'vitest';
import { makeMemoryBus, type MemoryQueueSettings } from '../support/memory-bus.ts';
import { envelope, testBus } from './bus.testsuite.ts';

const start = (...queues: readonly MemoryQueueSettings[]) => {
  let nowMs = Date.UTC(2026, 10, 23);
  const now = () => nowMs;
  const passMs = (elapsedMs: number) => {
    nowMs += elapsedMs;
  };
  return { bus: makeMemoryBus({ clock: { now }, queues }), now, passMs };
};

testBus('memory', (queues) => {
  const { bus, now, passMs } = start(...queues);
  return Promise.resolve({
    bus,
    now,
    passMs,
    counts: bus.counts,
    receive: (queue: string) => {
      const delivery = bus.receive(queue);
      if (delivery === null) throw new Error(`No message came from ${queue}.`);
      return Promise.resolve({
        ...delivery,
        complete: () => Promise.resolve(delivery.complete()),
        abandon: () => Promise.resolve(delivery.abandon()),
        deadLetter: (reason: string) => Promise.resolve(delivery.deadLetter(reason)),
      });
    },
    stop: () => Promise.resolve(),
  });
});

test('tells which queues have something to receive, and when the next message comes', async () => {
  const { bus, now, passMs } = start({ name: 'wake' }, { name: 'observe', lockDurationMs: 5_000 });
  expect([bus.queues(), bus.nextAt()]).toEqual([[], null]);
  await bus.send([envelope('a', { scheduledAt: now() + 9_000 }), envelope('b', { queue: 'observe' })]);
  expect([bus.queues(), bus.nextAt()]).toEqual([['observe'], now() + 9_000]);
  const delivery = bus.receive('observe');
  expect(delivery?.lockedUntil).toBe(now() + 5_000);
  expect([bus.queues(), bus.nextAt()]).toEqual([[], now() + 5_000]);
  passMs(5_000);
  expect([bus.queues(), bus.nextAt()]).toEqual([['observe'], now() + 4_000]);
  passMs(4_000);
  expect([bus.queues(), bus.nextAt()]).toEqual([['wake', 'observe'], null]);
});

test('gives out any message that can be received, not only the oldest', async () => {
  const { bus } = start({ name: 'wake' });
  await bus.send([envelope('a'), envelope('b'), envelope('c')]);
  expect(bus.receive('wake', 1)?.messageId).toBe('b');
  expect(bus.receive('wake', 1)?.messageId).toBe('c');
  expect(bus.receive('wake', 1)).toBeNull();
  expect(bus.receive('nowhere')).toBeNull();
});

test('settles a delivery once', async () => {
  const { bus } = start({ name: 'wake' });
  await bus.send([envelope('a')]);
  const delivery = bus.receive('wake')!;
  expect([delivery.abandon(), delivery.complete()]).toEqual([true, false]);
  expect(bus.counts().wake).toMatchObject({ active: 1 });
});

test('lets nothing arrive before the tick after the call of send', async () => {
  const { bus } = start({ name: 'wake' });
  const sent = bus.send([envelope('a')]);
  expect(bus.queues()).toEqual([]);
  await sent;
  expect(bus.queues()).toEqual(['wake']);
});
