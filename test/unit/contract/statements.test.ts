import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../shared/contract/statements/catalogue.ts';
import { exactSourceCounts } from '../../../shared/contract/statements/exact-counts.ts';
import { quoteName, quoteTable } from '../../../shared/contract/statements/quote-name.ts';
import { selectProblem, sourceFigure } from '../../../shared/contract/statements/reconciliation.ts';

/** The words of a statement without its comments and literals. */
const bareText = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|N?'(?:[^']|'')*'/g, ' ');

describe('quoting an identifier', () => {
  it.each([
    { name: 'CUSTTABLE', quoted: '[CUSTTABLE]' },
    { name: 'a]b', quoted: '[a]]b]' },
    { name: ']]', quoted: '[]]]]]' },
    { name: "o'clock", quoted: "[o'clock]" },
    { name: 'say "x"', quoted: '[say "x"]' },
    { name: 'x]; DROP TABLE y --', quoted: '[x]]; DROP TABLE y --]' },
    { name: 'ÆØÅ_表', quoted: '[ÆØÅ_表]' },
    { name: 'n'.repeat(128), quoted: `[${'n'.repeat(128)}]` },
  ])('gives $quoted', ({ name, quoted }) => {
    expect(quoteName(name)).toBe(quoted);
  });

  it.each([{ name: '' }, { name: 'n'.repeat(129) }, { name: 'a\u0000b' }])('refuses $name', ({ name }) => {
    expect(() => quoteName(name)).toThrow(RangeError);
  });

  it('quotes schema and table apart', () => {
    expect(quoteTable({ schema: 'd.o', name: 't' })).toBe('[d.o].[t]');
  });
});

describe('the catalogue', () => {
  it('names every statement once', () => {
    const names = CATALOGUE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(CATALOGUE)(
    '$name runs on SQL Server 2012 and asks for nothing but reading',
    ({ name, exampleText }) => {
      const text = bareText(exampleText);
      expect(text).not.toMatch(
        /\b(?:STRING_AGG|STRING_SPLIT|OPENJSON|TRIM|CONCAT_WS|GREATEST|IF EXISTS|NOLOCK|READUNCOMMITTED|USE|SET)\b/i,
      );
      expect(text).not.toMatch(/\b(?:UPDATE|DELETE|MERGE|TRUNCATE|DROP|ALTER|GRANT)\b/i);
      if (name !== 'source-facts') expect(text).not.toMatch(/\bINSERT\b/i);
      if (name !== 'post-tracer-token' && name !== 'source-facts') expect(text).not.toMatch(/\bEXEC/i);
    },
  );

  it.each(CATALOGUE)('$name uses every value it carries', ({ exampleText, exampleValues }) => {
    for (const value of Object.keys(exampleValues)) expect(exampleText).toContain(`@${value}`);
  });

  it.each(CATALOGUE.filter(({ name }) => !name.startsWith('reconciliation')))(
    '$name says who asks',
    ({ name, exampleText }) => {
      expect(exampleText.startsWith(`/* ax-cutover ${name} */\n`)).toBe(true);
    },
  );

  it('uses nothing on the target that Azure SQL Database does not have', () => {
    for (const { exampleText } of CATALOGUE.filter(({ server }) => server === 'target')) {
      expect(exampleText).not.toMatch(/msdb|master|xp_|sp_|dm_exec_sessions/);
    }
  });

  it('counts each table of a chunk at its position', () => {
    const tables = [
      { schema: 'dbo', name: 'A' },
      { schema: 'dbo', name: 'B]' },
    ];
    expect(exactSourceCounts.text({ tables })).toBe(
      '/* ax-cutover exact-counts-source */\n' +
        'SELECT 0 AS position, COUNT_BIG(*) AS [rows] FROM [dbo].[A]\n' +
        'UNION ALL\n' +
        'SELECT 1 AS position, COUNT_BIG(*) AS [rows] FROM [dbo].[B]]]',
    );
  });

  it('reads a bigint that arrives as text, and refuses one that a number cannot hold', () => {
    expect(exactSourceCounts.row.parse({ position: 0, rows: '9007199254740991' }).rows).toBe(
      9007199254740991,
    );
    expect(exactSourceCounts.row.safeParse({ position: 0, rows: '9007199254740993' }).success).toBe(false);
    expect(exactSourceCounts.row.safeParse({ position: 0, rows: '-1' }).success).toBe(false);
  });
});

describe('the SQL of a reconciliation', () => {
  it('is sent exactly as the plan has it', () => {
    const sql = 'SELECT 1 AS figure -- mine';
    expect(sourceFigure.text({ sql })).toBe(sql);
  });

  it.each([
    'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANSOPEN',
    'select count_big(*) as Figure from dbo.T;',
    'WITH t AS (SELECT 1 AS a) SELECT SUM(a) AS figure FROM t',
    "SELECT SUM(x) AS figure FROM dbo.T WHERE NAME <> 'DROP TABLE; it''s -- text'",
    'SELECT SUM(s.x) AS figure FROM (SELECT x FROM a UNION ALL SELECT x FROM b) AS s',
    'SELECT SUM(x) AS figure /* delete is only a word here */ FROM [update]',
    'SELECT SUM(x) AS figure FROM T UNION ALL SELECT 0 AS figure WHERE 1 = 0',
  ])('allows %s', (sql) => {
    expect(selectProblem(sql)).toBeNull();
  });

  it.each([
    { sql: 'DELETE FROM dbo.T', problem: 'is not a SELECT' },
    { sql: 'SELECT 1 AS figure; DROP TABLE T', problem: 'is more than one statement' },
    { sql: 'SELECT 1 AS figure SELECT 2 AS figure', problem: 'is more than one statement' },
    { sql: 'SELECT 1 AS figure INTO dbo.X', problem: 'may only read: INTO is not allowed' },
    { sql: 'SELECT 1 AS figure DELETE dbo.X', problem: 'may only read: DELETE is not allowed' },
    {
      sql: 'WITH t AS (SELECT 1 a) UPDATE t SET a = 1 -- figure',
      problem: 'may only read: UPDATE is not allowed',
    },
    { sql: "SELECT 1 AS figure EXEC('x')", problem: 'may only read: EXEC is not allowed' },
    { sql: 'SELECT NEXT VALUE FOR s AS figure', problem: 'may only read: NEXT VALUE is not allowed' },
    {
      sql: "SELECT 1 AS figure FROM T WHERE a = 'b",
      problem: 'has a comment, literal or name that does not end',
    },
    { sql: "SELECT 1 AS figure /* /* */ ' */ DROP TABLE x --'", problem: 'has a comment within a comment' },
    { sql: 'SELECT 1 AS figure -- a\u2028DROP TABLE x', problem: 'has a control character' },
    { sql: 'SELECT SUM(x) AS total FROM T', problem: 'does not name its one column "figure"' },
    { sql: 'SELECT SUM(x) AS figure FROM T WITH (NOLOCK)', problem: 'may only read: NOLOCK is not allowed' },
    { sql: '', problem: 'is not a SELECT' },
  ])('refuses $sql', ({ sql, problem }) => {
    expect(selectProblem(sql)).toBe(problem);
  });
});
