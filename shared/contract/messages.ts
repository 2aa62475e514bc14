import { z } from 'zod';

const id = z.string().min(1).max(128);

/** The body of every message on the bus, by its type; unknown fields and versions are malformed. */
export const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    v: z.literal(1),
    type: z.literal('step'),
    cutoverId: id,
    stepId: id,
    attempt: z.int().min(1),
    dispatch: z.int().min(1),
  }),
  z.strictObject({ v: z.literal(1), type: z.literal('wake'), cutoverId: id, dueAt: z.number() }),
  z.strictObject({ v: z.literal(1), type: z.literal('observe'), cutoverId: id, slot: z.number() }),
  z.strictObject({ v: z.literal(1), type: z.literal('deliver'), cutoverId: id, subscriptionId: id }),
]);

/** See {@link messageSchema}. */
export type MessageBody = z.infer<typeof messageSchema>;

/** An id as it may stand in a key; a letter that names anything else names nobody. */
const named = z.string().regex(/^[\w.-]{1,128}$/);

/** A dead letter that could not be kept because the storage did not answer: the product sends it to itself, later. */
export const deferredLetterSchema = z.strictObject({
  v: z.literal(1),
  type: z.literal('dead-letter'),
  letter: z.strictObject({
    id: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional()
      .meta({ description: 'Absent in a letter of an earlier version.' }),
    queue: z.string().max(300),
    messageId: z.string().max(300),
    reason: z.string().max(2000),
    description: z.string().max(2000).nullable(),
    deliveries: z.int().nullable(),
    cutoverId: named.nullable(),
    stepId: named.nullable(),
    dispatched: z.strictObject({ attempt: z.int().min(1), dispatch: z.int().min(1) }).nullable(),
    body: z.string().max(8000),
  }),
});

/** See {@link deferredLetterSchema}. */
export type DeferredLetter = Omit<z.infer<typeof deferredLetterSchema>, 'v'>;
