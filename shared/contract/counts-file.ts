import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { tableNameKey } from '../core/table-name.ts';
import type { Problem } from './problem.ts';

const header = z.string().trim().min(1).max(128);

/** Which columns of the toolkit's file mean what: its columns are not documented, so whoever uploads it says so. */
export const countsColumnsSchema = z
  .strictObject({
    table: header.meta({ description: 'Heading of the column with the name of the table.' }),
    schema: header
      .nullable()
      .default(null)
      .meta({ description: 'Heading of the column with its schema; null where the name holds it, or dbo.' }),
    source: header.meta({ description: 'Heading of the column with the rows at the source.' }),
    target: header.meta({ description: 'Heading of the column with the rows at the target.' }),
    delimiter: z.enum([',', ';', '\t', '|']).default(','),
  })
  .meta({ id: 'CountsColumns' });

/** See {@link countsColumnsSchema}. */
export type CountsColumns = z.infer<typeof countsColumnsSchema>;

/** One table of the file; null where the file gives no count. */
export type FileCount = readonly [table: string, source: number | null, target: number | null];

/** What the file counts, or why the whole of it is refused. */
export type CountsFileReading =
  { readonly counts: readonly FileCount[] } | { readonly problems: readonly Problem[] };

/** So many problems are named one by one: a file that is wrong throughout is wrong for one reason. */
const PROBLEMS_TOLD = 20;
const LONGEST_NAME = 128;

// eslint-disable-next-line no-control-regex -- what no name of a table holds
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

type Row = { readonly line: number; readonly cells: readonly string[] };

/** @throws CsvError where quotes or the number of cells of a line are wrong. */
const rowsOf = (text: string, delimiter: string): readonly Row[] => {
  const records = parse(text, {
    bom: true,
    delimiter,
    info: true,
    skip_empty_lines: true,
    trim: true,
  }) as unknown as readonly {
    readonly record: readonly string[];
    readonly info: { readonly lines: number };
  }[];
  return records.map(({ record, info }) => ({ line: info.lines, cells: record }));
};

/** Where each column stands; a heading that is not there, or is there twice, is a problem. */
const placesOf = (
  headings: readonly string[],
  { table, schema, source, target }: CountsColumns,
): { readonly places: readonly number[]; readonly problems: readonly string[] } => {
  const wanted = [table, source, target, ...(schema === null ? [] : [schema])];
  const problems = wanted.flatMap((heading) => {
    const times = headings.filter((other) => other === heading).length;
    if (times === 1) return [];
    return times === 0
      ? [`has no column "${heading}"; its columns are ${headings.map((one) => `"${one}"`).join(', ')}`]
      : [`has the column "${heading}" ${times} times`];
  });
  const twice = wanted.filter((heading, index) => wanted.indexOf(heading) !== index);
  return {
    places: wanted.map((heading) => headings.indexOf(heading)),
    problems: [...problems, ...twice.map((heading) => `has one column "${heading}" for two meanings`)],
  };
};

/** A count as the file writes it; null for NULL or nothing, and in words why it is no count. */
const countIn = (cell: string): number | null | string => {
  if (cell === '' || cell.toUpperCase() === 'NULL') return null;
  if (/^-\d+$/.test(cell)) return 'is negative';
  if (!/^\d+$/.test(cell)) return 'is not a whole number';
  const count = Number(cell);
  return Number.isSafeInteger(count) ? count : 'is larger than 9007199254740991';
};

const withoutBrackets = (part: string): string =>
  /^\[.*\]$/.test(part) ? part.slice(1, -1).replaceAll(']]', ']') : part;

/** The name with its schema; `dbo` where the file says none. */
const nameOf = (table: string, schema: string | null): string => {
  if (schema !== null) return `${withoutBrackets(schema)}.${withoutBrackets(table)}`;
  const [, first, rest] = /^(\[(?:[^\]]|\]\])*\]|[^.[\]]+)\.(.+)$/.exec(table) ?? [];
  return first === undefined || rest === undefined
    ? `dbo.${withoutBrackets(table)}`
    : `${withoutBrackets(first)}.${withoutBrackets(rest)}`;
};

const problemOfName = (table: string): string | null => {
  if (table === '') return 'names no table';
  if (table.length > LONGEST_NAME) return `names a table with more than ${LONGEST_NAME} characters`;
  return CONTROL.test(table) ? 'names a table with a control character' : null;
};

type Read = { readonly counts: readonly FileCount[]; readonly problems: readonly string[] };

const readRows = (rows: readonly Row[], places: readonly number[]): Read => {
  const [atTable = 0, atSource = 0, atTarget = 0, atSchema] = places;
  const counts: FileCount[] = [];
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const { line, cells } of rows) {
    const cell = (at: number): string => cells[at] ?? '';
    const wrongName = problemOfName(cell(atTable));
    const [source, target] = [countIn(cell(atSource)), countIn(cell(atTarget))];
    if (wrongName !== null) problems.push(`line ${line} ${wrongName}`);
    if (typeof source === 'string') problems.push(`line ${line}: the count at the source ${source}`);
    if (typeof target === 'string') problems.push(`line ${line}: the count at the target ${target}`);
    if (wrongName !== null || typeof source === 'string' || typeof target === 'string') continue;
    const name = nameOf(cell(atTable), atSchema === undefined ? null : cell(atSchema));
    const earlier = seen.get(tableNameKey(name));
    if (earlier !== undefined) problems.push(`line ${line} names ${name} again, as line ${earlier} did`);
    seen.set(tableNameKey(name), line);
    counts.push([name, source, target]);
  }
  return { counts, problems };
};

const refuse = (problems: readonly string[]): CountsFileReading => ({
  problems: [
    ...problems.slice(0, PROBLEMS_TOLD),
    ...(problems.length > PROBLEMS_TOLD ? [`and ${problems.length - PROBLEMS_TOLD} more problem(s)`] : []),
  ].map((message) => ({ path: 'text', message })),
});

/** Reads the toolkit's `PostValidationInfo.csv` by the columns named; anything wrong in it refuses the whole of it. */
export const readCountsFile = (text: string, columns: CountsColumns): CountsFileReading => {
  let rows: readonly Row[];
  try {
    rows = rowsOf(text, columns.delimiter);
  } catch (error) {
    if (error instanceof CsvError) return refuse([`is not a table: ${error.message}`]);
    throw error;
  }
  const [first, ...rest] = rows;
  if (first === undefined) return refuse(['is empty']);
  const { places, problems } = placesOf(first.cells, columns);
  if (problems.length > 0) return refuse(problems);
  if (rest.length === 0) return refuse(['has a header and no table']);
  const read = readRows(rest, places);
  return read.problems.length > 0 ? refuse(read.problems) : { counts: read.counts };
};
