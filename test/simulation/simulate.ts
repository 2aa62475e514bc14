import { playCrashPoints } from './support/crash-points.ts';
import type { Job } from './support/jobs.ts';
import { againOf, nameOf, playOf, seedJobs } from './support/jobs.ts';
import type { Options } from './support/options.ts';
import { readOptions, USAGE } from './support/options.ts';
import { playAll } from './support/runner.ts';
import type { Outcome } from './support/simulation.ts';
import { simulate } from './support/simulation.ts';
import { STORIES } from './support/stories.ts';

/** Sums outcomes up and tells at once of every broken promise. */
const makeTally = () => {
  const began = performance.now();
  const ends = new Map<string, number>();
  let [played, bad, commits, actions] = [0, 0, 0, 0];
  return {
    take: (job: Job, outcome: Outcome): void => {
      const { violations, statuses } = outcome;
      played += 1;
      commits += outcome.commits;
      actions += outcome.actions;
      for (const status of statuses) ends.set(status, (ends.get(status) ?? 0) + 1);
      if (violations.length === 0) return;
      bad += 1;
      console.log(`${nameOf(job)} breaks ${violations.length} promise(s):`);
      for (const { invariant, message } of violations) console.log(`  ${invariant}: ${message}`);
      console.log(`  again: ${againOf(job)}`);
    },
    bad: (): number => bad,
    played: (): number => played,
    /** Without the time it took where the same play is to give the same words. */
    summary: (isTimed: boolean): string => {
      const took = isTimed ? ` in ${((performance.now() - began) / 1000).toFixed(1)} s` : '';
      const counts = [...ends].map(([status, times]) => `${times} ${status}`).join(', ');
      return `${played} play(s)${took}: ${actions} actions, ${commits} commits; ${counts}; ${bad} bad`;
    },
  };
};

/** What a job asks for that its play never comes to: a command that no longer says anything must not look kept. */
const neverReached = (job: Job, { calls, deliveries }: Outcome): string | null => {
  if (job.type === 'held-story' && job.holdBefore > deliveries)
    return `${nameOf(job)}: there are only ${deliveries} deliveries.`;
  if (job.type === 'story' && job.crashPoint !== null && job.crashPoint.call > calls)
    return `${nameOf(job)}: there are only ${calls} calls.`;
  return null;
};

const playOne = async ({ job, trace }: Extract<Options, { type: 'one' }>): Promise<number> => {
  const tally = makeTally();
  const outcome = await simulate(playOf(job), trace ? console.log : null);
  tally.take(job, outcome);
  console.log(tally.summary(!trace));
  const lacking = neverReached(job, outcome);
  if (lacking === null) return tally.bad() === 0 ? 0 : 1;
  console.error(lacking);
  return 2;
};

const playMany = async (options: Exclude<Options, { type: 'help' | 'one' }>): Promise<number> => {
  const tally = makeTally();
  const interruption = new AbortController();
  let isSlow = false as boolean;
  // Not once: one Ctrl+C can arrive twice, from the terminal and passed on by npm.
  process.on('SIGINT', () => {
    interruption.abort();
  });
  if (options.type === 'seeds' && options.withinMs !== null) {
    const { withinMs, count } = options;
    setTimeout(() => {
      isSlow = true;
      console.log(`Time is up: of the ${count} seeds only those counted below were played.`);
      interruption.abort();
    }, withinMs).unref();
  }
  if (options.type === 'crash-points') {
    const points = await playCrashPoints(STORIES, tally.take, interruption.signal);
    console.log(`${STORIES.length} stories, ${points} crash points`);
  } else await playAll(seedJobs(options.first, options.count), tally.take, interruption.signal);
  console.log(tally.summary(true));
  if (isSlow || !interruption.signal.aborted) return tally.bad() === 0 && tally.played() > 0 ? 0 : 1;
  console.log('Ended early by Ctrl+C.');
  return 130;
};

const main = async (): Promise<number> => {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  if (options.type === 'one') return await playOne(options);
  if (options.type !== 'help') return await playMany(options);
  console.log(USAGE);
  return 0;
};

process.exitCode = await main();
