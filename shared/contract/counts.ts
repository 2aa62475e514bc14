import { z } from 'zod';
import { VERDICTS } from '../core/table-verdict.ts';
import { asOfQuerySchema } from './audit.ts';
import { cutoverIdSchema, pageQuerySchema } from './http.ts';
import { ignoredSchema } from './status.ts';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });
const rows = z
  .union([z.int(), z.enum(['absent', 'unreadable'])])
  .meta({ description: 'Missing is not zero, and unreadable is neither.' });

/** The name of a table with its schema. */
export const tableNameSchema = z.string().min(1).max(257);
/** The hash of a snapshot in a path. */
export const snapshotHashSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** A page that continues a computed list: as of when it was computed, and from which place on. */
const placeSchema = z.string().regex(/^\d{1,15}\.\d{1,6}$/);

/** As of which moment counts are shown. */
export const countsQuerySchema = asOfQuerySchema;

/** Which snapshots are listed. */
export const snapshotsQuerySchema = pageQuerySchema.extend({
  method: z.enum(['estimate', 'exact']).default('exact'),
});

/** Which differences of two snapshots are shown. */
export const differencesQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  next: z
    .string()
    .regex(/^\d{1,6}$/)
    .optional(),
});

/** Which mismatches are shown. */
export const mismatchesQuerySchema = z.strictObject({
  verdict: z.enum(VERDICTS).optional(),
  rehearsal: cutoverIdSchema.optional().meta({
    description:
      'The id of the mock cutover whose exact counts equal tables are held against; absent: that of the bindings.',
  }),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  next: placeSchema.optional(),
});

/** Which table, and how many of its newest looks. */
export const tableTrendQuerySchema = z.strictObject({
  table: tableNameSchema,
  looks: z.coerce.number().int().min(1).max(100).default(24),
});

/** How many of the slowest tables are named. */
export const trendQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

/** A snapshot without its tables. */
export const snapshotLineSchema = z
  .object({
    hash: z.string(),
    id: z.string(),
    method: z.enum(['estimate', 'exact']),
    sides: z.enum(['source', 'both']),
    readingSource: z.enum(['pulled', 'pushed', 'file', 'stated']),
    takenAt: instant,
    tables: z.int(),
  })
  .meta({ id: 'SnapshotLine' });

const sides = z.object({ source: rows, target: rows });

/** A page of what differs between two snapshots. */
export const differencesSchema = z
  .object({
    total: z.int(),
    differences: z.array(z.object({ table: z.string(), before: sides.nullable(), after: sides.nullable() })),
    next: z.string().nullable(),
  })
  .meta({ id: 'SnapshotDifferences' });

const look = sides.extend({ at: instant, method: z.enum(['estimate', 'exact']) }).meta({ id: 'TableLook' });

/** One table that somebody has to look at. */
export const mismatchSchema = z
  .object({
    table: z.string(),
    class: z.enum(['keyed', 'non-keyed', 'locked', 'special', 'ignored']),
    verdict: z.enum(VERDICTS),
    reason: z.string(),
    look: look.nullable().meta({ description: 'The look the verdict rests on.' }),
    doubt: z
      .object({ doubt: z.enum(['gone-from-both', 'empty', 'far-from-rehearsal']), reason: z.string() })
      .nullable()
      .meta({ description: 'Why the two sides cannot be right though they agree.' }),
  })
  .meta({ id: 'Mismatch' });

/** A page of mismatches, the worst first. */
export const mismatchesSchema = z
  .object({
    at: instant,
    totals: z.partialRecord(z.enum(VERDICTS), z.int()).meta({ description: 'Tables by verdict.' }),
    total: z.int(),
    mismatches: z.array(mismatchSchema),
    next: z.string().nullable(),
  })
  .meta({ id: 'Mismatches' });

/** When the rows will have arrived. */
export const arrivalSchema = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('arrived'), since: instant }),
    z.object({ state: z.literal('expected'), low: instant, likely: instant, high: instant }),
    z.object({
      state: z.literal('unknown'),
      because: z.enum(['blind', 'too-few-looks', 'growing', 'flat', 'unsteady']),
      reason: z.string(),
    }),
  ])
  .meta({ id: 'Arrival' });

const namedArrival = z.object({ name: z.string(), arrival: arrivalSchema });

/** The trend of one table. */
export const tableTrendSchema = z
  .object({
    table: z.string(),
    looks: z.array(look).meta({ description: 'Oldest first.' }),
    arrival: arrivalSchema,
    score: z.object({ scored: z.int(), inside: z.int() }).meta({
      description: 'How many past arrivals were tried by what happened, and how many held the truth.',
    }),
  })
  .meta({ id: 'TableTrend' });

const slowest = z
  .object({ arrival: arrivalSchema, name: z.string().nullable(), unknown: z.int() })
  .meta({ id: 'SlowestArrival' });

/** The trend of everything. */
export const trendSchema = z
  .object({
    at: instant,
    overall: slowest.nullable(),
    classes: z.array(slowest.extend({ class: z.string() })),
    slowest: z.array(namedArrival),
  })
  .meta({ id: 'Trend' });

/** Coverage and freshness. */
export const coverageSchema = z
  .object({
    at: instant,
    tables: z.object({
      inScope: z.int(),
      exact: z.int(),
      estimated: z.int(),
      notCompared: z.int(),
      ignored: z.int(),
    }),
    rows: z.object({ inScope: z.int(), exact: z.int() }),
    exactShare: z.object({ tables: z.number().nullable(), rows: z.number().nullable() }),
    oldestAt: instant.nullable(),
    staleAfterMs: z.int(),
    staleTotal: z.int(),
    stale: z.array(z.string()).meta({ description: 'The first of them, by name.' }),
    ignored: z.array(ignoredSchema).meta({ description: 'Every entry of the list, expired or not.' }),
  })
  .meta({ id: 'Coverage' });

/** See {@link arrivalSchema}. */
export type ArrivalView = z.infer<typeof arrivalSchema>;
/** See {@link mismatchSchema}. */
export type MismatchView = z.infer<typeof mismatchSchema>;
