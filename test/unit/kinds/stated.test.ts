import { describe, expect, it } from 'vitest';
import type { StatedReading } from '../../../shared/contract/stated-reading.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { ErrorCode } from '../../../shared/core/errors.ts';
import type { Kind } from '../../../shared/kinds/kind.ts';
import { preflight } from '../../../shared/kinds/preflight.ts';
import { reconcile } from '../../../shared/kinds/reconcile.ts';
import { stopAos } from '../../../shared/kinds/stop-aos.ts';
import { toolkit } from '../../../shared/kinds/toolkit.ts';
import type { Setting } from './kind-context.ts';
import { claim, fakeSql, giving, iso, look, MINUTE, NOW, short, wait } from './kind-context.ts';

const READ = { server: 'axsql01', readBy: 'Dora' };
const NOW_READ = { ...READ, serverTime: NOW };

const processes = (...hosts: string[]): StatedReading => ({
  of: 'ax-processes',
  ...NOW_READ,
  processes: hosts.map((host) => ({ host, processId: 7, sessions: 3 })),
});
const source = {
  server: 'AXSQL01',
  database: 'AX2012PROD',
  version: '11.0.7001.0',
  edition: 'Enterprise Edition',
  windowsLoginsOnly: false,
  replicationInstalled: true,
  agent: 'Running',
  maxTextReplBytes: -1,
  owner: 'sa',
  dataBytes: 900,
  largestFreeBytes: 2_000,
};
const target = { version: '12.0', database: 'AxDB', seesTables: true };
const facts = (changes: object = {}): StatedReading => ({
  of: 'server-facts',
  ...NOW_READ,
  source,
  target,
  ...changes,
});
const afterEntry = (changes: object = {}): StatedReading => ({
  of: 'toolkit',
  ...NOW_READ,
  distributionDatabase: 'distribution',
  publications: ['AX_PUB_PkTable_1'],
  tablesLeft: 0,
  ...changes,
});
const figures = (ledger: string | null, stock: string | null = '7'): StatedReading => ({
  of: 'figures',
  ...NOW_READ,
  figures: [
    { name: 'Ledger', source: '100.00', target: ledger },
    { name: 'Stock', source: '7', target: stock },
  ],
});

const statement = (reading: StatedReading | null, takenAt = NOW - MINUTE, confirmed = true) =>
  giving({ kind: 'statement', stepId: 'it', takenAt, text: 'Seen.', waives: [], reading }, confirmed);

const pair = (name: string) => ({
  name,
  sourceSql: 'SELECT 1 AS figure',
  targetSql: 'SELECT 1 AS figure',
  tolerance: 0,
  currency: null,
  owner: 'Peter',
});
const accepts = ['stated'];
const STOP = { automation: null, accepts };
const CHECKS = { checks: ['sql-agent-running', 'target-reachable'], accepts };
const ENTRY = { entry: 5, expects: [{ is: 'publications', class: 'keyed', present: true }], accepts };
const EMPTY = { entry: 3, expects: [{ is: 'target-empty' }], accepts };
const GONE = { entry: 8, expects: [{ is: 'distribution-database', present: false }], accepts };
const PAIRS = { pairs: [pair('Ledger'), pair('Stock')], accepts };

/** A step that was reported done five minutes ago; nothing is known of its servers, so that asking one would fail. */
const look1 = (kind: Kind, params: object, changes: Setting = {}) =>
  look(kind, {
    params: params as never,
    step: { wait: wait({ claim: { ...claim(), at: NOW - 5 * MINUTE } }) },
    ...changes,
  });

describe('a step that accepts only what is stated', () => {
  it.each<{ what: string; kind: Kind; params: object; reading: StatedReading; expected: string }>([
    { what: 'no process', kind: stopAos, params: STOP, reading: processes(), expected: 'done' },
    {
      what: 'a process',
      kind: stopAos,
      params: STOP,
      reading: processes('AXAOS01'),
      expected: 'not-yet ax-running',
    },
    { what: 'servers that are well', kind: preflight, params: CHECKS, reading: facts(), expected: 'done' },
    {
      what: 'an agent that is stopped',
      kind: preflight,
      params: CHECKS,
      reading: facts({ source: { ...source, agent: 'Stopped' } }),
      expected: 'not-yet preflight:sql-agent-running',
    },
    {
      what: 'a target without its tables',
      kind: preflight,
      params: CHECKS,
      reading: facts({ target: { ...target, seesTables: false } }),
      expected: 'not-yet preflight:target-reachable',
    },
    { what: 'the publications', kind: toolkit, params: ENTRY, reading: afterEntry(), expected: 'done' },
    {
      what: 'publications of other tables',
      kind: toolkit,
      params: ENTRY,
      reading: afterEntry({ publications: ['AX_PUB_OtherObjects'] }),
      expected: 'not-yet toolkit:there are publications of keyed tables',
    },
    { what: 'an empty target', kind: toolkit, params: EMPTY, reading: afterEntry(), expected: 'done' },
    {
      what: 'tables that are left',
      kind: toolkit,
      params: EMPTY,
      reading: afterEntry({ tablesLeft: 3 }),
      expected: 'not-yet toolkit:the target holds no table of AX',
    },
    {
      what: 'a distribution database that is left',
      kind: toolkit,
      params: GONE,
      reading: afterEntry(),
      expected: 'not-yet toolkit:the distribution database is gone',
    },
    { what: 'equal figures', kind: reconcile, params: PAIRS, reading: figures('100'), expected: 'done' },
    {
      what: 'figures that differ',
      kind: reconcile,
      params: PAIRS,
      reading: figures('100.01'),
      expected: 'failed C602',
    },
    {
      what: 'no figure on one side',
      kind: reconcile,
      params: PAIRS,
      reading: figures(null),
      expected: 'failed C602',
    },
  ])('judges $what of $kind.name as it would what it reads: $expected', async (row) => {
    const { reading, verdict } = await look1(row.kind, row.params, { given: [statement(row.reading)] });
    expect(short(verdict)).toBe(row.expected);
    expect(reading).toMatchObject({
      source: 'stated',
      said: '; read by Dora on axsql01 2031-05-03T00:59:00.000Z, stated by Dina and confirmed by Max',
      body: { stated: { by: 'Dina', confirmedBy: 'Max', readBy: 'Dora', statement: 'given' } },
    });
  });

  const OTHER = 'nobody has given a statement about it. Wanted is every process of AX';
  it.each<{ what: string; given: Setting['given']; code: string; told: string }>([
    { what: 'nothing', given: [], code: 'C510', told: OTHER },
    {
      what: 'a statement in words alone',
      given: [statement(null)],
      code: 'C510',
      told: 'the newest statement about it, of Dina, says nothing of it',
    },
    {
      what: 'a statement about something else',
      given: [statement(figures('100'))],
      code: 'C510',
      told: 'says nothing of it',
    },
    {
      what: 'what was read on another server',
      given: [statement({ ...processes(), server: 'AXSQL02' })],
      code: 'C510',
      told: 'is of AXSQL02, not of AXSQL01',
    },
    {
      what: 'what was read before it was reported done',
      given: [statement(processes(), NOW - 5 * MINUTE - 1)],
      code: 'C510',
      told: `is of ${iso(NOW - 5 * MINUTE - 1)}: before ${iso(NOW - 5 * MINUTE)}`,
    },
    {
      what: 'what nobody has confirmed',
      given: [statement(processes(), NOW, false)],
      code: 'C511',
      told: 'that of Dina about it',
    },
  ])('waits on $what: $code', async ({ given, code, told }) => {
    const answer = look1(stopAos, STOP, given === undefined ? {} : { given });
    await expect(answer).rejects.toMatchObject({ code, message: expect.stringContaining(told) });
  });

  it('names the call by which a second person confirms', async () => {
    const answer = look1(stopAos, STOP, { given: [statement(processes(), NOW, false)] });
    await expect(answer).rejects.toMatchObject({
      problems: ['POST /api/cutovers/c1/uploads/given/confirmation'],
    });
  });

  it('takes what was read from when its question was opened, where nobody reports it done', async () => {
    const at = (takenAt: number) =>
      look(preflight, {
        params: CHECKS,
        step: { wait: wait({ openedAt: NOW - MINUTE }) },
        given: [statement(facts(), takenAt)],
      });
    expect(short((await at(NOW - MINUTE)).verdict)).toBe('done');
    await expect(at(NOW - MINUTE - 1)).rejects.toMatchObject({ code: 'C510' });
  });

  it.each<{ what: string; kind: Kind; params: object; reading: StatedReading; told: string }>([
    {
      what: 'a server that is not in the statement',
      kind: preflight,
      params: CHECKS,
      reading: facts({ target: null }),
      told: 'the statement says nothing of the target',
    },
    {
      what: 'a target at which nobody has looked',
      kind: toolkit,
      params: EMPTY,
      reading: afterEntry({ tablesLeft: null }),
      told: 'the statement says nothing of the target',
    },
    {
      what: 'figures of which some are missing',
      kind: reconcile,
      params: { ...PAIRS, pairs: [pair('Ledger'), pair('Payables')] },
      reading: figures('100'),
      told: 'the statement lacks the figures of Payables',
    },
  ])('waits for $what', async ({ kind, params, reading, told }) => {
    const answer = look1(kind, params, { given: [statement(reading)] });
    await expect(answer).rejects.toMatchObject({ code: 'C510', message: expect.stringContaining(told) });
  });

  it('asks no server, and wants nothing stated of what Lifecycle Services tells', async () => {
    const expects = [{ is: 'lcs-state', state: 'Deployed' }, { is: 'stated' }];
    const { verdict } = await look1(toolkit, { entry: 1, expects, accepts });
    expect(short(verdict)).toBe('done');
  });
});

describe('a step that accepts what is read, and what is stated where nothing can be read', () => {
  const both = { automation: null, accepts: ['pulled', 'stated'] };
  const row = { mayLook: 1, host: null, processId: null, program: null, lastRequestAt: null };
  const silent = { 'ax-sessions': [{ ...row, sessions: 0, serverTime: iso(NOW) }] };

  it('reads what it can, whatever is stated', async () => {
    const { reading, verdict } = await look1(stopAos, both, {
      sql: silent,
      given: [statement(processes('AXAOS01'))],
    });
    expect([short(verdict), reading.source]).toEqual(['done', 'pulled']);
  });

  it.each<ErrorCode>(['C501', 'C502', 'C503', 'C506'])(
    'takes the statement where %s keeps it from reading',
    async (code) => {
      const sql = { 'ax-sessions': new CutoverError(code, 'the test') };
      const { reading, verdict } = await look1(stopAos, both, { sql, given: [statement(processes())] });
      expect([short(verdict), reading.source]).toEqual(['done', 'stated']);
      await expect(look1(stopAos, both, { sql })).rejects.toMatchObject({
        code: 'C510',
        message: expect.stringContaining('the test'),
      });
    },
  );

  it.each<ErrorCode>(['C504', 'C505'])(
    'is not helped by a statement where %s is the trouble',
    async (code) => {
      const sql = { 'ax-sessions': new CutoverError(code, 'the test') };
      const answer = look1(stopAos, both, { sql, given: [statement(processes())] });
      await expect(answer).rejects.toMatchObject({ code });
    },
  );

  it('takes no statement where the plan says nothing of statements', async () => {
    const sql = { 'ax-sessions': new CutoverError('C501', 'the test') };
    const answer = look1(stopAos, { automation: null }, { sql, given: [statement(processes())] });
    await expect(answer).rejects.toMatchObject({ code: 'C501' });
    const denied = new CutoverError('C502', 'the test');
    const { verdict } = await look1(
      preflight,
      { checks: ['target-reachable'] },
      {
        sql: { 'target-facts': denied },
        given: [statement(facts())],
      },
    );
    expect(short(verdict)).toBe('not-yet preflight:target-reachable');
  });

  it('keeps of the preflight what it has read, and takes the rest from the statement', async () => {
    const rows = [{ version: '12.0', database: 'AxDB', seesTables: 1, serverTime: iso(NOW) }];
    const sql = fakeSql({ 'source-facts': new CutoverError('C501', 'away'), 'target-facts': rows });
    const { verdict } = await look1(
      preflight,
      { ...CHECKS, accepts: ['pulled', 'stated'] },
      {
        ports: { sql },
        given: [statement(facts({ target: null }))],
      },
    );
    expect(short(verdict)).toBe('done');
  });
});
