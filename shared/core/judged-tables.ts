import type { Snapshot } from './counts.ts';
import type { EqualityDoubt } from './doubtful-equality.ts';
import { equalityDoubt, rehearsedRows } from './doubtful-equality.ts';
import type { IgnoreEntry } from './ignored.ts';
import { ignoring } from './ignored.ts';
import type { PublicationClass } from './replication.ts';
import type { TableClass, TableLists } from './table-class.ts';
import { tableClasses } from './table-class.ts';
import type { TableLook } from './table-look.ts';
import { lookOf } from './table-look.ts';
import { tableNameKey } from './table-name.ts';
import type { TableVerdict, VerdictRules } from './table-verdict.ts';
import { VERDICTS, verdictOf } from './table-verdict.ts';

/** One table with all that was seen of it, oldest first, and what is to be said. */
export type JudgedTable = TableVerdict & {
  readonly table: string;
  readonly class: TableClass;
  readonly looks: readonly TableLook[];
  readonly doubt: EqualityDoubt | null;
};

/** What tables are judged by, besides their counts. */
export type Judging = {
  readonly rules: (tableClass: TableClass) => VerdictRules;
  readonly lists: TableLists;
  readonly now: number;
  /** Exact comparisons of the last rehearsal; empty where there was none. */
  readonly rehearsal: readonly Snapshot[];
};

type Seen = {
  table: string;
  publication: PublicationClass | null;
  readonly looks: TableLook[];
  estimatedAt: number;
};

/** Every table that any of the snapshots has, under the key of its name. */
const seenIn = (snapshots: readonly Snapshot[]): ReadonlyMap<string, Seen> => {
  const seen = new Map<string, Seen>();
  const find = (table: string): Seen => {
    const key = tableNameKey(table);
    const one = seen.get(key) ?? { table, publication: null, looks: [], estimatedAt: 0 };
    seen.set(key, one);
    return one;
  };
  // Most snapshots have the same tables in the same order as the one before: then nothing is looked up.
  let before: readonly Seen[] = [];
  for (const snapshot of [...snapshots].sort((a, b) => a.takenAt - b.takenAt)) {
    before = snapshot.tables.map((count, place) => {
      const neighbour = before[place];
      const one = neighbour?.table === count.table ? neighbour : find(count.table);
      one.publication = count.class ?? one.publication;
      if (snapshot.method === 'estimate') one.estimatedAt = snapshot.takenAt;
      const look = lookOf(snapshot, count);
      // A counting that took hours is older than the estimates that were taken meanwhile.
      one.looks.splice(one.looks.findLastIndex(({ at }) => at <= look.at) + 1, 0, look);
      return one;
    });
  }
  return seen;
};

const leftOutBy = ({ owner, reason, expiresAt }: IgnoreEntry): string =>
  `left out until ${new Date(expiresAt).toISOString()}, for which ${owner} answers: ${reason}`;

const NOT_PUBLISHED = 'not among the published tables any more';

/**
 * Judges every table of the snapshots that compare both sides. A table whose class was not read counts as keyed: until
 * toolkit entry 7 nothing else is published but special tables, and those are told by their publication.
 */
export const judgeTables = (snapshots: readonly Snapshot[], judging: Judging): readonly JudgedTable[] => {
  const { rules, lists, now, rehearsal } = judging;
  const classOf = tableClasses(lists, now);
  const ignoredBy = ignoring(lists.ignored, now);
  const seen = seenIn(snapshots.filter(({ sides }) => sides === 'both'));
  const before = rehearsedRows(rehearsal);
  const newest = [...seen.values()].reduce((at, { estimatedAt }) => Math.max(at, estimatedAt), 0);
  return [...seen.values()].flatMap(({ table, publication, looks, estimatedAt }) => {
    const own = classOf(table, publication ?? 'keyed');
    if (own === null) return [];
    const verdict = verdictOf(own, looks, rules(own));
    const entry = ignoredBy(table);
    // Estimates are of the published tables: one that an estimate had and a later one has not was dropped in between.
    const isDropped = estimatedAt > 0 && estimatedAt < newest && own !== 'ignored';
    /* v8 ignore next -- whatever was seen has a look: this only tells the type so */
    const { source, target } = verdict.look ?? { source: 'absent', target: 'absent' };
    return [
      {
        ...verdict,
        ...(entry === null ? {} : { reason: leftOutBy(entry) }),
        ...(isDropped ? ({ verdict: 'unreadable', reason: NOT_PUBLISHED } as const) : {}),
        table,
        class: own,
        looks,
        doubt: own === 'ignored' ? null : equalityDoubt({ source, target }, before(table)),
      },
    ];
  });
};

const RANK = new Map(VERDICTS.map((verdict, rank) => [verdict, rank]));

const sizeOf = ({ look }: TableVerdict): number =>
  typeof look?.source === 'number' && typeof look.target === 'number'
    ? Math.abs(look.source - look.target)
    : 0;

/** Whether somebody has to look at the table: it is not proven equal, or equal and yet doubtful. */
export const isMismatch = ({ verdict, doubt }: JudgedTable): boolean => verdict !== 'equal' || doubt !== null;

/** The worst first: by verdict, then by the size of the difference, then by name. */
export const worstFirst = (tables: readonly JudgedTable[]): readonly JudgedTable[] =>
  [...tables].sort(
    (a, b) =>
      Number(RANK.get(a.verdict)) - Number(RANK.get(b.verdict)) ||
      sizeOf(b) - sizeOf(a) ||
      (a.table < b.table ? -1 : 1),
  );
