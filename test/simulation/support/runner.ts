import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Outcome } from './simulation.ts';

/** Seeds one thread plays without asking for more. */
export type Batch = { readonly first: number; readonly count: number };

const BATCH_SEEDS = 10;

const batchesOf = (first: number, count: number): Batch[] =>
  Array.from({ length: Math.ceil(count / BATCH_SEEDS) }, (_, index) => ({
    first: first + index * BATCH_SEEDS,
    count: Math.min(BATCH_SEEDS, count - index * BATCH_SEEDS),
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
  open: { batch: Batch; index: number }[],
  done: (index: number, outcomes: readonly Outcome[]) => void,
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    let inHand = open.shift();
    const askNext = (): void => {
      if (inHand === undefined || signal.aborted) void worker.terminate();
      else worker.postMessage(inHand.batch);
    };
    worker.on('message', (outcomes: readonly Outcome[]) => {
      if (inHand !== undefined) done(inHand.index, outcomes);
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
 * Plays seeds on as many threads as there are cores and gives their outcomes in the order of the seeds. When `signal`
 * aborts, the outcomes played so far have been given. Throws what the simulation itself stumbles over.
 */
export const playSeeds = async (
  first: number,
  count: number,
  take: (outcome: Outcome) => void,
  signal = new AbortController().signal,
): Promise<void> => {
  const batches = batchesOf(first, count);
  const open = batches.map((batch, index) => ({ batch, index }));
  const arrived = inOrder((outcomes: readonly Outcome[]) => {
    outcomes.forEach(take);
  });
  const threads = Math.min(availableParallelism(), batches.length);
  await Promise.all(Array.from({ length: threads }, () => runThread(open, arrived, signal)));
};
