import { z } from 'zod';

/** As of which moment a cutover is shown; as it is now when left out. */
export const asOfQuerySchema = z.strictObject({
  at: z.iso
    .datetime()
    .optional()
    .meta({ description: 'A moment in UTC, ISO 8601: the status is rebuilt from the events up to then.' }),
});

/** What the verification of a log found. */
export const verificationSchema = z
  .object({
    verified: z.boolean().meta({ description: 'Whether every entry and the head are what was committed.' }),
    entries: z.int().meta({ description: 'How many entries are intact, from the first on.' }),
    lastHash: z
      .string()
      .nullable()
      .meta({ description: 'The hash of the last intact entry: what an auditor notes elsewhere.' }),
    firstBad: z
      .object({
        entry: z
          .int()
          .nullable()
          .meta({ description: 'Null where the head is wrong, or a row that is no entry.' }),
        row: z.string().meta({ description: 'The row key in the partition of the cutover.' }),
        fault: z.enum(['altered', 'missing', 'doubled', 'out-of-order', 'unreadable', 'unknown']),
        code: z.string(),
        message: z.string(),
        next: z.string(),
      })
      .nullable(),
  })
  .meta({ id: 'Verification' });

/** See {@link verificationSchema}. */
export type VerificationView = z.infer<typeof verificationSchema>;
