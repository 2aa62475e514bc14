import { z } from 'zod';
import type { ExactCounts } from './exact-snapshot.ts';
import { incomplete, leftOut, readExactCounts } from './exact-snapshot.ts';
import { defineKind } from './kind.ts';
import { publicationClassesSchema } from './publication-class.ts';
import { done, failed } from './verdicts.ts';

const params = z.strictObject({ classes: publicationClassesSchema });

/** Equal: every published table counted exactly on both sides. Missing is not zero, unreadable is not equal. */
export const validateCounts = defineKind<z.infer<typeof params>, ExactCounts>({
  name: 'validate-counts',
  summary: 'Counts the published tables exactly on both sides and demands that they agree.',
  params,
  asks: () => 'world',
  dataGate: true,
  rule: null,
  effect: null,
  // A counting goes on by itself: this recovers one that was lost, finds lanes that others left, and looks for stillness.
  pollEveryMs: 2 * 60_000,
  read: (context) => readExactCounts(context, context.params.classes, 'both'),
  judge: (_, { body }) => {
    const lack = incomplete(body);
    if (lack !== null) return lack;
    const { total, largest } = body.mismatches;
    const tables = body.total.toLocaleString('en-US');
    if (total === 0)
      return done(
        `${tables} tables are equal, ${body.sourceRows.toLocaleString('en-US')} rows${leftOut(body)}`,
      );
    const named = largest.map(({ table, reason }) => `${table} (${reason})`).join(', ');
    return failed('C601', `${total} of ${tables} tables: ${named}${total > largest.length ? ', …' : ''}`);
  },
});
