import type { Job } from './jobs.ts';
import { playAll } from './runner.ts';
import type { Outcome } from './simulation.ts';
import type { Story } from './story.ts';

/** The jobs of these stories without a crash. */
export const storyJobs = (stories: readonly Story[]): readonly Job[] =>
  stories.map(({ name }) => ({ type: 'story', name, crashPoint: null }));

/**
 * Plays every story without a crash, and then once for each of its port calls and side of its effect, with the process
 * that makes the call dying there. Gives the number of crash points.
 */
export const playCrashPoints = async (
  stories: readonly Story[],
  take: (job: Job, outcome: Outcome) => void,
  signal?: AbortSignal,
): Promise<number> => {
  const crashes: Job[] = [];
  await playAll(
    storyJobs(stories),
    (job, outcome) => {
      take(job, outcome);
      if (job.type !== 'story') return;
      for (let call = 1; call <= outcome.calls; call += 1) {
        for (const when of ['before', 'after'] as const)
          crashes.push({ type: 'story', name: job.name, crashPoint: { call, when } });
      }
    },
    signal,
  );
  await playAll(crashes, take, signal);
  return crashes.length;
};
