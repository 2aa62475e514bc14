import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launchAppProcess, type LaunchedProcess, type LaunchOptions } from '../../support/app-processes.ts';
import type { OutsideSystems } from '../../support/outside-systems.ts';

/** One instance of the app: a process that is started again whenever it is killed. */
export type Instance = {
  readonly name: string;
  readonly origin: string;
  /**
   * Ends its process at once, whatever it does, also while it starts; the next one is launched when it is gone. False
   * where it was killed already and is not gone yet.
   */
  readonly kill: () => boolean;
  /** Whether the present process serves. */
  readonly isReady: () => boolean;
  /** Resolves once it does. */
  readonly ready: () => Promise<void>;
  /** Asks the present process what it has done: what one did after it was last asked dies with it. */
  readonly ask: () => Promise<void>;
  /** How often each function is known to have succeeded, in all processes there were. */
  readonly succeeded: () => Readonly<Record<string, number>>;
  /** Why a process ended that nobody had killed. */
  readonly failures: readonly string[];
  readonly saveLogs: (folder: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts an instance; it serves once `ready` has resolved. */
export const startInstance = (
  outside: Pick<OutsideSystems, 'speed' | 'originMs' | 'environment'>,
  name: string,
  options: LaunchOptions,
): Instance => {
  const launched: LaunchedProcess[] = [];
  const done = new Map<LaunchedProcess, Readonly<Record<string, number>>>();
  const failures: string[] = [];
  let isStopping = false;
  let isKilled = false;
  /** The process that serves; one that was killed may still say that it was ready. */
  let serving: LaunchedProcess | null = null;
  const current = (): LaunchedProcess => {
    const process = launched.at(-1);
    if (process === undefined) throw new Error(`${name} was never launched.`);
    return process;
  };
  const launch = (): void => {
    isKilled = false;
    const process = launchAppProcess(outside, options);
    launched.push(process);
    process.ready.then(
      () => {
        if (!isKilled && process === current()) serving = process;
      },
      // That it was killed while it started is no failure.
      () => undefined,
    );
    void process.ended.then(() => {
      if (isStopping) return;
      if (!isKilled) failures.push(`${name} ended by itself:\n${process.lines.slice(-20).join('\n')}`);
      launch();
    });
  };
  launch();
  return {
    name,
    origin: current().origin,
    kill: () => {
      if (isKilled) return false;
      isKilled = true;
      serving = null;
      void current().kill();
      return true;
    },
    isReady: () => serving !== null,
    ready: async () => {
      for (let process: LaunchedProcess | null = null; process !== current();) {
        if (failures.length > 0) throw new Error(failures.join('\n'));
        const present = current();
        process = present;
        await present.ready.catch(() => present.ended);
      }
    },
    ask: async () => {
      const process = serving;
      if (process === null) return;
      const counts = await Promise.race([process.succeeded(), process.ended]);
      if (counts !== undefined) done.set(process, counts);
    },
    succeeded: () => {
      const sums: Record<string, number> = {};
      for (const counts of done.values())
        for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
      return sums;
    },
    failures,
    saveLogs: async (folder) => {
      await mkdir(folder, { recursive: true });
      for (const [index, { lines }] of launched.entries())
        await writeFile(join(folder, `${name}-${index + 1}.log`), lines.join('\n'));
    },
    stop: async () => {
      isStopping = true;
      const process = current();
      // A process that still starts does not notice that it is let go.
      await process.ready.catch(() => undefined);
      await process.stop();
    },
  };
};
