import type { Snapshot, TableCount } from './counts.ts';

/** Rows of a table on one side. Missing is not zero, and what could not be read is neither. */
export type Rows = number | 'absent' | 'unreadable';

/** One look at both sides of a table; `at` is epoch milliseconds. */
export type TableLook = {
  readonly at: number;
  readonly method: Snapshot['method'];
  readonly source: Rows;
  readonly target: Rows;
};

/** A count the server cannot have meant (negative, not whole, beyond 2^53) is as good as none. */
const rowsOf = (rows: number | null, isUnread: boolean): Rows => {
  if (rows === null) return isUnread ? 'unreadable' : 'absent';
  return Number.isSafeInteger(rows) && rows >= 0 ? rows : 'unreadable';
};

/** How a snapshot saw one of its tables. */
export const lookOf = (
  { takenAt, method }: Pick<Snapshot, 'takenAt' | 'method'>,
  { source, target, unreadable, countedAt }: TableCount,
): TableLook => ({
  at: countedAt ?? takenAt,
  method,
  source: rowsOf(source, unreadable === 'source' || unreadable === 'both'),
  target: rowsOf(target, unreadable === 'target' || unreadable === 'both'),
});

/** A look that found a number on both sides. */
export type NumberedLook = TableLook & { readonly source: number; readonly target: number };

/** Whether both sides have a number. */
export const isNumbered = (look: TableLook): look is NumberedLook =>
  typeof look.source === 'number' && typeof look.target === 'number';

/** Rows the target lacks; negative where it has more. */
export const gapOf = ({ source, target }: Pick<NumberedLook, 'source' | 'target'>): number => source - target;

/** A target that lost at least this share of its rows between two looks is being filled anew (an assumption). */
const RESTART_SHARE = 0.1;

const restarts = (before: number, after: number): boolean =>
  after < before && before - after >= RESTART_SHARE * before;

/** The looks with a number on both sides since the target was last filled anew, oldest first. */
export const sinceRestart = (looks: readonly TableLook[]): readonly NumberedLook[] => {
  const numbered = looks.filter(isNumbered);
  const from = numbered.findLastIndex(({ source, target }, index) => {
    const before = numbered[index - 1];
    // What was deleted at the source is deleted at the target as well: that is no new beginning.
    return before !== undefined && restarts(before.target, target) && !restarts(before.source, source);
  });
  return from === -1 ? numbered : numbered.slice(from);
};
