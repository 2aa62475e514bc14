import { grouped } from './grouped.ts';
import type { TableClass } from './table-class.ts';
import { isDeferred } from './table-class.ts';
import type { TableLook } from './table-look.ts';
import { gapOf, isNumbered, sinceRestart } from './table-look.ts';

/** What can be said of a table, worst first; only `equal` counts as equal. */
export const VERDICTS = [
  'confirmed-missing',
  'absent-at-target',
  'surplus',
  'unexpected-at-target',
  'unreadable',
  'stalled',
  'suspect',
  'catching-up',
  'deferred',
  'ignored',
  'equal',
] as const;

/** See {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** A verdict with its reason in words, and the look it rests on; null before the first look. */
export type TableVerdict = {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly look: TableLook | null;
};

/** How far the cutover is, as far as it changes how tables are judged; instants are epoch milliseconds. */
export type VerdictRules = {
  /** Whether toolkit entry 7 has published the last tables. */
  readonly nonKeyedPublished: boolean;
  /** When AX was stopped; null while it may still write. */
  readonly stoppedAt: number | null;
  /** Since when everything of the table's class is proven to have been delivered; null while it is not. */
  readonly drainedAt: number | null;
};

/** Looks in a row without a smaller gap before a table counts as stalled (an assumption). */
export const STALLED_LOOKS = 3;
/** So long after the proof of delivery rows may still be on their way (an assumption). */
export const LATENCY_BOUND_MS = 10 * 60_000;

const rows = (count: number): string => `${grouped(count)} ${count === 1 ? 'row' : 'rows'}`;

/** What is said of a table that has no number on one side. */
const unnumbered = ({ source, target }: TableLook): Omit<TableVerdict, 'look'> => {
  const unread = [source === 'unreadable' ? 'the source' : [], target === 'unreadable' ? 'the target' : []];
  const sides = unread.flat().join(' and ');
  if (sides !== '') return { verdict: 'unreadable', reason: `could not be counted at ${sides}` };
  if (source !== 'absent')
    return { verdict: 'absent-at-target', reason: 'at the source, but not at the target' };
  return target === 'absent'
    ? { verdict: 'unreadable', reason: 'gone from both sides, so there is nothing to compare' }
    : { verdict: 'unexpected-at-target', reason: 'at the target, but not at the source' };
};

/** The gaps of the newest looks in a row since the target was last filled anew, oldest first. */
const newestGaps = (looks: readonly TableLook[]): readonly number[] =>
  sinceRestart(looks)
    .slice(-STALLED_LOOKS - 1)
    .map(gapOf);

/** What the last gaps say of a table that lacks rows, before anything is final. */
const shapeOf = (
  gap: number,
  looks: readonly TableLook[],
  { stoppedAt }: VerdictRules,
): Omit<TableVerdict, 'look'> => {
  const lacks = `lacks ${rows(gap)}`;
  const gaps = newestGaps(looks);
  const [first = gap, ...later] = gaps;
  if (gaps.length > STALLED_LOOKS && later.every((one) => one >= first)) {
    return { verdict: 'stalled', reason: `${lacks}, not fewer for ${STALLED_LOOKS} looks in a row` };
  }
  const before = gaps.at(-2) ?? gap;
  if (gap < before || gap < first) {
    return {
      verdict: 'catching-up',
      reason: `${lacks}, ${rows(Math.max(first, before) - gap)} fewer than before`,
    };
  }
  const why = stoppedAt === null ? 'the source is not stopped yet' : 'that is not confirmed yet';
  return { verdict: 'suspect', reason: `${lacks}; ${why}` };
};

/** Whether rows that this look lacks will not come any more: counted exactly, long enough after they had to be there. */
const isFinal = (
  look: TableLook,
  looks: readonly TableLook[],
  { stoppedAt, drainedAt }: VerdictRules,
): boolean => {
  if (look.method !== 'exact' || stoppedAt === null || drainedAt === null) return false;
  const dueAt = Math.max(stoppedAt, drainedAt);
  const numbered = looks.filter((one) => one.at >= dueAt && isNumbered(one));
  const [first] = sinceRestart(numbered);
  // A target that is filled anew after the proof gets the same time again.
  const begunAt = first === undefined || first === numbered[0] ? dueAt : first.at;
  return look.at > begunAt + LATENCY_BOUND_MS;
};

const difference = (
  gap: number,
  look: TableLook,
  looks: readonly TableLook[],
  rules: VerdictRules,
): Omit<TableVerdict, 'look'> => {
  if (gap < 0) {
    const excess = `has ${rows(-gap)} more than the source`;
    const hint = rules.stoppedAt === null ? '; deletions may still be on their way' : '';
    return { verdict: 'surplus', reason: `${excess}${hint}` };
  }
  if (isFinal(look, looks, rules)) {
    return {
      verdict: 'confirmed-missing',
      reason: `lacks ${rows(gap)}, counted exactly after everything had to be delivered`,
    };
  }
  return shapeOf(gap, looks, rules);
};

/** An exact look at a source that stands still outweighs later estimates, unless they show that the target has changed. */
const decisive = (looks: readonly TableLook[], { stoppedAt }: VerdictRules): TableLook | undefined => {
  const exact = looks.findLast(({ method }) => method === 'exact');
  const newest = looks.at(-1);
  if (exact === undefined || stoppedAt === null || exact.at <= stoppedAt) return newest;
  const isGone = newest?.source === 'absent' || newest?.target === 'absent';
  return isGone || !sinceRestart(looks).some((one) => one === exact) ? newest : exact;
};

/** Judges a table by the shape of its gap over the looks, oldest first. */
export const verdictOf = (
  tableClass: TableClass,
  looks: readonly TableLook[],
  rules: VerdictRules,
): TableVerdict => {
  const look = decisive(looks, rules) ?? null;
  if (tableClass === 'ignored') return { verdict: 'ignored', reason: 'left out by the ignore list', look };
  if (look === null) return { verdict: 'unreadable', reason: 'not counted yet', look };
  const { source, target, method } = look;
  if (
    target !== 'unreadable' &&
    source !== 'unreadable' &&
    isDeferred(tableClass, target, rules.nonKeyedPublished)
  ) {
    return { verdict: 'deferred', reason: `${tableClass} table, to be published in the downtime`, look };
  }
  if (!isNumbered(look)) return { ...unnumbered(look), look };
  const gap = gapOf(look);
  if (gap !== 0) {
    const upTo = looks.slice(0, looks.indexOf(look) + 1);
    return { ...difference(gap, look, upTo, rules), look };
  }
  const by = method === 'estimate' ? ' by estimate' : '';
  return { verdict: 'equal', reason: `${rows(look.target)} on both sides${by}`, look };
};

/** How many tables have each verdict. */
export const verdictTotals = (verdicts: Iterable<Verdict>): Readonly<Record<Verdict, number>> => {
  const totals = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const verdict of verdicts) totals[verdict] += 1;
  return totals;
};
