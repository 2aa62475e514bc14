/** A table that is left out of the scope: why, who answers for it, and until when (epoch milliseconds). */
export type IgnoreEntry = {
  readonly table: string;
  readonly reason: string;
  readonly owner: string;
  readonly expiresAt: number;
};

/** Two names of one table: SQL Server compares names of AX without regard to case, and a name without a schema is of dbo. */
const keyOf = (table: string): string => (table.includes('.') ? table : `dbo.${table}`).toUpperCase();

/** The entries that hold at an instant: one that has expired lets its table into the scope again. */
export const ignoredAt = (entries: readonly IgnoreEntry[], now: number): readonly IgnoreEntry[] =>
  entries.filter(({ expiresAt }) => now < expiresAt);

/** Tells of a table, by its name with schema, what leaves it out at an instant; null for a table in scope. */
export const ignoring = (
  entries: readonly IgnoreEntry[],
  now: number,
): ((table: string) => IgnoreEntry | null) => {
  const byTable = new Map(ignoredAt(entries, now).map((entry) => [keyOf(entry.table), entry]));
  return (table) => byTable.get(keyOf(table)) ?? null;
};
