import { app } from '@azure/functions';
import { messageSchema } from '../../shared/contract/messages.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { deliveryOf } from './delivery.ts';
import { CONNECTION } from './register.ts';

/** The queue every other queue forwards its dead letters to. */
export const DEAD_LETTERS = 'dead-letters';

/** Registers the function that keeps dead letters and tells their cutover (I12). */
export const registerDeadLetters = (engine: Engine): void => {
  app.serviceBusQueue(DEAD_LETTERS, {
    connection: CONNECTION,
    queueName: DEAD_LETTERS,
    handler: async (body, context) => {
      const { messageId } = deliveryOf(DEAD_LETTERS, body, context);
      const metadata = context.triggerMetadata ?? {};
      // The library lets every key of the metadata begin with a small letter, also those of the message itself.
      const properties = (metadata.applicationProperties ?? {}) as Record<string, unknown>;
      const told = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise);
      const parsed = messageSchema.safeParse(body);
      await engine.deadLetters.keep({
        queue: told(metadata.deadLetterSource, 'unknown'),
        messageId,
        reason: told(properties.deadLetterReason, 'unknown'),
        cutoverId: parsed.success ? parsed.data.cutoverId : null,
        stepId: parsed.success && parsed.data.type === 'step' ? parsed.data.stepId : null,
        body: JSON.stringify(body ?? null),
      });
    },
  });
};
