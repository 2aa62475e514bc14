import type { DeferredLetter } from '../contract/messages.ts';
import { backoffMs } from '../core/backoff.ts';
import { CutoverError } from '../core/errors.ts';
import type { Advance } from './advance.ts';
import { sha256 } from './canonical.ts';
import type { Bus, Clock, Tables } from './ports.ts';
import { packBody, unpackBody } from './rows.ts';

/** The queue every other queue forwards its dead letters to. */
export const DEAD_LETTERS = 'dead-letters';

/** What is known of a message that could not be handled. */
export type Letter = DeferredLetter['letter'];

/** A message that could not be handled, as it is kept for the operator. */
export type DeadLetter = Letter & { readonly id: string; readonly at: number };

/** Keeps dead letters and tells their cutover (I12). */
export type DeadLetters = {
  /** Keeps the letter; while the storage does not answer it is sent to its own queue again, later. */
  readonly take: (letter: Letter, hop: number) => Promise<void>;
  readonly list: (
    limit: number,
    token: string | null,
  ) => Promise<{ letters: readonly DeadLetter[]; next: string | null }>;
};

/** Bodies are cut at this length: enough to recognise a message, too short to matter. */
const BODY_CHARS = 8_000;
const PARTITION = 'dead-letter';

/** The dead letters over Table Storage; the event goes to the cutover if one can be named. */
export const makeDeadLetters = (parts: {
  readonly tables: Tables;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly advance: Advance;
}): DeadLetters => {
  const keep = async (id: string, letter: Letter): Promise<void> => {
    const kept: DeadLetter = { ...letter, id, at: parts.clock.now() };
    const [properties] = packBody(kept, id);
    await parts.tables.transact('lists', PARTITION, [
      { op: 'upsert', row: id, properties: properties ?? {} },
    ]);
    const { queue, reason, stepId, cutoverId } = letter;
    if (cutoverId === null) return;
    const input = {
      id: `dead-letter:${id}`,
      type: 'dead-letter',
      stepId,
      dispatched: null,
      queue,
      reason,
      deadLetterId: id,
    } as const;
    const answer = await parts.advance(cutoverId, input);
    // A step the plan does not know still leaves its trace on the cutover.
    if (answer.code === 'C206' && stepId !== null) await parts.advance(cutoverId, { ...input, stepId: null });
  };

  return {
    take: async (given, hop) => {
      const letter: Letter = { ...given, body: given.body.slice(0, BODY_CHARS) };
      const id = sha256(`${letter.queue} ${letter.messageId} ${letter.reason}`).slice(0, 32);
      try {
        await keep(id, letter);
      } catch (error) {
        if (!(error instanceof CutoverError) || !error.retriable) throw error;
        const next = hop + 1;
        const scheduledAt = parts.clock.now() + backoffMs(next);
        const body = { type: 'dead-letter', letter } as const;
        await parts.bus.send([
          { id: `letter-${id}~${next}`, queue: DEAD_LETTERS, body, scheduledAt, hop: next },
        ]);
      }
    },
    list: async (limit, token) => {
      const page = await parts.tables.page('lists', PARTITION, { from: '', to: '~', limit, token });
      return {
        letters: page.rows.map((row) => unpackBody([row], 'dead-letter') as DeadLetter),
        next: page.next,
      };
    },
  };
};
