import { expect, test } from 'vitest';
import { defaultPlanSeeds } from './support/default-plan-scenario.ts';
import type { Job } from './support/jobs.ts';
import { againOf, playOf } from './support/jobs.ts';
import { playAll } from './support/runner.ts';
import { simulate } from './support/simulation.ts';

const jobs: readonly Job[] = defaultPlanSeeds(1, 4).map((seed) => ({ type: 'seed', seed }));

test('whatever goes wrong, the plans that come with the product end, and what they took for proved was so', async () => {
  const broken: string[] = [];
  const ends: string[] = [];
  await playAll(jobs, (job, { violations, statuses }) => {
    ends.push(...statuses);
    for (const { invariant, message } of violations)
      broken.push(`${invariant}: ${message} (${againOf(job)})`);
  });
  expect(broken).toEqual([]);
  expect(ends).toContain('completed');
});

test('one seed in a hundred plays the plan of a go-live or, in turns, that of a mock', () => {
  const modes = jobs.map((job) => playOf(job).scenario.planOf('c1').mode);
  expect(modes).toEqual(['production', 'mock', 'production', 'mock']);
  expect(defaultPlanSeeds(1, 4)).toEqual([100, 200, 300, 400]);
});

test('when a seed of a default plan is played again, everything happens again, byte for byte, on any thread', async () => {
  const hashes: string[] = [];
  const [job] = jobs as [Job];
  await playAll([job], (_, { traceHash }) => hashes.push(traceHash));
  expect([(await simulate(playOf(job))).traceHash]).toEqual(hashes);
});
