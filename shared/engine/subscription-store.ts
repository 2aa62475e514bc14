import { CutoverError } from '../core/errors.ts';
import { padded } from './event-rows.ts';
import { READINGS } from './evidence-rows.ts';
import type { Row, Tables, Write } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { packBody, unpackBody } from './rows.ts';
import type { Delivery, Subscription } from './subscription.ts';

/** What becomes of a subscription, and the attempt that made it so. */
export type NextSubscription = { readonly subscription: Subscription; readonly delivery?: Delivery };

/** A subscription after it was to be changed, and whether it was. */
export type Changed = { readonly subscription: Subscription; readonly isChanged: boolean };

/** A page of the ledger, newest attempt first. */
export type LedgerPage = { readonly deliveries: readonly Delivery[]; readonly next: string | null };

/** Subscriptions and their ledgers; all methods throw C401 when the storage does not answer. */
export type SubscriptionStore = {
  /** All of a cutover, deleted ones too. */
  readonly list: (cutoverId: string) => Promise<readonly Subscription[]>;
  readonly get: (cutoverId: string, id: string) => Promise<Subscription | null>;
  /** False when one of this id is there already. */
  readonly insert: (subscription: Subscription) => Promise<boolean>;
  /** Applies `next` to what is stored, again if somebody was faster; null of `next` leaves it. Null when there is none. */
  readonly change: (
    cutoverId: string,
    id: string,
    next: (subscription: Subscription) => NextSubscription | null,
  ) => Promise<Changed | null>;
  readonly ledger: (
    cutoverId: string,
    id: string,
    limit: number,
    token: string | null,
  ) => Promise<LedgerPage>;
};

/** Attempts kept of a subscription, at least: weeks of a cutover and its retries. */
const KEPT_ATTEMPTS = 2_000;
/** Older ones are removed every so many attempts, … */
const TIDIED_EVERY = 50;
/** … so many at once. */
const TIDIED_AT_ONCE = 100;
/** Races one change may lose: as many people and processes there are not. */
const MAX_TRIES = 50;

const FROM = 'subscription-';
const keyOf = (id: string): string => `${FROM}${id}`;
const ledgerFrom = (id: string): string => `delivery-${id}-`;
const ledgerTo = (id: string): string => `${ledgerFrom(id)}~`;
/** Newest first: keys grow with age. */
const ledgerKey = (id: string, attempt: number): string =>
  `${ledgerFrom(id)}${padded(10 ** 12 - 1 - attempt)}`;

const subscriptionOf = (row: Row): Subscription => unpackBody([row], null) as Subscription;
const propertiesOf = (body: unknown, stamp: string): Row['properties'] => packBody(body, stamp)[0] ?? {};

/** The store over Table Storage. */
export const makeSubscriptionStore = (tables: Tables): SubscriptionStore => {
  /** What is too old for the ledger; another process may be at it as well. */
  const tidy = async ({ cutoverId, id, attempts }: Subscription): Promise<void> => {
    const oldest = attempts - KEPT_ATTEMPTS;
    if (oldest < 1 || attempts % TIDIED_EVERY !== 0) return;
    const range = { from: ledgerKey(id, oldest), to: ledgerTo(id), limit: TIDIED_AT_ONCE, token: null };
    try {
      const { rows } = await tables.page(READINGS, cutoverId, range);
      const removed = rows.map(({ row }): Write => ({ op: 'remove', row, etag: '*' }));
      if (removed.length > 0) await tables.transact(READINGS, cutoverId, removed);
    } catch (error) {
      // The next time removes them.
      if (!(error instanceof StorageConflict) && !(error instanceof CutoverError)) throw error;
    }
  };

  const replace = async (row: Row, { subscription, delivery }: NextSubscription): Promise<void> => {
    const { id, cutoverId } = subscription;
    await tables.transact(READINGS, cutoverId, [
      { op: 'replace', row: row.row, etag: row.etag, properties: propertiesOf(subscription, id) },
      ...(delivery === undefined
        ? []
        : [
            {
              op: 'upsert',
              row: ledgerKey(id, delivery.attempt),
              properties: propertiesOf(delivery, id),
            } as const,
          ]),
    ]);
    if (delivery !== undefined) await tidy(subscription);
  };

  return {
    list: async (cutoverId) =>
      (await tables.range(READINGS, cutoverId, FROM, `${FROM}~`)).map(subscriptionOf),
    get: async (cutoverId, id) => {
      const row = await tables.get(READINGS, cutoverId, keyOf(id));
      return row && subscriptionOf(row);
    },
    insert: async (subscription) => {
      const { id, cutoverId } = subscription;
      try {
        await tables.transact(READINGS, cutoverId, [
          { op: 'insert', row: keyOf(id), properties: propertiesOf(subscription, id) },
        ]);
        return true;
      } catch (error) {
        if (error instanceof StorageConflict) return false;
        throw error;
      }
    },
    change: async (cutoverId, id, next) => {
      for (let turn = 0; turn < MAX_TRIES; turn += 1) {
        const row = await tables.get(READINGS, cutoverId, keyOf(id));
        if (row === null) return null;
        const subscription = subscriptionOf(row);
        const changed = next(subscription);
        if (changed === null) return { subscription, isChanged: false };
        try {
          await replace(row, changed);
          return { subscription: changed.subscription, isChanged: true };
        } catch (error) {
          if (!(error instanceof StorageConflict)) throw error;
        }
      }
      throw new CutoverError('C402', `subscription ${id} of ${cutoverId}`);
    },
    ledger: async (cutoverId, id, limit, token) => {
      const range = { from: ledgerFrom(id), to: ledgerTo(id), limit, token };
      const { rows, next } = await tables.page(READINGS, cutoverId, range);
      return { deliveries: rows.map((row) => unpackBody([row], null) as Delivery), next };
    },
  };
};
