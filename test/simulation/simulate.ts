import { parseArgs } from 'node:util';
import { playSeeds } from './support/runner.ts';
import type { Outcome } from './support/simulation.ts';
import { simulate } from './support/simulation.ts';

const USAGE = `Usage: npm run simulate -- --seeds N [--start S]   plays N seeds, from S on, on all cores
       npm run simulate -- --seed S [--trace]     plays one seed, and shows all that happens
Exit codes: 0 every promise is kept, 1 one is broken, 2 an option is wrong, 130 ended by Ctrl+C.`;

const whole = (name: string, text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`);
  return Number(text);
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      start: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    seeds: whole('seeds', values.seeds),
    start: whole('start', values.start),
    seed: values.seed === undefined ? null : whole('seed', values.seed),
  };
};

type Options = ReturnType<typeof readOptions>;

/** Sums outcomes up and tells at once of every broken promise. */
const makeTally = () => {
  const began = performance.now();
  const ends = new Map<string, number>();
  let [played, bad, commits, actions] = [0, 0, 0, 0];
  return {
    take: (outcome: Outcome): void => {
      const { seed, violations, statuses } = outcome;
      played += 1;
      commits += outcome.commits;
      actions += outcome.actions;
      for (const status of statuses) ends.set(status, (ends.get(status) ?? 0) + 1);
      if (violations.length === 0) return;
      bad += 1;
      console.log(`seed ${seed} breaks ${violations.length} promise(s):`);
      for (const { invariant, message } of violations) console.log(`  ${invariant}: ${message}`);
      console.log(`  again: npm run simulate -- --seed ${seed} --trace`);
    },
    bad: (): number => bad,
    summary: (): string => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const counts = [...ends].map(([status, times]) => `${times} ${status}`).join(', ');
      return `${played} seed(s) in ${seconds} s: ${actions} actions, ${commits} commits; ${counts}; ${bad} bad`;
    },
  };
};

const play = async (options: Options): Promise<number> => {
  const tally = makeTally();
  const interruption = new AbortController();
  // Not once: one Ctrl+C can arrive twice, from the terminal and passed on by npm.
  process.on('SIGINT', () => {
    interruption.abort();
  });
  if (options.seed === null) await playSeeds(options.start, options.seeds, tally.take, interruption.signal);
  else tally.take(await simulate(options.seed, options.trace ? console.log : null));
  console.log(tally.summary());
  if (!interruption.signal.aborted) return tally.bad() === 0 ? 0 : 1;
  console.log('Ended early by Ctrl+C.');
  return 130;
};

const main = async (): Promise<number> => {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  if (!options.help) return await play(options);
  console.log(USAGE);
  return 0;
};

process.exitCode = await main();
