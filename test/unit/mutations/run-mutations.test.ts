import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Mutation } from '../../mutations/mutation.ts';
import { simulation, tests } from '../../mutations/mutation.ts';
import { MUTATIONS } from '../../mutations/mutations.ts';
import type { RunCheck } from '../../mutations/run-check.ts';
import { problemsOf, runMutations } from '../../mutations/run-mutations.ts';

const HOLDS = { name: 'the rule is gone', breaks: 'I1', file: 'rule.txt', find: 'holds', replace: 'is gone' };
const OTHER = { ...HOLDS, name: 'the other rule is gone', find: 'stands', replace: '$& and falls' };
const RULES = 'The rule holds. The other rule stands.\n';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ax-cutover-rules-'));
  await writeFile(join(root, 'rule.txt'), RULES);
  await mkdir(join(root, 'node_modules'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A check that finds a broken promise where a text is missing. */
const lookingFor =
  (text: string): RunCheck =>
  async (directory) =>
    (await readFile(join(directory, 'rule.txt'), 'utf8')).includes(text)
      ? { kind: 'passed' }
      : { kind: 'caught', by: `no "${text}"` };

const run = async (
  mutations: readonly Omit<Mutation, 'caughtBy'>[],
  runCheck: RunCheck,
  isLate = () => false,
) => {
  const lines: string[] = [];
  const allCaught = await runMutations({
    root,
    mutations: mutations.map((mutation) => ({ ...mutation, caughtBy: simulation() })),
    copies: 2,
    runCheck,
    isLate,
    print: (line) => lines.push(line),
  });
  return { allCaught, printed: lines.join('\n') };
};

test('when a check fails under every mutation, all are caught and the source is untouched', async () => {
  const { allCaught, printed } = await run([HOLDS, OTHER], lookingFor(RULES));
  expect(allCaught).toBe(true);
  expect(printed).toContain('2 of 2 mutations are caught');
  expect(printed).toContain('the rule is gone');
  expect(await readFile(join(root, 'rule.txt'), 'utf8')).toBe(RULES);
});

test('when time is up, what was not begun is left out and said to be', async () => {
  let asked = 0;
  const { allCaught, printed } = await run([HOLDS, OTHER], lookingFor(RULES), () => (asked += 1) > 1);
  expect(allCaught).toBe(true);
  expect(printed).toContain('Time is up: 1 mutations were not tried');
  expect(printed).toContain('1 of 1 mutations are caught');
});

test('when time is up before anything was tried, nothing is proved', async () => {
  const { allCaught } = await run([HOLDS], lookingFor(RULES), () => true);
  expect(allCaught).toBe(false);
});

test('each mutation is alone: the one before it is undone', async () => {
  const seen = new Set<string>();
  await run([HOLDS, OTHER], async (directory) => {
    seen.add(await readFile(join(directory, 'rule.txt'), 'utf8'));
    return { kind: 'passed' };
  });
  expect(seen).toEqual(
    new Set([
      RULES,
      'The rule is gone. The other rule stands.\n',
      'The rule holds. The other rule $& and falls.\n',
    ]),
  );
});

test('when a mutation survives, the run has failed and says which', async () => {
  const { allCaught, printed } = await run([HOLDS, OTHER], lookingFor('The rule holds'));
  expect(allCaught).toBe(false);
  expect(printed).toMatch(/the other rule is gone +SURVIVES/);
  expect(printed).toContain('1 of 2 mutations are caught');
});

test('when a check cannot look, that is no catch', async () => {
  const cannotLook: RunCheck = async (directory, check) => {
    const finding = await lookingFor('holds')(directory, check);
    return finding.kind === 'passed' ? finding : { kind: 'unusable', reason: 'it does not even load' };
  };
  const { allCaught, printed } = await run([HOLDS], cannotLook);
  expect(allCaught).toBe(false);
  expect(printed).toContain('CANNOT BE CHECKED: it does not even load');
});

test('when the source as it is does not pass, no mutation is tried: a catch would prove nothing', async () => {
  const { allCaught, printed } = await run([HOLDS], lookingFor('something else'));
  expect(allCaught).toBe(false);
  expect(printed).toBe('The unmutated source does not pass: no "something else"');
});

describe('the list is refused before anything runs', () => {
  const never: RunCheck = () => Promise.reject(new Error('nothing may run'));
  test.each([
    ['when a text is not found', [{ ...HOLDS, find: 'ruled' }], 'its text occurs 0 times in rule.txt'],
    ['when a text is found twice', [{ ...HOLDS, find: 'rule' }], 'its text occurs 2 times in rule.txt'],
    ['when a name is used twice', [HOLDS, HOLDS], '"the rule is gone" is listed twice'],
  ])('%s', async (_, mutations, problem) => {
    const { allCaught, printed } = await run(mutations, never);
    expect(allCaught).toBe(false);
    expect(printed).toContain(problem);
  });

  test('with every problem at once', async () => {
    const wrong = [HOLDS, HOLDS, { ...OTHER, find: 'rule' }];
    const mutations = wrong.map((mutation) => ({ ...mutation, caughtBy: tests('x', 'y') }));
    expect(await problemsOf(root, mutations)).toHaveLength(2);
  });
});

describe('the list of this product', () => {
  test('fits the source of today', async () => {
    expect(await problemsOf(join(import.meta.dirname, '../../..'), MUTATIONS)).toEqual([]);
  });

  test('is long, and much of it is for the simulation to catch', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(150);
    const simulated = MUTATIONS.filter(({ caughtBy }) => caughtBy.by === 'simulation');
    expect(simulated.length).toBeGreaterThanOrEqual(75);
  });
});
