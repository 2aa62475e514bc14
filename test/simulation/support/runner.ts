import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Job } from './jobs.ts';
import type { Outcome } from './simulation.ts';

/** Jobs one thread plays without asking for more. */
const BATCH_JOBS = 10;

/** Jobs to be played by one thread, with their place among all. */
type Batch = { readonly index: number; readonly jobs: readonly Job[] };

const batchesOf = (jobs: readonly Job[]): Batch[] =>
  Array.from({ length: Math.ceil(jobs.length / BATCH_JOBS) }, (_, index) => ({
    index,
    jobs: jobs.slice(index * BATCH_JOBS, (index + 1) * BATCH_JOBS),
  }));

/** Hands every item on in the order of its number, whatever the order in which they arrive. */
const inOrder = <T>(take: (item: T) => void) => {
  const early = new Map<number, T>();
  let next = 0;
  return (index: number, item: T): void => {
    early.set(index, item);
    for (let ready = early.get(next); ready !== undefined; ready = early.get(next)) {
      early.delete(next);
      next += 1;
      take(ready);
    }
  };
};

/** One thread that works through the batches still open; ends with the last, or at once when `signal` says so. */
const runThread = (
  open: Batch[],
  done: (batch: Batch, outcomes: readonly Outcome[]) => void,
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    let inHand = open.shift();
    const askNext = (): void => {
      if (inHand === undefined || signal.aborted) void worker.terminate();
      else worker.postMessage(inHand.jobs);
    };
    worker.on('message', (outcomes: readonly Outcome[]) => {
      if (inHand !== undefined) done(inHand, outcomes);
      inHand = open.shift();
      askNext();
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      resolve();
    });
    signal.addEventListener('abort', () => void worker.terminate());
    askNext();
  });

/**
 * Plays jobs on as many threads as there are cores and gives their outcomes in order. When `signal` aborts, the outcomes
 * played so far have been given. Throws what the simulation itself stumbles over.
 */
export const playAll = async (
  jobs: readonly Job[],
  take: (job: Job, outcome: Outcome) => void,
  signal = new AbortController().signal,
): Promise<void> => {
  const batches = batchesOf(jobs);
  const open = [...batches];
  const arrived = inOrder((item: { readonly batch: Batch; readonly outcomes: readonly Outcome[] }) => {
    for (const [index, outcome] of item.outcomes.entries()) take(item.batch.jobs[index]!, outcome);
  });
  const done = (batch: Batch, outcomes: readonly Outcome[]): void => {
    arrived(batch.index, { batch, outcomes });
  };
  const threads = Math.min(availableParallelism(), batches.length);
  await Promise.all(Array.from({ length: threads }, () => runThread(open, done, signal)));
};
