import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MANAGER, WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();

const start = (): Promise<string> =>
  stage().api.start(planDocumentOf([taskStep('first'), taskStep('second')]), stage().bindings);

const upload = (id: string, body: unknown, key = randomUUID(), by = MANAGER) =>
  stage().api.send(`cutovers/${id}/uploads`, { key, body, by });
const confirm = (id: string, hash: string, by = WORKER) =>
  stage().api.send(`cutovers/${id}/uploads/${hash}/confirmation`, { key: randomUUID(), body: {}, by });

const AIFLOG = '<IgnoreTables><Name><Table>AIFLOG</Table></Name></IgnoreTables>';
const terms = { tables: ['AIFLOG'], reason: 'only a log', owner: 'Dina', expiresAt: '2031-05-03T00:00:00Z' };
const LIST = { kind: 'ignore-tables', text: AIFLOG, terms: [terms] };
const statement = (text: string) => ({
  kind: 'statement',
  stepId: 'first',
  text,
  takenAt: new Date(Date.now() - 60_000).toISOString(),
});
const hashOf = (answer: { readonly body: { readonly detail: unknown } }): string =>
  (answer.body.detail as { hash: string }).hash;

describe('a document that somebody gives', () => {
  it('is stored under the hash of what was read of it, and shown with who gave it and who confirmed it', async () => {
    const id = await start();
    const given = await upload(id, LIST);
    const message = 'ignore-tables is taken: it counts once a second person has confirmed it';
    expect([given.status, given.body.message]).toEqual([200, message]);
    const hash = hashOf(given);
    const shown = { kind: 'ignore-tables', stepId: null, hash, sizeBytes: AIFLOG.length, by: MANAGER.name };
    const { body } = await stage().api.get(`cutovers/${id}/uploads`);
    expect(body.uploads).toEqual([expect.objectContaining({ ...shown, takenAt: null, confirmed: null })]);
    expect((await confirm(id, hash)).status).toBe(200);
    const one = await stage().api.get(`cutovers/${id}/uploads/${hash}`);
    const entry = { table: 'AIFLOG', reason: terms.reason, owner: terms.owner };
    expect(one.body).toMatchObject({
      ...shown,
      confirmed: { by: WORKER.name },
      document: { kind: 'ignore-tables', entries: [entry] },
    });
    const evidence = await stage().api.get(`cutovers/${id}/evidence/${hash}`);
    expect(evidence.body).toEqual({ hash, body: one.body.document });
    const status = await stage().api.status(id);
    expect(status.uploads).toEqual([expect.objectContaining(shown)]);
    expect(status.ignored).toEqual([{ ...entry, expiresAt: '2031-05-03T00:00:00.000Z', expired: false }]);
  });

  it('gives the same answer to the same key and body, and refuses another body under it', async () => {
    const id = await start();
    const key = randomUUID();
    const first = await upload(id, LIST, key);
    const again = await upload(id, LIST, key);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const other = await upload(id, statement('all is well'), key);
    expect([other.status, other.body.code]).toEqual([409, 'C208']);
    expect((await stage().api.events(id)).filter(({ type }) => type === 'document-uploaded')).toHaveLength(1);
  });

  it('takes the place of the one before, which can still be read as evidence', async () => {
    const id = await start();
    const older = hashOf(await upload(id, statement('first look')));
    const newer = hashOf(await upload(id, statement('second look')));
    const { body } = await stage().api.get(`cutovers/${id}/uploads`);
    expect((body.uploads as { hash: string }[]).map(({ hash }) => hash)).toEqual([newer]);
    expect((await stage().api.get(`cutovers/${id}/uploads/${older}`)).status).toBe(404);
    expect((await stage().api.get(`cutovers/${id}/evidence/${older}`)).status).toBe(200);
    expect((await confirm(id, older)).body.code).toBe('C213');
  });

  it('cannot be confirmed by whoever gave it', async () => {
    const id = await start();
    const hash = hashOf(await upload(id, LIST));
    const { status, body } = await confirm(id, hash, MANAGER);
    expect([status, body.code]).toEqual([409, 'C318']);
  });

  it('is kept without the secrets that somebody pasted with it', async () => {
    const id = await start();
    await upload(id, statement('Server=x;Password=hunter2-and-more;'));
    expect(await stage().leaks({ pasted: 'hunter2-and-more' })).toEqual([]);
  });
});

describe('a document that is not usable', () => {
  it('is refused whole with everything that is wrong with it, and the refusal is in the log', async () => {
    const id = await start();
    const { status, body } = await upload(id, { ...LIST, terms: [{ ...terms, tables: ['LEDGER'] }] });
    expect([status, body.code]).toEqual([422, 'C218']);
    expect(body.problems).toEqual([
      'body.terms[0]: LEDGER is not in the file',
      'body.terms: AIFLOG has no reason, owner and expiry',
    ]);
    expect((await stage().api.status(id)).uploads).toEqual([]);
    const events = await stage().api.events(id);
    expect(events.at(-1)).toMatchObject({ type: 'request-refused', what: 'upload-document', code: 'C218' });
  });

  it.each<[string, unknown]>([
    ['a document type', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><IgnoreTables/>'],
    ['an entity nobody defined', AIFLOG.replace('AIFLOG', '&a;')],
    ['half a file', AIFLOG.slice(0, 40)],
  ])('is refused: XML with %s', async (_, text) => {
    const { status, body } = await upload(await start(), { ...LIST, text });
    expect([status, body.code, body.problems.length]).toEqual([422, 'C218', 1]);
  });

  it('is a request with a body of another shape', async () => {
    const { status, body } = await upload(await start(), { kind: 'ignore-tables', text: AIFLOG });
    expect([status, body.code, body.problems]).toEqual([400, 'C201', ['body.terms: is missing']]);
  });
});

describe('a document that is large', () => {
  const counts = (bytes: number) => ({
    kind: 'toolkit-counts',
    database: 'AX2012PROD',
    takenAt: '2026-01-01T00:00:00Z',
    columns: { table: 'T', source: 'S', target: 'D' },
    text: `T,S,D\n${`${'N'.repeat(120)},1,1\n`.repeat(bytes / 125)}`,
  });

  it('is refused for its size, which is told with the limit', async () => {
    const { status, body } = await upload(await start(), counts(4_200_000));
    expect([status, body.code]).toEqual([413, 'C202']);
    expect(body.detail).toContain('where at most 4194304 are taken');
  });

  it('is read up to the limit', async () => {
    const { status, body } = await upload(await start(), counts(2_000_000));
    // Every line names the same table, so that it was read to the end and refused.
    expect([status, body.code, body.problems.at(-1)]).toEqual([
      422,
      'C218',
      'body.text: and 15979 more problem(s)',
    ]);
  });
});
