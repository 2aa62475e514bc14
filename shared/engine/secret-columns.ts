import { namesSecret, REMOVED } from './secret-names.ts';

/** How the cells of a table in a text are told apart. */
const SEPARATORS = ['\t', '|'] as const;

const withoutCells = (lines: readonly string[], separator: string): readonly string[] => {
  let header: readonly string[] = [];
  return lines.map((line) => {
    const cells = line.split(separator);
    if (cells.length !== header.length || cells.length < 2) {
      header = cells.some((cell) => namesSecret(cell.trim())) ? cells : [];
      return line;
    }
    return cells
      .map((cell, column) => {
        // A line between header and rows, and what was removed before, stay as they are.
        if (!namesSecret(header[column]?.trim()) || /^[\s:=-]*$/.test(cell)) return cell;
        return cell.trim() === REMOVED ? cell : cell.replace(/\S(?:.*\S)?/, REMOVED);
      })
      .join(separator);
  });
};

/** A text without what stands below the name of a secret in a table of tabs or bars, such as a log or Markdown shows. */
export const withoutSecretColumns = (text: string): string => {
  if (!SEPARATORS.some((separator) => text.includes(separator))) return text;
  const parts = text.split(/(\r?\n)/);
  const lines = parts.filter((_, index) => index % 2 === 0);
  const cleaned = SEPARATORS.reduce<readonly string[]>(withoutCells, lines);
  return parts.map((part, index) => (index % 2 === 0 ? (cleaned[index / 2] ?? part) : part)).join('');
};
