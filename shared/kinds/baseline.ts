import { z } from 'zod';
import type { ExactCounts } from './exact-snapshot.ts';
import { incomplete, leftOut, readExactCounts } from './exact-snapshot.ts';
import { defineKind } from './kind.ts';
import { publicationClassesSchema } from './publication-class.ts';
import { acceptsSchema, READ } from './sources.ts';
import { done, failed, listed } from './verdicts.ts';

const params = z.strictObject({ classes: publicationClassesSchema, accepts: acceptsSchema(READ) });

/** What AX 2012 held when it went off: the source counted exactly, once. */
export const baseline = defineKind<z.infer<typeof params>, ExactCounts>({
  name: 'baseline',
  summary: 'Counts the published tables of the source exactly and keeps the counts.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  accepts: ({ accepts }) => accepts ?? READ,
  // A counting goes on by itself: this recovers one that was lost, finds lanes that others left, and looks for stillness.
  pollEveryMs: 2 * 60_000,
  read: (context) => readExactCounts(context, context.params.classes, 'source'),
  judge: (_, { body }) => {
    const lack = incomplete(body);
    if (lack !== null) return lack;
    if (body.unreadable.length > 0) return failed('C601', `not at the source: ${listed(body.unreadable)}`);
    return done(
      `${body.total.toLocaleString('en-US')} tables, ${body.sourceRows.toLocaleString('en-US')} rows${leftOut(body)}`,
    );
  },
});
