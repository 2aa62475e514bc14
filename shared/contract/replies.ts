import type { z } from 'zod';
import { answerSchema, problemSchema } from './http.ts';

/** One reply an operation may give. */
export type Reply = {
  readonly description: string;
  readonly schema: z.ZodType | null;
  readonly contentType?: string;
};

/** A refusal as problem details. */
export const problem = (description: string): Reply => ({
  description,
  schema: problemSchema,
  contentType: 'application/problem+json',
});
/** Of whatever reads what it was sent. */
export const BAD = { 400: problem('The request is not valid') } as const;
/** Of whatever reads the storage. */
export const STORED = { ...BAD, 503: problem('The storage does not answer: send it again later') } as const;
/** Of whatever only people who are signed in and have the role may do. */
export const SIGNED_IN = {
  ...STORED,
  401: problem('Not signed in'),
  403: problem('Not entitled'),
} as const;
/** Of whatever names something. */
export const MISSING = { 404: problem('There is no such thing') } as const;
/** Of whatever changes a cutover. */
export const CHANGES = {
  200: { description: 'What it did, or that it was so already', schema: answerSchema },
  ...SIGNED_IN,
  ...MISSING,
  409: problem('Not possible now, or the Idempotency-Key was used for another request'),
  413: problem('The body is too large'),
} as const;
/** Of whatever answers the question of a step. */
export const ANSWERS = { ...CHANGES, 410: problem('Too late') } as const;

/** The reply when all is well. */
export const ok = (description: string, schema: z.ZodType | null = null) => ({
  200: { description, schema },
});
