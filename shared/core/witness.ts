import type { TableCount } from './counts.ts';
import { tableNameKey } from './table-name.ts';

/** A table that two witnesses counted differently, in words. */
export type Conflict = { readonly table: string; readonly reason: string };

/** What a second witness says of the tables that were counted. */
export type Comparison = {
  /** Tables that both counted on both sides. */
  readonly common: number;
  readonly conflicts: readonly Conflict[];
  /** Tables that were counted after the witness looked: what it says of them does not count. */
  readonly outdated: readonly string[];
  /** Tables in scope of which the witness says nothing, or not of both sides. */
  readonly unwitnessed: readonly string[];
};

const byName = (witness: readonly TableCount[]): ReadonlyMap<string, TableCount> =>
  new Map(witness.map((count) => [tableNameKey(count.table), count]));

const difference = (side: string, own: number | null, theirs: number): string | null => {
  if (own === theirs) return null;
  return own === null
    ? `the witness counts ${theirs} at the ${side}, where nothing could be counted`
    : `${own} at the ${side}, where the witness counts ${theirs}`;
};

/**
 * Compares exact counts with those of a second witness, the report of the toolkit (A9), table by table and side by side;
 * `lookedAt` is when it looked. What the witness does not count is no agreement.
 */
export const compareWitness = (
  own: readonly TableCount[],
  witness: readonly TableCount[],
  lookedAt: number,
): Comparison => {
  const theirCounts = byName(witness);
  const conflicts: Conflict[] = [];
  const outdated: string[] = [];
  const unwitnessed: string[] = [];
  for (const { table, source, target, countedAt = lookedAt } of own) {
    const theirs = theirCounts.get(tableNameKey(table));
    if (theirs === undefined || theirs.source === null || theirs.target === null) {
      unwitnessed.push(table);
      continue;
    }
    if (countedAt > lookedAt) {
      outdated.push(table);
      continue;
    }
    const reasons = [
      difference('source', source, theirs.source),
      difference('target', target, theirs.target),
    ].filter((reason) => reason !== null);
    if (reasons.length > 0) conflicts.push({ table, reason: reasons.join('; ') });
  }
  return { common: own.length - unwitnessed.length - outdated.length, conflicts, outdated, unwitnessed };
};

const sideUnread = (source: number | null, target: number | null): TableCount['unreadable'] => {
  if (source === null) return target === null ? 'both' : 'source';
  return target === null ? 'target' : undefined;
};

/** What the witness alone says, where nothing may be counted: a count that it does not give is unreadable. */
export const countedByWitness = (witness: readonly TableCount[]): readonly TableCount[] =>
  witness.map(({ table, source, target }) => {
    const unreadable = sideUnread(source, target);
    return { table, source, target, ...(unreadable === undefined ? {} : { unreadable }) };
  });
