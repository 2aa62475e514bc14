import { describe, expect, it } from 'vitest';
import type { IgnoreEntry } from '../../../shared/core/ignored.ts';
import type { PublicationClass } from '../../../shared/core/replication.ts';
import type { TableClass } from '../../../shared/core/table-class.ts';
import { isDeferred, NO_LISTS, tableClasses } from '../../../shared/core/table-class.ts';
import type { Rows } from '../../../shared/core/table-look.ts';

const NOW = Date.parse('2026-11-21T02:00:00Z');
const entry = (table: string, expiresAt = NOW + 1): IgnoreEntry => ({
  table,
  reason: 'Left over from an old add-on',
  owner: 'Dana',
  expiresAt,
});

describe('the class of a table', () => {
  it.each<[PublicationClass, TableClass | null]>([
    ['keyed', 'keyed'],
    ['non-keyed', 'non-keyed'],
    ['locked', 'locked'],
    ['special', 'special'],
    ['other-objects', null],
  ])('that a publication of the class %s holds is %s', (publication, expected) => {
    expect(tableClasses(NO_LISTS, NOW)('dbo.CUSTTABLE', publication)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['OLDTABLE', 'dbo.OLDTABLE', true],
    ['dbo.OldTable', 'dbo.OLDTABLE', true],
    ['OLD.TABLE', 'dbo.OLD.TABLE', true],
    ['x]; DROP TABLE Y--', 'dbo.X]; drop table y--', true],
    ['OLDTABLE', 'dbo.OLDTABLE2', false],
    ['abc.OLDTABLE', 'dbo.OLDTABLE', false],
    ['OLDTABLE', 'dbo.ОLDTABLE', false],
    ['ſys', 'dbo.SYS', false],
    ['ındex', 'dbo.INDEX', false],
    ['T'.repeat(128), `dbo.${'t'.repeat(128)}`, true],
    ['T'.repeat(128), `dbo.${'t'.repeat(127)}`, false],
  ])('ignores by the entry %s the table %s: %s', (listed, table, isIgnored) => {
    expect(tableClasses({ ignored: [entry(listed)], special: [] }, NOW)(table, 'keyed')).toBe(
      isIgnored ? 'ignored' : 'keyed',
    );
  });

  it.each<[number, TableClass]>([
    [NOW + 1, 'ignored'],
    [NOW, 'special'],
    [NOW - 1, 'special'],
  ])('with an entry that holds until %d is %s', (expiresAt, expected) => {
    expect(
      tableClasses({ ignored: [entry('BIGTABLE', expiresAt)], special: [] }, NOW)('dbo.BIGTABLE', 'special'),
    ).toBe(expected);
  });

  it.each<[string, readonly IgnoreEntry[], readonly string[], TableClass]>([
    ['the list of special tables names', [], ['bigtable'], 'special'],
    ['both lists name', [entry('BIGTABLE')], ['BIGTABLE'], 'ignored'],
    [
      'the list of special tables names and that of ignored ones did',
      [entry('BIGTABLE', NOW)],
      ['BIGTABLE'],
      'special',
    ],
    ['the list of special tables names by a look-alike', [], ['ВIGTABLE'], 'keyed'],
    ['no list names', [], ['OTHER'], 'keyed'],
  ])('of what %s is told', (_, ignored, special, expected) => {
    expect(tableClasses({ ignored, special }, NOW)('dbo.BIGTABLE', 'keyed')).toBe(expected);
  });

  it('of functions stays none, listed or not', () => {
    expect(
      tableClasses({ ignored: [entry('IF_FUNCTION')], special: [] }, NOW)('dbo.IF_FUNCTION', 'other-objects'),
    ).toBeNull();
  });
});

describe('before toolkit entry 7', () => {
  it.each<[TableClass, Rows, boolean]>([
    ['keyed', 'absent', false],
    ['keyed', 0, false],
    ['ignored', 'absent', false],
    ['non-keyed', 'absent', true],
    ['non-keyed', 0, true],
    ['non-keyed', 5, true],
    ['locked', 0, true],
    ['special', 'absent', true],
    ['special', 0, true],
    ['special', 1, false],
  ])('a %s table with %s rows at the target is deferred: %s', (tableClass, target, expected) => {
    expect(isDeferred(tableClass, target, false)).toBe(expected);
  });

  it.each<TableClass>(['keyed', 'non-keyed', 'locked', 'special', 'ignored'])(
    'is over once it has published: then no %s table is deferred',
    (tableClass) => {
      expect(isDeferred(tableClass, 'absent', true)).toBe(false);
    },
  );
});
