import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { RpcTypedData } from './core-types.ts';
import type { TriggerInput } from './invoke.ts';
import { makeTraceContext } from './trace-context.ts';

/** Hands a received message over as the real host does: body as text or bytes, everything else as trigger metadata. */
export const toTriggerInput = (
  message: ServiceBusReceivedMessage,
  dataType: unknown,
  functionName: string,
): TriggerInput => ({
  data: toBody(message.body, dataType),
  metadata: toMetadata(message, functionName),
  traceContext: makeTraceContext(traceParentOf(message)),
});

const toBody = (body: unknown, dataType: unknown): RpcTypedData => {
  if (body instanceof Uint8Array)
    return dataType === 'binary' ? { bytes: body } : { string: Buffer.from(body).toString('utf8') };
  if (typeof body === 'string') return { string: body };
  return { string: JSON.stringify(body ?? null) };
};

const toMetadata = (
  message: ServiceBusReceivedMessage,
  functionName: string,
): Record<string, RpcTypedData> => {
  const values: Readonly<Record<string, unknown>> = {
    MessageId: message.messageId,
    // The receiver's header counts earlier deliveries; the real host shows which delivery this is.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    SequenceNumber: message.sequenceNumber,
    EnqueuedSequenceNumber: message.enqueuedSequenceNumber,
    EnqueuedTimeUtc: message.enqueuedTimeUtc,
    ExpiresAtUtc: message.expiresAtUtc,
    LockToken: message.lockToken,
    CorrelationId: message.correlationId,
    ContentType: message.contentType,
    Subject: message.subject,
    To: message.to,
    ReplyTo: message.replyTo,
    SessionId: message.sessionId,
    ReplyToSessionId: message.replyToSessionId,
    PartitionKey: message.partitionKey,
    DeadLetterSource: message.deadLetterSource,
    ApplicationProperties: message.applicationProperties ?? {},
    sys: { MethodName: functionName, UtcNow: message.enqueuedTimeUtc },
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toTypedData(value)]));
};

const toTypedData = (value: unknown): RpcTypedData => {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return { string: value };
  return { json: JSON.stringify(value, plainNumber) };
};

/** The SDK reads 64-bit numbers into objects; the worker shows plain numbers. */
const plainNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'toNumber' in value && typeof value.toNumber === 'function'
    ? (value.toNumber as () => number)()
    : value;

const traceParentOf = (message: ServiceBusReceivedMessage): string | undefined => {
  const value =
    message.applicationProperties?.['Diagnostic-Id'] ?? message.applicationProperties?.traceparent;
  return typeof value === 'string' ? value : undefined;
};
