import type { MessageBody } from '../contract/messages.ts';
import { messageSchema } from '../contract/messages.ts';
import { inPlainWords, problemLine } from '../contract/problem.ts';
import { backoffMs } from '../core/backoff.ts';
import { CutoverError } from '../core/errors.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Letter } from './letter.ts';
import { letterOf } from './letter.ts';
import type { Log } from './log.ts';
import type { Bus, Clock } from './ports.ts';

/** A message as a trigger delivers it. */
export type Delivery = {
  readonly queue: string;
  readonly messageId: string;
  readonly hop: number;
  /** The number of this delivery, from 1; null when the trigger does not say. */
  readonly deliveries: number | null;
  readonly body: unknown;
};

/** Handles deliveries of one message type. */
export type HandleMessage<T extends MessageBody['type']> = (
  delivery: Delivery,
  act: (body: Extract<MessageBody, { type: T }>, baseId: string) => Promise<void>,
) => Promise<void>;

/**
 * What every message function does around its work. A malformed message is kept with its reason and completed (I12).
 * Work that could not commit sends its own envelope again, later, and completes: throwing would be redelivered at once.
 * Work that trying again does not help is kept as well, with the error as its reason.
 */
export const makeHandleMessage =
  (parts: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly log: Log;
    readonly deadLetters: DeadLetters;
  }) =>
  <T extends MessageBody['type']>(type: T): HandleMessage<T> =>
  async (delivery, act) => {
    const { queue, messageId, hop, deliveries, body } = delivery;
    const letterFor = (reason: string): Letter =>
      letterOf({ queue, messageId, reason, description: null, deliveries, body });
    const parsed = messageSchema.safeParse(body, { error: inPlainWords });
    if (!parsed.success || parsed.data.type !== type) {
      const reason = parsed.success
        ? `a message of type ${parsed.data.type} on the queue ${queue}`
        : problemLine(parsed.error, 'the message');
      const letter = letterFor(`malformed: ${reason}`);
      parts.log.messageMalformed(letter.queue, letter.messageId, letter.reason);
      await parts.deadLetters.take(letter, 0);
      return;
    }
    const [baseId = messageId] = messageId.split('~');
    try {
      await act(parsed.data as Extract<MessageBody, { type: T }>, baseId);
    } catch (error) {
      if (!(error instanceof CutoverError)) throw error;
      if (!error.retriable) {
        const letter = letterFor(`${error.code}: ${error.message}`);
        parts.log.messageGivenUp(parsed.data.cutoverId, letter.queue, letter.messageId, error);
        await parts.deadLetters.take(letter, 0);
        return;
      }
      const next = hop + 1;
      parts.log.envelopeResent(parsed.data.cutoverId, messageId, next, error);
      const { v: _, ...rest } = parsed.data;
      const scheduledAt = parts.clock.now() + backoffMs(next);
      await parts.bus.send([{ id: `${baseId}~${next}`, queue, body: rest, scheduledAt, hop: next }]);
    }
  };
