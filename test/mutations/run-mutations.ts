import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Check, Mutation } from './mutation.ts';
import type { Finding, RunCheck } from './run-check.ts';

/** What is no source, and so not copied. */
const LEFT_OUT = new Set([
  '.git',
  'node_modules',
  'dist',
  'coverage',
  'reports',
  '.stryker-tmp',
  '.ax-cutover',
]);

/** Why the list cannot be run on this source: names given twice, texts that do not occur exactly once. */
export const problemsOf = async (
  root: string,
  mutations: readonly Mutation[],
): Promise<readonly string[]> => {
  const names = mutations.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const texts = mutations.map(async ({ name, file, find }) => {
    const times = (await readFile(join(root, file), 'utf8')).split(find).length - 1;
    return times === 1 ? [] : [`"${name}": its text occurs ${times} times in ${file}`];
  });
  return [...twice.map((name) => `"${name}" is listed twice`), ...(await Promise.all(texts)).flat()];
};

/** A copy of the source to break, with the dependencies of the original. */
const copyOf = async (root: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'ax-cutover-mutation-'));
  await cp(root, directory, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  return directory;
};

/** Lets each worker take one task after the other. */
const inTurns = async <W, T>(
  workers: readonly W[],
  tasks: readonly T[],
  work: (worker: W, task: T) => Promise<void>,
): Promise<void> => {
  const queue = tasks.values();
  await Promise.all(
    workers.map(async (worker) => {
      for (const task of queue) await work(worker, task);
    }),
  );
};

/** Every check once, each with as many seeds as the most patient mutation wants. */
const distinct = (mutations: readonly Mutation[]): readonly Check[] => {
  const checks = new Map<string, Check>();
  for (const { caughtBy } of mutations) {
    const key = caughtBy.by === 'tests' ? caughtBy.file : '';
    const known = checks.get(key);
    if (known?.by === 'simulation' && caughtBy.by === 'simulation' && known.seeds >= caughtBy.seeds) continue;
    checks.set(key, caughtBy);
  }
  return [...checks.values()];
};

const tryOut = async (directory: string, mutation: Mutation, runCheck: RunCheck): Promise<Finding> => {
  const path = join(directory, mutation.file);
  const source = await readFile(path, 'utf8');
  // A function, because a plain replacement gives `$` a meaning.
  await writeFile(
    path,
    source.replace(mutation.find, () => mutation.replace),
  );
  try {
    return await runCheck(directory, mutation.caughtBy);
  } finally {
    await writeFile(path, source);
  }
};

const told = (finding: Finding): string => {
  if (finding.kind === 'caught') return finding.by.split('\n')[0]!;
  return finding.kind === 'passed' ? 'SURVIVES' : `CANNOT BE CHECKED: ${finding.reason}`;
};

/** What running the list takes: the source, how many copies of it work side by side, and the edges. */
export type MutationRun = {
  readonly root: string;
  readonly mutations: readonly Mutation[];
  readonly copies: number;
  readonly runCheck: RunCheck;
  /** Whether time is up: what was not begun by then is left out, and said to be. */
  readonly isLate: () => boolean;
  readonly print: (line: string) => void;
};

/** Lets every check run on the source as it is; all of them must find nothing, or a catch would prove nothing. */
const passesUnmutated = async (
  directories: readonly string[],
  { mutations, runCheck, print }: MutationRun,
): Promise<boolean> => {
  let passes = true;
  await inTurns(directories, distinct(mutations), async (directory, check) => {
    const finding = await runCheck(directory, check);
    if (finding.kind === 'passed') return;
    passes = false;
    print(`The unmutated source does not pass: ${told(finding)}`);
  });
  return passes;
};

/** Breaks the source in every listed way, one at a time; true when the unmutated source passes and nothing survives. */
export const runMutations = async (run: MutationRun): Promise<boolean> => {
  const { root, mutations, copies, runCheck, isLate, print } = run;
  const problems = await problemsOf(root, mutations);
  for (const problem of problems) print(problem);
  if (problems.length > 0) return false;
  const directories = await Promise.all(Array.from({ length: copies }, () => copyOf(root)));
  try {
    if (!(await passesUnmutated(directories, run))) return false;
    const width = Math.max(...mutations.map(({ name }) => name.length));
    let survivors = 0;
    let tried = 0;
    await inTurns(directories, mutations, async (directory, mutation) => {
      if (isLate()) return;
      tried += 1;
      const began = performance.now();
      const finding = await tryOut(directory, mutation, runCheck);
      if (finding.kind !== 'caught') survivors += 1;
      const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
      print(`${seconds} s  ${mutation.breaks.padEnd(7)}  ${mutation.name.padEnd(width)}  ${told(finding)}`);
    });
    if (tried < mutations.length) print(`Time is up: ${mutations.length - tried} mutations were not tried`);
    print(`${tried - survivors} of ${tried} mutations are caught`);
    return survivors === 0 && tried > 0;
  } finally {
    await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
  }
};
