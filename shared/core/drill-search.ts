import type { Recids } from './count-pieces.ts';
import type {
  BothSides,
  CompanyFigures,
  DifferentRange,
  DrillRange,
  RecidFigures,
  RowId,
} from './drill-range.ts';
import { byRecid, differ, hullOf, mostRows, partsOf, totalOf, WHOLE_TABLE } from './drill-range.ts';

/** Why rows within a range were not told: the limit of queries or of time, or what the range or the table is like. */
export type OpenReason = 'queries' | 'time' | 'too-slow' | 'no-index' | 'ambiguous';

/** Rows that only one side has: one by one, or as ranges of which the other side has no row at all. */
export type FoundRows = {
  readonly rows: number;
  readonly recids: readonly RowId[];
  readonly ranges: readonly (Recids & { readonly rows: number })[];
};

/** A company that differs, with the rows and the highest RECID of each side. */
export type DifferentCompany = BothSides<Pick<RecidFigures, 'rows' | 'high'>> &
  Pick<CompanyFigures, 'company'>;

/** What a drill-down found; it is complete where no range is left open. */
export type DrillResult = {
  /** Null where the table was too large to tell. */
  readonly companies: readonly DifferentCompany[] | null;
  readonly missing: FoundRows;
  readonly surplus: FoundRows;
  readonly open: readonly (DifferentRange & { readonly why: OpenReason })[];
  /** Rows came or went while it was searched: what was found was so when it was looked at. */
  readonly moved: boolean;
  readonly queries: number;
  readonly maxQueries: number;
};

/** How far a search goes. */
export type DrillLimits = {
  /** Statements, those of both sides. */
  readonly maxQueries: number;
  /** So many rows of a side are listed at once. */
  readonly listed: number;
  /** A table without an index on RECID is read as a whole for each answer: not one with more rows. */
  readonly scanned: number;
};

/** Two hundred statements tell the rows of some twenty places of a large table; a list of a thousand is a few kilobytes. */
export const DRILL_LIMITS: DrillLimits = { maxQueries: 200, listed: 1_000, scanned: 250_000 };

/** What both sides are asked next; `upTo` are the ends of the parts of the range, each included. */
export type DrillQuestion =
  | { readonly ask: 'companies' | 'bounds' }
  | { readonly ask: 'parts'; readonly range: DrillRange; readonly upTo: readonly string[] }
  | { readonly ask: 'rows'; readonly range: DrillRange };

/** A search between two questions. */
export type DrillSearch = Omit<DrillResult, 'maxQueries'> & {
  readonly stage: 'companies' | 'bounds' | 'ranges';
  readonly limits: DrillLimits;
  readonly indexed: boolean;
  readonly todo: readonly DrillRange[];
};

const NOTHING: FoundRows = { rows: 0, recids: [], ranges: [] };
const SIDES = 2;

/** A search at its beginning, after so many statements; `indexed` where an index begins with RECID on both sides. */
export const beginDrill = (
  indexed: boolean,
  queries: number,
  limits: DrillLimits = DRILL_LIMITS,
): DrillSearch => ({
  stage: 'companies',
  limits,
  queries,
  indexed,
  companies: null,
  todo: [],
  open: [],
  missing: NOTHING,
  surplus: NOTHING,
  moved: false,
});

const leaveOpen = (
  search: DrillSearch,
  { low, high, rows }: DifferentRange,
  why: OpenReason,
): DrillSearch => ({ ...search, open: [...search.open, { low, high, rows, why }] });

const wholly = (found: FoundRows, { low, high }: Recids, rows: number): FoundRows => ({
  ...found,
  rows: found.rows + rows,
  ranges: [...found.ranges, { low, high, rows }],
});

/** Takes a range that differs among what is to be narrowed, unless all or nothing can be said of it already. */
const take = (search: DrillSearch, range: DrillRange): DrillSearch => {
  const { low, high } = range;
  const { source, target } = range.rows;
  const most = mostRows(range);
  const narrowed = { ...search, todo: [...search.todo, range] };
  if (most <= search.limits.listed) return narrowed;
  if (target === 0 && source !== null) return { ...search, missing: wholly(search.missing, range, source) };
  if (source === 0 && target !== null) return { ...search, surplus: wholly(search.surplus, range, target) };
  if (!search.indexed) return leaveOpen(search, range, 'no-index');
  return low === high && Number.isFinite(most) ? leaveOpen(search, range, 'ambiguous') : narrowed;
};

/** Both sides were asked, about this range or about the whole table. */
const asked = (search: DrillSearch, range: DrillRange | null = null): DrillSearch => ({
  ...search,
  stage: 'ranges',
  queries: search.queries + SIDES,
  todo: search.todo.filter((one) => one !== range),
});

/**
 * What to ask both sides next; null where nothing is left to be narrowed, or the queries are used up. The range with
 * the fewest rows comes first, so that some rows are found before a limit is met.
 */
export const nextQuestion = (search: DrillSearch): DrillQuestion | null => {
  if (search.queries + SIDES > search.limits.maxQueries) return null;
  if (search.stage !== 'ranges') return { ask: search.stage };
  const [range] = [...search.todo].sort((a, b) => mostRows(a) - mostRows(b) || byRecid(a.low, b.low));
  if (range === undefined) return null;
  return mostRows(range) <= search.limits.listed
    ? { ask: 'rows', range }
    : { ask: 'parts', range, upTo: partsOf(range) };
};

/** What the companies hold on each side: rows are searched only between the ends of those that differ. */
export const afterCompanies = (
  search: DrillSearch,
  answer: BothSides<readonly CompanyFigures[]>,
): DrillSearch => {
  const keyOf = ({ company }: Pick<CompanyFigures, 'company'>) => company?.toLowerCase();
  const keys = new Map([...answer.source, ...answer.target].map((one) => [keyOf(one), one.company]));
  const companies = [...keys].map(([key, company]) => {
    const of = (all: readonly CompanyFigures[]) => totalOf(all.filter((one) => keyOf(one) === key));
    return { company, source: of(answer.source), target: of(answer.target) };
  });
  const different = companies.filter(differ);
  const all = { source: totalOf(answer.source).rows, target: totalOf(answer.target).rows };
  const next: DrillSearch = {
    ...asked(search),
    indexed: search.indexed || Math.max(all.source, all.target) <= search.limits.scanned,
    companies: different.map(({ company, source, target }) => ({
      company,
      source: { rows: source.rows, high: source.high },
      target: { rows: target.rows, high: target.high },
    })),
  };
  const hull = hullOf({
    source: totalOf(different.map(({ source }) => source)),
    target: totalOf(different.map(({ target }) => target)),
  });
  if (hull === null) return next;
  // Rows of the others lie between them.
  return take(next, different.length === companies.length ? { ...hull, rows: all } : hull);
};

/** The ends of a table that is too large to be read: what one side has beyond the end of the other can still be told. */
export const afterBounds = (search: DrillSearch, answer: BothSides<Recids | null>): DrillSearch => {
  const none = { low: null, high: null };
  const hull = hullOf({ source: answer.source ?? none, target: answer.target ?? none });
  const next = asked(search);
  if (hull === null) return next;
  if (hull.shared === null) return leaveOpen(next, hull, 'too-slow');
  const isMissing = hull.high === answer.source?.high;
  const tail: DrillRange = {
    low: String(BigInt(hull.shared) + 1n),
    high: hull.high,
    shared: null,
    rows: isMissing ? { source: null, target: 0 } : { source: 0, target: null },
  };
  return take(leaveOpen(next, { ...hull, high: hull.shared }, 'too-slow'), tail);
};

/** What each part of a range holds on each side, in the order of the question. */
export const afterParts = (
  search: DrillSearch,
  range: DrillRange,
  parts: readonly BothSides<RecidFigures>[],
): DrillSearch => {
  const [source, target] = [
    totalOf(parts.map((part) => part.source)),
    totalOf(parts.map((part) => part.target)),
  ];
  const moved =
    source.rows !== (range.rows.source ?? source.rows) || target.rows !== (range.rows.target ?? target.rows);
  const next = { ...asked(search, range), moved: search.moved || moved };
  return parts.filter(differ).reduce((one, part) => {
    const rows = { source: part.source.rows, target: part.target.rows };
    const hull = hullOf(part);
    return hull === null ? one : take(one, { ...hull, rows });
  }, next);
};

const without = (rows: readonly RowId[], others: readonly RowId[]): readonly RowId[] => {
  const recids = new Set(others.map(({ recid }) => recid));
  return rows.filter(({ recid }) => !recids.has(recid));
};

const listed = (found: FoundRows, recids: readonly RowId[]): FoundRows => ({
  ...found,
  rows: found.rows + recids.length,
  recids: [...found.recids, ...recids],
});

/** Every row of a range on each side; of a side with more than are listed, one more. */
export const afterRows = (
  search: DrillSearch,
  range: DrillRange,
  { source, target }: BothSides<readonly RowId[]>,
): DrillSearch => {
  const isClear = (rows: readonly RowId[]): boolean =>
    rows.length <= search.limits.listed && new Set(rows.map(({ recid }) => recid)).size === rows.length;
  const moved = source.length !== range.rows.source || target.length !== range.rows.target;
  const next = { ...asked(search, range), moved: search.moved || moved };
  if (!isClear(source) || !isClear(target)) return leaveOpen(next, range, 'ambiguous');
  return {
    ...next,
    missing: listed(next.missing, without(source, target)),
    surplus: listed(next.surplus, without(target, source)),
  };
};

/** A side did not answer in time: what was asked about stays open. */
export const afterTooSlow = (search: DrillSearch, question: DrillQuestion): DrillSearch => {
  if (question.ask === 'companies' && search.indexed) return { ...asked(search), stage: 'bounds' };
  const range = 'range' in question ? question.range : null;
  return leaveOpen(asked(search, range), range ?? WHOLE_TABLE, 'too-slow');
};

const inOrder = ({ rows, recids, ranges }: FoundRows): FoundRows => ({
  rows,
  recids: [...recids].sort((a, b) => byRecid(a.recid, b.recid)),
  ranges: [...ranges].sort((a, b) => byRecid(a.low, b.low)),
});

/** What was found, and what is left open because the search stopped for want of queries or of time. */
export const drillResult = (search: DrillSearch, stopped: 'queries' | 'time'): DrillResult => {
  const { companies, moved, queries, limits } = search;
  const left = search.stage === 'ranges' ? search.todo : [WHOLE_TABLE];
  const { open } = left.reduce((one, range) => leaveOpen(one, range, stopped), search);
  return {
    companies,
    missing: inOrder(search.missing),
    surplus: inOrder(search.surplus),
    open: [...open].sort((a, b) => byRecid(a.low, b.low)),
    moved,
    queries,
    maxQueries: limits.maxQueries,
  };
};
