import type { InvocationContext } from '@azure/functions';
import type { Delivery } from '../../shared/engine/handle-message.ts';

/** The delivery a Service Bus trigger describes by its payload and metadata. */
export const deliveryOf = (queue: string, body: unknown, context: InvocationContext): Delivery => {
  const metadata = context.triggerMetadata ?? {};
  const properties = (metadata.applicationProperties ?? {}) as Record<string, unknown>;
  return {
    queue,
    messageId: typeof metadata.messageId === 'string' ? metadata.messageId : context.invocationId,
    hop: Number.isInteger(properties.hop) ? Number(properties.hop) : 0,
    deliveries: Number.isInteger(metadata.deliveryCount) ? Number(metadata.deliveryCount) : null,
    body,
  };
};
