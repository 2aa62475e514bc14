import type { CutoverState } from '../core/state.ts';
import type { Log } from './log.ts';
import type { Bus, Clock } from './ports.ts';
import type { Subscription } from './subscription.ts';
import { isDeliverable } from './subscription.ts';
import type { SubscriptionStore } from './subscription-store.ts';

/** The doorbells of the subscriptions: what there is to send is always read from the log. */
export type Ring = {
  /** After a commit. Never throws: the commit stands, and the watchdog rings once more. */
  readonly afterCommit: (cutoverId: string, commit: number) => Promise<void>;
  /** For one subscription, at once or at `at` (epoch milliseconds); `why` makes it another message than those before. */
  readonly again: (
    cutoverId: string,
    subscriptionId: string,
    why: string,
    at: number | null,
  ) => Promise<void>;
  /** By the watchdog: for each that is behind and may be sent to now. Gives how many are behind and wait for nobody. */
  readonly owed: (state: CutoverState) => Promise<number>;
};

/** See {@link Ring}. */
export const makeRing = (parts: {
  readonly subscriptions: Pick<SubscriptionStore, 'list'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly trueNow: () => number;
  readonly log: Pick<Log, 'ringFailed'>;
}): Ring => {
  const again: Ring['again'] = (cutoverId, subscriptionId, why, scheduledAt) =>
    parts.bus.send([
      {
        id: `deliver:${cutoverId}:${subscriptionId}:${why}`,
        queue: 'deliver',
        body: { type: 'deliver', cutoverId, subscriptionId },
        scheduledAt,
        hop: 0,
      },
    ]);
  const ring = async (subscriptions: readonly Subscription[], why: string): Promise<void> => {
    for (const { cutoverId, id } of subscriptions) await again(cutoverId, id, why, null);
  };

  return {
    again,
    afterCommit: async (cutoverId, commit) => {
      try {
        const all = await parts.subscriptions.list(cutoverId);
        // One that waits for its next try has a doorbell already.
        const waiting = all.filter((one) => isDeliverable(one, parts.clock.now(), Infinity));
        await ring(waiting, `commit-${commit}`);
      } catch (error) {
        parts.log.ringFailed(cutoverId, error);
      }
    },
    owed: async ({ id, events }) => {
      const behind = (await parts.subscriptions.list(id)).filter(
        ({ status, cursor }) => status === 'active' && cursor < events,
      );
      const now = parts.clock.now();
      await ring(
        behind.filter((one) => isDeliverable(one, now, parts.trueNow())),
        `watchdog-${now}`,
      );
      return behind.length;
    },
  };
};
