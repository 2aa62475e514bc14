import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { APP_ROOT } from '../../support/outside-systems.ts';

/** Cutover time runs at most so many times as fast as the machine's: a lock of five minutes lasts a second. */
const FASTEST = 300;
const SLOWEST = 30;
/** A machine that loads the app in this time keeps up with the fastest. */
const QUICK_MS = 1500;

/**
 * How many times as fast as the machine's time cutover time may run: gates demand fresh readings, and on a busy machine
 * none would be fresh otherwise. The built app is loaded once for it; without its settings it ends at once.
 */
export const paceOfTheMachine = async (): Promise<number> => {
  const begun = performance.now();
  await once(
    spawn(process.execPath, [join(APP_ROOT, 'dist/functions/main.js')], { stdio: 'ignore' }),
    'exit',
  );
  const slowness = (performance.now() - begun) / QUICK_MS;
  return Math.round(Math.min(FASTEST, Math.max(SLOWEST, FASTEST / slowness)));
};
