import { playOf } from '../simulation/support/jobs.ts';
import { simulate } from '../simulation/support/simulation.ts';

/** What the seed broke: a promise, or a check that met what can never be. */
const brokenBy = async (seed: number): Promise<string | null> => {
  try {
    const [first] = (await simulate(playOf({ type: 'seed', seed }))).violations;
    return first ? `seed ${seed}, ${first.invariant}: ${first.message}` : null;
  } catch (error) {
    return `seed ${seed}, a check throws: ${String(error)}`;
  }
};

// Plays the seeds of a mutated copy, from 1 on, until one breaks something; prints what it broke, or null.
const seeds = Number(process.argv[2]);
let caught: string | null = null;
for (let seed = 1; seed <= seeds && caught === null; seed += 1) caught = await brokenBy(seed);
process.stdout.write(JSON.stringify({ caught }));
