import { parseArgs } from 'node:util';
import { playCrashPoints } from './support/crash-points.ts';
import type { Job } from './support/jobs.ts';
import { againOf, nameOf, playOf, seedJobs } from './support/jobs.ts';
import { playAll } from './support/runner.ts';
import type { CrashPoint } from './support/scheduler.ts';
import type { Outcome } from './support/simulation.ts';
import { simulate } from './support/simulation.ts';
import { STORIES, storyNamed } from './support/stories.ts';

const USAGE = `Usage: npm run simulate -- --seeds N [--start S]   plays N seeds, from S on, on all cores
       npm run simulate -- --seed S [--trace]     plays one seed, and shows all that happens
       npm run simulate -- --crash-points         plays every story once for each place where a process can die
       npm run simulate -- --story NAME [--crash before:CALL|after:CALL | --hold DELIVERY] [--trace]
Exit codes: 0 every promise is kept, 1 one is broken, 2 an option is wrong, 130 ended by Ctrl+C.`;

const whole = (name: string, text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`);
  return Number(text);
};

const crashPointOf = (text: string): CrashPoint => {
  const [, when, call] = /^(before|after):(\d{1,6})$/.exec(text) ?? [];
  if (when !== 'before' && when !== 'after')
    throw new Error(`--crash takes before:CALL or after:CALL, not ${text}`);
  return { when, call: Number(call) };
};

type Named = Readonly<Partial<Record<'seed' | 'story' | 'crash' | 'hold', string>>>;

/** The one play that the options name; null for all of them. */
const oneJob = ({ seed, story, crash, hold }: Named): Job | null => {
  if (story === undefined) return seed === undefined ? null : { type: 'seed', seed: whole('seed', seed) };
  const { name } = storyNamed(story);
  if (hold !== undefined) return { type: 'held-story', name, holdBefore: whole('hold', hold) };
  return { type: 'story', name, crashPoint: crash === undefined ? null : crashPointOf(crash) };
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      start: { type: 'string', default: '1' },
      seed: { type: 'string' },
      'crash-points': { type: 'boolean', default: false },
      story: { type: 'string' },
      crash: { type: 'string' },
      hold: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    one: oneJob(values),
    seeds: whole('seeds', values.seeds),
    start: whole('start', values.start),
  };
};

type Options = ReturnType<typeof readOptions>;

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
    summary: (): string => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const counts = [...ends].map(([status, times]) => `${times} ${status}`).join(', ');
      return `${played} play(s) in ${seconds} s: ${actions} actions, ${commits} commits; ${counts}; ${bad} bad`;
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
  const { one, seeds, start, trace } = options;
  if (one !== null) tally.take(one, await simulate(playOf(one), trace ? console.log : null));
  else if (options['crash-points']) {
    const points = await playCrashPoints(STORIES, tally.take, interruption.signal);
    console.log(`${STORIES.length} stories, ${points} crash points`);
  } else await playAll(seedJobs(start, seeds), tally.take, interruption.signal);
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
