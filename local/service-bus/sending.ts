import type { Delivery } from 'rhea';
import { randomUUID } from 'node:crypto';
import { type Broker, followUp } from './broker.ts';
import { readBatch, readSentMessage, type SentMessage } from './message-sections.ts';
import { enqueue, type Queue } from './queue.ts';
import { malformed, messageTooLarge, notImplemented } from './refusals.ts';
import { answerSent, batchFormat, plainFormat, type Refusal } from './wire.ts';

/** The largest message or batch of the Standard tier. */
export const maxMessageBytes = 256 * 1024;

const newMessageId = (): string => randomUUID().replaceAll('-', '');

/** Reads one sent message, or says why it is refused. */
export const readSent = (content: Buffer): SentMessage | Refusal => {
  if (content.length > maxMessageBytes) return messageTooLarge(content.length, maxMessageBytes);
  try {
    return readSentMessage(content, newMessageId);
  } catch (error) {
    return malformed(error instanceof Error ? error.message : String(error));
  }
};

/** Puts a message into a queue and gives its number there. */
export const takeIn = (broker: Broker, queue: Queue, sent: SentMessage): number => {
  const { sequenceNumber, isDuplicate } = enqueue(
    queue,
    { ...sent, changedProperties: {}, deadLetterSource: null, enqueuedSequenceNumber: null },
    broker.clock.now(),
  );
  if (!isDuplicate) broker.enqueuedCount += 1;
  return sequenceNumber;
};

const contentsOf = (content: Buffer, format: number | null): readonly Buffer[] | Refusal => {
  if (content.length > maxMessageBytes) return messageTooLarge(content.length, maxMessageBytes);
  if (format === plainFormat || format === null) return [content];
  if (format !== batchFormat) return notImplemented(`Message format ${format} is not supported.`);
  try {
    return readBatch(content);
  } catch (error) {
    return malformed(error instanceof Error ? error.message : String(error));
  }
};

/** Takes a message or a batch from a client: everything in it, or nothing and a reason. */
export const onSent = (broker: Broker, queue: Queue, delivery: Delivery, content: Buffer): void => {
  const contents = contentsOf(content, delivery.format);
  if ('condition' in contents) {
    answerSent(delivery, contents);
    return;
  }
  const messages = contents.map(readSent);
  const refusal = messages.find((message) => 'condition' in message);
  if (refusal !== undefined) {
    answerSent(delivery, refusal);
    return;
  }
  for (const message of messages) if ('content' in message) takeIn(broker, queue, message);
  answerSent(delivery, null);
  followUp(broker, queue);
};
