import rhea, { type Typed } from 'rhea';
import type { QueueMessage } from './queue.ts';

/**
 * Messages as AMQP sections. What a sender wrote stays as the bytes it wrote: only the header and the annotations,
 * which belong to the broker, and application properties that were changed are written anew.
 */

const { types } = rhea;
// The typings of rhea leave out the reader and the writer of its codec.
const codec = types as unknown as {
  readonly Reader: new (buffer: Buffer) => {
    readonly position: number;
    readonly remaining: () => number;
    readonly read: () => Typed;
  };
  readonly Writer: new () => { readonly write: (value: Typed) => void; readonly toBuffer: () => Buffer };
};

const code = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
} as const;

type Section = { readonly code: number; readonly value: Typed; readonly bytes: Buffer };

/** What the broker needs to know of a message that was sent. */
export type SentMessage = {
  readonly content: Buffer;
  readonly messageId: string;
  readonly ttlMs: number | null;
  readonly scheduledEnqueueAtMs: number | null;
};

const readSections = (content: Buffer): Section[] => {
  const reader = new codec.Reader(content);
  const sections: Section[] = [];
  while (reader.remaining() > 0) {
    const start = reader.position;
    const value = reader.read();
    const sectionCode = (value.descriptor as Typed | undefined)?.value as unknown;
    if (typeof sectionCode !== 'number' || sectionCode < 0x70 || sectionCode > 0x78) {
      throw new Error('The message has a section that AMQP 1.0 does not know.');
    }
    sections.push({ code: sectionCode, value, bytes: content.subarray(start, reader.position) });
  }
  return sections;
};

const writeSection = (sectionCode: number, value: Typed): Buffer => {
  const writer = new codec.Writer();
  writer.write(types.described(types.wrap_ulong(sectionCode), value) as Typed);
  return writer.toBuffer();
};

const itemsOf = (section: Section | undefined): Typed[] =>
  section === undefined ? [] : [...(section.value.value as Typed[])];

const rawValue = (item: Typed | undefined): unknown => types.unwrap(item);

const lookUp = (section: Section | undefined, key: string): unknown => {
  const items = itemsOf(section);
  const index = items.findIndex((item, position) => position % 2 === 0 && item.value === key);
  return index < 0 ? undefined : rawValue(items[index + 1]);
};

/** The map with some entries set; the others keep their AMQP types. */
const withEntries = (
  section: Section | undefined,
  entries: readonly (readonly [key: Typed, value: Typed])[],
): Typed => {
  const replaced = new Set(entries.map(([key]) => key.value as unknown));
  const items = itemsOf(section);
  const kept = items.filter((_, position) => !replaced.has(items[position - (position % 2)]?.value));
  const map = types.wrap_map({});
  map.value = [...kept, ...entries.flat()];
  return map;
};

/** Message ids are compared as text, whatever AMQP type they came in. */
const textOfId = (id: unknown): string | null => {
  if (typeof id === 'string') return id;
  if (typeof id === 'number') return String(id);
  return Buffer.isBuffer(id) ? id.toString('hex') : null;
};

const sectionsBefore = (sections: readonly Section[], limit: number): Buffer[] =>
  sections.filter((section) => section.code < limit).map(({ bytes }) => bytes);

const sectionsAfter = (sections: readonly Section[], limit: number): Buffer[] =>
  sections.filter((section) => section.code > limit).map(({ bytes }) => bytes);

const withMessageId = (sections: readonly Section[], messageId: string): Buffer => {
  const items = itemsOf(sections.find((section) => section.code === code.properties));
  items[0] = types.wrap_string(messageId);
  return Buffer.concat([
    ...sectionsBefore(sections, code.properties),
    writeSection(code.properties, types.wrap_list(items)),
    ...sectionsAfter(sections, code.properties),
  ]);
};

/**
 * Reads what the broker needs of one sent message. A message without an id gets `newId`, as it would in Azure.
 * @throws Error when the bytes are no AMQP message.
 */
export const readSentMessage = (content: Buffer, newId: () => string): SentMessage => {
  const sections = readSections(content);
  const find = (sectionCode: number): Section | undefined =>
    sections.find((section) => section.code === sectionCode);
  const ttl = rawValue(itemsOf(find(code.header))[2]);
  const scheduled = lookUp(find(code.messageAnnotations), 'x-opt-scheduled-enqueue-time');
  const givenId = textOfId(rawValue(itemsOf(find(code.properties))[0]));
  const messageId = givenId ?? newId();
  return {
    content: givenId === null ? withMessageId(sections, messageId) : content,
    messageId,
    ttlMs: typeof ttl === 'number' ? ttl : null,
    scheduledEnqueueAtMs: scheduled instanceof Date ? scheduled.getTime() : null,
  };
};

/** The encoded messages in a batch. */
export const readBatch = (content: Buffer): readonly Buffer[] =>
  readSections(content)
    .filter((section) => section.code === 0x75)
    .map((section) => section.value.value as Buffer);

const states = { active: 0, deferred: 1, scheduled: 2 } as const;

const annotate = (message: QueueMessage): readonly (readonly [Typed, Typed])[] => {
  const entries: readonly (readonly [string, Typed | null])[] = [
    ['x-opt-sequence-number', types.wrap_long(message.sequenceNumber)],
    ['x-opt-enqueue-sequence-number', types.wrap_long(message.enqueuedSequenceNumber)],
    ['x-opt-enqueued-time', types.wrap_timestamp(message.enqueuedAtMs)],
    ['x-opt-message-state', types.wrap_int(states[message.state])],
    ['x-opt-locked-until', message.lock === null ? null : types.wrap_timestamp(message.lock.untilMs)],
    [
      'x-opt-deadletter-source',
      message.deadLetterSource === null ? null : types.wrap_string(message.deadLetterSource),
    ],
  ];
  return entries.flatMap(([key, value]) =>
    value === null ? [] : [[types.wrap_symbol(key), value] as const],
  );
};

/** A message as the broker hands it out: the sender's bytes with the broker's header and annotations. */
export const writeDeliveredMessage = (message: QueueMessage): Buffer => {
  const sections = readSections(message.content);
  const find = (sectionCode: number): Section | undefined =>
    sections.find((section) => section.code === sectionCode);
  const [durable = null, priority = null, ttl = null] = itemsOf(find(code.header));
  const header = [durable, priority, ttl, null, types.wrap_uint(message.deliveryCount)];
  const changed = Object.entries(message.changedProperties).map(
    ([key, value]) => [types.wrap_string(key), types.wrap(value)] as const,
  );
  const properties = find(code.applicationProperties);
  const writtenProperties =
    changed.length === 0
      ? (properties?.bytes ?? Buffer.alloc(0))
      : writeSection(code.applicationProperties, withEntries(properties, changed));
  return Buffer.concat([
    writeSection(code.header, types.wrap_list(header)),
    writeSection(code.messageAnnotations, withEntries(find(code.messageAnnotations), annotate(message))),
    find(code.properties)?.bytes ?? Buffer.alloc(0),
    writtenProperties,
    ...sectionsAfter(sections, code.applicationProperties),
  ]);
};
