import type { MessageBody } from '../contract/messages.ts';
import { messageSchema } from '../contract/messages.ts';
import { backoffMs } from '../core/backoff.ts';
import { CutoverError } from '../core/errors.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Log } from './log.ts';
import type { Bus, Clock } from './ports.ts';

/** A message as a trigger delivers it. */
export type Delivery = {
  readonly queue: string;
  readonly messageId: string;
  readonly hop: number;
  readonly body: unknown;
};

/** Handles deliveries of one message type. */
export type HandleMessage<T extends MessageBody['type']> = (
  delivery: Delivery,
  act: (body: Extract<MessageBody, { type: T }>, baseId: string) => Promise<void>,
) => Promise<void>;

const named = (body: unknown, field: 'cutoverId' | 'stepId'): string | null => {
  const value: unknown =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : null;
  return typeof value === 'string' && /^[\w.-]{1,128}$/.test(value) ? value : null;
};

/**
 * What every message function does around its work. A malformed message is kept with its reason and completed (I12).
 * Work that could not commit sends its own envelope again, later, and completes: throwing would be redelivered at once.
 */
export const makeHandleMessage =
  (parts: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly log: Log;
    readonly deadLetters: DeadLetters;
  }) =>
  <T extends MessageBody['type']>(type: T): HandleMessage<T> =>
  async ({ queue, messageId, hop, body }, act) => {
    const parsed = messageSchema.safeParse(body);
    if (!parsed.success || parsed.data.type !== type) {
      const reason = parsed.success
        ? `a message of type ${parsed.data.type} on the queue ${queue}`
        : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      parts.log.messageMalformed(queue, messageId, reason);
      const cutoverId = named(body, 'cutoverId');
      const stepId = named(body, 'stepId');
      const letter = { queue, messageId, reason: `malformed: ${reason}`.slice(0, 2000), cutoverId, stepId };
      await parts.deadLetters.take({ ...letter, body: JSON.stringify(body ?? null) }, hop);
      return;
    }
    const [baseId = messageId] = messageId.split('~');
    try {
      await act(parsed.data as Extract<MessageBody, { type: T }>, baseId);
    } catch (error) {
      if (!(error instanceof CutoverError) || !error.retriable) throw error;
      const next = hop + 1;
      parts.log.envelopeResent(parsed.data.cutoverId, messageId, next, error);
      const { v: _, ...rest } = parsed.data;
      const scheduledAt = parts.clock.now() + backoffMs(next);
      await parts.bus.send([{ id: `${baseId}~${next}`, queue, body: rest, scheduledAt, hop: next }]);
    }
  };
