import { describe, expect, test } from 'vitest';
import { simulate } from './support/simulation.ts';

const SEEDS = 400;
const PER_TEST = 100;
const again = (seed: number) => `npm run simulate -- --seed ${seed} --trace`;

const brokenOf = async (first: number, count: number): Promise<readonly string[]> => {
  const broken: string[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const { violations } = await simulate(seed);
    broken.push(...violations.map(({ invariant, message }) => `${invariant}: ${message} (${again(seed)})`));
    // Lets the runner breathe: a simulation never waits for the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return broken;
};

describe('whatever crashes, comes twice, late or never, every invariant holds and every cutover ends', () => {
  test.each(Array.from({ length: SEEDS / PER_TEST }, (_, index) => index * PER_TEST + 1))(
    'in a hundred seeds from %i on',
    async (first) => {
      expect(await brokenOf(first, PER_TEST)).toEqual([]);
    },
  );
});

test('when a seed is played again, everything happens again, byte for byte', async () => {
  for (const seed of [3, 9, 42, 728]) {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    expect(second).toEqual(first);
  }
});

test('when the seed is another, something else happens', async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 20; seed += 1) hashes.add((await simulate(seed)).traceHash);
  expect(hashes.size).toBe(20);
});

test('when a simulation is watched, it happens as if it were not', async () => {
  const lines: string[] = [];
  const watched = await simulate(7, (line) => lines.push(line));
  expect(lines.length).toBeGreaterThan(100);
  expect(watched).toEqual(await simulate(7));
});
