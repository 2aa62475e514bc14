import type { IgnoreEntry } from './ignored.ts';
import { ignoring } from './ignored.ts';
import type { PublicationClass } from './replication.ts';
import type { Rows } from './table-look.ts';
import { inList } from './table-name.ts';

/** By which rules a table's counts are judged ("Data upgrade in self-service environments"). */
export type TableClass = Exclude<PublicationClass, 'other-objects'> | 'ignored';

/** What the toolkit's lists say of tables: IgnoreTables.xml and SpecialTables.xml. */
export type TableLists = {
  readonly ignored: readonly IgnoreEntry[];
  /** Names of tables, with their schema or without. */
  readonly special: readonly string[];
};

/** The lists of a customer who has none. */
export const NO_LISTS: TableLists = { ignored: [], special: [] };

/**
 * Tells the class of a table from that of its publication and from what the lists say of it now; null for what is
 * published but has no rows, such as functions.
 */
export const tableClasses = (
  { ignored, special }: TableLists,
  now: number,
): ((table: string, publication: PublicationClass) => TableClass | null) => {
  const ignoredBy = ignoring(ignored, now);
  const specialBy = inList(special, (name) => name);
  return (table, publication) => {
    if (publication === 'other-objects') return null;
    if (ignoredBy(table) !== null) return 'ignored';
    return specialBy(table) === null ? publication : 'special';
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
