import type { DeferredLetter } from '../contract/messages.ts';
import type { Message } from '../core/messages.ts';

/** The current time in epoch milliseconds. */
export type Clock = { readonly now: () => number };

/** Unguessable values. */
export type Random = {
  /** 256 bits as 64 hexadecimal digits. */
  readonly token: () => string;
};

/** A value of a stored property; a string holds at most 32 Ki characters, bytes at most 64 KiB. */
export type PropertyValue = string | number | boolean | Uint8Array;

/** One stored row. */
export type Row = {
  readonly partition: string;
  readonly row: string;
  readonly etag: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
};

/**
 * One write of a transaction: `insert` fails if the row exists, `replace` and `remove` if the row is gone or the etag is
 * stale; the etag `*` matches any existing row.
 */
export type Write =
  | { readonly op: 'insert'; readonly row: string; readonly properties: Row['properties'] }
  | { readonly op: 'upsert'; readonly row: string; readonly properties: Row['properties'] }
  | {
      readonly op: 'replace';
      readonly row: string;
      readonly etag: string;
      readonly properties: Row['properties'];
    }
  | { readonly op: 'remove'; readonly row: string; readonly etag: string };

/** The tables of the product. */
export type TableName = 'cutovers' | 'readings' | 'active' | 'lists';

/** A page of rows and where the next one begins; null at the end. */
export type RowPage = { readonly rows: readonly Row[]; readonly next: string | null };

/**
 * Table Storage as the engine sees it. Every call is one storage operation (a query: one per page).
 * Throws StorageConflict when a transaction met an existing row or a stale etag (nothing was written, unless an
 * earlier try of the same call was), and CutoverError C401 when the outcome is unknown.
 */
export type Tables = {
  readonly get: (table: TableName, partition: string, row: string) => Promise<Row | null>;
  /** Rows of one partition with `from <= row < to`, in order, all pages. */
  readonly range: (table: TableName, partition: string, from: string, to: string) => Promise<readonly Row[]>;
  /** One page of at most `limit` rows of such a range; `token` is the `next` of the page before. */
  readonly page: (
    table: TableName,
    partition: string,
    query: {
      readonly from: string;
      readonly to: string;
      readonly limit: number;
      readonly token: string | null;
    },
  ) => Promise<RowPage>;
  /** All or nothing, within one partition, at most 100 writes and 3.5 MiB. */
  readonly transact: (table: TableName, partition: string, writes: readonly Write[]) => Promise<void>;
};

/** A transaction met an existing row or a stale etag. */
export class StorageConflict extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StorageConflict';
  }
}

/** Looks at the replication and the counts of a cutover once; caused by a timer, so its loss costs one period. */
export type ObserveMessage = { readonly type: 'observe'; readonly cutoverId: string; readonly slot: number };

/** Rings for one subscription: what is to be sent is read from the log, so its loss costs a minute and its doubling nothing. */
export type DeliverMessage = {
  readonly type: 'deliver';
  readonly cutoverId: string;
  readonly subscriptionId: string;
};

/** A message that is on its way: `id` makes a re-send a duplicate, `hop` counts re-sends of the envelope. */
export type Envelope = {
  readonly id: string;
  readonly queue: string;
  readonly body: Message['body'] | ObserveMessage | DeliverMessage | DeferredLetter;
  readonly scheduledAt: number | null;
  readonly hop: number;
};

/** Service Bus as the engine sees it: at least once, in any order, not before `scheduledAt`. Throws CutoverError C401. */
export type Bus = { readonly send: (envelopes: readonly Envelope[]) => Promise<void> };

/** One numbered log line per kind of happening; never a secret, a token or a row value. */
export type Telemetry = {
  readonly log: (
    event: { readonly id: number; readonly name: string; readonly level: 'info' | 'warning' | 'error' },
    fields: Readonly<Record<string, string | number | boolean | null>>,
  ) => void;
};

/** What came of a call to a receiver of events: what it answered, or in words why there is no answer. */
export type ReceiverReply = {
  readonly status: number | null;
  readonly reason: string | null;
  /** The header Retry-After as it was sent. */
  readonly retryAfter: string | null;
  /** The header WebHook-Allowed-Origin as it was sent. */
  readonly allowedOrigin: string | null;
};

/** The receivers of events, outside. No method throws for what a receiver does. */
export type Receivers = {
  /** As what the app asks them for their consent: its host. */
  readonly origin: string;
  /** Why the settings let nobody call this address; null if they do. */
  readonly refusalOf: (url: string) => string | null;
  /** The secret (`whsec_…`) of a generation of a subscription: derived, so that it is stored nowhere. */
  readonly secretOf: (subscription: string, generation: number) => string;
  /** Asks by OPTIONS whether events may be sent. */
  readonly ask: (url: string) => Promise<ReceiverReply>;
  /** Sends one event, signed by every generation named. */
  readonly post: (sent: {
    readonly url: string;
    readonly id: string;
    readonly body: string;
    readonly subscription: string;
    readonly generations: readonly number[];
  }) => Promise<ReceiverReply>;
};
