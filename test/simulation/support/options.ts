import { parseArgs } from 'node:util';
import type { Job } from './jobs.ts';
import type { CrashPoint } from './scheduler.ts';
import { storyNamed } from './stories.ts';

/** What `npm run simulate` is asked to play. */
export type Options =
  | { readonly type: 'help' }
  | { readonly type: 'crash-points' }
  | {
      readonly type: 'seeds';
      readonly first: number;
      readonly count: number;
      /** So long at most; null for as long as it takes. */
      readonly withinMs: number | null;
    }
  | { readonly type: 'one'; readonly job: Job; readonly trace: boolean };

/** How it is asked. */
export const USAGE = `Usage: npm run simulate -- --seeds N [--start S] [--within MINUTES]   plays N seeds, from S on, on all cores
       npm run simulate -- --seed S [--trace]     plays one seed, and shows all that happens
       npm run simulate -- --crash-points         plays every story once for each place where a process can die
       npm run simulate -- --story NAME [--crash before:CALL|after:CALL | --hold DELIVERY] [--trace]
Exit codes: 0 every promise is kept, 1 one is broken, 2 an option is wrong, 130 ended by Ctrl+C.`;

const DEFAULT_SEEDS = '1000';
const MINUTE_MS = 60_000;

const OPTIONS = {
  seeds: { type: 'string' },
  start: { type: 'string' },
  within: { type: 'string' },
  seed: { type: 'string' },
  'crash-points': { type: 'boolean' },
  story: { type: 'string' },
  crash: { type: 'string' },
  hold: { type: 'string' },
  trace: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;
type Name = keyof typeof OPTIONS;

/** Which options belong together, by the one that leads them; without any of these all seeds are played. */
const COMPANY = {
  help: [],
  'crash-points': [],
  seed: ['trace'],
  story: ['crash', 'hold', 'trace'],
  seeds: ['start', 'within'],
} as const satisfies Partial<Record<Name, readonly Name[]>>;
const LEADERS = Object.keys(COMPANY) as (keyof typeof COMPANY)[];

const whole = (name: Name, text: string, least: number): number => {
  const number = Number(text);
  if (/^\d{1,15}$/.test(text) && number >= least) return number;
  throw new Error(`--${name} takes a whole number of at least ${least}, not ${text}`);
};

const crashPointOf = (text: string): CrashPoint => {
  const [, when, call] = /^(before|after):([1-9]\d{0,5})$/.exec(text) ?? [];
  if (when !== 'before' && when !== 'after')
    throw new Error(`--crash takes before:CALL or after:CALL, counted from 1, not ${text}`);
  return { when, call: Number(call) };
};

const storyJob = (story: string, crash: string | undefined, hold: string | undefined): Job => {
  const { name } = storyNamed(story);
  if (hold !== undefined) return { type: 'held-story', name, holdBefore: whole('hold', hold, 1) };
  return { type: 'story', name, crashPoint: crash === undefined ? null : crashPointOf(crash) };
};

/** Reads the command line. Throws an Error that says what is wrong with it: nothing given is silently left out. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const given = Object.keys(values) as Name[];
  const leader = LEADERS.find((name) => given.includes(name)) ?? 'seeds';
  const company: readonly Name[] = COMPANY[leader];
  const stray = given.find((name) => name !== leader && !company.includes(name));
  if (stray !== undefined) throw new Error(`--${stray} says nothing beside --${leader}`);
  const {
    seeds = DEFAULT_SEEDS,
    start = '1',
    within,
    seed = '',
    story = '',
    crash,
    hold,
    trace = false,
  } = values;
  if (crash !== undefined && hold !== undefined) throw new Error('--hold says nothing beside --crash');
  switch (leader) {
    case 'help':
    case 'crash-points':
      return { type: leader };
    case 'seeds':
      return {
        type: 'seeds',
        first: whole('start', start, 0),
        count: whole('seeds', seeds, 1),
        withinMs: within === undefined ? null : whole('within', within, 1) * MINUTE_MS,
      };
    case 'seed':
      return { type: 'one', job: { type: 'seed', seed: whole('seed', seed, 0) }, trace };
    case 'story':
      return { type: 'one', job: storyJob(story, crash, hold), trace };
  }
};
