import type { AxTable } from './ax-tables.ts';

/** Where AX begins to number its rows. */
const FIRST_RECID = 5_637_144_576n;
/** Every other RECID was taken by a server process that did not use it. */
const STEP = 2n;

/** Tables of a customisation whose author did without the index that AX offers. */
const WITHOUT_INDEX: ReadonlySet<string> = new Set(['INVENTTRANSPOSTING']);

/** Whether an index of the table begins with RECID. */
export const hasRecidIndex = ({ name, class: tableClass }: Pick<AxTable, 'name' | 'class'>): boolean =>
  !WITHOUT_INDEX.has(name) && tableClass !== 'non-keyed';

/** The lowest and highest RECID of a table with so many rows; null for an empty one. */
export const recidsOf = (rows: number): { readonly low: bigint; readonly high: bigint } | null =>
  rows === 0 ? null : { low: FIRST_RECID, high: FIRST_RECID + STEP * BigInt(rows - 1) };

/** How many rows of a table with so many have a RECID of at most `recid`. */
const rowsUpTo = (rows: number, recid: bigint): number => {
  if (recid < FIRST_RECID) return 0;
  const upTo = (recid - FIRST_RECID) / STEP + 1n;
  return upTo > BigInt(rows) ? rows : Number(upTo);
};

/** How many rows of a table with so many have a RECID from `low` to `high`. */
export const rowsBetween = (rows: number, low: bigint, high: bigint): number =>
  Math.max(0, rowsUpTo(rows, high) - rowsUpTo(rows, low - 1n));
