import { CutoverError } from '../../../shared/core/errors.ts';
import { DEAD_LETTERS } from '../../../shared/engine/dead-letters.ts';
import type { Bus, Envelope } from '../../../shared/engine/ports.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { VirtualTime } from './virtual-time.ts';
import { nextAfter } from './virtual-time.ts';

/** A message on a queue; `lock` names the delivery that has it in hand. */
export type Entry = {
  queue: string;
  readonly messageId: string;
  readonly hop: number;
  readonly body: unknown;
  availableAt: number;
  deliveries: number;
  lock: number | null;
  /** Why it became a dead letter, and where; null while it is not one. */
  dead: { readonly reason: string; readonly source: string } | null;
};

/** How the broker behaves. */
export type BusBehaviour = {
  readonly detectsDuplicates: boolean;
  readonly maxDeliveries: number;
  duplicateRate: number;
  delayRate: number;
  partialRate: number;
  lossRate: number;
};

/** For so long the broker remembers message ids. */
const DUPLICATE_WINDOW_MS = 10 * 60_000;
const LONGEST_DELAY_MS = 60_000;
/** Characters of a message id that the broker takes. */
const LONGEST_ID = 128;
/** A lock that its dead owner no longer renews ends within this time. */
const LOCK_MS = 60_000;

/** Service Bus in memory: at least once, in any order, not before the scheduled time, dead letters after too many tries. */
export const makeSimulatedBus = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly behaviour: BusBehaviour;
  readonly record: (fact: Fact) => void;
}) => {
  const { chance, time, behaviour, record } = parts;
  let entries: Entry[] = [];
  const seen = new Map<string, number>();
  let lastDelivery = 0;

  const enqueue = (queue: string, messageId: string, hop: number, body: unknown, at: number): void => {
    const delayMs = chance.happens(behaviour.delayRate) ? chance.below(LONGEST_DELAY_MS) : 0;
    const state = { availableAt: at + delayMs, deliveries: 0, lock: null, dead: null };
    entries.push({ queue, messageId, hop, body, ...state });
  };

  const accept = (envelope: Envelope): void => {
    record({ type: 'sent', at: time.now(), envelope });
    const { id, queue, hop, body, scheduledAt } = envelope;
    if (id.length > LONGEST_ID) throw new RangeError(`the broker takes no id as long as ${id}`);
    const known = seen.get(id);
    const isDuplicate = known !== undefined && known + DUPLICATE_WINDOW_MS > time.now();
    seen.set(id, isDuplicate ? known : time.now());
    if (behaviour.detectsDuplicates && isDuplicate) return;
    const copies = !behaviour.detectsDuplicates && chance.happens(behaviour.duplicateRate) ? 2 : 1;
    // Somebody purged a queue: whatever was lost, due times and the watchdog make up for it, but not for a purged letter.
    if (chance.happens(behaviour.lossRate) && body.type !== 'dead-letter') return;
    const at = Math.max(time.now(), scheduledAt ?? 0);
    // What travels is text, so that nobody shares objects with a receiver.
    const text = JSON.stringify({ v: 1, ...body });
    for (let copy = 0; copy < copies; copy += 1) enqueue(queue, id, hop, JSON.parse(text) as unknown, at);
  };

  const apply = (envelopes: readonly Envelope[]): void => {
    if (!chance.happens(behaviour.partialRate)) {
      for (const envelope of envelopes) accept(envelope);
      return;
    }
    for (const envelope of envelopes) if (chance.happens(0.5)) accept(envelope);
    throw new CutoverError('C401', 'the broker took only some');
  };

  const release = (entry: Entry, at: number): void => {
    entry.lock = null;
    entry.availableAt = at;
    // Every queue forwards its dead letters; what waits there comes until it is taken.
    if (entry.deliveries < behaviour.maxDeliveries || entry.queue === DEAD_LETTERS) return;
    record({ type: 'dead-lettered', messageId: entry.messageId });
    entry.dead = { reason: 'MaxDeliveryCountExceeded', source: entry.queue };
    entry.queue = DEAD_LETTERS;
    entry.deliveries = 0;
  };

  return {
    port: (owner: Owner, scheduler: Scheduler): Bus => ({
      send: (envelopes) =>
        scheduler.call(
          owner,
          `send ${envelopes.map(({ id, queue }) => `${queue} ${id}`).join(', ')}`,
          () => {
            apply(envelopes);
          },
          {
            failure: () => new CutoverError('C401', 'no answer of the broker'),
            mayLandLate: true,
            isRepeated: true,
          },
        ),
    }),
    /** Puts something on a queue that no engine sent and no function understands. */
    inject: (queue: string, messageId: string, body: unknown): void => {
      record({ type: 'dead-lettered', messageId });
      enqueue(queue, messageId, 0, body, time.now());
    },
    /** Whether a dead letter still waits to be taken. */
    holdsLetters: (): boolean => entries.some(({ queue }) => queue === DEAD_LETTERS),
    deliverable: (isDead: (queue: string) => boolean): readonly Entry[] =>
      entries.filter(
        ({ lock, availableAt, queue }) => lock === null && availableAt <= time.now() && !isDead(queue),
      ),
    nextAt: (): number =>
      nextAfter(
        time.now(),
        entries.filter(({ lock }) => lock === null).map(({ availableAt }) => availableAt),
      ),
    lock: (entry: Entry): number => {
      lastDelivery += 1;
      entry.lock = lastDelivery;
      entry.deliveries += 1;
      return lastDelivery;
    },
    /** Ends a delivery; too late when the lock was lost meanwhile. */
    complete: (entry: Entry, delivery: number): void => {
      if (entry.lock !== delivery) return;
      entry.lock = null;
      entries = entries.filter((other) => other !== entry);
    },
    abandon: (entry: Entry, delivery: number): void => {
      if (entry.lock === delivery) release(entry, time.now());
    },
    /** The lock of a delivery is gone, by a crash or a lost link, and the message comes again. */
    loseLock: (entry: Entry, delivery: number): void => {
      if (entry.lock === delivery) release(entry, time.now() + chance.below(LOCK_MS));
    },
    locked: (): readonly { readonly entry: Entry; readonly delivery: number }[] =>
      entries.flatMap((entry) => (entry.lock === null ? [] : [{ entry, delivery: entry.lock }])),
  };
};

/** See {@link makeSimulatedBus}. */
export type SimulatedBus = ReturnType<typeof makeSimulatedBus>;
