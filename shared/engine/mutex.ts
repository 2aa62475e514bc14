/** Runs work one at a time per key within this process, in the order of arrival. */
export type Mutex = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** See {@link Mutex}. It spares conflicts, it proves nothing: between processes the stored etag decides. */
export const makeMutex = (): Mutex => {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = tails.get(key);
    const run = before === undefined ? work() : before.then(work, work);
    tails.set(key, run);
    try {
      return await run;
    } finally {
      if (tails.get(key) === run) tails.delete(key);
    }
  };
};
