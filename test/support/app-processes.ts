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

/** Starts the app as a process on the given systems; `publicOrigin` is where callbacks are to be sent. */
export const startAppProcess = async (
  outside: OutsideSystems,
  options: { readonly functions?: readonly string[]; readonly publicOrigin?: string } = {},
): Promise<AppProcess> => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = fork(join(import.meta.dirname, 'app-process.ts'), { execArgv: [], silent: true });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => lines.push(chunk.toString('utf8')));
  }
  child.on('message', (report: AppProcessReport) => {
    if (report.type === 'line') lines.push(report.line);
  });
  const start: AppProcessOptions = {
    appRoot: APP_ROOT,
    port,
    speed: outside.speed,
    originMs: outside.originMs,
    environment: outside.environment(options.publicOrigin ?? origin),
    ...(options.functions === undefined ? {} : { functions: options.functions }),
  };
  const ended = once(child, 'exit');
  child.send(start);
  await Promise.race([
    nextReport(child, 'ready'),
    ended.then(([code]) => {
      throw new Error(`The app ended with ${String(code)}.\n${lines.join('\n')}`);
    }),
  ]);
  return {
    origin,
    lines,
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
