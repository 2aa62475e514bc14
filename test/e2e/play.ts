import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Summary } from '../../local/summary.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** What must never appear in anything a run prints. */
const SECRETS = [/whsec_/, /password/i, /SharedAccessKey=/, /AccountKey=/, /Bearer /];

/** How a run ended. */
export type Played = {
  readonly code: number | null;
  readonly summary: Summary;
  readonly lines: readonly string[];
  /** Lines that look as if they gave a secret away. */
  readonly secrets: readonly string[];
};

/** Runs the built local command with these arguments and gives what it printed. */
export const run = (
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'dist/local/main.js'), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });

/** Plays a mock cutover to its end. */
export const play = async (...args: readonly string[]): Promise<Played> => {
  const { code, stdout, stderr } = await run(['--exit', '--json', '--port', '0', ...args]);
  const lines = stdout.trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  try {
    const summary = JSON.parse(last) as Summary;
    const secrets = [...lines, ...stderr.split('\n')].filter((line) =>
      SECRETS.some((secret) => secret.test(line)),
    );
    return { code, summary, lines, secrets };
  } catch (cause) {
    throw new Error(`exit code ${String(code)}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`, { cause });
  }
};
