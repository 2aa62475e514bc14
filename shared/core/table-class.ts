import type { PublicationClass } from './replication.ts';
import type { Rows } from './table-look.ts';
import { tableNameKey, withoutSchema } from './table-name.ts';

/** By which rules a table's counts are judged ("Data upgrade in self-service environments"). */
export type TableClass = Exclude<PublicationClass, 'other-objects'> | 'ignored';

/** An entry of the toolkit's IgnoreTables.xml, and who answers for it until when (epoch milliseconds). */
export type IgnoredTable = {
  /** With its schema or without, as the toolkit's list has it. */
  readonly table: string;
  readonly reason: string;
  readonly owner: string;
  readonly expiresAt: number;
};

/** Whether an entry still holds: one that has expired lets its table back into the scope. */
export const isIgnoredAt = ({ expiresAt }: IgnoredTable, now: number): boolean => now < expiresAt;

/**
 * Tells the class of a table from that of its publication and the entries that hold now; null for what is published
 * but has no rows, such as functions.
 */
export const tableClasses = (
  ignored: readonly IgnoredTable[],
  now: number,
): ((table: string, publication: PublicationClass) => TableClass | null) => {
  const names = new Set(
    ignored.filter((entry) => isIgnoredAt(entry, now)).map(({ table }) => tableNameKey(table)),
  );
  return (table, publication) => {
    if (publication === 'other-objects') return null;
    if (names.size === 0) return publication;
    const key = tableNameKey(table);
    return names.has(key) || names.has(withoutSchema(key)) ? 'ignored' : publication;
  };
};

/**
 * Whether nothing can be said yet because the toolkit has still to publish the table: entry 7 publishes those without a
 * key and those that were locked; special tables are started by hand, so rows at the target show that one was.
 */
export const isDeferred = (tableClass: TableClass, target: Rows, nonKeyedPublished: boolean): boolean => {
  if (nonKeyedPublished) return false;
  switch (tableClass) {
    case 'non-keyed':
    case 'locked':
      return true;
    case 'special':
      return target === 'absent' || target === 0;
    case 'keyed':
    case 'ignored':
      return false;
  }
};
