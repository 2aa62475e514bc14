/** What a cell may hold; null is an empty one. */
export type Cell = string | number | null;

/** A text that a spreadsheet would run as a formula, if it began with its first character. */
const FORMULA = /^[\s\p{Cc}]*[=+\-@|%＝＋－＠]/u;

/**
 * A cell that every spreadsheet shows as the text it is: texts are quoted, and one that looks like a formula begins with
 * an apostrophe, as OWASP's page on CSV injection advises.
 */
const cellText = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = FORMULA.test(cell) || /^[\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return `"${safe.replaceAll('"', '""')}"`;
};

/** Rows as CSV by RFC 4180, the first one the names of the columns. */
export const csvOf = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
