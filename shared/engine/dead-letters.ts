import type { Advance } from './advance.ts';
import { sha256 } from './canonical.ts';
import type { Clock, Tables } from './ports.ts';
import { packBody, unpackBody } from './rows.ts';

/** A message that could not be handled, as it is kept for the operator. */
export type DeadLetter = {
  readonly id: string;
  readonly at: number;
  readonly queue: string;
  readonly messageId: string;
  readonly reason: string;
  readonly cutoverId: string | null;
  readonly stepId: string | null;
  readonly body: string;
};

/** Keeps dead letters and tells their cutover (I12). */
export type DeadLetters = {
  readonly keep: (letter: Omit<DeadLetter, 'id' | 'at'>) => Promise<DeadLetter>;
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
  readonly clock: Clock;
  readonly advance: Advance;
}): DeadLetters => ({
  keep: async (letter) => {
    const at = parts.clock.now();
    const id = sha256(`${letter.queue} ${letter.messageId} ${letter.reason}`).slice(0, 32);
    const kept: DeadLetter = { ...letter, id, at, body: letter.body.slice(0, BODY_CHARS) };
    const [properties] = packBody(kept, id);
    await parts.tables.transact('lists', PARTITION, [
      { op: 'upsert', row: id, properties: properties ?? {} },
    ]);
    if (letter.cutoverId !== null) {
      const { queue, reason, stepId, cutoverId } = letter;
      const input = {
        id: `dead-letter:${id}`,
        type: 'dead-letter',
        stepId,
        queue,
        reason,
        deadLetterId: id,
      } as const;
      const answer = await parts.advance(cutoverId, input);
      // A step the plan does not know still leaves its trace on the cutover.
      if (answer.code === 'C206' && stepId !== null)
        await parts.advance(cutoverId, { ...input, stepId: null });
    }
    return kept;
  },
  list: async (limit, token) => {
    const page = await parts.tables.page('lists', PARTITION, { from: '', to: '~', limit, token });
    return { letters: page.rows.map((row) => unpackBody([row]) as DeadLetter), next: page.next };
  },
});
