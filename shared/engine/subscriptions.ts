import { CutoverError } from '../core/errors.ts';
import type { Actor } from '../core/state.ts';
import { hashOf } from './canonical.ts';
import type { Directory } from './directory.ts';
import type { Log } from './log.ts';
import type { Clock, Receivers } from './ports.ts';
import type { Ring } from './ring.ts';
import type { Subscription } from './subscription.ts';
import { changedBy, refusalOfConsent } from './subscription.ts';
import type { LedgerPage, SubscriptionStore } from './subscription-store.ts';

/** Which subscription, and who changes it. */
export type Asking = { readonly cutoverId: string; readonly id: string; readonly by: Actor };

/** A subscription after a request; the secret only in the answer to the request that made it. */
export type Managed = {
  readonly subscription: Subscription;
  readonly isChanged: boolean;
  readonly secret: string | null;
};

/** Subscriptions of one cutover that there may be, deleted ones too: every commit looks through them. */
const MOST = 50;
/** For so long the secret before signs as well: a receiver is changed within a day. */
const ROTATION_MS = 24 * 60 * 60_000;

const invalid = (problem: string): CutoverError => new CutoverError('C201', problem, { problems: [problem] });
const unchanged = (subscription: Subscription): Managed => ({ subscription, isChanged: false, secret: null });
const hostOf = (url: string): string => new URL(url).host;

/** What people do with subscriptions; each change is kept with who made it, and rings. Throws C201, C206 and C208. */
export const makeSubscriptions = (parts: {
  readonly subscriptions: SubscriptionStore;
  readonly receivers: Receivers;
  readonly directory: Pick<Directory, 'announce'>;
  readonly ring: Pick<Ring, 'again'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'subscriptionChanged'>;
}) => {
  const { subscriptions, receivers, clock } = parts;

  const get = async (cutoverId: string, id: string): Promise<Subscription> => {
    const subscription = await subscriptions.get(cutoverId, id);
    if (subscription === null) throw new CutoverError('C206', `subscription ${id}`);
    return subscription;
  };

  const checkAddress = (url: string): void => {
    const refusal = receivers.refusalOf(url);
    if (refusal !== null) throw invalid(`body.url: ${refusal}`);
  };

  /** What the receiver says to being sent events: nothing is posted before it agrees. */
  const consentOf = async (url: string): Promise<Pick<Subscription, 'status' | 'reason'>> => {
    const reason = refusalOfConsent(await receivers.ask(url), receivers.origin);
    return { status: reason === null ? 'active' : 'pending', reason };
  };

  /** Rings, and has the watchdog look at a cutover that may be over for long. */
  const ringFor = async ({ cutoverId, id, status }: Subscription): Promise<void> => {
    if (status !== 'active') return;
    await parts.directory.announce(cutoverId, clock.now());
    await parts.ring.again(cutoverId, id, `asked-${clock.now()}`, null);
  };

  /** Changes one that was not deleted; null of `next` leaves it as it is. */
  const change = async (
    { cutoverId, id, by }: Asking,
    what: string,
    next: (subscription: Subscription) => Partial<Subscription> | null,
  ): Promise<Managed> => {
    const at = clock.now();
    const changed = await subscriptions.change(cutoverId, id, (subscription) => {
      if (subscription.status === 'deleted') return null;
      const differs = next(subscription);
      return differs && { subscription: changedBy(subscription, { at, by, what }, differs) };
    });
    if (changed === null) throw new CutoverError('C206', `subscription ${id}`);
    if (changed.isChanged) {
      parts.log.subscriptionChanged(cutoverId, id, what, by.id);
      await ringFor(changed.subscription);
    }
    return { ...changed, secret: null };
  };

  const secretOf = ({ cutoverId, id, generation }: Subscription): string =>
    receivers.secretOf(`${cutoverId}/${id}`, generation);

  /** The answer to a request that comes again under its key; null when it comes for the first time. */
  const known = async (fresh: Subscription): Promise<Managed | null> => {
    const { cutoverId, id } = fresh;
    const subscription = await subscriptions.get(cutoverId, id);
    if (subscription === null) return null;
    if (subscription.requestHash !== fresh.requestHash) throw new CutoverError('C208', id);
    return unchanged(subscription);
  };

  return {
    list: (cutoverId: string): Promise<readonly Subscription[]> => subscriptions.list(cutoverId),
    get,
    ledger: async (
      cutoverId: string,
      id: string,
      limit: number,
      token: string | null,
    ): Promise<LedgerPage> => {
      await get(cutoverId, id);
      return await subscriptions.ledger(cutoverId, id, limit, token);
    },

    /** Makes a subscription, from the first event on, and asks its receiver for consent. */
    create: async (
      { cutoverId, key, by }: Omit<Asking, 'id'> & { readonly key: string },
      { url, description }: { readonly url: string; readonly description: string },
    ): Promise<Managed> => {
      checkAddress(url);
      const fresh: Subscription = {
        id: `sub-${hashOf([cutoverId, by.id, key]).slice(0, 12)}`,
        cutoverId,
        url,
        description,
        status: 'pending',
        reason: null,
        generation: 1,
        previousUntil: null,
        requestHash: hashOf([url, description]),
        rotationHash: null,
        cursor: 0,
        failures: 0,
        nextAt: 0,
        attempts: 0,
        busyUntil: 0,
        lastDeliveredAt: null,
        changes: [],
      };
      const before = await known(fresh);
      if (before !== null) return before;
      const { length } = await subscriptions.list(cutoverId);
      if (length >= MOST) throw invalid(`${length} subscriptions were made for this cutover: no more are`);
      const change = { at: clock.now(), by, what: 'created' };
      const subscription = changedBy(fresh, change, await consentOf(url));
      if (!(await subscriptions.insert(subscription))) {
        return (await known(fresh)) ?? unchanged(subscription);
      }
      parts.log.subscriptionChanged(cutoverId, subscription.id, 'created', by.id);
      await ringFor(subscription);
      return { subscription, isChanged: true, secret: secretOf(subscription) };
    },

    /** Sends to another address from now on; its consent is asked for. */
    readdress: async (asking: Asking, url: string): Promise<Managed> => {
      checkAddress(url);
      const subscription = await get(asking.cutoverId, asking.id);
      if (subscription.status === 'deleted') return unchanged(subscription);
      const consent = await consentOf(url);
      return await change(asking, `sent to ${hostOf(url)}`, (present) =>
        present.url === url
          ? null
          : { url, failures: 0, nextAt: 0, ...(present.status === 'paused' ? {} : consent) },
      );
    },

    pause: (asking: Asking): Promise<Managed> =>
      change(asking, 'paused', ({ status }) =>
        status === 'paused' ? null : { status: 'paused', reason: null },
      ),

    /** Goes on after the cursor; the consent is asked for again. */
    resume: async (asking: Asking): Promise<Managed> => {
      const subscription = await get(asking.cutoverId, asking.id);
      const { status, url } = subscription;
      if (status === 'active' || status === 'deleted') return unchanged(subscription);
      const consent = await consentOf(url);
      return await change(asking, 'resumed', (present) =>
        present.url === url ? { ...consent, failures: 0, nextAt: 0 } : null,
      );
    },

    /** Ends it for good; its ledger stays. */
    remove: (asking: Asking): Promise<Managed> =>
      change(asking, 'deleted', () => ({ status: 'deleted', reason: null })),

    /** Sends everything after event `after` once more. */
    replay: (asking: Asking, after: number): Promise<Managed> =>
      change(asking, `replayed after ${after}`, ({ cursor }) => {
        if (after > cursor) throw invalid(`body.after: ${cursor} is the last event that was delivered`);
        return { cursor: after, failures: 0, nextAt: 0 };
      }),

    /** Makes a new secret; the one before signs as well for a day. The same key makes one. */
    rotate: async (asking: Asking, key: string): Promise<Managed> => {
      const rotationHash = hashOf(['rotate', asking.by.id, key]);
      const managed = await change(asking, 'secret rotated', (subscription) =>
        subscription.rotationHash === rotationHash
          ? null
          : {
              rotationHash,
              generation: subscription.generation + 1,
              previousUntil: clock.now() + ROTATION_MS,
            },
      );
      return { ...managed, secret: managed.isChanged ? secretOf(managed.subscription) : null };
    },
  };
};

/** See {@link makeSubscriptions}. */
export type Subscriptions = ReturnType<typeof makeSubscriptions>;
