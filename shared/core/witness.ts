import type { TableCount } from './counts.ts';
import { tableNameKey } from './table-name.ts';

/** A table that two witnesses counted differently, in words. */
export type Conflict = { readonly table: string; readonly reason: string };

/** What a second witness says of the tables that were counted. */
export type Comparison = {
  /** Tables that both counted on both sides. */
  readonly common: number;
  readonly conflicts: readonly Conflict[];
  /** Tables in scope of which the witness says nothing, or not of both sides. */
  readonly unwitnessed: readonly string[];
};

const difference = (side: string, own: number | null, theirs: number): string | null => {
  if (own === theirs) return null;
  return own === null
    ? `the witness counts ${theirs} at the ${side}, where nothing could be counted`
    : `${own} at the ${side}, where the witness counts ${theirs}`;
};

/**
 * Compares exact counts with those of a second witness, the report of the toolkit (A9), table by table and side by side.
 * What the witness does not count is no agreement, and names of tables are compared without regard to case.
 */
export const compareWitness = (own: readonly TableCount[], witness: readonly TableCount[]): Comparison => {
  const byTable = new Map(witness.map((count) => [tableNameKey(count.table), count]));
  const conflicts: Conflict[] = [];
  const unwitnessed: string[] = [];
  for (const { table, source, target } of own) {
    const theirs = byTable.get(tableNameKey(table));
    if (theirs === undefined || theirs.source === null || theirs.target === null) {
      unwitnessed.push(table);
      continue;
    }
    const reasons = [
      difference('source', source, theirs.source),
      difference('target', target, theirs.target),
    ].filter((reason) => reason !== null);
    if (reasons.length > 0) conflicts.push({ table, reason: reasons.join('; ') });
  }
  return { common: own.length - unwitnessed.length, conflicts, unwitnessed };
};

/** What the witness alone says of the tables in scope, where nothing may be counted: what it leaves out is unreadable. */
export const countedByWitness = (
  scope: readonly string[],
  witness: readonly TableCount[],
): readonly TableCount[] => {
  const byTable = new Map(witness.map((count) => [tableNameKey(count.table), count]));
  return scope.map((table) => ({
    table,
    source: byTable.get(tableNameKey(table))?.source ?? null,
    target: byTable.get(tableNameKey(table))?.target ?? null,
  }));
};
