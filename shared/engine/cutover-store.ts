import type { Answer } from '../core/draft.ts';
import { CutoverError } from '../core/errors.ts';
import type { CutoverEvent, StoredEvent } from '../core/events.ts';
import type { Plan } from '../core/plan.ts';
import type { CutoverState } from '../core/state.ts';
import type { Bindings } from '../contract/bindings.ts';
import { sha256 } from './canonical.ts';
import type { WrittenEvent } from './event-rows.ts';
import {
  CUTOVERS,
  eventBatches,
  eventKey,
  linkHash,
  padded,
  withDigests,
  writtenEvents,
} from './event-rows.ts';
import type { Envelope, Row, Tables, Write } from './ports.ts';
import { planKey, readPlanRows } from './plan-rows.ts';
import { StorageConflict } from './ports.ts';
import { packBody, schemaOf, spillKey, unpackBody } from './rows.ts';
import { upcast } from './upcast.ts';

/** A cutover's head as stored, with what a commit must present to replace it. */
export type StoredHead = {
  readonly state: CutoverState;
  readonly lastEventHash: string;
  readonly etag: string;
  readonly spillRows: number;
};

/** An input that was answered: what it asked, what it was told, and by which commit; 0 if it changed nothing. */
export type StoredInput = { readonly requestHash: string; readonly answer: Answer; readonly commit: number };

/** The plan and bindings a cutover runs on, immutable once written. */
export type StoredPlan = { readonly plan: Plan; readonly bindings: Bindings };

/** Messages of one commit that may not have been sent yet. */
export type OutRow = {
  readonly row: string;
  readonly committedAt: number;
  readonly envelopes: readonly Envelope[];
};

/** One commit: exactly one input, its events, the head they lead to, and the messages that follow. */
export type Commit = {
  readonly inputId: string;
  readonly requestHash: string;
  readonly answer: Answer;
  readonly before: StoredHead | null;
  readonly after: CutoverState;
  readonly events: readonly CutoverEvent[];
  readonly envelopes: readonly Envelope[];
};

/** Reads and writes the partition of a cutover; all its methods throw C401 when the storage does not answer. */
export type CutoverStore = {
  readonly read: (
    cutoverId: string,
    inputId: string,
  ) => Promise<{ readonly head: StoredHead | null; readonly input: StoredInput | null }>;
  readonly readHead: (cutoverId: string) => Promise<StoredHead | null>;
  readonly readInput: (cutoverId: string, inputId: string) => Promise<StoredInput | null>;
  /** Throws C404 when the plan cannot be read, and C407 when it is not the one of this hash. */
  readonly readPlan: (cutoverId: string, ref: CutoverState['plan']) => Promise<StoredPlan>;
  readonly insertPlan: (cutoverId: string, ref: CutoverState['plan'], stored: StoredPlan) => Promise<void>;
  /** Stores the answer to a request that changed nothing; StorageConflict when it was answered meanwhile. */
  readonly insertInput: (cutoverId: string, inputId: string, input: StoredInput) => Promise<void>;
  /** One transaction (I2); StorageConflict when the head moved or the input was applied meanwhile. */
  readonly commit: (cutoverId: string, commit: Commit) => Promise<void>;
  readonly events: (cutoverId: string, after: number, limit: number) => Promise<readonly StoredEvent[]>;
  /** The same events as they were written, whatever version wrote them: what their hashes cover. */
  readonly log: (cutoverId: string, after: number, limit: number) => Promise<readonly WrittenEvent[]>;
  readonly outRows: (cutoverId: string) => Promise<readonly OutRow[]>;
  /** The unsent messages of one commit; null when they were sent. */
  readonly readOut: (cutoverId: string, commit: number) => Promise<OutRow | null>;
  /** Forgets the messages of a commit; that another process was faster is no conflict. */
  readonly removeOut: (cutoverId: string, row: string) => Promise<void>;
};

const inputKey = (inputId: string): string => `input-${sha256(inputId)}`;

/** The row of a commit's unsent messages. */
export const outKey = (commit: number): string => `out-${padded(commit)}`;

const asWrites = (op: 'insert' | 'upsert', key: string, packed: readonly Row['properties'][]): Write[] =>
  packed.map((properties, index) => ({ op, row: spillKey(key, index), properties }));

const toHead = (rows: readonly Row[]): StoredHead | null | 'torn' => {
  const [first] = rows;
  if (first === undefined) return null;
  const body = unpackBody(rows, 'head') as { state: CutoverState; lastEventHash: string } | null;
  if (body === null) return 'torn';
  return { ...body, etag: first.etag, spillRows: rows.length };
};

/** Whether a head is what its row holds; an etag alone is as fine as the clock of the storage, which may be coarse. */
const isOf = (head: StoredHead, row: Row | undefined): boolean =>
  row?.etag === head.etag && row.properties.stamp === String(head.state.commits);

/** Chains the events of a commit to the log: each hash covers the event and the hash before it. */
export const chainEvents = (commit: Commit): readonly StoredEvent[] => {
  let previous = commit.before?.lastEventHash ?? '';
  const first = (commit.before?.state.events ?? 0) + 1;
  return commit.events.map((event, index) => {
    const numbered = { ...event, n: first + index, at: commit.after.lastCommitAt, inputId: commit.inputId };
    previous = linkHash(previous, numbered);
    return { ...numbered, hash: previous };
  });
};

const commitWrites = (commit: Commit): Write[] => {
  const { before, after, envelopes, requestHash, answer } = commit;
  const events = chainEvents(commit);
  const lastEventHash = events.at(-1)?.hash ?? '';
  const stamp = String(after.commits);
  const [head, ...spill] = packBody({ state: after, lastEventHash }, stamp);
  const first = (before?.state.events ?? 0) + 1;
  const input: StoredInput = { requestHash, answer, commit: after.commits };
  return [
    before === null
      ? { op: 'insert', row: 'head', properties: head ?? {} }
      : { op: 'replace', row: 'head', etag: before.etag, properties: head ?? {} },
    ...spill.map((properties, index): Write => ({
      op: 'upsert',
      row: spillKey('head', index + 1),
      properties,
    })),
    ...asWrites('insert', eventKey(first), withDigests(packBody(events, stamp))),
    ...asWrites('insert', inputKey(commit.inputId), packBody(input, stamp)),
    ...(envelopes.length === 0
      ? []
      : asWrites(
          'insert',
          outKey(after.commits),
          packBody({ committedAt: after.lastCommitAt, envelopes }, stamp),
        )),
  ];
};

/** Groups the rows of a range by their first row, in order. */
const bodies = (rows: readonly Row[]): [Row, ...Row[]][] => {
  const groups: [Row, ...Row[]][] = [];
  for (const row of rows) {
    if (row.row.includes('.')) groups.at(-1)?.push(row);
    else groups.push([row]);
  }
  return groups;
};

/** Heads read lately are kept for so many cutovers. */
const HEADS_KEPT = 100;
const READ_AGAIN = 5;
/** Batches are keyed by their first event, so the one that holds event n begins at most so many before it. */
const MAX_EVENTS_PER_COMMIT = 4000;

/** The cutover store over Table Storage: one partition per cutover. */
export const makeCutoverStore = (tables: Tables): CutoverStore => {
  const plans = new Map<string, StoredPlan>();
  const heads = new Map<string, StoredHead>();

  const keep = (cutoverId: string, head: StoredHead): void => {
    if (heads.size >= HEADS_KEPT) heads.clear();
    heads.set(cutoverId, head);
  };

  const readHead = async (cutoverId: string): Promise<StoredHead | null> => {
    for (let turn = 0; turn < READ_AGAIN; turn += 1) {
      const rows = await tables.range(CUTOVERS, cutoverId, 'head', 'head/');
      // Most readings find the head as it was, and unpacking it is the dear part of them.
      const kept = heads.get(cutoverId);
      if (kept !== undefined && isOf(kept, rows[0])) return kept;
      const head = toHead(rows);
      if (head === 'torn') continue;
      if (head !== null) keep(cutoverId, head);
      return head;
    }
    throw new CutoverError('C404', `the head of ${cutoverId} is torn`);
  };

  const readInput = async (cutoverId: string, inputId: string): Promise<StoredInput | null> => {
    const row = await tables.get(CUTOVERS, cutoverId, inputKey(inputId));
    return row === null ? null : (unpackBody([row], 'input') as StoredInput);
  };

  const outRange = async (cutoverId: string, from: string, to: string): Promise<readonly OutRow[]> =>
    bodies(await tables.range(CUTOVERS, cutoverId, from, to)).map((group) => ({
      row: group[0].row,
      ...(unpackBody(group, 'out') as Omit<OutRow, 'row'>),
    }));

  const readEvents = async (
    cutoverId: string,
    after: number,
    limit: number,
  ): Promise<readonly { readonly event: WrittenEvent; readonly schema: number }[]> => {
    const from = eventKey(Math.max(1, after + 1 - MAX_EVENTS_PER_COMMIT));
    const found: { event: WrittenEvent; schema: number }[] = [];
    for await (const batch of eventBatches(tables, cutoverId, from)) {
      const schema = schemaOf(batch[0]);
      const events = writtenEvents(batch).filter(({ n }) => n > after);
      found.push(...events.map((event) => ({ event, schema })));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  };

  return {
    readHead,
    readInput,
    read: async (cutoverId, inputId) => {
      const [head, input] = await Promise.all([readHead(cutoverId), readInput(cutoverId, inputId)]);
      return { head, input };
    },
    readPlan: async (cutoverId, ref) => {
      const key = `${cutoverId} ${planKey(ref)}`;
      const cached = plans.get(key);
      if (cached) return cached;
      const stored = await readPlanRows(tables, cutoverId, ref);
      if (plans.size >= 100) plans.clear();
      plans.set(key, stored);
      return stored;
    },
    insertPlan: async (cutoverId, ref, stored) => {
      await tables.transact(
        CUTOVERS,
        cutoverId,
        asWrites('upsert', planKey(ref), packBody(stored, ref.hash)),
      );
    },
    insertInput: async (cutoverId, inputId, input) => {
      const stamp = String(input.commit);
      await tables.transact(
        CUTOVERS,
        cutoverId,
        asWrites('insert', inputKey(inputId), packBody(input, stamp)),
      );
    },
    commit: async (cutoverId, commit) => {
      await tables.transact(CUTOVERS, cutoverId, commitWrites(commit));
    },
    events: async (...range) =>
      (await readEvents(...range)).map(({ event, schema }) => upcast('event', event, schema) as StoredEvent),
    log: async (...range) => (await readEvents(...range)).map(({ event }) => event),
    outRows: (cutoverId) => outRange(cutoverId, 'out-', 'out-~'),
    readOut: async (cutoverId, commit) => {
      const key = outKey(commit);
      const [out] = await outRange(cutoverId, key, `${key}/`);
      return out ?? null;
    },
    removeOut: async (cutoverId, row) => {
      try {
        await tables.transact(CUTOVERS, cutoverId, [{ op: 'remove', row, etag: '*' }]);
      } catch (error) {
        if (!(error instanceof StorageConflict)) throw error;
      }
    },
  };
};
