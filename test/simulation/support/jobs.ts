import { defaultPlanScenario, playsDefaultPlan } from './default-plan-scenario.ts';
import { randomPlanScenario } from './random-plan.ts';
import type { Play } from './scenario.ts';
import type { CrashPoint } from './scheduler.ts';
import { storyNamed } from './stories.ts';
import { storyScenario } from './story.ts';

/** One simulation to be played, as it is named on the command line. */
export type Job =
  | { readonly type: 'seed'; readonly seed: number }
  | { readonly type: 'story'; readonly name: string; readonly crashPoint: CrashPoint | null }
  | { readonly type: 'held-story'; readonly name: string; readonly holdBefore: number };

/** The jobs of so many seeds, from `first` on. */
export const seedJobs = (first: number, count: number): readonly Job[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'seed', seed: first + index }));

const NOTHING = { crashPoint: null, holdBefore: null };

/** What a job plays. */
export const playOf = (job: Job): Play => {
  if (job.type === 'seed') {
    const scenario = playsDefaultPlan(job.seed)
      ? defaultPlanScenario(job.seed)
      : randomPlanScenario(job.seed);
    return { seed: String(job.seed), scenario, ...NOTHING };
  }
  const { name } = job;
  const does = job.type === 'story' ? { crashPoint: job.crashPoint } : { holdBefore: job.holdBefore };
  return { seed: name, scenario: storyScenario(storyNamed(name)), ...NOTHING, ...does };
};

/** What a job is called. */
export const nameOf = (job: Job): string => {
  if (job.type === 'seed') return `seed ${job.seed}`;
  if (job.type === 'held-story') return `the story ${job.name}, held before delivery ${job.holdBefore}`;
  if (job.crashPoint === null) return `the story ${job.name}`;
  return `the story ${job.name}, crashed ${job.crashPoint.when} call ${job.crashPoint.call}`;
};

/** The command that plays a job again and shows all that happens. */
export const againOf = (job: Job): string => {
  if (job.type === 'seed') return `npm run simulate -- --seed ${job.seed} --trace`;
  if (job.type === 'held-story')
    return `npm run simulate -- --story ${job.name} --hold ${job.holdBefore} --trace`;
  const crash = job.crashPoint === null ? '' : ` --crash ${job.crashPoint.when}:${job.crashPoint.call}`;
  return `npm run simulate -- --story ${job.name}${crash} --trace`;
};
