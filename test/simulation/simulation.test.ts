import { expect, test } from 'vitest';
import { playCrashPoints, storyJobs } from './support/crash-points.ts';
import type { Job } from './support/jobs.ts';
import { againOf, playOf, seedJobs } from './support/jobs.ts';
import { playAll } from './support/runner.ts';
import type { Outcome } from './support/simulation.ts';
import { simulate } from './support/simulation.ts';
import { STORIES, storyNamed } from './support/stories.ts';

const SEEDS = 200;

/** Collects every broken promise with the command that shows it. */
const collector = () => {
  const broken: string[] = [];
  const take = (job: Job, { violations }: Outcome): void => {
    for (const { invariant, message } of violations)
      broken.push(`${invariant}: ${message} (${againOf(job)})`);
  };
  return { broken, take };
};

test(`whatever crashes, comes twice, late or never, every promise is kept and every cutover ends, in ${SEEDS} seeds`, async () => {
  const { broken, take } = collector();
  await playAll(seedJobs(1, SEEDS), take);
  expect(broken).toEqual([]);
});

test('when nothing crashes, every promise is kept in every story', async () => {
  const { broken, take } = collector();
  await playAll(storyJobs(STORIES), take);
  expect(broken).toEqual([]);
});

test('wherever a process dies in a story, before or after a call takes effect, every promise is kept', async () => {
  const { broken, take } = collector();
  // Those of all the others take a minute: `npm run simulate -- --crash-points` plays them.
  const points = await playCrashPoints([storyNamed('automation')], take);
  expect(broken).toEqual([]);
  expect(points).toBeGreaterThan(200);
});

test('when a seed is played again, everything happens again, byte for byte, on any thread', async () => {
  const hashes: string[] = [];
  const jobs = seedJobs(3, 7);
  await playAll(jobs, (_, { traceHash }) => hashes.push(traceHash));
  for (const [index, job] of jobs.entries())
    expect((await simulate(playOf(job))).traceHash).toBe(hashes[index]);
  expect(new Set(hashes).size).toBe(jobs.length);
});

test('when a simulation is watched, it happens as if it were not', async () => {
  const play = playOf({ type: 'seed', seed: 7 });
  const lines: string[] = [];
  const watched = await simulate(play, (line) => lines.push(line));
  expect(lines.length).toBeGreaterThan(100);
  expect(watched).toEqual(await simulate(play));
});
