import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../shared/view/csv.ts';
import { csvOf } from '../../../shared/view/csv.ts';

describe('a cell of a CSV file', () => {
  it.each<[Cell, string]>([
    ['dbo.CUSTTABLE', '"dbo.CUSTTABLE"'],
    ['', '""'],
    [null, ''],
    [-5, '-5'],
    [2 ** 53 - 1, '9007199254740991'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['=cmd()', `"'=cmd()"`],
    [`=cmd|' /C calc'!A0`, `"'=cmd|' /C calc'!A0"`],
    ['+1', `"'+1"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['|cmd', `"'|cmd"`],
    ['%x', `"'%x"`],
    ['＝cmd()', `"'＝cmd()"`],
    [' \t=cmd()', `"' \t=cmd()"`],
    ['\u0000=cmd()', `"'\u0000=cmd()"`],
    ['\tx', `"'\tx"`],
    ['\rx', `"'\rx"`],
    ['\u00a0-x', `"'\u00a0-x"`],
    ['a=b', '"a=b"'],
    ['x";=cmd()', '"x"";=cmd()"'],
  ])('of %j is %s', (cell, expected) => {
    expect(csvOf([[cell]])).toBe(`${expected}\r\n`);
  });

  it('stands beside others, and every row ends', () => {
    expect(
      csvOf([
        ['table', 'rows'],
        ['dbo.A', 1],
      ]),
    ).toBe('"table","rows"\r\n"dbo.A",1\r\n');
    expect(csvOf([])).toBe('');
  });
});
