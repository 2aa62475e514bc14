import { z } from 'zod';
import { waitingForSchema } from './status.ts';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });

/** Why a cutover is not moving, or what moves it. */
export const whySchema = z
  .object({
    id: z.string(),
    status: z.enum(['scheduled', 'running', 'rollingBack', 'completed', 'rolledBack', 'aborted']),
    asOf: instant
      .nullable()
      .meta({ description: 'The moment it is shown as of; null when it is shown as it is now.' }),
    moving: z.boolean().meta({
      description: 'Whether anything in hand is being worked on, with nothing in its way.',
    }),
    summary: z.string().meta({ description: 'The answer in one sentence.' }),
    workedOn: z
      .array(z.object({ stepId: z.string(), title: z.string(), since: instant.nullable() }))
      .meta({ description: 'The steps in hand that nothing is in the way of.' }),
    conditions: z.array(waitingForSchema).meta({
      description:
        'Everything that is in the way, and nothing that only follows from another line: once all of it is cleared the cutover moves. Never empty for one that neither moves nor has ended.',
    }),
  })
  .meta({ id: 'WhyNotMoving' });

/** See {@link whySchema}. */
export type WhyView = z.infer<typeof whySchema>;
