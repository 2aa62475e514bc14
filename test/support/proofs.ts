import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ERRORS } from '../../shared/core/errors.ts';
import { testsOf } from './test-names.ts';

/** One line of a table that says what is proved: its cells as they are written. */
type ProofRow = { readonly line: number; readonly cells: readonly string[] };

const LINK = /\[([^\]]+)\]\(([^)]+)\)/g;
const INVARIANT = /\bI\d+\b/g;
const KNOWN_INVARIANT = /^I(?:[1-9]|1[0-2])$/;

const cellsOf = (line: string): readonly string[] =>
  line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split('|')
    .map((cell) => cell.trim());

/** The lines of every table under headings that `isMeant` takes, without their heads. */
const rowsOf = (text: string, isMeant: (heading: string) => boolean): readonly ProofRow[] => {
  const rows: ProofRow[] = [];
  let [isWanted, isBody] = [isMeant(''), false];
  for (const [index, line] of text.split('\n').entries()) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) isWanted = isMeant(heading);
    if (!line.startsWith('|')) isBody = false;
    else if (/^\|[\s:|-]+\|$/.test(line)) isBody = true;
    else if (isBody && isWanted) rows.push({ line: index + 1, cells: cellsOf(line) });
  }
  return rows;
};

type Look = (file: string) => ReturnType<typeof testsOf>;

/** Reads each file of tests once. */
const remembering = (): Look => {
  const known = new Map<string, ReturnType<typeof testsOf>>();
  return (file) => {
    const tests = known.get(file) ?? testsOf(file);
    known.set(file, tests);
    return tests;
  };
};

const problemsOfRow = (file: string, look: Look, { cells }: ProofRow): readonly string[] => {
  const problems: string[] = [];
  const links = [...(cells.at(-1) ?? '').matchAll(LINK)];
  if (links.length === 0) problems.push('names no test');
  for (const [, name = '', path = ''] of links) {
    const target = resolve(dirname(file), path);
    if (!existsSync(target) || !statSync(target).isFile()) problems.push(`there is no file ${path}`);
    else if (!look(target).has(name)) problems.push(`${path} has no test "${name}"`);
  }
  const rest = cells.slice(0, -1).join(' ');
  for (const [code] of rest.matchAll(/\bC\d{3}\b/g)) {
    if (!Object.hasOwn(ERRORS, code)) problems.push(`the catalogue has no ${code}`);
  }
  for (const [invariant] of rest.matchAll(INVARIANT)) {
    if (!KNOWN_INVARIANT.test(invariant)) problems.push(`there is no invariant ${invariant}`);
  }
  if (cells.some((cell) => cell === '')) problems.push('has an empty cell');
  return problems;
};

/** What a page promises and does not prove: each problem with its line; `rows` is how many promises were looked at. */
export const checkProofs = (
  file: string,
  isMeant: (heading: string) => boolean = () => true,
): { readonly rows: number; readonly problems: readonly string[] } => {
  const rows = rowsOf(readFileSync(file, 'utf8'), isMeant);
  const look = remembering();
  const problems = rows.flatMap((row) =>
    problemsOfRow(file, look, row).map((problem) => `line ${row.line}: ${problem}`),
  );
  return { rows: rows.length, problems };
};
