import { CutoverError } from '../core/errors.ts';
import { cloudEventOf } from './cloud-event.ts';
import type { CutoverStore } from './cutover-store.ts';
import type { WrittenEvent } from './event-rows.ts';
import type { Log } from './log.ts';
import type { Clock, DeliverMessage, Random, ReceiverReply, Receivers } from './ports.ts';
import type { Ring } from './ring.ts';
import type { Subscription } from './subscription.ts';
import { afterAttempt, isDeliverable, signingGenerations } from './subscription.ts';
import type { SubscriptionStore } from './subscription-store.ts';

/** Events read at once. */
const BATCH = 50;
/** One run posts for so long, then it rings for the rest: a function must not run on and on. */
const RUN_MS = 60_000;
/** One process has a subscription for so long after its last sign: longer than any single post takes. */
const LEASE_MS = 30_000;

/** What events out are sent by: the receivers, the true time for signatures and leases, and where the app is reached. */
export type EventsOut = {
  readonly receivers: Receivers;
  readonly trueNow: () => number;
  /** Without a slash at the end. */
  readonly publicBaseUrl: string;
};

/** What delivering needs. */
export type DeliverParts = EventsOut & {
  readonly store: Pick<CutoverStore, 'log'>;
  readonly subscriptions: SubscriptionStore;
  readonly ring: Pick<Ring, 'again'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Log, 'deliveryFailed' | 'deliveryBroken' | 'subscriptionDisabled'>;
  readonly stopwatch: () => () => number;
};

/** An event to be sent, with the hash before it. */
type Owed = { readonly event: WrittenEvent; readonly previousHash: string };

/** A number in [0, 1) of unguessable digits. */
const chanceOf = (token: string): number => Number.parseInt(token.slice(0, 8), 16) / 2 ** 32;

/**
 * Answers a doorbell: posts the events after the cursor of a subscription, one after the other, and moves the cursor after
 * each, in the transaction that writes its line of the ledger. At least once: a crash between the two posts it again. A
 * doorbell too many finds nothing to do, and one that is lost is rung again by the watchdog.
 */
export const makeDeliver = (parts: DeliverParts) => {
  const { subscriptions, receivers, clock } = parts;

  /** Takes the subscription for this process; null when another has it, or somebody changed it since it was read. */
  const claim = async (read: Subscription): Promise<Subscription | null> => {
    const claimed = await subscriptions.change(read.cutoverId, read.id, (present) => {
      const trueNow = parts.trueNow();
      if (present.cursor !== read.cursor || !isDeliverable(present, clock.now(), trueNow)) return null;
      return { subscription: { ...present, busyUntil: trueNow + LEASE_MS } };
    });
    return claimed?.isChanged === true ? claimed.subscription : null;
  };

  /** The events after the cursor, each with the hash before it. */
  const owedTo = async ({ cutoverId, cursor }: Subscription): Promise<readonly Owed[]> => {
    const events = await parts.store.log(cutoverId, Math.max(0, cursor - 1), BATCH + 1);
    return events.flatMap((event, index) =>
      event.n > cursor ? [{ event, previousHash: events[index - 1]?.hash ?? '' }] : [],
    );
  };

  const post = async (subscription: Subscription, { event, previousHash }: Owed): Promise<ReceiverReply> => {
    const { id, cutoverId, url } = subscription;
    const told = cloudEventOf(cutoverId, parts.publicBaseUrl, event, previousHash);
    return await receivers.post({
      url,
      id: told.id,
      body: JSON.stringify(told),
      subscription: `${cutoverId}/${id}`,
      generations: signingGenerations(subscription, clock.now()),
    });
  };

  /** Writes down what came of an event; null when the subscription is gone. */
  const settle = async (
    { id, cutoverId }: Subscription,
    { event: { n, type: named } }: Owed,
    reply: ReceiverReply,
    isLast: boolean,
  ): Promise<Subscription | null> => {
    const chance = chanceOf(parts.random.token());
    const settled = await subscriptions.change(cutoverId, id, (present) => {
      const after = afterAttempt(present, { n, type: String(named), reply }, clock.now(), chance);
      const goesOn = !isLast && after.subscription.cursor === n && after.subscription.status === 'active';
      const busyUntil = goesOn ? parts.trueNow() + LEASE_MS : 0;
      return { ...after, subscription: { ...after.subscription, busyUntil } };
    });
    return settled?.subscription ?? null;
  };

  /** What a failure is followed by: the next try, or the end of the subscription. */
  const followFailure = async (
    { id, cutoverId, status, reason, failures, nextAt }: Subscription,
    n: number,
    reply: ReceiverReply,
  ): Promise<void> => {
    if (status === 'disabled') parts.log.subscriptionDisabled(cutoverId, id, n, reason ?? '');
    else if (nextAt > clock.now()) {
      parts.log.deliveryFailed(cutoverId, id, n, failures, reply.status);
      await parts.ring.again(cutoverId, id, `retry-${n}-${failures}`, nextAt);
    }
  };

  /** Posts what is owed until one is not taken, the time is over, or somebody changed the subscription. */
  const tellAll = async (claimed: Subscription, owed: readonly Owed[], elapsed: () => number) => {
    let subscription = claimed;
    for (const [index, one] of owed.entries()) {
      const isLast = index === owed.length - 1 || elapsed() >= RUN_MS;
      const reply = await post(subscription, one);
      const after = await settle(subscription, one, reply, isLast);
      if (after === null) return;
      const { n } = one.event;
      // Whoever paused, replayed or deleted it meanwhile is heard before anything more is sent.
      if (after.cursor !== n || after.status !== 'active') {
        await followFailure(after, n, reply);
        return;
      }
      if (isLast) return;
      subscription = after;
    }
  };

  const deliver = async ({ cutoverId, subscriptionId }: DeliverMessage): Promise<void> => {
    const elapsed = parts.stopwatch();
    for (;;) {
      const read = await subscriptions.get(cutoverId, subscriptionId);
      if (read === null || !isDeliverable(read, clock.now(), parts.trueNow())) return;
      const owed = await owedTo(read);
      if (owed.length === 0) return;
      if (elapsed() >= RUN_MS) {
        await parts.ring.again(cutoverId, subscriptionId, `more-${read.attempts}`, null);
        return;
      }
      const claimed = await claim(read);
      if (claimed === null) return;
      // Then it looks again: a doorbell that rang while this process had the subscription found it taken.
      await tellAll(claimed, owed, elapsed);
    }
  };

  return async (message: DeliverMessage): Promise<void> => {
    try {
      await deliver(message);
    } catch (error) {
      if (error instanceof CutoverError && error.retriable) throw error;
      // A dead letter would be an event of the cutover, which rings again, and so for ever.
      parts.log.deliveryBroken(message.cutoverId, message.subscriptionId, error);
    }
  };
};
