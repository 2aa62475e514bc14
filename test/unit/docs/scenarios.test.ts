import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../local/arguments.ts';
import { VERDICTS } from '../../../shared/core/table-verdict.ts';
import { checkProofs } from '../../support/proofs.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/scenarios.md');

/** Where the conditions of replication and of the counting gates are made. */
const SOURCES = [
  'shared/core/replication-access.ts',
  'shared/core/replication-agents.ts',
  'shared/core/replication-conditions.ts',
  'shared/core/replication-watch.ts',
  'shared/kinds/equality-doubts.ts',
  'shared/kinds/exact-snapshot.ts',
  'shared/kinds/replication-gate.ts',
  'shared/kinds/sources.ts',
  'shared/kinds/toolkit-witness.ts',
];
/** A code as the source has it: whole, or up to the first thing that is put into it. */
const CODE = /(?:\bcode(?: =|:)|\bcondition\()\s*['`]([a-z][a-z-]*)/g;
/** Codes whose words are put together. */
const PUT_TOGETHER: Readonly<Record<string, readonly string[]>> = {
  'access-': ['access-source', 'access-target'],
};

const codesOfTheCode = (): readonly string[] => {
  const found = SOURCES.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(CODE)].map(([, code = '']) => code),
  );
  return [...new Set(found.flatMap((code) => PUT_TOGETHER[code] ?? [code]))].sort();
};

const page = readFileSync(PAGE, 'utf8');

/** The rows of the table under a heading, by their first two cells. */
const rowsUnder = (heading: string): readonly (readonly [string, string])[] =>
  (page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', scenario = '']) => [name.replaceAll('`', ''), scenario]);

describe('the page of scenarios', () => {
  it('has every verdict that a table can have, the worst first', () => {
    expect(rowsUnder('Verdicts of tables').map(([name]) => name)).toEqual([...VERDICTS]);
  });

  it('has every condition of replication and of counting, each once', () => {
    const codes = codesOfTheCode();
    expect(codes.length).toBeGreaterThan(30);
    expect(
      rowsUnder('Conditions')
        .map(([name]) => name)
        .sort(),
    ).toEqual(codes);
  });

  it('names scenarios that npm start knows, and every scenario of it that shows one of them', () => {
    const rows = [...rowsUnder('Verdicts of tables'), ...rowsUnder('Conditions')];
    const named = rows
      .flatMap(([, scenario]) => [...scenario.matchAll(/`([a-z-]+)`/g)])
      .map(([, name = '']) => name);
    const known = Object.keys(FAULTS);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    // What concerns approvals, the data upgrade and Lifecycle Services is no verdict and no condition of these.
    const others = ['approval-refused', 'upgrade-fails-once', 'sync-stalls-once', 'lcs-refuses'];
    expect(known.filter((name) => !named.includes(name)).sort()).toEqual(others.sort());
  });

  it('names tests that exist', () => {
    expect(checkProofs(PAGE).problems).toEqual([]);
  });
});
