import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeClock } from '../../shared/adapters/clock.ts';
import { startHost, type Host, type HostOptions } from '../../local/host/start-host.ts';

/** One line a host logged. */
type LogLine = {
  readonly level: string;
  readonly functionName: string | null;
  readonly message: string;
};

/** What a host has logged, and a way to wait for more. */
export type HostLogs = {
  readonly log: HostOptions['log'];
  readonly lines: readonly LogLine[];
  /** Resolves as soon as the lines satisfy `condition`. */
  readonly until: (condition: (lines: readonly LogLine[]) => boolean) => Promise<void>;
  readonly messagesOf: (functionName: string) => readonly string[];
};

const root = resolve(import.meta.dirname, '../..');

/** Collects a host's log. */
export const makeHostLogs = (): HostLogs => {
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  return {
    lines,
    log: (level, functionName, message) => {
      lines.push({ level, functionName, message });
      for (const check of [...waiting]) check();
    },
    messagesOf: (functionName) =>
      lines.filter((line) => line.functionName === functionName).map(({ message }) => message),
    until: (condition) =>
      new Promise((done) => {
        const check = (): void => {
          if (!condition(lines)) return;
          waiting.delete(check);
          done();
        };
        waiting.add(check);
        check();
      }),
  };
};

/** The folder of a fixture app. */
export const fixtureApp = (name: string): string => join(root, 'test/support/functions-apps', name);

/** Writes an app of one ESM file into a new folder; a module is evaluated once, so every test that loads needs its own. */
export const writeApp = async (source: string, hostJson: object = { version: '2.0' }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'functions-app-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'main.js' }));
  await writeFile(join(folder, 'host.json'), JSON.stringify(hostJson));
  await writeFile(join(folder, 'main.js'), `import { app, output } from '@azure/functions';\n${source}`);
  return folder;
};

/** Starts an app in real time, with the key "the-key". */
export const startTestHost = (appRoot: string, options: Partial<HostOptions> = {}): Promise<Host> =>
  startHost({
    appRoot,
    clock: makeClock(),
    timeFactor: 1,
    functionKey: 'the-key',
    log: () => undefined,
    ...options,
  });
