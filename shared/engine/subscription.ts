import type { Actor } from '../core/state.ts';
import type { ReceiverReply } from './ports.ts';
import { retryAfterMs, retryDelayMs } from './retry-schedule.ts';

/**
 * `pending`: the receiver has not agreed yet; `disabled`: it is gone, or every retry failed. Neither, nor `paused`, loses an
 * event: the cursor stays. `deleted` stays readable, because its ledger says who was told what.
 */
export type SubscriptionStatus = 'pending' | 'active' | 'paused' | 'disabled' | 'deleted';

/** Who changed a subscription, when (epoch milliseconds) and how. */
export type SubscriptionChange = { readonly at: number; readonly by: Actor; readonly what: string };

/** One receiver of the events of one cutover. */
export type Subscription = {
  readonly id: string;
  readonly cutoverId: string;
  readonly url: string;
  readonly description: string;
  readonly status: SubscriptionStatus;
  /** Why it is pending or disabled; null otherwise. */
  readonly reason: string | null;
  /** The number of its secret, from 1. */
  readonly generation: number;
  /** Until when the secret before signs as well; null if none does. */
  readonly previousUntil: number | null;
  /** SHA-256 of what was asked when it was made. */
  readonly requestHash: string;
  /** SHA-256 of who made the present secret by which key; null for the first one. */
  readonly rotationHash: string | null;
  /** The number of the last event delivered; 0 before the first. */
  readonly cursor: number;
  /** How often the next event has failed. */
  readonly failures: number;
  /** Nothing is sent before, by the clock of the cutover. */
  readonly nextAt: number;
  /** All attempts so far: the number of the newest line of the ledger. */
  readonly attempts: number;
  /** Until when one process delivers, by the true time: two at once would mix up the order. */
  readonly busyUntil: number;
  readonly lastDeliveredAt: number | null;
  /** The newest changes by people, oldest first. */
  readonly changes: readonly SubscriptionChange[];
};

/** One line of the ledger: who was told what, when, and what came of it. */
export type Delivery = {
  readonly attempt: number;
  readonly at: number;
  /** The number and type of the event. */
  readonly n: number;
  readonly type: string;
  readonly result: 'delivered' | 'failed' | 'gone' | 'given-up';
  /** The HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** What was wrong, in words; null when it was delivered. */
  readonly reason: string | null;
  readonly retryAt: number | null;
};

/** Changes kept with a subscription. */
const KEPT_CHANGES = 50;

/** A subscription that somebody changed. */
export const changedBy = (
  subscription: Subscription,
  change: SubscriptionChange,
  differs: Partial<Subscription>,
): Subscription => ({
  ...subscription,
  ...differs,
  changes: [...subscription.changes, change].slice(-KEPT_CHANGES),
});

/** Whether there is something to send now; the true time decides whether another process is at it. */
export const isDeliverable = (
  { status, nextAt, busyUntil }: Subscription,
  now: number,
  trueNow: number,
): boolean => status === 'active' && nextAt <= now && busyUntil <= trueNow;

/** The secrets that sign now, newest first. */
export const signingGenerations = (
  { generation, previousUntil }: Subscription,
  now: number,
): readonly number[] =>
  previousUntil !== null && now < previousUntil ? [generation, generation - 1] : [generation];

/** What an answer says against its event having been taken; null when it was: any 2xx. */
const objectionOf = ({ status, reason }: ReceiverReply): string | null => {
  if (status === null) return reason ?? 'no answer';
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `${status}: a redirect is not followed`;
  return String(status);
};

/** Why a receiver may not be sent events; null when it agreed: its status alone is no consent. */
export const refusalOfConsent = (reply: ReceiverReply, origin: string): string | null => {
  const objection = objectionOf(reply);
  if (objection !== null) return `it was asked by OPTIONS: ${objection}`;
  const { allowedOrigin } = reply;
  if (allowedOrigin === '*' || allowedOrigin?.toLowerCase() === origin.toLowerCase()) return null;
  return `it was asked by OPTIONS and answered ${reply.status} with WebHook-Allowed-Origin ${allowedOrigin ?? 'missing'}, neither ${origin} nor *`;
};

/**
 * What an answer to event `n` makes of a subscription, and its line of the ledger. An event that is not the next any more
 * (somebody replays, or another process was faster) is written down and moves nothing.
 */
export const afterAttempt = (
  before: Subscription,
  { n, type, reply }: { readonly n: number; readonly type: string; readonly reply: ReceiverReply },
  now: number,
  chance: number,
): { readonly subscription: Subscription; readonly delivery: Delivery } => {
  const subscription = { ...before, attempts: before.attempts + 1 };
  const { status } = reply;
  const reason = objectionOf(reply);
  const told = { attempt: subscription.attempts, at: now, n, type, status, reason, retryAt: null } as const;
  const isNext = before.cursor === n - 1;
  if (reason === null) {
    const moved = { cursor: n, failures: 0, nextAt: 0, lastDeliveredAt: now };
    return {
      subscription: isNext ? { ...subscription, ...moved } : subscription,
      delivery: { ...told, result: 'delivered' },
    };
  }
  if (!isNext) return { subscription, delivery: { ...told, result: 'failed' } };
  const disabled = (why: string) => ({ ...subscription, status: 'disabled', reason: why }) as const;
  if (status === 410) {
    return {
      subscription: disabled('it answered 410: it wants no more events'),
      delivery: { ...told, result: 'gone' },
    };
  }
  const failures = before.failures + 1;
  const scheduled = retryDelayMs(failures, chance);
  if (scheduled === null) {
    return {
      subscription: disabled(`event ${n} failed ${failures} times, at last: ${reason}`),
      delivery: { ...told, result: 'given-up' },
    };
  }
  const retryAt = now + Math.max(scheduled, retryAfterMs(reply.retryAfter, now));
  return {
    subscription: { ...subscription, failures, nextAt: retryAt },
    delivery: { ...told, result: 'failed', retryAt },
  };
};
