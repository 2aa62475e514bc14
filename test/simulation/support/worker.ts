import { parentPort } from 'node:worker_threads';
import type { Batch } from './runner.ts';
import type { Outcome } from './simulation.ts';
import { simulate } from './simulation.ts';

/** A thread of the runner: plays the seeds it is told to, batch by batch. */

parentPort?.on('message', ({ first, count }: Batch) => {
  const play = async (): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (let seed = first; seed < first + count; seed += 1) outcomes.push(await simulate(seed));
    return outcomes;
  };
  // A bug of the simulation itself ends the thread, and with it the whole run.
  void play().then((outcomes) => parentPort?.postMessage(outcomes));
});
