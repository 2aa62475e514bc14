import { describe, expect, it } from 'vitest';
import type { CountsColumns } from '../../../shared/contract/counts-file.ts';
import { countsColumnsSchema, readCountsFile } from '../../../shared/contract/counts-file.ts';

const COLUMNS = countsColumnsSchema.parse({ table: 'TableName', source: 'Source', target: 'Target' });
const HEADER = 'TableName,Source,Target,Match';

const read = (text: string, columns: Partial<CountsColumns> = {}) => {
  const reading = readCountsFile(text, { ...COLUMNS, ...columns });
  return 'counts' in reading ? reading.counts : reading.problems.map(({ message }) => message);
};
const counts = (...lines: readonly string[]) => read([HEADER, ...lines].join('\r\n'));

describe('the file of the toolkit with its counts', () => {
  it.each<[string, string, unknown]>([
    ['a table with both counts', 'CUSTTABLE,12,11,No', [['dbo.CUSTTABLE', 12, 11]]],
    ['a name with its schema', 'ax.CUSTTABLE,1,1,', [['ax.CUSTTABLE', 1, 1]]],
    ['a name in brackets', '[dbo].[CUST]]TABLE],1,1,', [['dbo.CUST]TABLE', 1, 1]]],
    ['a name in brackets without schema', '[CUSTTABLE],1,1,', [['dbo.CUSTTABLE', 1, 1]]],
    ['quotes and commas in a name', '"CUST,""TABLE""",1,1,', [['dbo.CUST,"TABLE"', 1, 1]]],
    ['what looks dangerous in a spreadsheet', '=cmd()--,1,1,', [['dbo.=cmd()--', 1, 1]]],
    ['a count that is NULL, which is not zero', 'A,NULL,0,', [['dbo.A', null, 0]]],
    ['a count that is not there, which is not zero', 'A,,0,', [['dbo.A', null, 0]]],
    ['the largest count there is', 'A,9007199254740991,1,', [['dbo.A', 9_007_199_254_740_991, 1]]],
  ])('takes %s', (_, line, taken) => {
    expect(counts(line)).toEqual(taken);
  });

  it('finds the columns by their headings, wherever they stand', () => {
    const text = '\uFEFFTarget;Schema;Source;TableName\n7;ax;8;CUSTTABLE\n\n';
    expect(read(text, { schema: 'Schema', delimiter: ';' })).toEqual([['ax.CUSTTABLE', 8, 7]]);
  });

  it.each<[string, string, readonly string[]]>([
    ['a count that is negative', 'A,-1,1,', ['line 2: the count at the source is negative']],
    ['a count with a fraction', 'A,1,1.0,', ['line 2: the count at the target is not a whole number']],
    ['a count with separators', 'A,"1,000",1,', ['line 2: the count at the source is not a whole number']],
    [
      'a count that no number holds exactly',
      'A,9007199254740992,1,',
      ['line 2: the count at the source is larger than 9007199254740991'],
    ],
    ['a line without a name', ',1,1,', ['line 2 names no table']],
    [
      'a name that is too long',
      `${'N'.repeat(129)},1,1,`,
      ['line 2 names a table with more than 128 characters'],
    ],
    ['a control character in a name', '"A\u0007",1,1,', ['line 2 names a table with a control character']],
    ['a table that comes twice', 'A,1,1,\r\ndbo.a,2,2,', ['line 3 names dbo.a again, as line 2 did']],
    [
      'every problem at once',
      'A,-1,x,\r\n,1,1,',
      [
        'line 2: the count at the source is negative',
        'line 2: the count at the target is not a whole number',
        'line 3 names no table',
      ],
    ],
  ])('refuses the whole for %s', (_, lines, problems) => {
    expect(counts(lines)).toEqual(problems);
  });

  it('refuses another header and names the columns it found', () => {
    expect(read('Name,Rows\nA,1')).toEqual(
      ['TableName', 'Source', 'Target'].map(
        (heading) => `has no column "${heading}"; its columns are "Name", "Rows"`,
      ),
    );
  });

  it('refuses a heading that stands twice, because nobody knows which is meant', () => {
    expect(read('TableName,Source,Source,Target\nA,1,2,3')).toEqual(['has the column "Source" 2 times']);
  });

  it('refuses one column for both sides: it would agree with itself', () => {
    expect(read(`${HEADER}\nA,1,2,`, { target: 'Source' })).toEqual([
      'has one column "Source" for two meanings',
    ]);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'is empty'],
    ['a header alone', HEADER, 'has a header and no table'],
    ['a line with more cells', `${HEADER}\nA,1,1,yes,no`, 'is not a table: '],
    ['a quote that is not closed', `${HEADER}\n"A,1,1,`, 'is not a table: '],
  ])('refuses %s', (_, text, why) => {
    expect(read(text)).toEqual([expect.stringContaining(why)]);
  });

  it('names twenty problems and how many more there are', () => {
    const told = counts(...Array.from({ length: 25 }, (_, index) => `T${index},-1,1,`));
    expect([told.length, told.at(-1)]).toEqual([21, 'and 5 more problem(s)']);
  });
});
