import { z } from 'zod';
import type { ExactCounts } from './exact-snapshot.ts';
import { incomplete, leftOut, readExactCounts } from './exact-snapshot.ts';
import { countedByToolkit } from './first-witness.ts';
import type { KindReading, KindVerdict, StepContext } from './kind.ts';
import { defineKind } from './kind.ts';
import { publicationClassesSchema } from './publication-class.ts';
import { acceptsSchema, isAccessRefused, isRead, READ } from './sources.ts';
import type { ToolkitCounts, Witness } from './toolkit-witness.ts';
import { alsoCounted, lackOfWitness, toolkitCounts } from './toolkit-witness.ts';
import { done, failed, listed, notYet } from './verdicts.ts';

const SOURCES = [...READ, 'file'] as const;
const params = z.strictObject({ classes: publicationClassesSchema, accepts: acceptsSchema(SOURCES) });
type Params = z.infer<typeof params>;

/** `witness`: the toolkit's counts, where they stand in the place of our own. */
type Reading = ExactCounts & { readonly witness?: Witness | null };

const readToolkit = async (
  context: StepContext<Params>,
  toolkit: ToolkitCounts | null,
): Promise<KindReading<Reading>> => {
  const { body, witness } = await countedByToolkit(context, toolkit, 'source');
  return { source: 'file', takenAt: context.now, body: { ...body, witness } };
};

/** What AX 2012 held when it went off: the source counted exactly, once. */
export const baseline = defineKind<Params, Reading>({
  name: 'baseline',
  summary: 'Counts the published tables of the source exactly and keeps the counts.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: ({ accepts }) => accepts ?? SOURCES,
  // A counting goes on by itself: this recovers one that was lost, finds lanes that others left, and looks for stillness.
  pollEveryMs: 2 * 60_000,
  read: async (context) => {
    const { classes, accepts = SOURCES } = context.params;
    if (!isRead(accepts)) return await readToolkit(context, await toolkitCounts(context));
    try {
      return await readExactCounts(context, classes, 'source');
    } catch (error) {
      const toolkit =
        accepts.includes('file') && isAccessRefused(error) ? await toolkitCounts(context) : null;
      if (toolkit === null) throw error;
      return await readToolkit(context, toolkit);
    }
  },
  judge: ({ bindings, step }, { body }): KindVerdict => {
    const { witness } = body;
    if (witness !== undefined) {
      const since = step.wait?.openedAt ?? 0;
      const unmet = lackOfWitness(witness, { database: bindings.source.database, since, isRequired: true });
      if (unmet.length > 0) return notYet(...unmet);
    }
    const lack = incomplete(body);
    if (lack !== null) return lack;
    if (body.unreadable.length > 0) return failed('C601', `not at the source: ${listed(body.unreadable)}`);
    return done(
      `${body.total.toLocaleString('en-US')} tables, ${body.sourceRows.toLocaleString('en-US')} rows${leftOut(body)}${alsoCounted(witness ?? null)}`,
    );
  },
});
