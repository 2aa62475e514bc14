import type { AxTable } from './ax-tables.ts';

/** Where AX begins to number its rows. */
const FIRST_RECID = 5_637_144_576n;
/** Every other RECID was taken by a server process that did not use it. */
const STEP = 2n;
/** A server process takes so many numbers for the company it writes in. */
const ROWS_PER_BLOCK = 125;

/** Tables of a customisation whose author did without the index that AX offers. */
const WITHOUT_INDEX: ReadonlySet<string> = new Set(['INVENTTRANSPOSTING']);
/** Tables that all companies share. */
const SHARED = /^(?:DIR|LOGISTICS|GENERALJOURNAL|SYS|USER|BATCH|EVENT)/;

/** Rows that one side has of a table: all of them by their number, but those of the gap. */
export type NumberedRows = { readonly numbers: number; readonly gap: Gap | null };
/** So many rows from the row of this number on. */
export type Gap = { readonly from: number; readonly rows: number };

/** What is said of rows: how many, the sum of their RECIDs, the lowest and the highest. */
export type RecidSummary = {
  readonly rows: number;
  readonly sum: bigint;
  readonly low: bigint | null;
  readonly high: bigint | null;
};

/** Whether an index of the table begins with RECID. */
export const hasRecidIndex = ({ name, class: tableClass }: Pick<AxTable, 'name' | 'class'>): boolean =>
  !WITHOUT_INDEX.has(name) && tableClass !== 'non-keyed';

/** Whether the table is saved per company. */
export const isPerCompany = ({ name }: Pick<AxTable, 'name'>): boolean => !SHARED.test(name);

/** Where a gap of so many rows begins that lies within one block, and so in one company; `place` is from 0 up to 1. */
export const gapAt = (rows: number, gapRows: number, place: number): Gap => {
  const block = Math.floor((place * rows) / ROWS_PER_BLOCK);
  return { from: block * ROWS_PER_BLOCK, rows: gapRows };
};

const recidOf = (number: number): bigint => FIRST_RECID + STEP * BigInt(number);
const companyOf = (number: number, companies: readonly string[]): string =>
  companies[Math.floor(number / ROWS_PER_BLOCK) % companies.length] ?? '';

/** Numbers of rows, both ends included. */
type Stretch = { readonly from: number; readonly to: number };

const within = ({ from, to }: Stretch, limit: Stretch): Stretch => ({
  from: Math.max(from, limit.from),
  to: Math.min(to, limit.to),
});

/** The rows that are there, in stretches without a gap. */
const stretchesOf = ({ numbers, gap }: NumberedRows): readonly Stretch[] => {
  const all = { from: 0, to: numbers - 1 };
  const parts =
    gap === null
      ? [all]
      : [within(all, { from: 0, to: gap.from - 1 }), within(all, { from: gap.from + gap.rows, to: numbers })];
  return parts.filter(({ from, to }) => from <= to);
};

/** The rows with a RECID from `low` to `high`. */
const between = (rows: NumberedRows, low: bigint, high: bigint): readonly Stretch[] => {
  const clamped = (number: bigint): number =>
    Number(number < -1n ? -1n : number > BigInt(rows.numbers) ? BigInt(rows.numbers) : number);
  const up = low <= FIRST_RECID ? 0n : (low - FIRST_RECID + STEP - 1n) / STEP;
  const down = high < FIRST_RECID ? -1n : (high - FIRST_RECID) / STEP;
  const limit = { from: clamped(up), to: clamped(down) };
  return stretchesOf(rows)
    .map((stretch) => within(stretch, limit))
    .filter(({ from, to }) => from <= to);
};

const summaryOf = (stretches: readonly Stretch[]): RecidSummary => {
  const [first, last] = [stretches[0], stretches.at(-1)];
  const rows = stretches.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const sum = stretches.reduce(
    (total, { from, to }) => total + ((recidOf(from) + recidOf(to)) * BigInt(to - from + 1)) / 2n,
    0n,
  );
  return { rows, sum, low: first ? recidOf(first.from) : null, high: last ? recidOf(last.to) : null };
};

/** What is to be said of the rows with a RECID from `low` to `high`. */
export const rowsBetween = (rows: NumberedRows, low: bigint, high: bigint): RecidSummary =>
  summaryOf(between(rows, low, high));

/** What is to be said of all rows. */
export const allRows = (rows: NumberedRows): RecidSummary => summaryOf(stretchesOf(rows));

/** What is to be said of the rows of each company that has any. */
export const rowsByCompany = (
  rows: NumberedRows,
  companies: readonly string[],
): ReadonlyMap<string, RecidSummary> => {
  const blocks = new Map<string, Stretch[]>();
  for (const { from, to } of stretchesOf(rows)) {
    for (let at = from; at <= to;) {
      const end = Math.min(to, at - (at % ROWS_PER_BLOCK) + ROWS_PER_BLOCK - 1);
      const company = companyOf(at, companies);
      const own = blocks.get(company) ?? [];
      own.push({ from: at, to: end });
      blocks.set(company, own);
      at = end + 1;
    }
  }
  return new Map([...blocks].map(([company, own]) => [company, summaryOf(own)]));
};

/** The first `most` rows with a RECID from `low` to `high`, each with its company. */
export const rowsListed = (
  rows: NumberedRows,
  { low, high, most }: { readonly low: bigint; readonly high: bigint; readonly most: number },
  companies: readonly string[],
): readonly { readonly recid: bigint; readonly company: string }[] => {
  const listed: { recid: bigint; company: string }[] = [];
  for (const { from, to } of between(rows, low, high)) {
    for (let number = from; number <= to && listed.length < most; number += 1)
      listed.push({ recid: recidOf(number), company: companyOf(number, companies) });
  }
  return listed;
};
