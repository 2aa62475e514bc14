import { z } from 'zod';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });
const local = z.string().meta({ description: 'The same by the clocks of the zone, with their offset.' });
const durationMs = z.int().min(0);

const rangeSchema = z
  .object({
    earliest: instant.nullable(),
    likely: instant.nullable(),
    latest: instant.nullable(),
  })
  .meta({ id: 'ForecastRange', description: 'Null where nobody can say.' });

const stepForecastSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    owner: z.string(),
    status: z.string(),
    plannedMs: durationMs,
    start: rangeSchema,
    finish: rangeSchema,
    duration: z.object({
      basis: z.enum(['rehearsed', 'planned']),
      samples: z.int().meta({ description: 'How many rehearsals tell it; no percentiles are computed.' }),
      shortestMs: durationMs,
      likelyMs: durationMs.meta({ description: 'The median of the rehearsals, or the planned duration.' }),
      longestMs: durationMs.meta({
        description: 'The longest rehearsal, or the limit of what nobody rehearsed.',
      }),
    }),
    isCritical: z.boolean(),
    assumes: z
      .array(
        z.enum([
          'never-rehearsed',
          'waits-for-person',
          'longer-than-ever',
          'retried-now',
          'resumed-now',
          'never-ends',
        ]),
      )
      .meta({ description: 'What is taken for granted because nobody knows.' }),
  })
  .meta({ id: 'StepForecast' });

const deadlineSchema = z
  .object({
    stepId: z.string().nullable().meta({ description: 'The step of a wave; null for the window itself.' }),
    at: instant,
    zone: z.string(),
    local,
    forecast: rangeSchema,
    verdict: z.enum(['in-time', 'likely-in-time', 'likely-late', 'late', 'unknown']).meta({
      description:
        'in-time: even the latest is; likely-in-time: the likely is; likely-late: only the earliest is; late: not even that.',
    }),
  })
  .meta({ id: 'ForecastDeadline' });

const wayInTimeSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    takesMs: durationMs,
    basis: z.enum(['rehearsed', 'named', 'planned']),
    by: z.string().nullable().meta({ description: 'Whose estimate it is.' }),
    why: z.string().nullable().meta({ description: 'Why it is not possible now; null while it is.' }),
    lastSafeAt: instant,
  })
  .meta({ id: 'WayBackInTime' });

/** How the rest of a cutover goes, by what is known. */
export const forecastSchema = z
  .object({
    id: z.string(),
    at: instant.meta({ description: 'The moment it was made for.' }),
    zone: z
      .string()
      .nullable()
      .meta({ description: 'The time zone of the downtime, null where none is named.' }),
    finish: rangeSchema.nullable().meta({
      description: 'Of the downtime, as the bindings name its end; null once the cutover has ended.',
    }),
    deadlines: z.array(deadlineSchema),
    criticalPath: z.array(z.string()),
    leverage: z
      .object({ stepId: z.string(), savesMs: durationMs })
      .nullable()
      .meta({ description: 'So much earlier the finish would be if this step took no more time.' }),
    lastSafeAbort: z.object({
      state: z
        .enum(['unknown', 'open', 'soon', 'urgent', 'passed', 'going-back', 'forward-only', 'over'])
        .meta({ description: 'soon: within two hours; urgent: within half an hour.' }),
      reason: z.string(),
      at: instant.nullable(),
      local: local.nullable(),
      leftMs: z.int().nullable().meta({ description: 'Negative once it has passed.' }),
      neededAt: instant
        .nullable()
        .meta({ description: 'By when AX must be back: the earliest wave, or the end of the window.' }),
      marginMs: durationMs,
      ways: z.array(wayInTimeSchema),
    }),
    rehearsals: z.array(
      z.object({
        id: z.string(),
        representative: z.boolean().meta({ description: 'False for a mock on a restored copy.' }),
        why: z
          .string()
          .nullable()
          .meta({ description: 'Why nothing is taken from it; null where something is.' }),
      }),
    ),
    steps: z.array(stepForecastSchema),
    lines: z.object({ finish: z.string(), lastSafeAbort: z.string() }).meta({
      description: 'The answer in one line each.',
    }),
  })
  .meta({ id: 'Forecast' });

/** See {@link forecastSchema}. */
export type ForecastView = z.infer<typeof forecastSchema>;
/** See {@link rangeSchema}. */
export type RangeView = z.infer<typeof rangeSchema>;
