import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { GivenDocument } from '../../../shared/contract/upload.ts';
import { dataUpgrade } from '../../../shared/kinds/data-upgrade.ts';
import type { Setting } from './kind-context.ts';
import { fakeLcs, giving, iso, look, MINUTE, NOW, short, wait } from './kind-context.ts';

const LAST = 'FinalDbSync-SyncSchema';

const row = (step: string, status: string, startedAt: number | null = NOW - 30 * MINUTE) => ({
  step,
  subStep: null,
  status,
  startedAt: startedAt === null ? null : iso(startedAt),
  endedAt: null,
});

/** What the target database answers; absent tables are null. */
const answer = (steps: object[] | null, more: Readonly<Record<string, unknown>> = {}) => ({
  serverTime: iso(NOW),
  steps: steps && JSON.stringify(steps),
  servicing: null,
  syncs: null,
  batch: null,
  work: null,
  ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, JSON.stringify(value)])),
});

const see = (steps: object[] | null, more: object = {}, setting: Setting = {}) =>
  look(dataUpgrade, {
    ...setting,
    sql: { 'data-upgrade-status': [answer(steps, more as Record<string, unknown>)] },
  });

const none: object[] = [];
const complete = [row('PreSync', 'Completed'), row(LAST, 'Completed')];
const running = [row('PreSync', 'Completed'), row('PostSync', 'In Progress')];
const broken = [row('PreSync', 'Completed'), row('PostSync', 'Failed')];

describe('data-upgrade', () => {
  it.each([
    { lcs: 'Deployed', rows: complete, expected: 'done' },
    { lcs: 'Deployed', rows: running, expected: 'not-yet upgrade-running' },
    { lcs: 'Deployed', rows: broken, expected: 'failed C603' },
    { lcs: 'Deployed', rows: none, expected: 'not-yet upgrade-unseen' },
    { lcs: 'Failed', rows: broken, expected: 'failed C603' },
    { lcs: 'Failed', rows: complete, expected: 'failed C603' },
    { lcs: 'Failed', rows: none, expected: 'failed C603' },
    { lcs: 'Data upgrade in progress', rows: running, expected: 'not-yet upgrade-running' },
    { lcs: 'Data upgrade in progress', rows: complete, expected: 'not-yet upgrade-running' },
    { lcs: 'Data upgrade in progress', rows: broken, expected: 'not-yet upgrade-step-failed' },
    { lcs: 'Replication completed', rows: none, expected: 'not-yet upgrade-not-started' },
    { lcs: 'Servicing', rows: complete, expected: 'not-yet lcs-state-unknown' },
    { lcs: null, rows: complete, expected: 'done' },
    { lcs: null, rows: running, expected: 'not-yet upgrade-running' },
    { lcs: null, rows: broken, expected: 'failed C603' },
    { lcs: null, rows: none, expected: 'not-yet upgrade-unseen' },
    { lcs: null, rows: [row('PreSync', 'Completed')], expected: 'not-yet upgrade-running' },
  ])('LCS $lcs with $rows.1.step $rows.1.status is $expected', async ({ lcs, rows, expected }) => {
    const ports = lcs === null ? {} : { lcs: fakeLcs({ state: lcs }) };
    const { verdict, reading } = await see(rows, {}, { ports });
    expect(reading.source).toBe('pulled');
    expect(short(verdict)).toBe(expected);
  });

  it('names the step that failed', async () => {
    const { verdict } = await see(broken);
    expect(verdict).toMatchObject({ error: { message: 'The data upgrade failed: PostSync' } });
  });

  it('does not take the steps of an earlier upgrade of the same database for its own', async () => {
    const old = complete.map((step) => ({ ...step, startedAt: iso(NOW - 24 * 60 * MINUTE) }));
    const before = iso(NOW - 24 * 60 * MINUTE);
    const more = {
      servicing: [{ path: '/DataUpgrade/PostSync', status: 1, modifiedAt: before }],
      syncs: [
        { id: '7', step: 'FullAll', activityId: 'old', startedAt: before, finishedAt: FOREVER, succeeded: 0 },
      ],
    };
    const { verdict, reading } = await see(old, more, {
      state: { milestones: { 'replication-removed': NOW - 60 * MINUTE } },
    });
    expect(short(verdict)).toBe('not-yet upgrade-unseen');
    expect(reading.body).toMatchObject({ watched: { steps: [], activity: { servicing: [], sync: null } } });
  });

  it('takes a table that is not there for an upgrade that does not run', async () => {
    expect(short((await see(null)).verdict)).toBe('not-yet upgrade-unseen');
    expect(short((await see([row(LAST, 'Completed', null)])).verdict)).toBe('done');
  });

  it('names the sub-step, and waits on a status that is missing', async () => {
    const steps = [{ ...row('PostSync', ''), subStep: 'scripts', status: null }];
    expect((await see(steps)).verdict).toMatchObject({
      unmet: [{ message: expect.stringContaining('The data upgrade is at PostSync / scripts ()') as string }],
    });
  });

  it.each([
    { status: 2, expected: 'done' },
    { status: 1, expected: 'not-yet upgrade-servicing' },
    { status: null, expected: 'not-yet upgrade-servicing' },
  ])('whose servicing says $status is $expected', async ({ status, expected }) => {
    const path = '/DataUpgrade/FinalDbSync/DisableDataUpgradeFlag';
    expect(short((await see(complete, { servicing: [{ path, status, modifiedAt: null }] })).verdict)).toBe(
      expected,
    );
  });

  it.each([[[]], [[{ ...answer(none), steps: 'not JSON' }]], [[{ ...answer(none), work: '[]' }]]])(
    'does not guess at an answer it cannot read: %j',
    async (rows) => {
      await expect(look(dataUpgrade, { sql: { 'data-upgrade-status': rows } })).rejects.toThrow();
    },
  );

  it('throws on what is no matter of access, so that the step waits and says why', async () => {
    const slow = new CutoverError('C504', 'slow');
    await expect(look(dataUpgrade, { sql: { 'data-upgrade-status': slow } })).rejects.toBe(slow);
  });
});

const FOREVER = '1900-01-01T00:00:00Z';

describe('a database synchronisation that has no end yet', () => {
  const syncs = [
    {
      id: '9',
      step: 'FullAll',
      activityId: 'a-9',
      startedAt: iso(NOW - 120 * MINUTE),
      finishedAt: FOREVER,
      succeeded: 0,
    },
    {
      id: '8',
      step: 'PartialList, LegacyIds',
      activityId: 'a-8',
      startedAt: iso(NOW - 200 * MINUTE),
      finishedAt: iso(NOW - 130 * MINUTE),
      succeeded: 1,
    },
  ];
  const batch = [
    { job: 2, task: 3, tasks: 1 },
    { job: 2, task: 4, tasks: 12 },
  ];

  it('is judged with the batch job, in one round trip', async () => {
    const work = [{ sessions: 1, requests: 0, lastAt: iso(NOW - 31 * MINUTE) }];
    const { verdict } = await see(running, { syncs, batch, work });
    expect(short(verdict)).toBe('not-yet upgrade-running sync-stalled upgrade-batch-errors');
    expect(verdict).toMatchObject({ unmet: [{}, { next: expect.stringContaining('a-9') as string }, {}] });
  });

  it('keeps nobody waiting once the steps have ended well', async () => {
    expect(short((await see(complete, { syncs, batch: [{ job: 4, task: null, tasks: 0 }] })).verdict)).toBe(
      'done',
    );
  });
});

describe('the pace of the upgrade', () => {
  const params = { rehearsalMs: { PostSync: [20 * MINUTE], PreSync: [20 * MINUTE] } };

  it('is compared with the times that the plan has of the rehearsals', async () => {
    const { verdict } = await see(running, {}, { params });
    expect(short(verdict)).toBe('not-yet upgrade-running pace-critical:PostSync');
    expect(verdict).toMatchObject({
      unmet: [
        {
          message: 'The data upgrade is at PostSync (In Progress); it took at most 20min in 1 rehearsal(s)',
        },
        {},
      ],
    });
  });

  it('is unknown without them, and says so', async () => {
    expect((await see(running)).verdict).toMatchObject({
      unmet: [{ message: expect.stringContaining('no rehearsal says how long it takes') as string }],
    });
  });

  it('stands in the summary of its end', async () => {
    const over = complete.map((step) => ({ ...step, endedAt: iso(NOW) }));
    expect((await see(over, {}, { params })).verdict).toMatchObject({
      summary: expect.stringContaining('; longer than rehearsed: PreSync by 10min') as string,
    });
  });

  it.each([{ PostSync: 5 }, { PostSync: [] }, { PostSync: [0] }, { PostSync: ['20min'] }, []])(
    'takes nothing but lists of milliseconds: %j',
    (rehearsalMs) => {
      expect(dataUpgrade.params.safeParse({ rehearsalMs }).success).toBe(false);
    },
  );
});

describe('where access to the target has lapsed', () => {
  const lapsed = { sql: { 'data-upgrade-status': new CutoverError('C502', 'target') } };
  const text = `AX 2012 upgrade topology (LCS) status: Deployed
PreSync          scripts     Completed
${LAST}   FullTableSync  Completed`;
  const report = (changes: object = {}): GivenDocument => ({
    kind: 'upgrade-status',
    takenAt: NOW - 70 * MINUTE,
    topology: 'Deployed',
    text,
    ...changes,
  });
  const OPENED = { step: { wait: wait({ openedAt: NOW - 90 * MINUTE }) } };
  const run = (document: GivenDocument | null, confirmed = true, setting: Setting = {}) =>
    look(dataUpgrade, {
      ...lapsed,
      ...OPENED,
      given: document === null ? [] : [giving(document, confirmed)],
      ...setting,
    });

  it('asks no server where the plan accepts only files', async () => {
    const { reading, verdict } = await run(report(), true, { sql: {}, params: { accepts: ['file'] } });
    expect([short(verdict), reading.source]).toEqual(['done', 'file']);
    const { verdict: bare } = await run(null, true, { sql: {}, params: { accepts: ['file'] } });
    expect(bare).toMatchObject({
      unmet: [{ message: expect.stringContaining('the plan accepts here only what is file') as string }],
    });
  });

  it('says which reading is missing and what to paste', async () => {
    const { verdict } = await run(null);
    expect(short(verdict)).toBe('not-yet upgrade-unreadable');
    expect(verdict).toMatchObject({
      unmet: [{ next: expect.stringMatching(/Lifecycle Services.*report ds.*upgrade-status/) as string }],
    });
  });

  it.each([
    { name: 'confirmed', document: report(), confirmed: true, expected: 'done' },
    {
      name: 'unconfirmed',
      document: report(),
      confirmed: false,
      expected: 'not-yet upgrade-report-unconfirmed',
    },
    {
      name: 'older than the attempt',
      document: report({ takenAt: NOW - 91 * MINUTE }),
      confirmed: true,
      expected: 'not-yet upgrade-unreadable',
    },
    {
      name: 'dated after it was given',
      document: report({ takenAt: NOW - 59 * MINUTE }),
      confirmed: true,
      expected: 'not-yet upgrade-unreadable',
    },
    {
      name: 'without a step',
      document: report({ text: 'Deployed' }),
      confirmed: true,
      expected: 'not-yet upgrade-report-unreadable',
    },
    {
      name: 'with a step in progress',
      document: report({ text: text.replace(/Completed$/, 'In Progress') }),
      confirmed: true,
      expected: 'not-yet upgrade-running',
    },
    {
      name: 'cut off before the last step',
      document: report({ text: text.split('\n').slice(0, 2).join('\n') }),
      confirmed: true,
      expected: 'not-yet upgrade-running',
    },
    {
      name: 'that says Failed',
      document: report({ topology: 'Failed' }),
      confirmed: false,
      expected: 'failed C603',
    },
  ])('a pasted report that is $name: $expected', async ({ document, confirmed, expected }) => {
    expect(short((await run(document, confirmed)).verdict)).toBe(expected);
  });

  it('shows that the report is the source, and whose', async () => {
    const { reading, verdict } = await run(report());
    expect(reading.source).toBe('file');
    expect(verdict).toMatchObject({
      summary: '2 upgrade step(s) completed; the report of Dina says Deployed',
    });
  });

  it('Lifecycle Services are believed before the report', async () => {
    const { sql } = lapsed;
    expect(
      short((await run(report(), true, { sql, ports: { lcs: fakeLcs({ state: 'Failed' }) } })).verdict),
    ).toBe('failed C603');
  });

  it('the report tells the state where only Lifecycle Services cannot be asked', async () => {
    const sql = { 'data-upgrade-status': [answer(complete)] };
    const { reading, verdict } = await run(report({ topology: 'Failed' }), true, { sql });
    expect(short(verdict)).toBe('failed C603');
    expect(reading.source).toBe('file');
    expect((await run(report({ topology: null }), false, { sql })).reading.source).toBe('pulled');
  });
});
