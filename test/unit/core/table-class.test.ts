import { describe, expect, it } from 'vitest';
import type { PublicationClass } from '../../../shared/core/replication.ts';
import type { IgnoredTable, TableClass } from '../../../shared/core/table-class.ts';
import { isDeferred, tableClasses } from '../../../shared/core/table-class.ts';
import type { Rows } from '../../../shared/core/table-look.ts';

const NOW = Date.parse('2026-11-21T02:00:00Z');
const entry = (table: string, expiresAt = NOW + 1): IgnoredTable => ({
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
    expect(tableClasses([], NOW)('dbo.CUSTTABLE', publication)).toBe(expected);
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
    expect(tableClasses([entry(listed)], NOW)(table, 'keyed')).toBe(isIgnored ? 'ignored' : 'keyed');
  });

  it.each<[number, TableClass]>([
    [NOW + 1, 'ignored'],
    [NOW, 'special'],
    [NOW - 1, 'special'],
  ])('with an entry that holds until %d is %s', (expiresAt, expected) => {
    expect(tableClasses([entry('BIGTABLE', expiresAt)], NOW)('dbo.BIGTABLE', 'special')).toBe(expected);
  });

  it('of functions stays none, listed or not', () => {
    expect(tableClasses([entry('IF_FUNCTION')], NOW)('dbo.IF_FUNCTION', 'other-objects')).toBeNull();
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
