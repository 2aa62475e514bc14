import { z } from 'zod';
import { ignoring } from '../core/ignored.ts';
import type { ReadingSource } from '../core/state.ts';
import { countedByWitness } from '../core/witness.ts';
import type { Doubts } from './equality-doubts.ts';
import { doubtsOf, NO_DOUBTS, openDoubts, waivedDoubts } from './equality-doubts.ts';
import type { ExactCounts } from './exact-snapshot.ts';
import { incomplete, leftOut, NOTHING_COUNTED, readExactCounts, storedCounts } from './exact-snapshot.ts';
import type { KindReading, KindVerdict, StepContext } from './kind.ts';
import { defineKind } from './kind.ts';
import { publicationClassesSchema } from './publication-class.ts';
import { acceptsSchema, isAccessRefused, READ } from './sources.ts';
import { tableListsOf } from './table-lists.ts';
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
const mayCount = (wish: Params): boolean => READ.some((source) => acceptedBy(wish).includes(source));

type Reading = ExactCounts & { readonly witness: Witness | null; readonly doubts: Doubts };

/** The toolkit's counts in the place of our own, where nothing may be counted; of all tables it names, as no class is read. */
const readFirstWitness = async (
  context: StepContext<Params>,
  toolkit: ToolkitCounts | null,
): Promise<KindReading<Reading>> => {
  const { planned, step, now, given } = context;
  if (toolkit === null)
    return { source: 'file', takenAt: now, body: { ...NOTHING_COUNTED, witness: null, doubts: NO_DOUBTS } };
  const lists = await tableListsOf(given);
  const ignoredBy = ignoring(lists.ignored, now);
  const inScope = toolkit.counts.filter(({ table }) => ignoredBy(table) === null);
  const tables = countedByWitness(inScope).map((count) => ({ ...count, countedAt: toolkit.takenAt }));
  const ignored = [...new Set(toolkit.counts.flatMap(({ table }) => ignoredBy(table) ?? []))];
  const id = `${planned.id}-${step.attempt}`;
  const counted = { source: 'file', takenAt: toolkit.takenAt, id, tables, ignored } as const;
  const body = await storedCounts(context, counted, 'both');
  const doubts = await doubtsOf(context, tables);
  return {
    source: 'file',
    takenAt: now,
    body: { ...body, witness: witnessOf(toolkit, 'first', tables), doubts },
  };
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
