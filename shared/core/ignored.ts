import { inList } from './table-name.ts';

/** A table that is left out of the scope: why, who answers for it, and until when (epoch milliseconds). */
export type IgnoreEntry = {
  /** With its schema or without, as the toolkit's list has it. */
  readonly table: string;
  readonly reason: string;
  readonly owner: string;
  readonly expiresAt: number;
};

/** The entries that hold at an instant: one that has expired lets its table into the scope again. */
export const ignoredAt = (entries: readonly IgnoreEntry[], now: number): readonly IgnoreEntry[] =>
  entries.filter(({ expiresAt }) => now < expiresAt);

/** Tells of a table, by its name with schema, what leaves it out at an instant; null for a table in scope. */
export const ignoring = (
  entries: readonly IgnoreEntry[],
  now: number,
): ((table: string) => IgnoreEntry | null) => inList(ignoredAt(entries, now), ({ table }) => table);
