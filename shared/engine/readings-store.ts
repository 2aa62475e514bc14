import type { Json } from '../core/json.ts';
import type { ReplicationReading } from '../core/replication.ts';
import { hashOf } from './canonical.ts';
import { evidenceKey, readEvidenceRows, READINGS } from './evidence-rows.ts';
import type { Place } from './places.ts';
import type { Row, Tables, Write } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { packBody, spillKey, unpackBody } from './rows.ts';

/** Replication readings by place and poll slot, and the bodies of evidence by hash. */
export type ReadingsStore = {
  readonly has: (cutoverId: string, place: Place, slot: number) => Promise<boolean>;
  /** False when another poll of the same slot was first: two overlapping timers make one poll. */
  readonly insert: (cutoverId: string, place: Place, reading: ReplicationReading) => Promise<boolean>;
  /** Readings of slots at or after `since`, oldest first, at most the newest `limit`. */
  readonly since: (
    cutoverId: string,
    place: Place,
    since: number,
    limit: number,
  ) => Promise<readonly ReplicationReading[]>;
  /** Readings of a place, newest first, and where the next page begins. */
  readonly page: (
    cutoverId: string,
    place: Place,
    limit: number,
    token: string | null,
  ) => Promise<ReadingPage>;
  /** Stores the body under its hash before a commit refers to it (I8). */
  readonly storeEvidence: (cutoverId: string, body: Json) => Promise<string>;
  /** See {@link readEvidenceRows}. */
  readonly evidence: (cutoverId: string, hash: string) => Promise<Json | null>;
};

/** Some readings of a place, newest first; `next` is null on the last page. */
export type ReadingPage = { readonly readings: readonly ReplicationReading[]; readonly next: string | null };

const readingOf = (row: Row): ReplicationReading => unpackBody([row], 'reading') as ReplicationReading;

/** Before the keys of the readings of a place; those of another place sort outside, because these end in digits. */
const readingsOf = (place: Place): string => (place === '' ? 'reading-' : `reading-of-${place}-`);
/** Newest first, so that the last readings are one page. */
const readingKey = (place: Place, slot: number): string =>
  `${readingsOf(place)}${String(10 ** 14 - slot).padStart(15, '0')}`;

/** The readings store over Table Storage. */
export const makeReadingsStore = (tables: Tables): ReadingsStore => ({
  has: async (cutoverId, place, slot) =>
    (await tables.get(READINGS, cutoverId, readingKey(place, slot))) !== null,
  insert: async (cutoverId, place, reading) => {
    const writes = packBody(reading, String(reading.slot)).map((properties, index): Write => ({
      op: 'insert',
      row: spillKey(readingKey(place, reading.slot), index),
      properties,
    }));
    try {
      await tables.transact(READINGS, cutoverId, writes);
      return true;
    } catch (error) {
      if (error instanceof StorageConflict) return false;
      throw error;
    }
  },
  since: async (cutoverId, place, since, limit) => {
    const from = readingsOf(place);
    const to = `${readingKey(place, since)}/`;
    const { rows } = await tables.page(READINGS, cutoverId, { from, to, limit, token: null });
    return rows.map(readingOf).reverse();
  },
  page: async (cutoverId, place, limit, token) => {
    const from = readingsOf(place);
    const { rows, next } = await tables.page(READINGS, cutoverId, { from, to: `${from}:`, limit, token });
    return { readings: rows.map(readingOf), next };
  },
  storeEvidence: async (cutoverId, body) => {
    const hash = hashOf(body);
    const writes = packBody(body, hash).map((properties, index): Write => ({
      op: 'upsert',
      row: spillKey(evidenceKey(hash), index),
      properties,
    }));
    await tables.transact(READINGS, cutoverId, writes);
    return hash;
  },
  evidence: (cutoverId, hash) => readEvidenceRows(tables, cutoverId, hash),
});
