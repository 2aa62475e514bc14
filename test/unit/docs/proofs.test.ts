import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkProofs } from '../../support/proofs.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('the failure matrix', () => {
  it('has for every failure a test that exists, and no code or invariant that does not', () => {
    const { rows, problems } = checkProofs(join(ROOT, 'docs/failure-matrix.md'));
    expect(problems).toEqual([]);
    expect(rows).toBeGreaterThanOrEqual(50);
  });
});

describe('the guarantees of the README', () => {
  it('each have a test that exists', () => {
    const { rows, problems } = checkProofs(join(ROOT, 'README.md'), (heading) => heading === 'Guarantees');
    expect(problems).toEqual([]);
    expect(rows).toBeGreaterThanOrEqual(8);
  });
});

describe('the security evidence', () => {
  it('has for every item a test that exists', () => {
    const isMeant = (heading: string): boolean =>
      ['Application Security Verification Standard', 'API Security Top 10'].includes(heading);
    const { rows, problems } = checkProofs(join(ROOT, 'docs/security.md'), isMeant);
    expect(problems).toEqual([]);
    expect(rows).toBeGreaterThanOrEqual(35);
  });
});

describe('a promise without its proof', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ax-cutover-docs-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const EFFECTS = relative(folder, join(ROOT, 'test/unit/core/effects.test.ts'));
  const LINE = `| It fires twice | It does not (I10) | C317 | [an effect in doubt › that happened is read at once](${EFFECTS}) |`;
  const problemsOf = (row: string): readonly string[] => {
    const file = join(folder, 'page.md');
    writeFileSync(file, `# Page\n\n| a | b | c | d |\n| - | - | - | - |\n${row}\n`);
    return checkProofs(file).problems;
  };

  it('is not found where test, code and invariant are there', () => {
    expect(problemsOf(LINE)).toEqual([]);
  });

  it('is not found for a case of a table of cases, under the name it runs by', () => {
    const name = 'an effect in doubt › answered twice in the same way, that it happened, is answered once';
    expect(problemsOf(`| a | b | c | [${name}](${EFFECTS}) |`)).toEqual([]);
  });

  it('is not found for all cases of such a table', () => {
    const name = 'an effect in doubt › answered twice in the same way, …, is answered once';
    expect(problemsOf(`| a | b | c | [${name}](${EFFECTS}) |`)).toEqual([]);
  });

  it.each([
    ['no test at all', '| a | b | c | by hand |', /names no test/],
    ['a file that is not there', '| a | b | c | [x](gone.test.ts) |', /no file gone\.test\.ts/],
    ['a folder', '| a | b | c | [x](.) |', /no file \./],
    [
      'a test that is not there',
      LINE.replace('at once', 'twice'),
      /has no test "an effect in doubt › .* twice"/,
    ],
    ['a test of another group', LINE.replace('in doubt', 'announced'), /has no test/],
    [
      'a group of tests',
      LINE.replace(' › that happened is read at once', ''),
      /has no test "an effect in doubt"/,
    ],
    [
      'a case that its table does not have',
      `| a | b | c | [an effect in doubt › answered twice in the same way, in Latin, is answered once](${EFFECTS}) |`,
      /has no test/,
    ],
    ['a code that is not in the catalogue', LINE.replace('C317', 'C399'), /no C399/],
    ['an invariant that nobody knows', LINE.replace('I10', 'I13'), /no invariant I13/],
    ['an empty cell', LINE.replace('C317', ' '), /empty cell/],
  ])('is found when it names %s', (_, row, problem) => {
    expect(problemsOf(row)).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf(row)[0]).toMatch(/^line 5: /);
  });
});
