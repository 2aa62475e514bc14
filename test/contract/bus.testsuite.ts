import { describe, expect, onTestFinished, test } from 'vitest';
import type { Bus, Envelope } from '../../shared/engine/ports.ts';
import type { MemoryQueueCounts, MemoryQueueSettings } from '../support/memory-bus.ts';

/** A received message, whatever it came through. */
export type Received = {
  readonly messageId: string;
  readonly hop: unknown;
  readonly body: unknown;
  readonly deliveryCount: number;
  readonly deadLetterReason: string | null;
  readonly deadLetterSource: string | null;
  /** Settling says false when the lock was lost. */
  readonly complete: () => Promise<boolean>;
  readonly abandon: () => Promise<boolean>;
  readonly deadLetter: (reason: string) => Promise<boolean>;
};

/** An implementation of the bus with its receiving side, and a clock that moves by hand. */
export type BusBench = {
  readonly bus: Bus;
  readonly now: () => number;
  readonly passMs: (elapsedMs: number) => void;
  /** Receives the oldest message of a queue, which must have one. */
  readonly receive: (queue: string) => Promise<Received>;
  readonly counts: () => Readonly<Record<string, MemoryQueueCounts>>;
  readonly stop: () => Promise<void>;
};

const hour = 3_600_000;

/** A wake-up envelope; `changes` say what is special about it. */
export const envelope = (id: string, changes: Partial<Envelope> = {}): Envelope => ({
  id,
  queue: 'wake',
  body: { type: 'wake', cutoverId: 'c-1', dueAt: 1_795_000_000_000 },
  scheduledAt: null,
  hop: 0,
  ...changes,
});

/** Proves that an implementation keeps the promises of the Bus port, seen from the receiving side. */
export const testBus = (
  implementation: string,
  setup: (queues: readonly MemoryQueueSettings[]) => Promise<BusBench>,
): void => {
  const start = async (...queues: readonly MemoryQueueSettings[]): Promise<BusBench> => {
    const bench = await setup(queues);
    onTestFinished(bench.stop);
    return bench;
  };

  describe(`bus on ${implementation}`, () => {
    test('delivers an envelope so that its receiver can build it again', async () => {
      const { bus, receive } = await start({ name: 'step-gate' });
      const body = { type: 'step', cutoverId: 'Größe 日本', stepId: 's', attempt: 2, dispatch: 3 } as const;
      await bus.send([envelope('c-1.7.0~4', { queue: 'step-gate', body, hop: 4 })]);
      const received = await receive('step-gate');
      expect(received).toMatchObject({
        messageId: 'c-1.7.0~4',
        hop: 4,
        deliveryCount: 1,
        deadLetterReason: null,
        deadLetterSource: null,
      });
      expect(received.body).toEqual({ v: 1, ...body });
    });

    test('sends nothing without complaint', async () => {
      const { bus, counts } = await start({ name: 'wake' });
      await bus.send([]);
      expect(counts().wake).toMatchObject({ active: 0, scheduled: 0 });
    });

    test('brings every envelope of one send into its own queue, in the order sent', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `step-${index}`);
      const { bus, receive, counts } = await start(...names.map((name) => ({ name })));
      await bus.send(
        Array.from({ length: 90 }, (_, n) => envelope(`m-${n}`, { queue: names[n % 30] ?? '' })),
      );
      expect(Object.values(counts()).map(({ active }) => active)).toEqual(Array(30).fill(3));
      const received: string[] = [];
      for (let count = 0; count < 3; count += 1) {
        const message = await receive('step-7');
        received.push(message.messageId);
        await message.complete();
      }
      expect(received).toEqual(['m-7', 'm-37', 'm-67']);
    });

    test('sends more at once than fits into one batch', async () => {
      const { bus, counts } = await start({ name: 'wake' });
      const cutoverId = 'c'.repeat(1_000);
      const body = { type: 'wake', cutoverId, dueAt: 0 } as const;
      await bus.send(Array.from({ length: 700 }, (_, n) => envelope(`m-${n}`, { body })));
      expect(counts().wake).toMatchObject({ active: 700 });
    });

    describe('a time to be sent at', () => {
      test('holds a message back until then', async () => {
        const { bus, now, passMs, receive, counts } = await start({ name: 'wake' });
        await bus.send([envelope('later', { scheduledAt: now() + hour })]);
        expect(counts().wake).toMatchObject({ active: 0, scheduled: 1 });
        passMs(hour - 1);
        expect(counts().wake).toMatchObject({ active: 0, scheduled: 1 });
        passMs(1);
        expect(counts().wake).toMatchObject({ active: 1, scheduled: 0 });
        expect((await receive('wake')).messageId).toBe('later');
      });

      test.each([
        ['now', 0],
        ['in the past', -hour],
      ])('that is %s does not hold a message back', async (_title, offset) => {
        const { bus, now, counts } = await start({ name: 'wake' });
        await bus.send([envelope('at once', { scheduledAt: now() + offset })]);
        expect(counts().wake).toMatchObject({ active: 1, scheduled: 0 });
      });

      test.each([
        ['before', [0, 1, 2]],
        ['after', [2, 1, 0]],
      ])('concerns its own envelope alone, whether it stands %s others', async (_title, order) => {
        const { bus, now, passMs, counts } = await start({ name: 'wake' });
        const three = [
          envelope('in an hour', { scheduledAt: now() + hour }),
          envelope('at once'),
          envelope('in two hours', { scheduledAt: now() + 2 * hour }),
        ];
        await bus.send(order.map((index) => three[index]!));
        expect(counts().wake).toMatchObject({ active: 1, scheduled: 2 });
        passMs(hour);
        expect(counts().wake).toMatchObject({ active: 2, scheduled: 1 });
        passMs(hour);
        expect(counts().wake).toMatchObject({ active: 3, scheduled: 0 });
      });
    });

    describe('duplicate detection', () => {
      const detecting = { name: 'wake', duplicateDetectionWindowMs: 600_000 };

      test('drops a re-send of the same id within the window, in one send and in the next', async () => {
        const { bus, passMs, counts } = await start(detecting);
        await bus.send([envelope('m-1'), envelope('m-1'), envelope('m-2')]);
        passMs(599_999);
        await bus.send([envelope('m-1', { hop: 1 })]);
        expect(counts().wake).toMatchObject({ active: 2 });
      });

      test('drops a re-send even when the first was completed', async () => {
        const { bus, receive, counts } = await start(detecting);
        await bus.send([envelope('m-1')]);
        await (await receive('wake')).complete();
        await bus.send([envelope('m-1')]);
        expect(counts().wake).toMatchObject({ active: 0, locked: 0 });
      });

      test('counts a scheduled message from when it was sent', async () => {
        const { bus, now, passMs, counts } = await start(detecting);
        await bus.send([envelope('m-1', { scheduledAt: now() + hour })]);
        await bus.send([envelope('m-1', { scheduledAt: now() + hour })]);
        expect(counts().wake).toMatchObject({ scheduled: 1 });
        passMs(600_000);
        await bus.send([envelope('m-1', { scheduledAt: now() + hour })]);
        expect(counts().wake).toMatchObject({ scheduled: 2 });
      });

      test('forgets an id after the window', async () => {
        const { bus, passMs, counts } = await start(detecting);
        await bus.send([envelope('m-1')]);
        passMs(600_000);
        await bus.send([envelope('m-1')]);
        expect(counts().wake).toMatchObject({ active: 2 });
      });

      test('is per queue', async () => {
        const { bus, counts } = await start(detecting, { ...detecting, name: 'observe' });
        await bus.send([envelope('m-1'), envelope('m-1', { queue: 'observe' })]);
        expect(counts()).toMatchObject({ wake: { active: 1 }, observe: { active: 1 } });
      });

      test('that is switched off lets a re-send through', async () => {
        const { bus, counts } = await start({ name: 'wake', duplicateDetectionWindowMs: null });
        await bus.send([envelope('m-1')]);
        await bus.send([envelope('m-1')]);
        expect(counts().wake).toMatchObject({ active: 2 });
      });
    });

    describe('a received message', () => {
      test('is locked, and gone when it is completed', async () => {
        const { bus, receive, counts } = await start({ name: 'wake' });
        await bus.send([envelope('m-1')]);
        const message = await receive('wake');
        expect(counts().wake).toMatchObject({ active: 0, locked: 1 });
        expect(await message.complete()).toBe(true);
        expect(counts().wake).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
      });

      test('that is abandoned comes again at once, counted', async () => {
        const { bus, receive } = await start({ name: 'wake' });
        await bus.send([envelope('m-1', { hop: 2 })]);
        expect(await (await receive('wake')).abandon()).toBe(true);
        expect(await receive('wake')).toMatchObject({ messageId: 'm-1', hop: 2, deliveryCount: 2 });
      });

      test('comes again when its lock runs out, and its first receiver has lost it', async () => {
        const { bus, passMs, receive, counts } = await start({ name: 'wake', lockDurationMs: 60_000 });
        await bus.send([envelope('m-1')]);
        const first = await receive('wake');
        passMs(59_999);
        expect(counts().wake).toMatchObject({ active: 0, locked: 1 });
        passMs(1);
        expect(counts().wake).toMatchObject({ active: 1, locked: 0 });
        expect(await first.complete()).toBe(false);
        const second = await receive('wake');
        expect(second).toMatchObject({ messageId: 'm-1', deliveryCount: 2 });
        expect(await second.complete()).toBe(true);
        expect(counts().wake).toMatchObject({ active: 0, locked: 0 });
      });

      test('is given up after its last delivery, whichever way each one ended', async () => {
        const { bus, passMs, receive, counts } = await start({ name: 'wake', maxDeliveryCount: 3 });
        await bus.send([envelope('m-1')]);
        await (await receive('wake')).abandon();
        await receive('wake');
        passMs(60_000);
        await (await receive('wake')).abandon();
        expect(counts().wake).toEqual(expect.objectContaining({ active: 0, locked: 0, deadLettered: 1 }));
      });
    });

    describe('a dead letter', () => {
      const queues = [
        { name: 'wake', maxDeliveryCount: 1, forwardDeadLetteredMessagesTo: 'dead-letters' },
        { name: 'dead-letters' },
      ];

      test('of too many deliveries is forwarded whole, with its reason and where it came from', async () => {
        const { bus, receive, counts } = await start(...queues);
        await bus.send([envelope('m-1', { hop: 1 })]);
        const lost = await receive('wake');
        await lost.abandon();
        expect(counts().wake).toMatchObject({ active: 0, deadLettered: 0 });
        const letter = await receive('dead-letters');
        expect(letter).toMatchObject({
          messageId: 'm-1',
          hop: 1,
          body: lost.body,
          deliveryCount: 1,
          deadLetterReason: 'MaxDeliveryCountExceeded',
          deadLetterSource: 'wake',
        });
      });

      test('of a lock that ran out is forwarded too', async () => {
        const { bus, passMs, receive, counts } = await start(...queues);
        await bus.send([envelope('m-1')]);
        await receive('wake');
        passMs(60_000);
        expect(counts()).toMatchObject({ wake: { active: 0, locked: 0 }, 'dead-letters': { active: 1 } });
      });

      test('by the receiver carries the reason given', async () => {
        const { bus, receive } = await start(...queues);
        await bus.send([envelope('m-1')]);
        expect(await (await receive('wake')).deadLetter('not for me')).toBe(true);
        expect(await receive('dead-letters')).toMatchObject({ deadLetterReason: 'not for me' });
      });

      test('stays with its queue when nothing is said about forwarding', async () => {
        const { bus, receive, counts } = await start({ name: 'wake' });
        await bus.send([envelope('m-1')]);
        await (await receive('wake')).deadLetter('not for me');
        expect(counts().wake).toMatchObject({ active: 0, locked: 0, deadLettered: 1 });
      });
    });

    describe('what cannot be sent', () => {
      test('is C401 for an unknown queue, and the other envelopes go out all the same', async () => {
        const { bus, counts } = await start({ name: 'wake' }, { name: 'observe' });
        const sent = bus.send([
          envelope('m-1'),
          envelope('m-2', { queue: 'nowhere' }),
          envelope('m-3', { queue: 'observe' }),
        ]);
        await expect(sent).rejects.toMatchObject({
          code: 'C401',
          message: expect.stringContaining('nowhere'),
        });
        expect(counts()).toMatchObject({ wake: { active: 1 }, observe: { active: 1 } });
      });

      test('is C902 for a message that is too large', async () => {
        const { bus, counts } = await start({ name: 'wake' });
        const body = { type: 'wake', cutoverId: 'x'.repeat(256 * 1024), dueAt: 0 } as const;
        await expect(bus.send([envelope('m-1', { body })])).rejects.toMatchObject({
          code: 'C902',
          message: expect.stringContaining('m-1'),
        });
        expect(counts().wake).toMatchObject({ active: 0 });
      });
    });
  });
};
