import type { PublicationClass } from './replication.ts';
import type { ReadingSource } from './state.ts';

/** Rows of one table on both sides; null where the table is missing or was not read. Never zero for missing. */
export type TableCount = {
  readonly table: string;
  readonly source: number | null;
  readonly target: number | null;
  /** On which sides null means that it is there but could not be counted; elsewhere null means absent. */
  readonly unreadable?: 'source' | 'target' | 'both';
  /** When it was counted, epoch milliseconds, where that is not the time of the snapshot. */
  readonly countedAt?: number;
  /** The class of the publication it is an article of, where that was read. */
  readonly class?: PublicationClass;
};

/** Row counts of all tables in scope at one time. */
export type Snapshot = {
  readonly schema: 1;
  readonly id: string;
  readonly takenAt: number;
  readonly method: 'estimate' | 'exact';
  /** A baseline counts the source alone and compares nothing. */
  readonly sides: 'source' | 'both';
  readonly readingSource: ReadingSource;
  readonly tables: readonly TableCount[];
};

/** A table whose two sides do not agree, in words. */
export type Mismatch = TableCount & { readonly reason: string };

const reason = ({ source, target, unreadable }: TableCount): string | null => {
  if (source === null && target === null) return 'not readable on either side';
  if (source === null) return 'not readable at the source';
  if (target === null)
    return unreadable === undefined ? 'absent at the target' : 'not readable at the target';
  if (target < source) return `${source - target} row(s) missing at the target`;
  if (target > source) return `${target - source} row(s) too many at the target`;
  return null;
};

/** The tables whose counts are not proven equal, largest difference first; unreadable is never equal. */
export const mismatchesOf = (tables: readonly TableCount[]): readonly Mismatch[] =>
  tables
    .flatMap((count) => {
      const why = reason(count);
      return why === null ? [] : [{ ...count, reason: why }];
    })
    .sort((a, b) => distance(b) - distance(a) || (a.table < b.table ? -1 : 1));

const distance = ({ source, target }: TableCount): number =>
  source === null || target === null ? Number.POSITIVE_INFINITY : Math.abs(source - target);
