import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementsText } from '../../../cli/print-statements.ts';
import { readCollectTask } from '../../../cli/settings.ts';
import { CATALOGUE } from '../../../shared/contract/statements/catalogue.ts';

const SECRET = `whsec_${btoa('x'.repeat(32))}`;
const FIGURE = 'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANSOPEN';
const ENV = {
  PUBLIC_BASE_URL: 'https://cutover.contoso.com/',
  COLLECTOR_SECRET: SECRET,
  SOURCE_SQL_CONNECTION: 'Server=AXSQL01;Database=AX;User Id=m;Password=canary;Encrypt=true',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ax-cutover-figures-'));
  await writeFile(join(folder, 'good.json'), JSON.stringify([FIGURE]));
  await writeFile(join(folder, 'bad.json'), JSON.stringify([FIGURE, 'DELETE FROM x']));
  await writeFile(join(folder, 'no.json'), '{');
});
afterAll(() => rm(folder, { recursive: true }));

const problemsOf = async (args: readonly string[], env: Record<string, string | undefined>) => {
  const task = await readCollectTask(args, env);
  return 'problems' in task ? task.problems : [];
};

describe('how a collector is told what to do', () => {
  it('takes the address of the app, a secret, its servers and the figures that were reviewed', async () => {
    const figures = join(folder, 'good.json');
    expect(await readCollectTask(['--figures', figures, '--every', '5'], ENV)).toEqual({
      do: 'collect',
      settings: {
        appUrl: 'https://cutover.contoso.com',
        secret: SECRET,
        connections: { source: ENV.SOURCE_SQL_CONNECTION, distribution: null, target: null },
        figures: new Set([FIGURE]),
        everyMs: 5_000,
      },
    });
  });

  it('needs nothing to explain itself or to print what it may run', async () => {
    expect(await readCollectTask(['--help'], {})).toEqual({ do: 'help' });
    expect(await readCollectTask(['--print-statements'], {})).toEqual({ do: 'print', figures: new Set() });
  });

  it.each<[string, readonly string[], Record<string, string | undefined>, readonly string[]]>([
    [
      'nothing given',
      [],
      { PUBLIC_BASE_URL: undefined, COLLECTOR_SECRET: ' ', SOURCE_SQL_CONNECTION: undefined },
      [
        'PUBLIC_BASE_URL is not a URL that begins with https://',
        'COLLECTOR_SECRET is missing',
        'no server is given: set SOURCE_SQL_CONNECTION and its companions',
      ],
    ],
    [
      'plain HTTP to another machine',
      [],
      { PUBLIC_BASE_URL: 'http://cutover.contoso.com' },
      ['PUBLIC_BASE_URL must begin with https://'],
    ],
    [
      'a secret that is none',
      [],
      { COLLECTOR_SECRET: 'canary' },
      ['COLLECTOR_SECRET must be a secret whsec_… of 24 to 64 bytes in base64'],
    ],
    ['a pace that is none', ['--every', '0'], {}, ['--every takes 0.05 to 60 seconds']],
    ['an option nobody knows', ['--sql', 'SELECT 1'], {}, [expect.stringContaining('--sql') as string]],
  ])('refuses %s, naming everything and no value', async (_, args, changes, problems) => {
    const told = await problemsOf(args, { ...ENV, ...changes });
    expect(told).toEqual(problems);
    expect(told.join()).not.toContain('canary');
  });

  it('refuses figures that do more than read, or cannot be read', async () => {
    const [bad, no] = [join(folder, 'bad.json'), join(folder, 'no.json')];
    expect(await problemsOf(['--figures', bad], ENV)).toEqual([`${bad}: figure 2 is not a SELECT`]);
    expect(await problemsOf(['--print-statements', '--figures', no], {})).toEqual([
      `${no} cannot be read as a JSON array of SQL texts`,
    ]);
  });
});

describe('what a DBA reviews before a collector runs', () => {
  it('is every statement of the catalogue with its purpose, permission, limit and text', () => {
    const text = statementsText(new Set());
    for (const { name, server, purpose, permission, exampleText } of CATALOGUE) {
      expect(text).toContain(`-- ${name}, on the ${server} server`);
      expect(text).toContain(purpose);
      expect(text).toContain(`--   ${server}: ${permission}`);
      if (!name.startsWith('reconciliation-figure')) expect(text).toContain(exampleText);
    }
    expect(text).toContain('-- post-tracer-token, on the source server; it WRITES');
  });

  it('is of the reconciliations what was given and nothing else', () => {
    expect(statementsText(new Set())).toContain('-- nothing: no figures were given with --figures');
    const text = statementsText(new Set(['SELECT 7 AS figure']));
    expect(text).toContain('SELECT 7 AS figure');
    expect(text).not.toContain('CUSTTRANSOPEN');
  });
});
