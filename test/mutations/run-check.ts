import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './mutation.ts';

/** What a check found: a broken promise, nothing, or that it could not look, which is no catch. */
export type Finding =
  | { readonly kind: 'caught'; readonly by: string }
  | { readonly kind: 'passed' }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Runs one check in a copy of the source. */
export type RunCheck = (directory: string, check: Check) => Promise<Finding>;

/** A check that takes longer hangs. */
const LONGEST_MS = 15 * 60_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs Node in the copy; gives what it wrote, however it ended. */
const node = (directory: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const options = { cwd: directory, timeout: LONGEST_MS, maxBuffer: OUTPUT_BYTES };
    execFile(process.execPath, args, options, (_, stdout, stderr) => {
      resolve({ stdout, stderr });
    });
  });

const unusable = (stderr: string): Finding => ({
  kind: 'unusable',
  reason: stderr.trim().split('\n').slice(-8).join('\n') || 'the check ended without a word, or hung',
});

/** The JSON, null where there is none. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

const hunt = async (directory: string, seeds: number): Promise<Finding> => {
  const { stdout, stderr } = await node(directory, [join('test', 'mutations', 'hunt.ts'), String(seeds)]);
  const outcome = parsed(stdout) as { caught: string | null } | null;
  if (outcome === null) return unusable(stderr);
  return outcome.caught === null ? { kind: 'passed' } : { kind: 'caught', by: outcome.caught };
};

type Report = {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

/** Where Vitest writes what it found, inside the copy. */
const REPORT = join('reports', 'tests.json');

const runTests = async (directory: string, file: string): Promise<Finding> => {
  const path = join(directory, REPORT);
  await rm(path, { force: true });
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const options = ['--reporter=json', `--outputFile=${REPORT}`];
  const { stdout, stderr } = await node(directory, [vitest, 'run', file, ...options]);
  const report = parsed(await readFile(path, 'utf8').catch(() => '')) as Report | null;
  if (report === null || report.numTotalTests === 0) return unusable(stderr || stdout);
  const failed = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  return failed === undefined ? { kind: 'passed' } : { kind: 'caught', by: `${file}, "${failed.fullName}"` };
};

/** See {@link RunCheck}: in a process of its own, because the source differs from check to check. */
export const runCheck: RunCheck = (directory, check) =>
  check.by === 'simulation' ? hunt(directory, check.seeds) : runTests(directory, check.file);
