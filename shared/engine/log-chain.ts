import type { StoredEvent } from '../core/events.ts';
import { evolve } from '../core/evolve.ts';
import type { CutoverState } from '../core/state.ts';
import { canonical } from './canonical.ts';
import type { StoredHead } from './cutover-store.ts';
import type { Batch, WrittenEvent } from './event-rows.ts';
import { digestOf, eventKey, eventsOf, linkHash, writtenEvents } from './event-rows.ts';
import { spillKey } from './rows.ts';

/** What is wrong with an entry of the log; `unknown`: nobody committed it. */
export type Fault = 'altered' | 'missing' | 'doubled' | 'out-of-order' | 'unreadable' | 'unknown';

/** The first entry of a log that is not what was committed. */
export type BadEntry = {
  /** Its number; null where the fault is in the head, or in a row that is no entry. */
  readonly entry: number | null;
  /** The key of the row in the partition of the cutover. */
  readonly row: string;
  readonly fault: Fault;
  readonly message: string;
};

/** How far a log was found intact, from the first entry on. */
export type Intact = {
  readonly entries: number;
  readonly commits: number;
  /** The hash of the last entry; '' when there is none. */
  readonly lastHash: string;
  readonly state: CutoverState | null;
  /** Whether rows have their digest: they did not in earlier versions, and never cease to. */
  readonly hasDigests: boolean;
  /** What people gave and what drill-downs found, as the entries name it: what it is, and its hash. */
  readonly documents: readonly NamedDocument[];
};

/** Something that an entry names by its hash and that is stored as evidence. */
export type NamedDocument = { readonly what: string; readonly hash: string };

/** A log of which nothing was read yet. */
export const NOTHING: Intact = {
  entries: 0,
  commits: 0,
  lastHash: '',
  state: null,
  hasDigests: false,
  documents: [],
};

/** Puts what is wrong into the shape in which it is told. */
export const bad = (row: string, entry: number | null, fault: Fault, message: string): BadEntry => ({
  entry,
  row,
  fault,
  message,
});

/** The number in the key of a row of events, and whether the row is the first of its commit; null for any other key. */
export const parsedKey = (row: string): { readonly number: number; readonly isFirst: boolean } | null => {
  const [, digits, spill] = /^event-(\d{12})(\.[1-9]\d*)?$/.exec(row) ?? [];
  return digits === undefined ? null : { number: Number(digits), isFirst: spill === undefined };
};

/** What is wrong with the place at which the rows of a commit stand: it must be right after the entries before them. */
const misplaced = ([{ row }]: Batch, { entries }: Intact): BadEntry | null => {
  const expected = entries + 1;
  const key = parsedKey(row);
  if (key === null) return bad(row, null, 'unknown', `The app writes no row ${row}.`);
  const { number, isFirst } = key;
  if (number < expected) {
    return bad(row, number, 'doubled', `Entry ${number} is there already: the row ${row} is one too many.`);
  }
  if (number === expected && isFirst) return null;
  return bad(row, expected, 'missing', `Entry ${expected} is missing: the row ${row} comes in its place.`);
};

/** Whether the rows of a commit are byte for byte as they were written, also in what says nothing. */
const isUntouched = (batch: Batch, hasDigests: boolean): boolean => {
  const [{ row: key, properties: first }] = batch;
  return (
    first.rows === batch.length &&
    batch.every(
      ({ row, properties }, index) =>
        row === spillKey(key, index) &&
        (properties.digest === undefined ? !hasDigests : properties.digest === digestOf(properties)),
    )
  );
};

/** What is wrong with an event that must be number `entry` and follow an event of the hash `previous`. */
const eventFault = (
  event: WrittenEvent,
  previous: string,
  { entry, row, isClean }: { readonly entry: number; readonly row: string; readonly isClean: boolean },
): BadEntry | null => {
  const { hash, ...covered } = event;
  if (isClean && typeof covered.n === 'number' && covered.n !== entry) {
    const fault = covered.n < entry ? 'doubled' : 'out-of-order';
    return bad(
      row,
      entry,
      fault,
      `Entry ${covered.n} stands where entry ${entry} belongs, in the row ${row}.`,
    );
  }
  if (covered.n === entry && hash === linkHash(previous, covered)) return null;
  const message =
    `Entry ${entry} in the row ${row} is not what was written: ` +
    `its hash does not follow from what it says and from the hash before it.`;
  return bad(row, entry, 'altered', message);
};

/** What an event names besides what stands in the head: also documents that a newer one has taken the place of. */
const documentIn = (event: StoredEvent): readonly NamedDocument[] => {
  if (event.type === 'document-uploaded') {
    return [{ what: `The upload (${event.upload.kind}) of entry ${event.n}`, hash: event.upload.hash }];
  }
  if (event.type !== 'table-drilled') return [];
  return [{ what: `The drill-down of entry ${event.n}`, hash: event.found.hash }];
};

const followEvents = (batch: Batch, before: Intact): Intact | BadEntry => {
  const [{ row, properties }] = batch;
  const isClean = isUntouched(batch, before.hasDigests);
  const written = writtenEvents(batch);
  let { entries, lastHash } = before;
  for (const event of written) {
    const fault = eventFault(event, lastHash, { entry: entries + 1, row, isClean });
    if (fault !== null) return fault;
    entries += 1;
    lastHash = event.hash;
  }
  const commits = before.commits + 1;
  if (!isClean || written.length === 0 || properties.stamp !== String(commits)) {
    const message = `The row ${row} is not what was written, although its entries can be read.`;
    return bad(row, before.entries + 1, 'altered', message);
  }
  const events = eventsOf(batch);
  const state = evolve(before.state, events, written[0]?.at ?? 0);
  const documents = [...before.documents, ...events.flatMap(documentIn)];
  return { entries, commits, lastHash, state, hasDigests: properties.digest !== undefined, documents };
};

/** The log with one commit more, or the first bad entry in it. */
export const follow = (batch: Batch, before: Intact): Intact | BadEntry => {
  const misplacement = misplaced(batch, before);
  if (misplacement !== null) return misplacement;
  try {
    return followEvents(batch, before);
  } catch {
    // Nothing above reaches out: whatever went wrong is in the rows, however they came to be so.
    const [{ row }] = batch;
    const entry = before.entries + 1;
    const message = `Entry ${entry} cannot be read: its row ${row} is damaged, or part of it is missing.`;
    return bad(row, entry, 'unreadable', message);
  }
};

/** What is wrong with the head beside a log that is intact in itself. */
export const headFault = (head: StoredHead | null, { entries, lastHash, state }: Intact): BadEntry | null => {
  if (head === null) {
    return bad('head', null, 'missing', `The head is missing; the log itself ends with entry ${entries}.`);
  }
  const next = entries + 1;
  const { events } = head.state;
  if (entries < events) {
    const message = `Entry ${next} is missing: the log ends before it, but the head knows of ${events} entries.`;
    return bad(eventKey(next), next, 'missing', message);
  }
  if (head.lastEventHash !== lastHash) {
    const message =
      `Entry ${entries} has another hash than the head remembers: ` +
      'it was written anew, alone or with entries before it.';
    return bad('head', entries, 'altered', message);
  }
  if (canonical(head.state) === canonical(state)) return null;
  const message = `The head is not what the ${entries} entries of the log lead to; the log itself is intact.`;
  return bad('head', null, 'altered', message);
};
