import { backoffMs } from '../core/backoff.ts';
import { CutoverError } from '../core/errors.ts';
import type { Actor } from '../core/state.ts';
import type { Advance } from './advance.ts';
import type { Letter } from './letter.ts';
import { letterId } from './letter.ts';
import type { Log } from './log.ts';
import type { Bus, Clock, Row, Tables } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { packBody, unpackBody } from './rows.ts';

/** The queue every other queue forwards its dead letters to. */
export const DEAD_LETTERS = 'dead-letters';

/** Who made up for a letter, when, and by which input. */
export type Redriven = { readonly at: number; readonly by: Actor; readonly inputId: string };

/** A message that could not be handled, as it is kept for the operator. */
export type DeadLetter = Letter & {
  readonly id: string;
  readonly at: number;
  /** Who may make up for it, since when: nobody else does before it is known what came of that. Absent until somebody asks. */
  readonly claim?: Redriven;
  readonly redriven: Redriven | null;
};

/** Which letters: newest first, a page at a time, of one cutover or of all. */
export type LetterQuery = {
  readonly cutoverId: string | null;
  readonly limit: number;
  readonly token: string | null;
};

/** Keeps dead letters and tells their cutover (I12); nothing is ever deleted. */
export type DeadLetters = {
  /** Keeps the letter; while the storage does not answer it is sent to its own queue again, later. */
  readonly take: (letter: Letter, hop: number) => Promise<void>;
  readonly list: (
    query: LetterQuery,
  ) => Promise<{ readonly letters: readonly DeadLetter[]; readonly next: string | null }>;
  readonly get: (id: string) => Promise<DeadLetter | null>;
  /**
   * Gives who may make up for a letter: the first who asks. `refused` is the input of a claim that came to nothing, which
   * the one who asks takes over, unless somebody else has done so already. Throws C206 when there is no such letter.
   */
  readonly claim: (id: string, asking: Redriven, refused: string | null) => Promise<Redriven>;
  /** Notes who made up for a letter; the first one stands. */
  readonly mark: (id: string, redriven: Redriven) => Promise<void>;
};

const TABLE = 'lists';
const PARTITION = 'dead-letter';
/** Ends the id of a cutover in a key: no id holds it, so that no cutover's letters are another's. */
const END = '~';

const ownKey = (id: string): string => `id-${id}`;
/** Rows of version 1 stand under their id alone, hexadecimal digits: they come at the end of the list of all. */
const ALL = { from: '-', to: 'g' } as const;
const listKey = (cutoverId: string | null): string =>
  cutoverId === null ? ALL.from : `of-${cutoverId}${END}`;
const newestFirst = (at: number): string => String(10 ** 14 - at).padStart(15, '0');

/** The rows of a letter: under its id, in the list of all, and in the list of its cutover. */
const keysOf = ({ id, at, cutoverId }: DeadLetter): readonly string[] => [
  ownKey(id),
  ...new Set([listKey(null), listKey(cutoverId)].map((list) => `${list}${newestFirst(at)}-${id}`)),
];

const propertiesOf = (letter: DeadLetter): Row['properties'] => {
  const [properties = {}] = packBody(letter, letter.id);
  return properties;
};

const read = (row: Row): DeadLetter => unpackBody([row], 'dead-letter') as DeadLetter;

/** The dead letters over Table Storage; the event goes to the cutover if one can be named. */
export const makeDeadLetters = (parts: {
  readonly tables: Tables;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly advance: Advance;
}): DeadLetters => {
  const { tables, bus, clock, log, advance } = parts;

  const find = async (id: string): Promise<Row | null> =>
    (await tables.get(TABLE, PARTITION, ownKey(id))) ?? (await tables.get(TABLE, PARTITION, id));

  /** The first taking counts: a letter that comes again after a crash is the same rows. */
  const keep = async (id: string, letter: Letter): Promise<void> => {
    const kept: DeadLetter = { ...letter, id, at: clock.now(), redriven: null };
    const properties = propertiesOf(kept);
    const writes = keysOf(kept).map((row) => ({ op: 'insert', row, properties }) as const);
    try {
      await tables.transact(TABLE, PARTITION, writes);
    } catch (error) {
      if (!(error instanceof StorageConflict)) throw error;
    }
  };

  const tell = async (
    id: string,
    { cutoverId, stepId, dispatched, queue, reason }: Letter,
  ): Promise<void> => {
    if (cutoverId === null) return;
    const input = {
      id: `dead-letter:${id}`,
      type: 'dead-letter',
      stepId,
      dispatched,
      queue,
      reason,
      deadLetterId: id,
    } as const;
    try {
      const answer = await advance(cutoverId, input);
      // A step the plan does not know still leaves its trace on the cutover.
      if (answer.code === 'C206' && stepId !== null) await advance(cutoverId, { ...input, stepId: null });
    } catch (error) {
      // The letter is kept: a cutover that cannot be told must not make a dead letter of a dead letter.
      if (!(error instanceof CutoverError) || error.retriable) throw error;
      log.letterUntold(cutoverId, id, error);
    }
  };

  return {
    take: async (letter, hop) => {
      const id = letter.id ?? letterId(letter);
      try {
        await keep(id, letter);
        await tell(id, letter);
      } catch (error) {
        if (!(error instanceof CutoverError) || !error.retriable) throw error;
        const next = hop + 1;
        const scheduledAt = clock.now() + backoffMs(next);
        const body = { type: 'dead-letter', letter } as const;
        await bus.send([{ id: `letter-${id}~${next}`, queue: DEAD_LETTERS, body, scheduledAt, hop: next }]);
      }
    },
    list: async ({ cutoverId, limit, token }) => {
      const from = listKey(cutoverId);
      const range = cutoverId === null ? ALL : { from, to: `${from}~` };
      const page = await tables.page(TABLE, PARTITION, { ...range, limit, token });
      return { letters: page.rows.map(read), next: page.next };
    },
    get: async (id) => {
      const row = await find(id);
      return row && read(row);
    },
    claim: async (id, asking, refused) => {
      for (;;) {
        const row = await find(id);
        if (row === null) throw new CutoverError('C206', `dead letter ${id}`);
        const letter = read(row);
        const { claim = null } = letter;
        if (claim !== null && claim.inputId !== refused) return claim;
        try {
          const properties = propertiesOf({ ...letter, claim: asking });
          await tables.transact(TABLE, PARTITION, [
            { op: 'replace', row: row.row, etag: row.etag, properties },
          ]);
          return asking;
        } catch (error) {
          // Somebody else was faster, or it was written and the answer was lost: the row says which.
          if (!(error instanceof StorageConflict)) throw error;
        }
      }
    },
    mark: async (id, redriven) => {
      const row = await find(id);
      if (row === null) return;
      const letter = read(row);
      if (letter.redriven !== null) return;
      const marked: DeadLetter = { ...letter, redriven };
      const properties = propertiesOf(marked);
      const copies = row.row === id ? [] : keysOf(marked).filter((key) => key !== row.row);
      try {
        await tables.transact(TABLE, PARTITION, [
          { op: 'replace', row: row.row, etag: row.etag, properties },
          ...copies.map((copy) => ({ op: 'upsert', row: copy, properties }) as const),
        ]);
      } catch (error) {
        // Somebody else was faster.
        if (!(error instanceof StorageConflict)) throw error;
      }
    },
  };
};
