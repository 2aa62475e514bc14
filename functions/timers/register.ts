import { app } from '@azure/functions';
import type { Engine } from '../../shared/engine/engine.ts';

/** Registers the two timers; both may run in several processes at once, or be skipped, without harm. */
export const registerTimers = (
  engine: Engine,
  schedules: { readonly poll: string; readonly watchdog: string },
): void => {
  app.timer('poll-replication', { schedule: schedules.poll, handler: engine.pollReplication });
  app.timer('watchdog', { schedule: schedules.watchdog, handler: engine.sweep });
};
