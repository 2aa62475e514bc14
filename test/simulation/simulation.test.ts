import { expect, test } from 'vitest';
import { playSeeds } from './support/runner.ts';
import { simulate } from './support/simulation.ts';

const SEEDS = 400;
const again = (seed: number) => `npm run simulate -- --seed ${seed} --trace`;

test(`whatever crashes, comes twice, late or never, every invariant holds and every cutover ends, in ${SEEDS} seeds`, async () => {
  const broken: string[] = [];
  await playSeeds(1, SEEDS, ({ seed, violations }) => {
    for (const { invariant, message } of violations) broken.push(`${invariant}: ${message} (${again(seed)})`);
  });
  expect(broken).toEqual([]);
});

test('when a seed is played again, everything happens again, byte for byte, on any thread', async () => {
  const hashes: string[] = [];
  await playSeeds(3, 7, ({ traceHash }) => hashes.push(traceHash));
  for (const [index, hash] of hashes.entries()) expect((await simulate(3 + index)).traceHash).toBe(hash);
  expect(new Set(hashes).size).toBe(7);
});

test('when a simulation is watched, it happens as if it were not', async () => {
  const lines: string[] = [];
  const watched = await simulate(7, (line) => lines.push(line));
  expect(lines.length).toBeGreaterThan(100);
  expect(watched).toEqual(await simulate(7));
});
