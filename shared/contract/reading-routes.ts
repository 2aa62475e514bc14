import { z } from 'zod';
import { pageQuerySchema } from './http.ts';
import { MISSING, ok, SIGNED_IN } from './replies.ts';
import { get, ofCutover } from './route.ts';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });

const agentSchema = z.object({
  name: z.string(),
  role: z.enum(['snapshot', 'log-reader', 'distribution']),
  runStatus: z.int().meta({ description: 'As SQL Server says it; 2 of a continuous agent means stopped.' }),
  comment: z.string(),
  at: instant.meta({ description: 'By the clock of the distributor.' }),
  latencyMs: z.number().nullable(),
  error: z.string().nullable(),
});

const publicationSchema = z.object({
  name: z.string(),
  class: z.enum(['keyed', 'other-objects', 'non-keyed', 'locked', 'special']),
  transactional: z.boolean(),
  articles: z.int(),
  subscriptions: z.object({ total: z.int(), active: z.int() }),
  snapshotDelivered: z.boolean(),
  pendingCommands: z.number().nullable(),
  undeliveredSince: instant.nullable(),
  retentionHours: z.number().nullable(),
  agents: z.array(agentSchema),
  tracer: z.object({ postedAt: instant, arrived: z.boolean() }).nullable(),
});

/** What one look at replication saw. */
export const readingSchema = z
  .object({
    takenAt: instant,
    source: z.enum(['pulled', 'pushed', 'file', 'stated']),
    paceMs: z.number().meta({ description: 'How far apart looks were to be.' }),
    depth: z.enum(['minimum', 'state', 'counts']),
    serverTime: instant.nullable().meta({ description: 'The clock of the distributor.' }),
    blind: z.object({ code: z.string(), message: z.string() }).nullable(),
    distributionExists: z.boolean(),
    publications: z.array(publicationSchema),
    distributionBytes: z.number().nullable(),
    sourceServer: z
      .object({
        logReuseWait: z.string(),
        logBytes: z.number(),
        logUsedBytes: z.number(),
        volumes: z.array(z.object({ name: z.string(), bytes: z.number(), freeBytes: z.number() })),
      })
      .nullable(),
    gaps: z.array(z.object({ statement: z.string(), code: z.string(), message: z.string() })),
    estimates: z
      .object({ tables: z.int(), equal: z.int(), sourceRows: z.number(), targetRows: z.number() })
      .nullable(),
  })
  .meta({ id: 'ReplicationReading' });

/** See {@link readingSchema}. */
export type ReadingView = z.infer<typeof readingSchema>;

/** What was seen of replication. */
export const READING_ROUTES = {
  'list-readings': get(
    'cutovers/{cutoverId}/readings',
    'What each look at replication saw, newest first, of the source the plan in force is bound to',
    'observer',
    ofCutover,
    pageQuerySchema,
    {
      ...ok('A page', z.object({ readings: z.array(readingSchema), next: z.string().nullable() })),
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
} as const;
