import type { Mismatch } from '../core/counts.ts';
import { mismatchesOf } from '../core/counts.ts';
import type { PublicationClass } from '../core/replication.ts';
import { countTables } from './counting.ts';
import type { KindReading, KindVerdict, StepContext } from './kind.ts';
import { notYet } from './verdicts.ts';

const SHOWN = 20;

/** Exact counts as evidence keeps them; the tables themselves are in the snapshot of this hash. */
export type ExactCounts = {
  readonly total: number;
  readonly counted: number;
  /** Null until every table is counted. */
  readonly snapshot: string | null;
  readonly sourceRows: number;
  /** Tables that could not be counted at the source. */
  readonly unreadable: readonly string[];
  readonly mismatches: { readonly total: number; readonly largest: readonly Mismatch[] };
};

/** Counts on, and stores the snapshot once every table is counted. */
export const readExactCounts = async (
  context: StepContext<unknown>,
  classes: readonly PublicationClass[],
  sides: 'source' | 'both',
): Promise<KindReading<ExactCounts>> => {
  const { ports, cutoverId, now } = context;
  const { id, total, tables } = await countTables(context, classes, sides);
  const complete = total > 0 && tables.length === total;
  const snapshot = complete
    ? await ports.snapshots.store(cutoverId, {
        schema: 1,
        id,
        takenAt: now,
        method: 'exact',
        sides,
        readingSource: 'pulled',
        tables,
      })
    : null;
  const mismatches = complete && sides === 'both' ? mismatchesOf(tables) : [];
  return {
    source: 'pulled',
    takenAt: now,
    body: {
      total,
      counted: tables.length,
      snapshot: snapshot?.hash ?? null,
      sourceRows: tables.reduce((sum, { source }) => sum + (source ?? 0), 0),
      unreadable: complete ? tables.filter(({ source }) => source === null).map(({ table }) => table) : [],
      mismatches: { total: mismatches.length, largest: mismatches.slice(0, SHOWN) },
    },
  };
};

/** What keeps a counting from being complete; null once it is. */
export const incomplete = ({ total, counted, snapshot }: ExactCounts): KindVerdict | null => {
  if (snapshot !== null) return null;
  if (total === 0) {
    return notYet({
      code: 'scope-empty',
      message: 'No published table was found, and what is published is the scope of the counting',
      who: 'DBA',
      next: 'Check that replication is set up, and compare the server in the bindings with SELECT @@SERVERNAME.',
    });
  }
  const condition = {
    code: 'counting',
    message: `Counted ${counted.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} tables`,
    who: 'nobody: it passes',
    next: 'Wait: the counting goes on by itself.',
  };
  return { verdict: 'not-yet', unmet: [condition], again: true };
};
