/** Plays seeds of the simulation, from the first on, until one breaks a promise. */
type Simulation = { readonly by: 'simulation'; readonly seeds: number };

/** Runs one file of tests. */
type Tests = { readonly by: 'tests'; readonly file: string; readonly because: string };

/** What must notice a mutation. */
export type Check = Simulation | Tests;

/** One deliberate defect: a promise that the source keeps, and the edit that breaks it. */
export type Mutation = {
  /** What is wrong with the mutated product, in words. */
  readonly name: string;
  /** The number of the invariant that is broken, or the rule in a word. */
  readonly breaks: string;
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: Check;
};

/** So many seeds catch a defect that shows in one of thirty with certainty, as far as dice go. */
const SEEDS = 400;

/** The simulation must catch it, within so many seeds. */
export const simulation = (seeds = SEEDS): Simulation => ({ by: 'simulation', seeds });

/** Only these tests can catch it, because of this. */
export const tests = (file: string, because: string): Tests => ({ by: 'tests', file, because });
