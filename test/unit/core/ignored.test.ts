import { describe, expect, it } from 'vitest';
import { ignoredAt, ignoring } from '../../../shared/core/ignored.ts';

const NOW = Date.UTC(2031, 4, 3);
const entry = (table: string, expiresAt = NOW + 1) => ({
  table,
  reason: 'a log nobody needs',
  owner: 'Dina',
  expiresAt,
});

describe('a table that is ignored', () => {
  it.each<[string, string, string, boolean]>([
    ['by its name', 'AIFLOG', 'dbo.AIFLOG', true],
    ['in whatever letters', 'AifLog', 'dbo.AIFLOG', true],
    ['with its schema', 'ax.AIFLOG', 'AX.aiflog', true],
    ['not in another schema', 'AIFLOG', 'ax.AIFLOG', false],
    ['not by the beginning of its name', 'AIF', 'dbo.AIFLOG', false],
    ['not by a look-alike', 'АIFLOG', 'dbo.AIFLOG', false],
    ['not by a letter whose capital looks like another one', 'ıNDEX', 'dbo.INDEX', false],
    ['with a dot in its name', 'OLD.TABLE', 'dbo.OLD.TABLE', true],
  ])('is found %s', (_, listed, table, found) => {
    expect(ignoring([entry(listed)], NOW)(table)).toEqual(found ? entry(listed) : null);
  });

  it('is in the scope again from the instant its entry expires', () => {
    const entries = [entry('A', NOW + 1), entry('B', NOW), entry('C', NOW - 1)];
    expect(ignoredAt(entries, NOW).map(({ table }) => table)).toEqual(['A']);
    const ignored = ignoring(entries, NOW);
    expect(['A', 'B', 'C'].map((table) => ignored(table) !== null)).toEqual([true, false, false]);
  });
});
