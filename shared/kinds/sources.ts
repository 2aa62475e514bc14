import { z } from 'zod';
import { CutoverError } from '../core/errors.ts';
import type { ReadingSource } from '../core/state.ts';

/** The sources a gate may be told to accept, of those its kind can read; absent, the kind's own choice holds. */
export const acceptsSchema = <const S extends ReadingSource>(possible: readonly [S, ...S[]]) =>
  z
    .array(z.enum(possible))
    .min(1)
    .max(possible.length)
    .refine((sources) => new Set(sources).size === sources.length, { error: 'names a source twice' })
    .optional()
    .meta({
      description: `Which sources of readings the gate accepts, of ${possible.join(', ')}; absent: all of them.`,
    });

/** Whether the customer does not let the app read there: unreachable, refused, or without the right. */
export const isAccessRefused = (error: unknown): boolean =>
  error instanceof CutoverError && ['C501', 'C502', 'C503'].includes(error.code);
