import { startHost } from '../../local/host/start-host.ts';
import { makeClock } from '../../shared/adapters/clock.ts';

/** Run as a process of its own: hosts the built app as the first message says, until the parent lets go. */

/** How such a process is to host the app. */
export type AppProcessOptions = {
  readonly appRoot: string;
  readonly port: number;
  readonly speed: number;
  readonly originMs: number;
  readonly environment: Readonly<Record<string, string>>;
  /** All functions when left out. */
  readonly functions?: readonly string[];
};

/** What it tells the parent. */
export type AppProcessReport =
  | { readonly type: 'ready' }
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'succeeded'; readonly counts: Readonly<Record<string, number>> };

const tell = (report: AppProcessReport): void => {
  process.send?.(report);
};

const host = async ({ speed, originMs, ...options }: AppProcessOptions): Promise<void> => {
  const running = await startHost({
    ...options,
    clock: makeClock(speed, originMs),
    timeFactor: speed,
    functionKey: 'unused',
    log: (level, functionName, message) => {
      tell({ type: 'line', line: `${level} ${functionName ?? 'host'}: ${message}` });
    },
  });
  process.on('message', () => {
    const counts = Object.entries(running.invocations()).map(([name, { succeeded }]) => [name, succeeded]);
    tell({ type: 'succeeded', counts: Object.fromEntries(counts) as Record<string, number> });
  });
  process.once('disconnect', () => {
    void running.stop().then(() => process.exit(0));
  });
  tell({ type: 'ready' });
};

process.once('message', (options: AppProcessOptions) => {
  void host(options);
});
