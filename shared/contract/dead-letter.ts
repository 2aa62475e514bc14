import { z } from 'zod';
import { cutoverIdSchema, pageQuerySchema } from './http.ts';

/** The id of a dead letter in a path. */
export const deadLetterIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** Paging of the dead letters, of one cutover or of all. */
export const deadLettersQuerySchema = pageQuerySchema.extend({ cutover: cutoverIdSchema.optional() });

/** A message that could not be handled, as people see it. */
export const deadLetterSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime().meta({ description: 'When it was kept.' }),
    queue: z.string(),
    messageId: z.string(),
    cutoverId: z.string().nullable(),
    stepId: z.string().nullable(),
    attempt: z.int().nullable(),
    dispatch: z.int().nullable(),
    reason: z.string().meta({ description: "The broker's reason, or the app's own." }),
    description: z.string().nullable(),
    deliveries: z.int().nullable().meta({ description: 'How often it was delivered, if that is known.' }),
    body: z.string().meta({ description: 'Without its secrets, cut at 8000 characters.' }),
    redrivenAt: z.iso.datetime().nullable(),
    redrivenBy: z.string().nullable(),
  })
  .meta({ id: 'DeadLetter' });

/** A page of dead letters, newest first. */
export const deadLettersSchema = z.object({
  deadLetters: z.array(deadLetterSchema),
  next: z.string().nullable().meta({ description: 'Asks for the next page; null at the end.' }),
});

/** See {@link deadLetterSchema}. */
export type DeadLetterView = z.infer<typeof deadLetterSchema>;
