import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How to start the collector of a local run. */
export type CollectorOptions = {
  /** Where the built app is. */
  readonly appRoot: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The SQL of the reconciliations it may run. */
  readonly figures: readonly string[];
  /** Gets what it prints when something goes wrong. */
  readonly log: (line: string) => void;
};

/** Cutover time is fast, and so is the collector. */
const EVERY_S = '0.2';

/** Starts the built collector as a process of its own; gives what ends it. */
export const startCollector = async (options: CollectorOptions): Promise<() => Promise<void>> => {
  const { appRoot, environment, figures, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'ax-cutover-'));
  const file = join(folder, 'figures.json');
  await writeFile(file, JSON.stringify(figures));
  const args = [join(appRoot, 'dist/cli/main.js'), 'collect', '--figures', file, '--every', EVERY_S];
  const child = spawn(process.execPath, args, {
    env: { ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log(`collector: ${chunk.toString('utf8').trimEnd()}`);
  });
  // A process that ends at once runs no other ending.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    process.off('exit', kill);
    await rm(folder, { recursive: true, force: true });
  };
};
