import type { Snapshot } from './counts.ts';
import { grouped } from './grouped.ts';
import type { Rows, TableLook } from './table-look.ts';
import { lookOf } from './table-look.ts';
import { tableNameKey } from './table-name.ts';

/** Equal counts that differ from the rehearsal by more than this factor need a person's word (an assumption). */
export const REHEARSAL_RATIO = 10;

/** Why an equality proves little. */
export type EqualityDoubt = {
  readonly doubt: 'gone-from-both' | 'empty' | 'far-from-rehearsal';
  readonly reason: string;
};

/**
 * "Equal but wrong": both sides agree and yet cannot be right by what the last rehearsal counted (null where it did not
 * count the table). Null where nothing speaks against it.
 */
export const equalityDoubt = (
  { source, target }: Pick<TableLook, 'source' | 'target'>,
  rehearsal: Rows | null,
  ratioBound: number = REHEARSAL_RATIO,
): EqualityDoubt | null => {
  if (source !== target) return null;
  const before = typeof rehearsal === 'number' ? rehearsal : null;
  const then = before === null ? '' : `; the rehearsal counted ${grouped(before)}`;
  if (source === 'absent') return { doubt: 'gone-from-both', reason: `gone from both sides${then}` };
  if (typeof source !== 'number' || before === null) return null;
  if (source === 0 && before > 0) return { doubt: 'empty', reason: `empty on both sides${then}` };
  const [less, more] = source < before ? [source, before] : [before, source];
  return more > ratioBound * Math.max(1, less)
    ? { doubt: 'far-from-rehearsal', reason: `${grouped(source)} on both sides${then}` }
    : null;
};

/** Tells what a rehearsal counted of a table at the source, by its newest comparison; null where it did not count it. */
export const rehearsedRows = (comparisons: readonly Snapshot[]): ((table: string) => Rows | null) => {
  const rows = new Map<string, Rows>();
  for (const snapshot of comparisons.toSorted((a, b) => a.takenAt - b.takenAt)) {
    for (const count of snapshot.tables) rows.set(tableNameKey(count.table), lookOf(snapshot, count).source);
  }
  return (table) => rows.get(tableNameKey(table)) ?? null;
};
