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
]);

/** See {@link messageSchema}. */
export type MessageBody = z.infer<typeof messageSchema>;
