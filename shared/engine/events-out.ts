import type { CutoverStore } from './cutover-store.ts';
import type { EventsOut } from './deliver.ts';
import { makeDeliver } from './deliver.ts';
import type { Directory } from './directory.ts';
import type { Log } from './log.ts';
import type { Bus, Clock, Random, Tables } from './ports.ts';
import { makeRing } from './ring.ts';
import { makeSubscriptionStore } from './subscription-store.ts';
import { makeSubscriptions } from './subscriptions.ts';

/** Wires what sends the events of cutovers to their receivers. */
export const makeEventsOut = (
  parts: EventsOut & {
    readonly tables: Tables;
    readonly bus: Bus;
    readonly clock: Clock;
    readonly random: Random;
    readonly stopwatch: () => () => number;
    readonly log: Log;
    readonly store: CutoverStore;
    readonly directory: Directory;
  },
) => {
  const store = makeSubscriptionStore(parts.tables);
  const ring = makeRing({ ...parts, subscriptions: store });
  return {
    ring,
    subscriptions: makeSubscriptions({ ...parts, subscriptions: store, ring }),
    deliver: makeDeliver({ ...parts, subscriptions: store, ring }),
  };
};
