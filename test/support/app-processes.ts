import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../local/port.ts';
import type { AppProcessOptions, AppProcessReport } from './app-process.ts';
import { APP_ROOT, type OutsideSystems } from './outside-systems.ts';

/** The built app in a process of its own. */
export type AppProcess = {
  readonly origin: string;
  /** What it printed or logged so far. */
  readonly lines: readonly string[];
  /** How often each of its functions has succeeded. */
  readonly succeeded: () => Promise<Readonly<Record<string, number>>>;
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const nextReport = async <T extends AppProcessReport['type']>(
  child: ChildProcess,
  type: T,
): Promise<Extract<AppProcessReport, { type: T }>> => {
  for (;;) {
    const [report] = (await once(child, 'message')) as [AppProcessReport];
    if (report.type === type) return report as Extract<AppProcessReport, { type: T }>;
  }
};

/** How to run the app as a process. */
export type LaunchOptions = {
  readonly port: number;
  /** All functions when left out. */
  readonly functions?: readonly string[];
  /** Where callbacks are to be sent; the process itself when left out. */
  readonly publicOrigin?: string;
  /** Called at every line it writes. */
  readonly onLine?: () => void;
};

/** A process that may not be ready yet. */
export type LaunchedProcess = AppProcess & {
  /** Settled once it serves; rejected with what it printed when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
};

/** Launches the app as a process on the given systems, without waiting until it serves. */
export const launchAppProcess = (
  outside: Pick<OutsideSystems, 'speed' | 'originMs' | 'environment'>,
  { port, functions, publicOrigin, onLine = () => undefined }: LaunchOptions,
): LaunchedProcess => {
  const origin = `http://127.0.0.1:${port}`;
  const child = fork(join(import.meta.dirname, 'app-process.ts'), { execArgv: [], silent: true });
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
    onLine();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      note(chunk.toString('utf8'));
    });
  }
  child.on('message', (report: AppProcessReport) => {
    if (report.type === 'line') note(report.line);
  });
  const start: AppProcessOptions = {
    appRoot: APP_ROOT,
    port,
    speed: outside.speed,
    originMs: outside.originMs,
    environment: outside.environment(publicOrigin ?? origin),
    ...(functions === undefined ? {} : { functions }),
  };
  const ended = once(child, 'exit');
  child.send(start);
  const ready = Promise.race([
    nextReport(child, 'ready'),
    ended.then(([code]) => {
      throw new Error(`The app ended with ${String(code)}.\n${lines.join('\n')}`);
    }),
  ]);
  return {
    origin,
    lines,
    ready: ready.then(() => undefined),
    ended: ended.then(() => undefined),
    succeeded: async () => {
      const report = nextReport(child, 'succeeded');
      child.send('succeeded?');
      return (await report).counts;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};

/** Starts the app as a process on the given systems, on a free port. */
export const startAppProcess = async (
  outside: OutsideSystems,
  options: Omit<LaunchOptions, 'port'> = {},
): Promise<AppProcess> => {
  const process = launchAppProcess(outside, { ...options, port: await freePort() });
  await process.ready;
  return process;
};
