import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerificationView } from '../../shared/contract/audit.ts';
import { verificationSchema } from '../../shared/contract/audit.ts';
import { statusSchema } from '../../shared/contract/status.ts';
import type { Answer, RequestOptions } from '../support/api-client.ts';
import { WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();

/** A cutover of which one task is done and the other asked for, and nothing on its way. */
const startTwoTasks = async (): Promise<string> => {
  const plan = planDocumentOf([taskStep('first'), taskStep('second', { after: ['first'] })]);
  const id = await stage().api.start(plan, stage().bindings);
  await stage().api.question(id, 'first');
  await stage().api.complete(id, 'first');
  await stage().api.question(id, 'second');
  await stage().bus.whenIdle();
  return id;
};

const verify = async (id: string): Promise<VerificationView> => {
  const { status, body } = await stage().api.get(`cutovers/${id}/events/verification`);
  expect(status).toBe(200);
  return verificationSchema.parse(body);
};

/** The table itself, as somebody reaches it who may write to the storage account. */
const table = (): TableClient =>
  TableClient.fromConnectionString(stage().storageConnection, 'axcutovercutovers', {
    allowInsecureConnection: true,
  });

const rowOf = (n: number): string => `event-${String(n).padStart(12, '0')}`;

describe('the verification of a log', () => {
  it('says that it is what was committed, up to its last hash', async () => {
    const id = await startTwoTasks();
    const events = await stage().api.events(id);
    expect(await verify(id)).toEqual({
      verified: true,
      entries: events.length,
      lastHash: events.at(-1)?.hash,
      firstBad: null,
    });
  });

  it('names the first entry of which a byte was changed in the storage, and what to do', async () => {
    const id = await startTwoTasks();
    const { n } = (await stage().api.events(id)).find(({ type }) => type === 'completion-received')!;
    const row = await table().getEntity<{ json: string }>(id, rowOf(n));
    const json = row.json.replace('"result":"pass"', '"result":"fail"');
    expect(json).not.toBe(row.json);
    await table().updateEntity({ partitionKey: id, rowKey: rowOf(n), json }, 'Merge');
    const { verified, entries, firstBad } = await verify(id);
    expect([verified, entries]).toEqual([false, n - 1]);
    expect(firstBad).toMatchObject({ entry: n, row: rowOf(n), fault: 'altered', code: 'C406' });
    expect(firstBad?.message).toContain(`Entry ${n}`);
    expect(firstBad?.next).toContain('Change nothing in the storage');
    expect(stage().lines.filter((line) => line.includes('log-not-intact'))).toHaveLength(1);
  });

  it.each<[string, 'missing' | 'unreadable', (id: string) => Promise<unknown>]>([
    ['is gone', 'missing', (id) => table().deleteEntity(id, rowOf(1))],
    [
      'is not JSON any more',
      'unreadable',
      (id) => table().updateEntity({ partitionKey: id, rowKey: rowOf(1), json: '[{' }, 'Merge'),
    ],
    [
      'has a number of another kind',
      'unreadable',
      (id) => {
        const rows = { type: 'Int64', value: '1' } as const;
        return table().updateEntity({ partitionKey: id, rowKey: rowOf(1), rows }, 'Merge');
      },
    ],
    [
      'has a date in it',
      'unreadable',
      (id) => {
        const stamp = { type: 'DateTime', value: '2026-11-20T22:00:00Z' } as const;
        return table().updateEntity({ partitionKey: id, rowKey: rowOf(1), stamp }, 'Merge');
      },
    ],
  ])('names an entry whose row %s', async (_, fault, harm) => {
    const id = await startTwoTasks();
    await harm(id);
    const { entries, firstBad } = await verify(id);
    expect([entries, firstBad]).toMatchObject([0, { entry: 1, fault }]);
  });

  it('of no cutover is not found', async () => {
    const { status, body } = await stage().api.get('cutovers/c-000000000000/events/verification');
    expect([status, body.code]).toEqual([404, 'C206']);
  });
});

describe('the export of a log', () => {
  const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  const block = (language: string, index = 0): string =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, 'g'))][index]![1]!;
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ax-cutover-audit-'));
    writeFileSync(join(folder, 'check-log.mjs'), block('js'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** What the program of the page for auditors says about an export. */
  const checked = (lines: string): string => {
    writeFileSync(join(folder, 'events.ndjson'), lines);
    return spawnSync(process.execPath, ['check-log.mjs', 'events.ndjson'], {
      cwd: folder,
      encoding: 'utf8',
    }).stdout.trim();
  };

  it('is a file that an auditor checks without the app, to the same last hash', async () => {
    const id = await startTwoTasks();
    const { status, headers, text } = await stage().api.get(`cutovers/${id}/events/export`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${id}-events.ndjson"`);
    const { entries, lastHash } = await verify(id);
    expect(checked(text)).toBe(`${entries} entries, last hash ${lastHash}`);
    const lines = text.trimEnd().split('\n');
    const forged = lines.with(3, lines[3]!.replace(/"at":\d/, '"at":2'));
    expect(checked(forged.join('\n'))).toBe('entry 4 is the first bad one');
    expect(checked(lines.toSpliced(2, 1).join('\n'))).toBe('entry 3 is the first bad one');
  });

  it('is described by an example that is right', () => {
    const example = block('ndjson');
    expect(checked(example)).toBe(block('text', 1));
    const [second, third] = example.split('\n').slice(1) as [string, string];
    const covered = third.replace(/"hash":"[0-9a-f]{64}",/, '');
    expect(block('text', 0)).toBe((JSON.parse(second) as { hash: string }).hash + covered);
  });

  it('of no cutover is not found', async () => {
    const { status, body } = await stage().api.get('cutovers/c-000000000000/events/export');
    expect([status, body.code]).toEqual([404, 'C206']);
  });
});

describe('the status as of a moment', () => {
  it('is the one that was read then, and says that it is not the present one', async () => {
    const plan = planDocumentOf([taskStep('first'), taskStep('second', { after: ['first'] })]);
    const id = await stage().api.start(plan, stage().bindings);
    await stage().api.question(id, 'first');
    await stage().bus.whenIdle();
    const read = statusSchema.parse(await stage().api.status(id));
    const { at } = (await stage().api.events(id)).at(-1)!;
    await stage().api.complete(id, 'first');
    await stage().api.question(id, 'second');
    const { body } = await stage().api.get(`cutovers/${id}?at=${at}`);
    expect(read.asOf).toBeNull();
    expect(body).toEqual({ ...read, asOf: at });
    expect((await stage().api.status(id)).events).toBeGreaterThan(read.events);
  });

  it('before an adopted revision shows the plan of then, and from its adoption on the new one', async () => {
    const { api, bus, bindings } = stage();
    const [first, second, third] = ['first', 'second', 'third'].map((name) =>
      taskStep(name, name === 'first' ? {} : { after: ['first'] }),
    ) as [ReturnType<typeof taskStep>, ReturnType<typeof taskStep>, ReturnType<typeof taskStep>];
    const id = await api.start(planDocumentOf([first, second], { title: 'As rehearsed' }), bindings);
    await api.question(id, 'first');
    const changed = planDocumentOf([first, third], { title: 'As mended' });
    const proposed = await api.post(`cutovers/${id}/revisions`, { plan: changed, reason: 'It has to be.' });
    const { hash } = proposed.body.detail as { readonly hash: string };
    await bus.whenIdle();
    const before = statusSchema.parse(await api.status(id));
    await api.post(
      `cutovers/${id}/revisions/${hash}/decision`,
      { decision: 'approve', comment: 'I have seen it.' },
      WORKER,
    );
    await bus.whenIdle();
    const after = statusSchema.parse(await api.status(id));
    await api.complete(id, 'first');
    await api.question(id, 'third');

    const { at: adoptedAt } = (await api.events(id)).find(({ type }) => type === 'revision-adopted')!;
    const justBefore = new Date(Date.parse(adoptedAt) - 1).toISOString();
    const asOf = async (at: string) => statusSchema.parse((await api.get(`cutovers/${id}?at=${at}`)).body);
    expect(await asOf(justBefore)).toEqual({ ...before, asOf: justBefore });
    expect(await asOf(adoptedAt)).toEqual({ ...after, asOf: adoptedAt });
    const planOf = ({ title, plan, phases }: typeof before) => [
      title,
      plan.revision,
      ...phases.flatMap(({ steps }) => steps.map((step) => step.id)),
    ];
    expect(planOf(before)).toEqual(['As rehearsed', 1, 'first', 'second']);
    expect(planOf(after)).toEqual(['As mended', 2, 'first', 'third']);
  });

  it.each([
    ['before the start', '2001-01-01T00:00:00Z', 409, 'C325'],
    ['in the future', '2999-01-01T00:00:00Z', 409, 'C325'],
    ['that is none', 'yesterday', 400, 'C201'],
    ['without its time', '2026-11-20', 400, 'C201'],
    ['that no calendar has', '2026-02-30T00:00:00Z', 400, 'C201'],
  ])('%s is refused', async (_, at, status, code) => {
    const id = await startTwoTasks();
    const answer = await stage().api.get(`cutovers/${id}?at=${at}`);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    if (code === 'C201')
      expect(answer.body.problems).toEqual([expect.stringMatching(/^query\.at: is not a/)]);
  });
});

describe('a request that is refused before anything is decided', () => {
  const SECRET = 'hunter2-of-the-body';
  const refusals = async (id: string) =>
    (await stage().api.events(id)).filter(({ type }) => type === 'request-refused');
  const send = (path: string, options: RequestOptions) =>
    stage().api.send(path, { by: WORKER, key: randomUUID(), ...options });
  const completion = (id: string) => `callbacks/completions/${id}/second/1`;
  const SENDER = { id: 'webhook', name: 'a sender of signed callbacks' };

  it.each<[string, (id: string) => Promise<Answer>, object]>([
    [
      'whose body is not JSON',
      (id) => send(`cutovers/${id}/hold`, { body: `{"reason": ${SECRET}` }),
      { what: 'hold-cutover', stepId: null, by: WORKER, code: 'C201' },
    ],
    [
      'with a field nobody knows',
      (id) => send(`cutovers/${id}/steps/second/retry`, { body: { reason: 'r', [SECRET]: SECRET } }),
      { what: 'retry-step', stepId: 'second', by: WORKER, code: 'C201' },
    ],
    [
      'without a key',
      (id) => send(`cutovers/${id}/abort`, { key: null, body: { reason: SECRET } }),
      { what: 'abort-cutover', stepId: null, by: WORKER, code: 'C207' },
    ],
    [
      'that is too large',
      (id) => send(`cutovers/${id}/abort`, { body: { reason: SECRET.repeat(100_000) } }),
      { what: 'abort-cutover', stepId: null, by: WORKER, code: 'C202' },
    ],
    [
      'with a plan that is not usable',
      (id) => send(`cutovers/${id}/revisions`, { body: { plan: { id: SECRET }, reason: SECRET } }),
      { what: 'propose-revision', stepId: null, by: WORKER, code: 'C301' },
    ],
    [
      'under the key of another one',
      async (id) => {
        const key = randomUUID();
        await send(`cutovers/${id}/hold`, { key, body: { reason: 'The first one.' } });
        return await send(`cutovers/${id}/hold`, { key, body: { reason: SECRET } });
      },
      { what: 'hold', stepId: null, by: WORKER, code: 'C208' },
    ],
    [
      'in a signed callback that names its person',
      (id) => stage().api.callback(completion(id), { result: SECRET, by: WORKER }),
      { what: 'complete-step', stepId: 'second', by: WORKER, code: 'C201' },
    ],
    [
      'in a signed callback that names nobody',
      (id) => stage().api.callback(completion(id), `[${SECRET}`),
      { what: 'complete-step', stepId: 'second', by: SENDER, code: 'C201' },
    ],
  ])(
    '%s is in the log with who sent it and why not, once, and without its body',
    async (_, ask, expected) => {
      const id = await startTwoTasks();
      const { code } = expected as { code: string };
      for (let turn = 0; turn < 2; turn += 1) expect((await ask(id)).body.code).toBe(code);
      const found = await refusals(id);
      expect(found.length).toBeLessThanOrEqual(2);
      expect(found[0]).toMatchObject(expected);
      expect(new Set(found.map(({ at }) => at.slice(0, 16))).size).toBe(found.length);
      expect(JSON.stringify(found)).not.toContain('hunter2');
      expect(await verify(id)).toMatchObject({ verified: true });
    },
  );

  it.each<[string, (id: string) => Promise<Answer>, string]>([
    [
      'of nobody who is signed in',
      (id) => send(`cutovers/${id}/hold`, { by: null, body: { reason: 'r' } }),
      'C203',
    ],
    [
      'in a callback that is not signed',
      (id) => stage().api.callback(completion(id), { by: WORKER }, { without: ['webhook-signature'] }),
      'C204',
    ],
    ['that only reads', (id) => send(`cutovers/${id}/events?limit=many`, {}), 'C201'],
  ])('%s is a log line only', async (_, ask, code) => {
    const id = await startTwoTasks();
    expect((await ask(id)).body.code).toBe(code);
    expect(await refusals(id)).toEqual([]);
    expect(stage().lines.some((line) => line.includes('request-refused') && line.includes(id))).toBe(true);
  });
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });
});
