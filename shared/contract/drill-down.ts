import { z } from 'zod';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });
const rows = z.int().min(0);
const recid = z.string().regex(/^-?\d{1,19}$/);
const company = z.string().nullable().meta({ description: 'Null where the table is not saved per company.' });
const counted = z.int().min(0).nullable().meta({ description: 'Null where it was not counted.' });

const sideSchema = z.object({ rows, high: recid.nullable().meta({ description: 'The highest RECID.' }) });

const foundSchema = z
  .object({
    rows,
    recids: z.array(z.object({ recid, company })),
    ranges: z
      .array(z.object({ low: recid, high: recid, rows }))
      .meta({ description: 'Ranges of RECIDs of which the other side has no row at all.' }),
  })
  .meta({ id: 'FoundRows' });

/** What a drill-down found, as its evidence keeps it. */
export const drillEvidenceSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('drill-down'),
  table: z.string(),
  takenAt: z.int(),
  companies: z
    .array(z.object({ company, source: sideSchema, target: sideSchema }))
    .nullable()
    .meta({ description: 'The companies that differ; null where the table was too large to tell.' }),
  missing: foundSchema,
  surplus: foundSchema,
  open: z
    .array(
      z.object({
        low: recid,
        high: recid,
        rows: z.object({ source: counted, target: counted }),
        why: z.enum(['queries', 'time', 'too-slow', 'no-index', 'ambiguous']),
      }),
    )
    .meta({ description: 'Ranges in which more rows may differ, and why they were not told.' }),
  moved: z.boolean().meta({ description: 'Whether rows came or went while it was searched.' }),
  queries: z.int(),
  maxQueries: z.int(),
});

/** See {@link drillEvidenceSchema}. */
export type DrillEvidence = z.infer<typeof drillEvidenceSchema>;

/** The table whose difference is to be narrowed down. */
export const drillBodySchema = z.strictObject({
  table: z.string().min(1).max(260).meta({ description: 'With its schema, as the mismatches name it.' }),
});

/** One drill-down in the list. */
export const drillLineSchema = z
  .object({
    table: z.string(),
    hash: z.string().meta({ description: 'Of what was found: shows it at /drill-downs/{hash}.' }),
    missing: rows,
    surplus: rows,
    open: rows.meta({ description: 'Ranges in which more rows may differ.' }),
    by: z.string(),
    at: instant,
  })
  .meta({ id: 'DrillDown' });

/** See {@link drillLineSchema}. */
export type DrillLine = z.infer<typeof drillLineSchema>;

/** What was found, as people see it. */
export const drillDownSchema = drillEvidenceSchema
  .omit({ schema: true, kind: true, takenAt: true })
  .extend({ hash: z.string(), takenAt: instant });

/** See {@link drillDownSchema}. */
export type DrillDownView = z.infer<typeof drillDownSchema>;
