import { describe, expect, it } from 'vitest';
import type { GivenDocument } from '../../../shared/contract/upload.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { backupSource } from '../../../shared/kinds/backup-source.ts';
import { reconcile } from '../../../shared/kinds/reconcile.ts';
import { stopAos } from '../../../shared/kinds/stop-aos.ts';
import type { Given } from '../../../shared/kinds/kind.ts';
import type { Setting } from './kind-context.ts';
import { BINDINGS, claim, contextFor, giving, iso, look, MINUTE, NOW, short, wait } from './kind-context.ts';

describe('stop-aos', () => {
  const session = (changes: object = {}) => ({
    mayLook: 1,
    host: 'AXAOS01',
    processId: 4312,
    program: 'Microsoft Dynamics AX',
    sessions: 3,
    lastRequestAt: iso(NOW - MINUTE),
    serverTime: iso(NOW),
    ...changes,
  });
  const nobody = session({ host: null, processId: null, program: null, sessions: 0, lastRequestAt: null });
  const run = (...rows: object[]) =>
    look(stopAos, { params: { automation: null }, sql: { 'ax-sessions': rows } });

  it('is done when no process of AX is connected', async () => {
    const { verdict, reading } = await run(nobody);
    expect(short(verdict)).toBe('done');
    expect(reading).toMatchObject({ source: 'pulled', takenAt: NOW });
  });

  it('names every process that still is', async () => {
    const { verdict } = await run(session(), session({ host: 'AXBATCH01', processId: 99, sessions: 1 }));
    expect(short(verdict)).toBe('not-yet ax-running');
    expect(verdict).toMatchObject({
      unmet: [
        {
          message:
            'AX still runs: 2 process(es) on 2 host(s): AXAOS01 (process 4312), AXBATCH01 (process 99)',
        },
      ],
    });
  });

  it('refuses to take a view it may not see for silence', async () => {
    await expect(run({ ...nobody, mayLook: 0 })).rejects.toMatchObject({ code: 'C503' });
  });
});

describe('backup-source', () => {
  const STOP = NOW - 60 * MINUTE;
  /** The server's clock is two minutes fast. */
  const SKEW = 2 * MINUTE;
  const backup = (startedAt: number | null, changes: object = {}) => ({
    serverTime: iso(NOW + SKEW),
    ...(startedAt === null
      ? {
          ...{ id: null, type: null, copyOnly: null, startedAt: null, finishedAt: null, damaged: null },
          ...{ checksums: null, firstLsn: null, lastLsn: null, baseId: null, device: null },
        }
      : {
          ...{ id: iso(startedAt), type: 'D', copyOnly: 0, damaged: 0, checksums: 1, baseId: null },
          startedAt: iso(startedAt),
          finishedAt: iso(startedAt + 20 * MINUTE),
          firstLsn: String(startedAt).padStart(25, '0'),
          lastLsn: String(startedAt).padStart(25, '0'),
          device: 'D:\\Backup\\ax.bak',
        }),
    ...changes,
  });
  const run = (
    rows: object[] | CutoverError,
    milestones: object = { 'aos-stopped': STOP },
    more: Setting = {},
  ) =>
    look(backupSource, {
      params: { automation: null },
      sql: { 'backup-history': rows },
      state: { milestones },
      ...more,
    });
  const NIGHT = STOP - 420 * MINUTE;
  const report = (changes: object = {}, confirmed = true) =>
    giving(
      {
        ...{ kind: 'backup-report', product: 'Vault', database: 'ax2012prod', location: 'vault 3' },
        ...{ startedAt: STOP, finishedAt: STOP + MINUTE, verified: true, text: 'Job 7 succeeded' },
        ...changes,
      },
      confirmed,
    );

  it.each([
    { what: 'a sound backup started after the stop', rows: [backup(STOP + SKEW + MINUTE)], expected: 'done' },
    { what: 'no backup', rows: [backup(null)], expected: 'not-yet backup-missing' },
    {
      what: 'a backup that started before the stop on the server’s own clock',
      rows: [backup(STOP + MINUTE)],
      expected: 'not-yet backup-missing',
    },
    {
      what: 'a backup that has not finished',
      rows: [backup(STOP + SKEW + MINUTE, { finishedAt: null })],
      expected: 'not-yet backup-flawed',
    },
    {
      what: 'a damaged backup',
      rows: [backup(STOP + SKEW + MINUTE, { damaged: 1 })],
      expected: 'not-yet backup-flawed',
    },
    {
      what: 'a backup without checksums',
      rows: [backup(STOP + SKEW + MINUTE, { checksums: 0 })],
      expected: 'not-yet backup-flawed',
    },
    {
      what: 'a sound backup beside a later flawed one',
      rows: [backup(STOP + SKEW + 30 * MINUTE, { damaged: 1 }), backup(STOP + SKEW + MINUTE)],
      expected: 'done',
    },
    {
      what: 'a differential after the stop on the full backup of the night',
      rows: [backup(STOP + SKEW + MINUTE, { type: 'I', baseId: iso(NIGHT) }), backup(NIGHT)],
      expected: 'done',
    },
    {
      what: 'a differential whose full backup is copy-only',
      rows: [backup(STOP + SKEW + MINUTE, { type: 'I', baseId: iso(NIGHT) }), backup(NIGHT, { copyOnly: 1 })],
      expected: 'not-yet backup-flawed',
    },
    {
      what: 'a log backup after the stop that goes back to the full backup of the night',
      rows: [backup(STOP + SKEW + MINUTE, { type: 'L', firstLsn: '0'.repeat(25) }), backup(NIGHT)],
      expected: 'done',
    },
    {
      what: 'a log backup with a gap before it',
      rows: [backup(STOP + SKEW + MINUTE, { type: 'L' }), backup(NIGHT)],
      expected: 'not-yet backup-flawed',
    },
  ])('judges $what: $expected', async ({ rows, expected }) => {
    expect(short((await run(rows)).verdict)).toBe(expected);
  });

  it.each<[string, Given<GivenDocument['kind']> | null, string, string]>([
    ['of a backup since the stop, confirmed by a second person', report(), 'done', 'file'],
    ['that nobody has confirmed', report({}, false), 'not-yet backup-report', 'file'],
    ['of another database', report({ database: 'OTHER' }), 'not-yet backup-report', 'file'],
    ['of a backup begun before the stop', report({ startedAt: STOP - 1 }), 'not-yet backup-report', 'file'],
    ['of a backup that may not be restorable', report({ verified: false }), 'not-yet backup-report', 'file'],
    ['that nobody gave', null, 'not-yet backup-missing', 'pulled'],
  ])('takes where the server knows no backup a report %s: %s', async (_, given, expected, source) => {
    const { reading, verdict } = await run(
      [backup(null)],
      undefined,
      given === null ? {} : { given: [given] },
    );
    expect([short(verdict), reading.source]).toEqual([expected, source]);
  });

  it('believes the server before any report', async () => {
    const { reading, verdict } = await run([backup(STOP + SKEW)], undefined, { given: [report({}, false)] });
    expect([short(verdict), reading.source]).toEqual(['done', 'pulled']);
  });

  it.each(['C501', 'C502', 'C503'] as const)(
    'takes a confirmed report where the server answers with %s, and says so where there is none',
    async (code) => {
      const refusal = new CutoverError(code, 'AXSQL01');
      const { reading, verdict } = await run(refusal, undefined, { given: [report()] });
      expect([short(verdict), reading.source]).toEqual(['done', 'file']);
      await expect(run(refusal)).rejects.toBe(refusal);
    },
  );

  it('does not take a report for a server that is only slow', async () => {
    const slow = new CutoverError('C504', 'AXSQL01');
    await expect(run(slow, undefined, { given: [report()] })).rejects.toBe(slow);
  });

  it('takes only the sources that the plan accepts', async () => {
    const setting = (accepts: string[]) => ({ params: { automation: null, accepts }, given: [report()] });
    const pulled = await run([backup(null)], undefined, setting(['pulled']));
    expect(short(pulled.verdict)).toBe('not-yet backup-missing');
    const file = await run([backup(STOP + SKEW)], undefined, setting(['file']));
    expect([short(file.verdict), file.reading.source]).toEqual(['done', 'file']);
    expect(backupSource.params.safeParse({ automation: null, accepts: [] }).success).toBe(false);
    expect(backupSource.params.safeParse({ automation: null, accepts: ['file', 'file'] }).success).toBe(
      false,
    );
    expect(backupSource.params.safeParse({ automation: null, accepts: ['stated'] }).success).toBe(false);
  });

  it('accepts no backup as the last one before AX is off', async () => {
    expect(short((await run([backup(NOW)], {})).verdict)).toBe('not-yet ax-not-off');
  });

  it('keeps how far the clocks are apart', async () => {
    const { reading } = await run([backup(null)]);
    expect(reading.body).toMatchObject({ history: { offsetMs: SKEW, serverTime: NOW + SKEW } });
  });
});

describe('reconcile', () => {
  const pair = {
    name: 'receivables DKMF',
    sourceSql: 'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANSOPEN',
    targetSql: 'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANSOPEN',
    tolerance: 0.01,
    currency: 'DKK',
    owner: 'finance',
  };
  const run = (source: object[], target: object[], changes: object = {}) =>
    look(reconcile, {
      params: { pairs: [{ ...pair, ...changes }] },
      sql: { 'reconciliation-figure-source': source, 'reconciliation-figure-target': target },
    });
  const figure = (value: number | string | null) => [{ figure: value }];

  it.each([
    { source: 1234.56, target: 1234.56, expected: 'done' },
    { source: 1234.56, target: 1234.57, expected: 'done' },
    { source: 1234.56, target: 1234.58, expected: 'failed C602' },
    { source: '100', target: 100, expected: 'done' },
    { source: null, target: 0, expected: 'failed C602' },
    { source: null, target: null, expected: 'failed C602' },
  ])('finds $source and $target: $expected', async ({ source, target, expected }) => {
    expect(short((await run(figure(source), figure(target))).verdict)).toBe(expected);
  });

  it.each([
    { source: '9007199254740993.25', target: '9007199254740993.25', tolerance: 0, expected: 'done' },
    { source: '9007199254740993', target: '9007199254740992', tolerance: 0, expected: 'failed C602' },
    { source: '1000', target: '995', tolerance: { percent: 0.5 }, expected: 'done' },
    { source: '1000', target: '994.99', tolerance: { percent: 0.5 }, expected: 'failed C602' },
    { source: '0', target: '0.01', tolerance: { percent: 0.5 }, expected: 'failed C602' },
  ])(
    'finds $source and $target within $tolerance: $expected',
    async ({ source, target, tolerance, expected }) => {
      expect(short((await run(figure(source), figure(target), { tolerance })).verdict)).toBe(expected);
    },
  );

  it('tells the size of a difference in words, and the figures in the evidence alone', async () => {
    const { reading, verdict } = await run(figure('987654.32'), figure(987650.32));
    expect(verdict).toMatchObject({
      error: { message: 'Reconciliation figures differ: receivables DKMF differs by 4 DKK (owner: finance)' },
    });
    expect(JSON.stringify(verdict)).not.toContain('98765');
    expect(reading.body).toEqual({
      pairs: [
        {
          name: 'receivables DKMF',
          source: '987654.32',
          target: '987650.32',
          difference: '4',
          tolerance: 0.01,
          currency: 'DKK',
          owner: 'finance',
        },
      ],
    });
  });

  it.each<[string, object[], string]>([
    ['no row', [], 'gives 0 rows, not one'],
    ['several rows', [{ figure: 1 }, { figure: 2 }], 'gives 2 rows, not one'],
    ['another column', [{ total: 1 }], 'gives no column named figure'],
    ['a text', figure('secret'), 'gives no number of which every digit is known'],
    ['a date', [{ figure: new Date(0) }], 'gives no number of which every digit is known'],
    ['a number with lost digits', figure(2 ** 53), 'gives no number of which every digit is known'],
  ])('names the pair and the side that gives %s, and not what it gave', async (_, rows, problem) => {
    const told = `The SQL of a figure is not usable: receivables DKMF at the source ${problem}`;
    await expect(run(rows, figure(1))).rejects.toMatchObject({ code: 'C508', message: told });
  });

  it('names every pair and side at once', async () => {
    const both = ['source', 'target'].map((side) => `receivables DKMF at the ${side} gives 0 rows, not one`);
    await expect(run([], [])).rejects.toMatchObject({ code: 'C508', problems: both });
  });

  it.each([
    { tolerance: -1 },
    { tolerance: { percent: 101 } },
    { tolerance: { percent: -1 } },
    { tolerance: '1%' },
  ])('takes no tolerance like %j', (changes) => {
    expect(reconcile.params.safeParse({ pairs: [{ ...pair, ...changes }] }).success).toBe(false);
  });

  it('takes no SQL that does more than read', () => {
    const params = { pairs: [{ ...pair, targetSql: 'DELETE FROM dbo.CUSTTRANSOPEN' }] };
    const parsed = reconcile.params.safeParse(params);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]).toMatchObject({
      path: ['pairs', 0, 'targetSql'],
      message: 'is not a SELECT',
    });
  });
});

describe('automations of stop-aos and backup-source', () => {
  const calls: { endpoint: string; task: unknown }[] = [];
  const answering = (status: number, body = '') => ({
    automation: {
      call: (endpoint: string, task: unknown) => {
        calls.push({ endpoint, task });
        return Promise.resolve({ status, body });
      },
    },
  });
  const fire = (kind: typeof stopAos, status: number, body = '', automation = 'runbook') => {
    calls.length = 0;
    const context = contextFor(kind, { params: { automation }, ports: answering(status, body) });
    return kind.effect!.fire(context, 'token-1');
  };

  it('ask a person where no automation is named, and then have no effect', () => {
    for (const kind of [stopAos, backupSource]) {
      expect(kind.asks({ automation: null })).toBe('person');
      expect(kind.asks({ automation: 'runbook' })).toBe('automation');
      expect(kind.effect?.applies(contextFor(kind, { params: { automation: null } }))).toBe(false);
      expect(kind.effect?.applies(contextFor(kind, { params: { automation: 'runbook' } }))).toBe(true);
      expect(kind.effect?.repeatable).toBe(false);
    }
  });

  it('get the hosts, where to report, and the token', async () => {
    expect(await fire(stopAos, 202)).toEqual({ outcome: 'accepted', reference: null });
    expect(calls).toEqual([
      {
        endpoint: 'https://automation.example/run',
        task: {
          what: 'stop-aos',
          hosts: BINDINGS.aosHosts,
          cutoverId: 'c1',
          stepId: 'it',
          attempt: 1,
          callback: 'https://app.example/callback',
          token: 'token-1',
        },
      },
    ]);
  });

  it.each([
    { status: 200, outcome: 'accepted' },
    { status: 302, outcome: 'unknown' },
    { status: 403, outcome: 'refused' },
    { status: 408, outcome: 'unknown' },
    { status: 500, outcome: 'unknown' },
  ])('that answer $status leave it $outcome', async ({ status, outcome }) => {
    expect(await fire(backupSource, status)).toMatchObject({ outcome });
  });

  it('that echo the token do not get it stored', async () => {
    const outcome = await fire(stopAos, 400, 'bad task token-1');
    expect(outcome).toMatchObject({ error: { code: 'C803' } });
    expect(JSON.stringify(outcome)).not.toContain('token-1');
  });

  it('that are not bound are refused before any call', async () => {
    expect(await fire(stopAos, 200, '', 'elsewhere')).toMatchObject({
      outcome: 'refused',
      error: { code: 'C102' },
    });
    expect(calls).toEqual([]);
  });

  it('cannot be asked afterwards, so a person answers', async () => {
    expect(await stopAos.effect?.probe(contextFor(stopAos, { params: { automation: 'runbook' } }))).toEqual({
      outcome: 'unknown',
    });
  });

  it('whose claim is in, are still read', async () => {
    const { verdict } = await look(stopAos, {
      params: { automation: 'runbook' },
      step: { wait: wait({ asks: 'automation', claim: claim() }) },
      sql: {
        'ax-sessions': [
          {
            mayLook: 1,
            host: 'AXAOS02',
            processId: 7,
            program: 'Microsoft Dynamics AX',
            sessions: 1,
            lastRequestAt: null,
            serverTime: iso(NOW),
          },
        ],
      },
    });
    expect(short(verdict)).toBe('not-yet ax-running');
  });
});
