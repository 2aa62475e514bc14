import { describe, expect, it } from 'vitest';
import { readTableList } from '../../../shared/contract/table-list.ts';

const list = (inside: string, before = ''): string =>
  `${before}<IgnoreTables>\n  <Name>\n${inside}\n  </Name>\n</IgnoreTables>\n`;
const table = (name: string): string => `    <Table>${name}</Table>`;
const read = (text: string): readonly string[] | string => {
  const reading = readTableList(text, 'IgnoreTables');
  return 'tables' in reading ? reading.tables : reading.problems.map(({ message }) => message).join(' / ');
};

describe('a list of tables of the toolkit', () => {
  it.each<[string, string, readonly string[]]>([
    ['one name', list(table('AIFLOG')), ['AIFLOG']],
    ['names in their order', list(`${table('B')}\n${table('A')}`), ['B', 'A']],
    ['space around a name', list(table('\n  AIFLOG ')), ['AIFLOG']],
    ['a declaration and a byte order mark', `\uFEFF<?xml version="1.0"?>\n${list(table('A'))}`, ['A']],
    ['comments', list(`<!-- not in the AOT -->${table('A')}`), ['A']],
    [
      'the attributes a serializer writes',
      list(table('A')).replace('Tables>', 'Tables xmlns:xsi="x">'),
      ['A'],
    ],
    ['escaped characters', list(table('A&amp;B&#x43;')), ['A&BC']],
    ['a section of characters', list(table('<![CDATA[A]B]]>')), ['A]B']],
    ['several Name elements', list(`${table('A')}</Name><Name>${table('B')}`), ['A', 'B']],
    [
      'names that look dangerous, which are names only',
      list(['x]; DROP TABLE y--', "O'Brien", 'CUSTТABLE', 'N'.repeat(128)].map(table).join('')),
      ['x]; DROP TABLE y--', "O'Brien", 'CUSTТABLE', 'N'.repeat(128)],
    ],
  ])('takes %s', (_, text, tables) => {
    expect(read(text)).toEqual(tables);
  });

  it('takes the list of special tables by its own root alone', () => {
    const text = list(table('A')).replaceAll('IgnoreTables', 'SpecialTables');
    expect(readTableList(text, 'SpecialTables')).toEqual({ tables: ['A'] });
    expect(read(text)).toContain('other than IgnoreTables');
  });

  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>`;
  it.each<[string, string, string]>([
    ['what is not XML', 'CUSTTABLE,CUSTTRANS', 'line 1'],
    ['nothing at all', '', 'names no table'],
    ['a list that stops', list(table('A')).slice(0, -4), 'unclosed'],
    ['an element that is closed by another', list('<Table>A</Name>'), 'line 3'],
    ['two roots', `${list(table('A'))}${list(table('B'))}`, 'text data outside of root'],
    ['another root', '<Tables><Name><Table>A</Table></Name></Tables>', 'other than IgnoreTables'],
    ['tables right below the root', '<IgnoreTables><Table>A</Table></IgnoreTables>', 'other than Name'],
    ['another element', list('<Function>f</Function>'), 'other than Table'],
    ['an element within a table', list(table('<b>A</b>')), 'within Table'],
    ['text between the elements', list(`CUSTTABLE ${table('A')}`), 'outside the Table elements'],
    ['an empty name', list(table(' ')), 'line 3: a Table element is empty'],
    ['a name that is too long', list(table('N'.repeat(129))), 'longer than 128'],
    ['a control character in a name', list(table('A&#9;B')), 'control character'],
    [
      'a table named twice, in other letters',
      list(`${table('AIFLOG')}${table('AifLog')}`),
      'names AifLog twice',
    ],
    ['a list without a table', list(''), 'names no table'],
    ['a document type', list(table('A'), '<!DOCTYPE IgnoreTables>'), 'DOCTYPE'],
    [
      'a document type from elsewhere',
      list(table('A'), '<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
      'DOCTYPE',
    ],
    ['entities that grow', list(table('&b;'), bomb), 'DOCTYPE'],
    [
      'an entity of a file',
      list(table('&x;'), '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
      'DOCTYPE',
    ],
    ['an entity nobody defined', list(table('&secret;')), 'entity'],
    [
      'a processing instruction',
      list(table('A'), '<?xml-stylesheet href="http://evil"?>'),
      'processing instruction',
    ],
    ['elements nested without end', '<a>'.repeat(300_000), 'other than IgnoreTables'],
    ['what is larger than any list', list(table('A')) + ' '.repeat(1_048_576), 'longer than'],
  ])('refuses %s whole', (_, text, why) => {
    expect(read(text)).toContain(why);
  });

  it('gives one answer and the line, whatever else is wrong', () => {
    const reading = readTableList(list(`${table('')}\n${table('')}`), 'IgnoreTables');
    expect(reading).toEqual({
      problems: [{ path: 'text', message: 'line 3: a Table element is empty' }],
    });
  });
});
