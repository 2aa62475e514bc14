import { storyJobs } from './crash-points.ts';
import type { Job } from './jobs.ts';
import { playAll } from './runner.ts';
import type { Outcome } from './simulation.ts';
import type { Story } from './story.ts';

const endOf = ({ statuses, steps }: Outcome): string => [...statuses, ...steps].join('; ');

/**
 * Plays every story as it is, and then once for each message that is delivered in it: held just before, and resumed
 * later. Unless its end is a matter of chance it must be the same. Gives the number of holds.
 */
export const playHoldPoints = async (
  stories: readonly Story[],
  take: (job: Job, outcome: Outcome) => void,
): Promise<number> => {
  const ends = new Map<string, string>();
  const holds: Job[] = [];
  await playAll(storyJobs(stories), (job, outcome) => {
    take(job, outcome);
    if (job.type !== 'story') return;
    const { name } = job;
    if (stories.find((story) => story.name === name)?.endsByChance !== true) ends.set(name, endOf(outcome));
    for (let delivery = 1; delivery <= outcome.deliveries; delivery += 1)
      holds.push({ type: 'held-story', name, holdBefore: delivery });
  });
  await playAll(holds, (job, outcome) => {
    const expected = job.type === 'held-story' ? ends.get(job.name) : undefined;
    const found = endOf(outcome);
    const message = `without the hold it ends ${expected}, with it ${found}`;
    const other = expected === undefined || found === expected ? [] : [{ invariant: 'B20', message }];
    take(job, { ...outcome, violations: [...outcome.violations, ...other] });
  });
  return holds.length;
};
