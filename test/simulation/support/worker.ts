import { parentPort } from 'node:worker_threads';
import type { Job } from './jobs.ts';
import { playOf } from './jobs.ts';
import type { Outcome } from './simulation.ts';
import { simulate } from './simulation.ts';

/** A thread of the runner: plays the jobs it is given, batch by batch. */

parentPort?.on('message', (jobs: readonly Job[]) => {
  const play = async (): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const job of jobs) outcomes.push(await simulate(playOf(job)));
    return outcomes;
  };
  // A bug of the simulation itself ends the thread, and with it the whole run.
  void play().then((outcomes) => parentPort?.postMessage(outcomes));
});
