import type { Clock } from '../../shared/adapters/clock.ts';
import { resolveSettings } from './app-settings.ts';
import type { HostLog, Invoker, TriggerInput } from './invoke.ts';
import type { RegisteredFunction } from './registry.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { makeTraceContext } from './trace-context.ts';

/** A running trigger; `stop` takes nothing more in and resolves when what runs has ended. */
export type Listener = { readonly stop: () => Promise<void> };

type TimerOptions = {
  readonly clock: Clock;
  /** How many times as fast as the machine's clock `clock` runs. */
  readonly timeFactor: number;
  readonly invoker: Invoker;
  readonly log: HostLog;
};

// Longer delays overflow the machine's timers and would fire at once.
const longestDelayMs = 2 ** 31 - 1;
const monitoredIntervalMs = 60_000;

/**
 * Checks a timer and returns what starts it. One invocation runs at a time: an occurrence that passes meanwhile is
 * skipped, because the next one is looked for only afterwards.
 * @throws when the schedule cannot be used.
 */
export const prepareTimer = (fn: RegisteredFunction, options: TimerOptions): (() => Listener) => {
  const schedule = parseScheduleOf(fn);
  return () => {
    const stopping = new AbortController();
    const running = runTimer(fn, schedule, options, stopping.signal);
    return {
      stop: async () => {
        stopping.abort();
        await running;
      },
    };
  };
};

const parseScheduleOf = (fn: RegisteredFunction): Schedule => {
  try {
    return parseSchedule(resolveSettings(String(fn.trigger.schedule), fn.name));
  } catch (error) {
    throw new Error(`Function "${fn.name}" cannot be scheduled: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

const runTimer = async (
  fn: RegisteredFunction,
  schedule: Schedule,
  options: TimerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { clock, timeFactor } = options;
  let last: number | null = null;
  if (fn.trigger.runOnStartup === true) await fire(fn, schedule, clock.now(), last, options);
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    // Never the same occurrence twice, even when the machine's timer fires a moment early.
    const due = schedule.next(Math.max(clock.now(), last ?? -Infinity));
    while (clock.now() < due && !stopped()) await sleep((due - clock.now()) / timeFactor, signal);
    if (stopped()) return;
    await fire(fn, schedule, due, last, options);
    last = due;
  }
};

const sleep = (delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(Math.ceil(delayMs), longestDelayMs));
    signal.addEventListener('abort', wake);
  });

const fire = async (
  fn: RegisteredFunction,
  schedule: Schedule,
  due: number,
  last: number | null,
  { invoker, log }: TimerOptions,
): Promise<void> => {
  try {
    await invoker.invoke(fn, toInput(fn, schedule, due, last));
  } catch (error) {
    log('error', fn.name, `Timer function failed: ${String(error)}`);
  }
};

const toInput = (
  fn: RegisteredFunction,
  schedule: Schedule,
  due: number,
  last: number | null,
): TriggerInput => {
  const isMonitored = fn.trigger.useMonitor !== false && schedule.next(due) - due >= monitoredIntervalMs;
  const toText = (instant: number): string => new Date(instant).toISOString();
  const lastText = last === null ? '0001-01-01T00:00:00' : toText(last);
  const timer = {
    Schedule: { AdjustForDST: true },
    // The real host keeps a status for schedules of a minute and more only, and renews it after the invocation.
    ScheduleStatus: isMonitored ? { Last: lastText, Next: toText(due), LastUpdated: lastText } : null,
    IsPastDue: false,
  };
  return { data: { json: JSON.stringify(timer) }, metadata: {}, traceContext: makeTraceContext() };
};
