import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { queues } from '../../local/queues.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { playWithKills, type Outcome } from './support/run.ts';
import type { Part } from './support/stage.ts';

/** Another seed each time, unless one is given: moments are of chance, and only many of them find much. */
const SEED = Number(process.env.KILL_SEED ?? randomInt(1_000_000));
const LEAST_KILLS = 30;
/** What each of two equals does at least of all that is done; by chance it is about a half. */
const LEAST_SHARE = 0.1;
const HTTP = Object.keys(ROUTES);
const MESSAGES = queues().map(({ name }) => name);
const TIMERS = ['poll-replication', 'watchdog'];

/** How much of something an instance is known to have done. */
const sumOf = ({ work }: Outcome, instance: string, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (work[instance]?.[name] ?? 0), 0);

const playsToTheEnd = async (...parts: readonly Part[]): Promise<Outcome> => {
  const outcome = await playWithKills(parts, SEED);
  const shares = parts.map(
    ({ name }) =>
      `${name} (${sumOf(outcome, name, MESSAGES)} messages, ${sumOf(outcome, name, HTTP)} answers)`,
  );
  process.stdout.write(`${shares.join(' and ')}, ${outcome.summary}\n`);
  expect(outcome.killed).toBeGreaterThanOrEqual(LEAST_KILLS);
  return outcome;
};

describe(`a whole mock cutover whose processes are killed at any moment (seed ${SEED})`, () => {
  it('keeps every promise on two instances that both run all of it and share the work', async () => {
    const outcome = await playsToTheEnd(
      { name: 'one', answersHttp: true },
      { name: 'other', answersHttp: true },
    );
    for (const names of [MESSAGES, HTTP]) {
      const [one, other] = [sumOf(outcome, 'one', names), sumOf(outcome, 'other', names)];
      expect(Math.min(one, other)).toBeGreaterThan(LEAST_SHARE * (one + other));
    }
  });

  it('keeps every promise when one instance works, and the other answers and watches the time', async () => {
    const outcome = await playsToTheEnd(
      { name: 'worker', answersHttp: false, functions: MESSAGES },
      { name: 'desk', answersHttp: true, functions: [...HTTP, ...TIMERS] },
    );
    expect(sumOf(outcome, 'worker', [...HTTP, ...TIMERS])).toBe(0);
    expect(sumOf(outcome, 'desk', MESSAGES)).toBe(0);
  });
});
