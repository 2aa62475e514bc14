import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../shared/contract/statements/catalogue.ts';
import {
  drillCompaniesSource,
  drillPartsSource,
  drillRowsSource,
} from '../../../shared/contract/statements/drill.ts';
import { exactSourceCounts, exactSourceRange } from '../../../shared/contract/statements/exact-counts.ts';
import { quoteName, quoteTable } from '../../../shared/contract/statements/quote-name.ts';
import { reviewOf } from '../../../shared/contract/statements/review.ts';
import { recidBoundsSource } from '../../../shared/contract/statements/recids.ts';
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

  it.each(CATALOGUE)(
    '$name knows its own parameters after a way over the wire, and drops or refuses others',
    ({ statement: { parameters }, example }) => {
      const sent: unknown = JSON.parse(JSON.stringify(example));
      expect(parameters.parse(sent)).toEqual(example);
      expect(parameters.safeParse(sent === null ? {} : null).success).toBe(false);
      const more = parameters.safeParse({ ...(sent as object), text: 'DROP TABLE x' });
      if (more.success) expect(more.data).toEqual(example);
    },
  );

  it.each(CATALOGUE.filter(({ name }) => !name.startsWith('reconciliation')))(
    '$name says who asks',
    ({ name, exampleText }) => {
      expect(exampleText.startsWith(`/* ax-cutover ${name} */\n`)).toBe(true);
    },
  );

  it('uses nothing on the target that Azure SQL Database does not have', () => {
    for (const { exampleText } of CATALOGUE.filter(({ server }) => server === 'target')) {
      expect(exampleText).not.toMatch(/msdb|master|xp_|sp_/);
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
        'SELECT 1 AS position, COUNT_BIG(*) AS [rows] FROM [dbo].[B]]]\n' +
        'OPTION (MAXDOP 1)',
    );
  });

  it('gives the outermost ranges of a table no end, and every bound as text', () => {
    const table = { schema: 'dbo', name: 'T' };
    const range = { low: '9007199254740993', high: '9007199254740995', first: false, last: false };
    const values = (changes: Partial<typeof range>) =>
      exactSourceRange.values({ table, range: { ...range, ...changes } });
    expect(values({})).toEqual({ low: '9007199254740993', high: '9007199254740995' });
    expect(values({ first: true })).toMatchObject({ low: '-9223372036854775808' });
    expect(values({ last: true })).toMatchObject({ high: '9223372036854775807' });
  });

  it('reads RECIDs as text, whatever their size, and none of an empty table', () => {
    const row = { position: 0, low: '-9223372036854775808', high: 7 };
    expect(recidBoundsSource.row.parse(row)).toEqual({ ...row, high: '7' });
    expect(recidBoundsSource.row.parse({ position: 0, low: null, high: null })).toMatchObject({ low: null });
    expect(recidBoundsSource.row.safeParse({ ...row, low: '1; DROP' }).success).toBe(false);
  });

  it('divides a range of RECIDs by its ends alone, the last part by none, and tells sums as text', () => {
    const table = { schema: 'dbo', name: 'T]', perCompany: true };
    const text = (upTo: readonly string[]) => drillPartsSource.text({ table, low: '1', upTo });
    expect(text(['5', '7', '9'])).toContain(
      'CASE WHEN RECID <= CAST(@upTo0 AS bigint) THEN 0 WHEN RECID <= CAST(@upTo1 AS bigint) THEN 1 ELSE 2 END AS part\n  FROM [dbo].[T]]]',
    );
    expect(text(['5', '7', '9'])).toContain('RECID <= CAST(@upTo2 AS bigint)\n) AS r');
    expect(text(['9'])).toContain('SELECT RECID, 0 AS part');
    expect(
      drillPartsSource.values({ table, low: '-9223372036854775808', upTo: ['9007199254740993'] }),
    ).toEqual({
      low: '-9223372036854775808',
      upTo0: '9007199254740993',
    });
    const row = {
      part: 0,
      rows: 2,
      sum: '-18014398509481987',
      low: '-9007199254740994',
      high: '-9007199254740993',
    };
    expect(drillPartsSource.row.parse(row)).toEqual(row);
    const empty = { company: null, rows: 0, sum: null, low: null, high: null };
    expect(drillCompaniesSource.row.parse(empty)).toEqual({ ...empty, sum: '0' });
    expect(drillPartsSource.row.safeParse({ ...row, sum: '1.5' }).success).toBe(false);
  });

  it('asks for the company of a row only where the table has one', () => {
    for (const perCompany of [true, false]) {
      const table = { schema: 'dbo', name: 'T', perCompany };
      const texts = [
        drillCompaniesSource.text({ table }),
        drillRowsSource.text({ table, low: '1', high: '2', most: 3 }),
      ];
      expect(texts.map((text) => text.includes('DATAAREAID'))).toEqual([perCompany, perCompany]);
    }
  });

  it('reads a bigint that arrives as text, and refuses one that a number cannot hold', () => {
    expect(exactSourceCounts.row.parse({ position: 0, rows: '9007199254740991' }).rows).toBe(
      9007199254740991,
    );
    expect(exactSourceCounts.row.safeParse({ position: 0, rows: '9007199254740993' }).success).toBe(false);
    for (const rows of ['-1', -1, null, 1.5, '99999999999999999999']) {
      expect(exactSourceCounts.row.safeParse({ position: 0, rows }).success).toBe(false);
    }
  });
});

/** What is left of a statement when comments, literals and quoted names are gone, each replaced by a word. */
const skeleton = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|N?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]/g, ' x ');

/** Names of variables and parameters; @@SERVERNAME and its like are functions. */
const variablesIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/(?<!@)@([a-z_]\w*)/gi)].map(([, name = '']) => name.toLowerCase()));

const depthsOf = (text: string): readonly number[] => {
  let depth = 0;
  return Array.from(text, (char) => {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    return depth;
  });
};

/** Beyond SQL Server 2012: what came later, and what only other databases have. */
const TOO_NEW =
  /\b(?:STRING_AGG|STRING_SPLIT|STRING_ESCAPE|OPENJSON|JSON_VALUE|JSON_QUERY|ISJSON|TRIM|CONCAT_WS|TRANSLATE|GREATEST|LEAST|DATEDIFF_BIG|DATETRUNC|GENERATE_SERIES|APPROX_COUNT_DISTINCT|COMPRESS|AT\s+TIME\s+ZONE|CREATE\s+OR\s+ALTER|DROP\s+\w+\s+IF\s+EXISTS|LIMIT|ILIKE)\b/i;

describe.each(CATALOGUE.filter(({ name }) => !name.startsWith('reconciliation')))(
  'the text of $name',
  ({ exampleText, exampleValues }) => {
    const bare = skeleton(exampleText);

    it('ends every comment, literal, name and parenthesis it begins', () => {
      expect(bare).not.toMatch(/\/\*|\*\/|['"[\]]/);
      const depths = depthsOf(bare);
      expect(Math.min(...depths)).toBe(0);
      expect(depths.at(-1)).toBe(0);
    });

    it('is one batch of what SQL Server 2012 knows', () => {
      expect(bare).not.toMatch(TOO_NEW);
      expect(bare).not.toMatch(/;|--|^\s*GO\s*$/m);
      expect(bare.trim()).toMatch(/^x\s+(?:SELECT|WITH|IF|DECLARE)\b/);
      expect(bare).not.toMatch(/,\s*(?:FROM|WHERE|GROUP|ORDER|\))\b/i);
    });

    it('uses no variable that it is neither given nor declares', () => {
      const declared = [...bare.matchAll(/\bDECLARE\b([^\n]*)/gi)].flatMap(([, names = '']) => [
        ...variablesIn(names),
      ]);
      // Left of "=" in a call of a procedure stands the name of the procedure's own parameter.
      const own = bare.replaceAll(/@\w+\s*=\s*(?=@)/g, ' ');
      const known = new Set([...declared, ...Object.keys(exampleValues).map((name) => name.toLowerCase())]);
      expect([...variablesIn(own)].filter((name) => !known.has(name))).toEqual([]);
    });
  },
);

describe('what a DBA reviews', () => {
  it('is every statement with all that reaches the server', () => {
    expect(CATALOGUE.map(reviewOf).map(({ name }) => name)).toEqual(CATALOGUE.map(({ name }) => name));
    expect(reviewOf(CATALOGUE.find(({ name }) => name === 'source-health')!)).toEqual({
      name: 'source-health',
      server: 'source',
      purpose: expect.any(String) as string,
      permission: 'VIEW SERVER STATE',
      writes: false,
      timeLimitMs: 15_000,
      parameters: [{ name: '@distribution', type: 'nvarchar(4000)', example: 'distribution' }],
      text: expect.stringContaining('sys.dm_db_log_space_usage') as string,
    });
  });

  it('marks the tracer token as the only write', () => {
    expect(CATALOGUE.map(reviewOf).flatMap(({ name, writes }) => (writes ? [name] : []))).toEqual([
      'post-tracer-token',
    ]);
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
