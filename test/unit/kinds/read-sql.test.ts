import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { backupSource } from '../../../shared/kinds/backup-source.ts';
import { dataUpgrade } from '../../../shared/kinds/data-upgrade.ts';
import { reconcile } from '../../../shared/kinds/reconcile.ts';
import { stopAos } from '../../../shared/kinds/stop-aos.ts';
import { BINDINGS, claim, contextFor, fakeLcs, iso, look, MINUTE, NOW, short, wait } from './kind-context.ts';

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
    startedAt: startedAt === null ? null : iso(startedAt),
    finishedAt: startedAt === null ? null : iso(startedAt + 20 * MINUTE),
    damaged: startedAt === null ? null : 0,
    checksums: startedAt === null ? null : 1,
    device: startedAt === null ? null : 'D:\\Backup\\ax.bak',
    ...changes,
  });
  const run = (rows: object[], milestones: object = { 'aos-stopped': STOP }) =>
    look(backupSource, {
      params: { automation: null },
      sql: { 'full-backups': rows },
      state: { milestones },
    });

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
  ])('judges $what: $expected', async ({ rows, expected }) => {
    expect(short((await run(rows)).verdict)).toBe(expected);
  });

  it('accepts no backup as the last one before AX is off', async () => {
    expect(short((await run([backup(NOW)], {})).verdict)).toBe('not-yet ax-not-off');
  });

  it('keeps how far the clocks are apart', async () => {
    const { reading } = await run([backup(null)]);
    expect(reading.body).toMatchObject({ offsetMs: SKEW, serverTime: NOW + SKEW });
  });
});

describe('data-upgrade', () => {
  const row = (step: string, status: string, startedAt: number | null = NOW - 30 * MINUTE) => ({
    present: 1,
    step,
    subStep: null,
    status,
    startedAt: startedAt === null ? null : iso(startedAt),
    endedAt: null,
    serverTime: iso(NOW),
  });
  const none = {
    present: 0,
    step: null,
    subStep: null,
    status: null,
    startedAt: null,
    endedAt: null,
    serverTime: iso(NOW),
  };
  const complete = [row('PreSync', 'Completed'), row('FinalDbSync-SyncSchema', 'Completed')];
  const running = [row('PreSync', 'Completed'), row('PostSync', 'In Progress')];
  const broken = [row('PreSync', 'Completed'), row('PostSync', 'Failed')];

  it.each([
    { lcs: 'Deployed', rows: complete, expected: 'done' },
    { lcs: 'Deployed', rows: running, expected: 'not-yet upgrade-running' },
    { lcs: 'Deployed', rows: broken, expected: 'failed C603' },
    { lcs: 'Deployed', rows: [none], expected: 'not-yet upgrade-unseen' },
    { lcs: 'Failed', rows: broken, expected: 'failed C603' },
    { lcs: 'Failed', rows: complete, expected: 'failed C603' },
    { lcs: 'Failed', rows: [none], expected: 'failed C603' },
    { lcs: 'Data upgrade in progress', rows: running, expected: 'not-yet upgrade-running' },
    { lcs: 'Data upgrade in progress', rows: complete, expected: 'not-yet upgrade-running' },
    { lcs: 'Data upgrade in progress', rows: broken, expected: 'not-yet upgrade-step-failed' },
    { lcs: 'Replication completed', rows: [none], expected: 'not-yet upgrade-not-started' },
    { lcs: 'Servicing', rows: complete, expected: 'not-yet lcs-state-unknown' },
    { lcs: null, rows: complete, expected: 'done' },
    { lcs: null, rows: running, expected: 'not-yet upgrade-running' },
    { lcs: null, rows: broken, expected: 'failed C603' },
    { lcs: null, rows: [none], expected: 'not-yet upgrade-running' },
    { lcs: null, rows: [row('PreSync', 'Completed')], expected: 'not-yet upgrade-running' },
  ])('LCS $lcs with $rows.1.step $rows.1.status is $expected', async ({ lcs, rows, expected }) => {
    const { verdict } = await look(dataUpgrade, {
      sql: { 'data-upgrade-status': rows },
      ports:
        lcs === null
          ? {}
          : {
              lcs: fakeLcs({ state: lcs }),
              sql: contextFor(dataUpgrade, { sql: { 'data-upgrade-status': rows } }).ports.sql,
            },
    });
    expect(short(verdict)).toBe(expected);
  });

  it('names the step that failed', async () => {
    const { verdict } = await look(dataUpgrade, { sql: { 'data-upgrade-status': broken } });
    expect(verdict).toMatchObject({ error: { message: 'The data upgrade failed: PostSync' } });
  });

  it('does not take the steps of an earlier upgrade of the same database for its own', async () => {
    const old = complete.map((step) => ({ ...step, startedAt: iso(NOW - 24 * 60 * MINUTE) }));
    const { verdict } = await look(dataUpgrade, {
      sql: { 'data-upgrade-status': old },
      state: { milestones: { 'replication-removed': NOW - 60 * MINUTE } },
    });
    expect(short(verdict)).toBe('not-yet upgrade-running');
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

  it('tells the size of a difference and never a figure', async () => {
    const { reading, verdict } = await run(figure(987654.32), figure(987650.32));
    expect(verdict).toMatchObject({
      error: { message: 'Reconciliation figures differ: receivables DKMF differs by 4 DKK (owner: finance)' },
    });
    expect(JSON.stringify([reading, verdict])).not.toContain('98765');
  });

  it.each([[[]], [[{ figure: 1 }, { figure: 2 }]]])('takes exactly one row, not %j', async (rows) => {
    await expect(run(rows, figure(1))).rejects.toMatchObject({ code: 'C505' });
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

describe('what cannot be read', () => {
  it('is thrown on, so that the step waits and says why', async () => {
    const away = new CutoverError('C501', 'away');
    await expect(look(dataUpgrade, { sql: { 'data-upgrade-status': away } })).rejects.toBe(away);
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
