import { z } from 'zod';
import type { ReadingSource } from '../core/state.ts';
import type { Doubts } from './equality-doubts.ts';
import { doubtsOf, NO_DOUBTS, openDoubts, waivedDoubts } from './equality-doubts.ts';
import type { ExactCounts } from './exact-snapshot.ts';
import { incomplete, leftOut, readExactCounts } from './exact-snapshot.ts';
import { countedByToolkit } from './first-witness.ts';
import type { KindReading, KindVerdict, StepContext } from './kind.ts';
import { defineKind } from './kind.ts';
import { publicationClassesSchema } from './publication-class.ts';
import { acceptsSchema, isAccessRefused, isRead, READ } from './sources.ts';
import type { ToolkitCounts, Wanted, Witness } from './toolkit-witness.ts';
import { alsoCounted, lackOfWitness, toolkitCounts, witnessOf } from './toolkit-witness.ts';
import { done, failed, notYet } from './verdicts.ts';

const SOURCES = [...READ, 'file'] as const;
const params = z.strictObject({
  classes: publicationClassesSchema,
  accepts: acceptsSchema(SOURCES),
  witness: z.literal('required').optional().meta({
    description:
      "Whether the toolkit's counts must be there and agree; absent: they must agree if they are there.",
  }),
});
type Params = z.infer<typeof params>;

const acceptedBy = ({ accepts }: Params): readonly ReadingSource[] => accepts ?? SOURCES;

/** Whether rows may be counted, by the app or by a collector; otherwise the toolkit's counts stand alone. */
const mayCount = (wish: Params): boolean => isRead(acceptedBy(wish));

type Reading = ExactCounts & { readonly witness: Witness | null; readonly doubts: Doubts };

/** The toolkit's counts in the place of our own, where nothing may be counted. */
const readFirstWitness = async (
  context: StepContext<Params>,
  toolkit: ToolkitCounts | null,
): Promise<KindReading<Reading>> => {
  const { body, witness, tables } = await countedByToolkit(context, toolkit, 'both');
  const doubts = tables === null ? NO_DOUBTS : await doubtsOf(context, tables);
  return { source: 'file', takenAt: context.now, body: { ...body, witness, doubts } };
};

/** Equal: every published table counted exactly on both sides. Missing is not zero, unreadable is not equal. */
export const validateCounts = defineKind<Params, Reading>({
  name: 'validate-counts',
  summary:
    'Counts the published tables exactly on both sides and demands that they agree, with the counts of the toolkit too.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: acceptedBy,
  // A counting goes on by itself: this recovers one that was lost, finds lanes that others left, and looks for stillness.
  pollEveryMs: 2 * 60_000,
  read: async (context) => {
    const { classes } = context.params;
    const toolkit = await toolkitCounts(context);
    if (!mayCount(context.params)) return await readFirstWitness(context, toolkit);
    try {
      const { tables, ...reading } = await readExactCounts(context, classes, 'both');
      const witness = tables === null || toolkit === null ? null : witnessOf(toolkit, 'second', tables);
      const doubts = tables === null ? NO_DOUBTS : await doubtsOf(context, tables);
      return { ...reading, body: { ...reading.body, witness, doubts } };
    } catch (error) {
      if (toolkit === null || !acceptedBy(context.params).includes('file') || !isAccessRefused(error))
        throw error;
      return await readFirstWitness(context, toolkit);
    }
  },
  judge: ({ params: wish, bindings, step, planned }, { body }): KindVerdict => {
    const isOnlyWitness = !mayCount(wish);
    const wanted: Wanted = {
      database: bindings.source.database,
      since: step.wait?.openedAt ?? 0,
      isRequired: wish.witness === 'required' || isOnlyWitness,
    };
    const unmet = lackOfWitness(body.witness, wanted);
    if (isOnlyWitness && body.witness === null) return notYet(...unmet);
    const lack = incomplete(body);
    if (lack !== null) return lack;
    if (body.witness?.as === 'first' && unmet.length > 0) return notYet(...unmet);
    const { total, largest } = body.mismatches;
    const tables = body.total.toLocaleString('en-US');
    if (total > 0) {
      const named = largest.map(({ table, reason }) => `${table} (${reason})`).join(', ');
      return failed('C601', `${total} of ${tables} tables: ${named}${total > largest.length ? ', …' : ''}`);
    }
    const lacking = [...unmet, ...openDoubts(body.doubts, planned.id)];
    if (lacking.length > 0) return notYet(...lacking);
    const rows = body.sourceRows.toLocaleString('en-US');
    return done(
      `${tables} tables are equal, ${rows} rows${leftOut(body)}${alsoCounted(body.witness)}${waivedDoubts(body.doubts)}`,
    );
  },
});
