import { z } from 'zod';
import type { PublicationClass } from '../core/replication.ts';

/** One side of a comparison. */
export type Side = 'source' | 'target';

/** So many statements count at one server at a time, whatever the number of steps and processes. */
export const LANES = 4;

const sideSchema = z.object({ schema: z.string(), table: z.string(), rows: z.number() }).nullable();
const countSchema = z.number().nullable();
const rangeSchema = z.object({ low: z.string(), high: z.string(), first: z.boolean(), last: z.boolean() });
const pieceSchema = z.union([
  z.object({ of: z.enum(['tables', 'long']), rows: z.number(), tables: z.array(z.int()) }),
  z.object({ of: z.literal('range'), rows: z.number(), tables: z.array(z.int()), range: rangeSchema }),
]);

const planSchema = z.object({
  /** The databases it counts: counts of others are worth nothing here. */
  place: z.string(),
  tables: z.array(
    z.object({
      table: z.string(),
      source: sideSchema,
      target: sideSchema,
      writtenAt: z.string().nullable(),
      /** Counts of an earlier round that still hold, and since when; null if it is to be counted. */
      held: z.object({ source: countSchema, target: countSchema, at: z.number() }).nullable(),
    }),
  ),
  pieces: z.object({ source: z.array(pieceSchema), target: z.array(pieceSchema) }),
});

const countedSchema = z.union([
  z.literal('halved'),
  z.object({ at: z.number(), counts: z.array(countSchema) }),
]);

/** What a round counts: every table in scope as it was when the round began, and the pieces of each side. */
export type CountingPlan = z.infer<typeof planSchema>;
/** A table of a round. */
export type PlannedTable = CountingPlan['tables'][number];
/** What a piece gave, a count for each of its tables, and when its counting began; null for a table that is not there. */
export type CountedPiece = z.infer<typeof countedSchema>;

/** A round of a counting: its plan, and what its pieces gave so far. */
export type CountingRound = {
  readonly id: string;
  readonly round: number;
  readonly plan: CountingPlan;
  readonly counts: ReadonlyMap<string, CountedPiece>;
};

/** A table as one look at both sides finds it. */
export type LookedTable = Omit<PlannedTable, 'held'> & { readonly class: PublicationClass };

/** Reads a stored plan. */
export const readPlan = (plan: unknown): CountingPlan => planSchema.parse(plan);

/** Reads what a stored piece gave. */
export const readCounted = (counted: unknown): CountedPiece => countedSchema.parse(counted);
