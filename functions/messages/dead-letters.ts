import { deferredLetterSchema } from '../../shared/contract/messages.ts';
import { DEAD_LETTERS } from '../../shared/engine/dead-letters.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { letterOf } from '../../shared/engine/letter.ts';
import { deliveryOf } from './delivery.ts';
import type { QueueHandlers } from './queues.ts';

/** Keeps dead letters and tells their cutover (I12). */
export const deadLetterHandlers = (engine: Engine): QueueHandlers => ({
  [DEAD_LETTERS]: async (body, context) => {
    const { messageId, hop } = deliveryOf(DEAD_LETTERS, body, context);
    const deferred = deferredLetterSchema.safeParse(body);
    if (deferred.success) {
      await engine.deadLetters.take(deferred.data.letter, hop);
      return;
    }
    const metadata = context.triggerMetadata ?? {};
    // The library lets every key of the metadata begin with a small letter, also those of the message itself.
    const properties = (metadata.applicationProperties ?? {}) as Record<string, unknown>;
    const told = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise);
    const { deadLetterReason, deadLetterErrorDescription: description } = properties;
    const letter = letterOf({
      queue: told(metadata.deadLetterSource, 'unknown'),
      messageId,
      reason: told(deadLetterReason, 'unknown'),
      description: typeof description === 'string' ? description : null,
      // The count that comes along is that of this queue, not of the one where the message died.
      deliveries: null,
      body,
    });
    await engine.deadLetters.take(letter, 0);
  },
});
