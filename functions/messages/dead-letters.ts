import { deferredLetterSchema, messageSchema } from '../../shared/contract/messages.ts';
import { DEAD_LETTERS } from '../../shared/engine/dead-letters.ts';
import type { Engine } from '../../shared/engine/engine.ts';
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
    const parsed = messageSchema.safeParse(body);
    const letter = {
      queue: told(metadata.deadLetterSource, 'unknown'),
      messageId,
      reason: told(properties.deadLetterReason, 'unknown'),
      cutoverId: parsed.success ? parsed.data.cutoverId : null,
      stepId: parsed.success && parsed.data.type === 'step' ? parsed.data.stepId : null,
      body: JSON.stringify(body ?? null),
    };
    await engine.deadLetters.take(letter, 0);
  },
});
