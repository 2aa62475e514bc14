/** How to end what has been started so far. */
export type Endings = {
  /** Adds how to end what was started just now. */
  readonly add: (end: () => Promise<void> | void) => void;
  /**
   * Ends everything, the last started first, each once; a failure keeps nothing else from being ended.
   * @throws the failures, after everything was tried.
   */
  readonly run: () => Promise<void>;
};

/** See {@link Endings}. */
export const makeEndings = (): Endings => {
  const ends: (() => Promise<void> | void)[] = [];
  return {
    add: (end) => {
      ends.push(end);
    },
    run: async () => {
      const failures: unknown[] = [];
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
        try {
          await end();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be stopped.');
    },
  };
};
