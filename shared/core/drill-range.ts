import type { Recids } from './count-pieces.ts';

/** One of each side. */
export type BothSides<T> = { readonly source: T; readonly target: T };

/**
 * What a side holds between two RECIDs: its rows, the sum of their RECIDs as digits, and where they begin and end; null
 * where it has none.
 */
export type RecidFigures = {
  readonly rows: number;
  readonly sum: string;
  readonly low: string | null;
  readonly high: string | null;
};

/** The same of one company; null where the table is not saved per company. */
export type CompanyFigures = RecidFigures & { readonly company: string | null };

/** A row by nothing but what identifies it. */
export type RowId = { readonly recid: string; readonly company: string | null };

/** A range of RECIDs, both included, whose sides differ; null rows were not counted. */
export type DifferentRange = Recids & { readonly rows: BothSides<number | null> };

/** A range to be narrowed. */
export type DrillRange = DifferentRange & {
  /** Where the side that ends first ends; null where both end together, or it is not known. */
  readonly shared: string | null;
};

/** One look divides a range in so many parts: as much as halving it three times, for one reading of its rows. */
export const PARTS = 8;
const NO_ROWS: RecidFigures = { rows: 0, sum: '0', low: null, high: null };
const UNKNOWN: BothSides<null> = { source: null, target: null };

/** Everything a bigint can be: a table of which nothing is known. */
export const WHOLE_TABLE: DrillRange = {
  low: '-9223372036854775808',
  high: '9223372036854775807',
  shared: null,
  rows: UNKNOWN,
};

/** The order of RECIDs. */
export const byRecid = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : 1);

const smaller = (a: string, b: string): string => (BigInt(a) < BigInt(b) ? a : b);
const larger = (a: string, b: string): string => (BigInt(a) > BigInt(b) ? a : b);

/** All of them together. */
export const totalOf = (all: readonly RecidFigures[]): RecidFigures =>
  all.reduce(
    (one, other): RecidFigures => ({
      rows: one.rows + other.rows,
      sum: String(BigInt(one.sum) + BigInt(other.sum)),
      low: one.low !== null && other.low !== null ? smaller(one.low, other.low) : (one.low ?? other.low),
      high:
        one.high !== null && other.high !== null ? larger(one.high, other.high) : (one.high ?? other.high),
    }),
    NO_ROWS,
  );

/** The sum tells rows that stand for as many others, unless their RECIDs happen to add up to the same. */
export const differ = ({ source, target }: BothSides<RecidFigures>): boolean =>
  source.rows !== target.rows || source.sum !== target.sum;

type Ends = Pick<RecidFigures, 'low' | 'high'>;

/** Where the rows of both sides lie, uncounted; null where neither has any. */
export const hullOf = ({ source, target }: BothSides<Ends>): DrillRange | null => {
  const { low, high } = totalOf([
    { ...NO_ROWS, ...source },
    { ...NO_ROWS, ...target },
  ]);
  if (low === null || high === null) return null;
  const first = source.high === null || target.high === null ? high : smaller(source.high, target.high);
  return { low, high, shared: first === high ? null : first, rows: UNKNOWN };
};

/** The most rows a side has in the range; infinite where that is not known. */
export const mostRows = ({ rows: { source, target } }: DifferentRange): number =>
  source === null || target === null ? Number.POSITIVE_INFINITY : Math.max(source, target);

/** The ends of the parts of a range, each included; what lies beyond the end of the shorter side is a part of its own. */
export const partsOf = ({ low, high, shared }: DrillRange): readonly string[] => {
  const [from, to] = [BigInt(low), BigInt(shared ?? high)];
  const width = to - from + 1n;
  const wanted = BigInt(shared === null ? PARTS : PARTS - 1);
  const count = wanted < width ? wanted : width;
  const ends = Array.from({ length: Number(count) }, (_, index) =>
    String(from + (width * BigInt(index + 1)) / count - 1n),
  );
  return shared === null ? ends : [...ends, high];
};
