import rhea from 'rhea';
import { z } from 'zod';
import { type Broker, followUp, wake } from './broker.ts';
import { tokenOfUuid, uuidOfToken } from './lock-token.ts';
import { writeDeliveredMessage } from './message-sections.ts';
import { cancelScheduled, peek, type Queue, type QueueMessage } from './queue.ts';
import { propertiesOf, refusalOf } from './receiving.ts';
import { lockLost, malformed, messageNotFound, notAllowed, notImplemented } from './refusals.ts';
import type { Reply, Request } from './requests.ts';
import { readSent, takeIn } from './sending.ts';
import { receiveDeferred, renewLock, settle, type Settlement } from './settlement.ts';
import type { Refusal } from './wire.ts';

/** The operations of `<entity>/$management` on a queue without sessions. */

const { types } = rhea;
const timestampCode = 0x83;
const longCode = 0x81;

const buffers = z.array(z.instanceof(Buffer));
const numbers = z.array(z.number());
const text = z.string().nullish();

const statusOf: Readonly<Record<string, number>> = {
  [lockLost.condition]: 410,
  [messageNotFound.condition]: 404,
  'amqp:not-implemented': 501,
};

const done = (body: unknown, statusCode = 200): Reply => ({
  properties: { statusCode, statusDescription: statusCode === 204 ? 'No Content' : 'OK' },
  body,
});

const refused = ({ condition, description }: Refusal): Reply => ({
  properties: {
    statusCode: statusOf[condition] ?? 400,
    statusDescription: description,
    errorCondition: condition,
  },
  body: null,
});

type Operation = (broker: Broker, queue: Queue, body: unknown) => Reply;

const operation =
  <T>(schema: z.ZodType<T>, run: (broker: Broker, queue: Queue, body: T) => Reply): Operation =>
  (broker, queue, body) => {
    const parsed = schema.safeParse(body);
    return parsed.success
      ? run(broker, queue, parsed.data)
      : refused(malformed(`The request is not of its form: ${z.prettifyError(parsed.error)}`));
  };

const renew = operation(z.object({ 'lock-tokens': buffers }), (broker, queue, body) => {
  const ends = body['lock-tokens'].map((uuid) => renewLock(queue, tokenOfUuid(uuid), broker.clock.now()));
  return ends.some((end) => end === null)
    ? refused(lockLost)
    : done({ expirations: types.wrap_array(ends, timestampCode, undefined) });
});

const scheduled = z.object({ messages: z.array(z.object({ message: z.instanceof(Buffer) })) });

const schedule = operation(scheduled, (broker, queue, body) => {
  if (queue.isDeadLetterQueue) return refused(notAllowed('Nothing can be sent to a dead-letter queue.'));
  const messages = body.messages.map(({ message }) => readSent(message));
  const refusal = messages.find((message) => 'condition' in message);
  if (refusal !== undefined) return refused(refusal);
  const sequenceNumbers = messages.flatMap((message) =>
    'content' in message ? [takeIn(broker, queue, message)] : [],
  );
  return done({ 'sequence-numbers': types.wrap_array(sequenceNumbers, longCode, undefined) });
});

const cancel = operation(z.object({ 'sequence-numbers': numbers }), (broker, queue, body) =>
  cancelScheduled(queue, body['sequence-numbers'], broker.clock.now())
    ? done(null)
    : refused(messageNotFound),
);

const encoded = (message: QueueMessage) => ({
  message: writeDeliveredMessage(message),
  ...(message.lock === null ? {} : { 'lock-token': types.wrap_uuid(uuidOfToken(message.lock.token)) }),
});

const peeked = z.object({ 'from-sequence-number': z.number(), 'message-count': z.int().positive() });

const peekMessages = operation(peeked, (broker, queue, body) => {
  const { 'from-sequence-number': from, 'message-count': count } = body;
  const messages = peek(queue, from, count, broker.clock.now());
  // A look at a locked message does not show whose it is.
  const unlocked = messages.map((message) => encoded({ ...message, lock: null }));
  return messages.length === 0 ? done(null, 204) : done({ messages: unlocked });
});

const deferred = z.object({ 'sequence-numbers': numbers, 'receiver-settle-mode': z.literal([0, 1]) });

const receiveBySequenceNumber = operation(deferred, (broker, queue, body) => {
  const mode = body['receiver-settle-mode'] === 0 ? 'receiveAndDelete' : 'peekLock';
  const messages = receiveDeferred(queue, body['sequence-numbers'], mode, broker.clock.now());
  return messages === null ? refused(messageNotFound) : done({ messages: messages.map(encoded) });
});

const disposition = z.object({
  'lock-tokens': buffers,
  // The protocol spells it with one r.
  'disposition-status': z.enum(['completed', 'abandoned', 'defered', 'suspended']),
  'deadletter-reason': text,
  'deadletter-description': text,
  'properties-to-modify': z.record(z.string(), z.unknown()).nullish(),
});

const settlementOf = (body: z.infer<typeof disposition>): Settlement => {
  const properties = propertiesOf(body['properties-to-modify']);
  switch (body['disposition-status']) {
    case 'completed':
      return { kind: 'complete' };
    case 'abandoned':
      return { kind: 'abandon', properties };
    case 'defered':
      return { kind: 'defer', properties };
    case 'suspended':
      return {
        kind: 'deadLetter',
        reason: body['deadletter-reason'] ?? null,
        description: body['deadletter-description'] ?? null,
        properties,
      };
  }
};

const updateDisposition = operation(disposition, (broker, queue, body) => {
  const settlement = settlementOf(body);
  const refusal = body['lock-tokens']
    .map((uuid) => refusalOf(settle(queue, tokenOfUuid(uuid), settlement, broker.clock.now())))
    .find((one) => one !== null);
  return refusal === undefined ? done(null) : refused(refusal);
});

const operations: ReadonlyMap<string, Operation> = new Map([
  ['com.microsoft:renew-lock', renew],
  ['com.microsoft:schedule-message', schedule],
  ['com.microsoft:cancel-scheduled-message', cancel],
  ['com.microsoft:peek-message', peekMessages],
  ['com.microsoft:receive-by-sequence-number', receiveBySequenceNumber],
  ['com.microsoft:update-disposition', updateDisposition],
]);

/** Carries out one request on a queue. */
export const manage = (broker: Broker, queue: Queue, request: Request): Reply => {
  wake(broker, queue);
  const run = operations.get(request.operation);
  const reply =
    run === undefined
      ? refused(notImplemented(`The operation ${request.operation} is not supported by the stand-in.`))
      : run(broker, queue, request.body);
  followUp(broker, queue);
  return reply;
};
