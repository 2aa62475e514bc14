import { CutoverError } from '../core/errors.ts';
import type { StoredEvent } from '../core/events.ts';
import { canonical, sha256 } from './canonical.ts';
import type { PropertyValue, Row, RowPage, Tables } from './ports.ts';
import { schemaOf, unpackBody } from './rows.ts';
import { upcast } from './upcast.ts';

/** The table of the cutovers, one partition each. */
export const CUTOVERS = 'cutovers';

/** A number as it stands in a row key, so that keys sort as numbers do. */
export const padded = (n: number): string => String(n).padStart(12, '0');

/** Before the key of every row of events; `~` is after them. */
export const EVENTS_FROM = 'event-';

/** The row of the events of one commit, by the number of the first. */
export const eventKey = (first: number): string => `${EVENTS_FROM}${padded(first)}`;

/** A stored event in the words of the version that wrote it. */
export type WrittenEvent = Pick<StoredEvent, 'n' | 'at' | 'inputId' | 'hash'> &
  Readonly<Record<string, unknown>>;

/** The rows of the events of one commit: the first, then its spill rows. */
export type Batch = readonly [Row, ...Row[]];

/** The hash of an event: SHA-256 of the hash before it ('' before the first) followed by its canonical JSON. */
export const linkHash = (previous: string, event: Readonly<Record<string, unknown>>): string =>
  sha256(previous + canonical(event));

const asText = (value: PropertyValue): PropertyValue =>
  typeof value === 'object' ? Buffer.from(value).toString('base64') : value;

/**
 * SHA-256 of all properties of a row but the digest itself. The chain of hashes covers what the events say; the digest
 * covers what says nothing, such as the bits with which a compressed body is filled up, so that no byte changes unseen.
 */
export const digestOf = ({ digest: _, ...properties }: Row['properties']): string =>
  sha256(
    canonical(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, asText(value)]))),
  );

/** Adds to each row's properties their digest. */
export const withDigests = (packed: readonly Row['properties'][]): readonly Row['properties'][] =>
  packed.map((properties) => ({ ...properties, digest: digestOf(properties) }));

/** The events of a commit as they were written. Throws C404 when they cannot be read, C405 for a newer version. */
export const writtenEvents = (batch: Batch): readonly WrittenEvent[] => {
  const body = unpackBody(batch, null);
  if (Array.isArray(body)) return body as readonly WrittenEvent[];
  throw new CutoverError('C404', `${batch[0].partition}/${batch[0].row} is not whole`);
};

/** The events of a commit as they are now; throws as {@link writtenEvents} does. */
export const eventsOf = (batch: Batch): readonly StoredEvent[] => {
  const schema = schemaOf(batch[0]);
  return writtenEvents(batch).map((event) => upcast('event', event, schema) as StoredEvent);
};

/** Rows read at once. */
const PAGE_ROWS = 500;

const belongsTo = ({ row }: Row, [first]: Batch): boolean =>
  row.startsWith(`${first.row.split('.')[0] ?? ''}.`);

/**
 * The events of a cutover from the row `from` on, commit by commit, read by the page: rows of one commit come together
 * even where a page ends between them.
 */
export const eventBatches = async function* (
  tables: Tables,
  cutoverId: string,
  from: string,
  pageRows = PAGE_ROWS,
): AsyncGenerator<Batch> {
  let batch: [Row, ...Row[]] | null = null;
  let token: string | null = null;
  do {
    let page: RowPage;
    try {
      page = await tables.page(CUTOVERS, cutoverId, { from, to: `${EVENTS_FROM}~`, limit: pageRows, token });
    } catch (error) {
      // What came whole before is good, whatever comes next.
      if (batch !== null && batch.length === batch[0].properties.rows) yield batch;
      throw error;
    }
    for (const row of page.rows) {
      if (batch !== null && belongsTo(row, batch)) {
        batch.push(row);
        continue;
      }
      if (batch !== null) yield batch;
      batch = [row];
    }
    token = page.next;
  } while (token !== null);
  if (batch !== null) yield batch;
};
