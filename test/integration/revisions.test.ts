import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { PlanDocument } from '../../shared/contract/plan.ts';
import type { ProposalDifferenceView } from '../../shared/contract/revision.ts';
import { brokenLinks, evidenceHashOf, MANAGER, WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, stepOfKind, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();

const first = taskStep('first');
const second = taskStep('second', { after: ['first'] });
const third = taskStep('third', { after: ['second'] });
const PLAN = planDocumentOf([first, second, third]);
/** The third step goes, a fourth comes right after the first, and the second is renamed. */
const CHANGED = planDocumentOf([
  first,
  { ...second, title: 'With care' },
  taskStep('fourth', { after: ['first'] }),
]);

type Proposed = { readonly hash: string; readonly changes: readonly string[]; readonly expiresAt: string };

const propose = (id: string, body: object) =>
  stage().api.post(`cutovers/${id}/revisions`, { reason: 'The rehearsal showed it.', ...body });
const proposed = async (id: string, body: object): Promise<Proposed> => {
  const answer = await propose(id, body);
  expect(answer.text).toContain('"applied"');
  return answer.body.detail as Proposed;
};
const decide = (id: string, hash: string, decision: 'approve' | 'reject' = 'approve', by = WORKER) =>
  stage().api.post(`cutovers/${id}/revisions/${hash}/decision`, { decision, comment: 'I have seen it.' }, by);
const adopt = async (id: string, body: object): Promise<void> => {
  const { hash } = await proposed(id, body);
  expect((await decide(id, hash)).text).toContain('"applied"');
};
const startRunning = async (plan: PlanDocument = PLAN): Promise<string> => {
  const id = await stage().api.start(plan, stage().bindings);
  await stage().api.question(id, 'first');
  return id;
};

describe('a changed plan of a running cutover', () => {
  it('is shown as a difference, approved by a second person who saw it, and then followed', async () => {
    const { api } = stage();
    const id = await startRunning();
    const { hash, changes, expiresAt } = await proposed(id, { plan: CHANGED });
    expect(changes).toEqual(['fourth is added', 'third is removed', 'second changes its title']);

    const { proposal, waitingFor, plan } = await api.status(id);
    expect([plan.revision, proposal]).toEqual([
      1,
      {
        hash,
        revision: 2,
        by: MANAGER.name,
        reason: 'The rehearsal showed it.',
        at: expect.any(String),
        expiresAt,
        changes,
        changesProcedure: true,
        done: [],
      },
    ]);
    expect(Date.parse(expiresAt) - Date.parse(proposal!.at)).toBe(24 * 60 * 60_000);
    expect(waitingFor.find(({ what }) => what === 'revision')).toMatchObject({
      who: `anybody but ${MANAGER.name}`,
      deadlineAt: expiresAt,
      next: expect.stringContaining(`/revisions/${hash}/decision`) as unknown,
    });
    const { steps } = (await api.get(`cutovers/${id}/revisions/${hash}`))
      .body as unknown as ProposalDifferenceView;
    expect(steps).toEqual([
      { id: 'second', before: { title: 'Step second' }, after: { title: 'With care' } },
      { id: 'third', before: expect.objectContaining({ after: ['second'] }) as unknown, after: null },
      { id: 'fourth', before: null, after: expect.objectContaining({ after: ['first'] }) as unknown },
    ]);

    const own = await decide(id, hash, 'approve', MANAGER);
    expect([own.status, own.body.code]).toEqual([409, 'C318']);
    const unseen = await decide(id, '0'.repeat(64));
    expect([unseen.status, unseen.body.code]).toEqual([409, 'C324']);
    expect((await api.status(id)).plan.revision).toBe(1);

    expect((await decide(id, hash)).body.message).toContain('revision 2');
    // The attempt in hand ends under the plan it was dispatched under.
    expect(await api.step(id, 'first')).toMatchObject({ status: 'waiting', revision: 1 });
    await api.complete(id, 'first');
    await Promise.all([api.question(id, 'fourth'), api.question(id, 'second')]);
    expect(await api.step(id, 'first')).toMatchObject({ status: 'succeeded', revision: 1 });
    expect(await api.step(id, 'second')).toMatchObject({ title: 'With care', revision: 2 });
    expect(await api.step(id, 'fourth')).toMatchObject({ revision: 2 });
    expect(await api.status(id)).toMatchObject({ proposal: null, plan: { revision: 2 } });
    expect((await api.get(`cutovers/${id}/revisions/${hash}`)).status).toBe(404);
    await Promise.all(['fourth', 'second'].map((stepId) => api.complete(id, stepId)));
    await api.until(id, ({ status }) => status === 'completed');
    const events = await api.events(id);
    expect(brokenLinks(events)).toEqual([]);
    expect(
      events.filter(({ type }) => type.startsWith('revision-') || type === 'request-refused'),
    ).toMatchObject([
      { type: 'revision-proposed', proposal: { by: MANAGER, changes } },
      { type: 'request-refused', by: MANAGER, code: 'C318' },
      { type: 'request-refused', by: WORKER, code: 'C324' },
      { type: 'revision-adopted', by: WORKER, comment: 'I have seen it.', proposalHash: hash },
    ]);
  });

  it('may come as a text of YAML, and only the names of changed bindings are told, never their values', async () => {
    const { bindings } = stage();
    const id = await startRunning();
    const robot = 'https://robot.example/hook?sig=new-secret';
    const { hash, changes } = await proposed(id, {
      plan: stringify({ ...PLAN, title: 'A renamed cutover' }),
      bindings: stringify({ ...bindings, aosHosts: [], automations: { robot, other: robot } }),
    });
    expect(changes).toEqual([
      'title becomes A renamed cutover',
      'the bindings change their aosHosts',
      'the bindings change their automations.other',
      'the bindings change their automations.robot',
    ]);
    expect((await stage().api.status(id)).proposal).toMatchObject({ changesProcedure: false });
    expect((await decide(id, hash)).status).toBe(200);
    expect((await stage().api.status(id)).title).toBe('A renamed cutover');
    expect(await stage().leaks({ robot: 'new-secret' })).toEqual([]);
  });

  it('that is rejected, or replaced by another proposal, leaves everything as it was', async () => {
    const { api } = stage();
    const id = await startRunning();
    const { hash } = await proposed(id, { plan: CHANGED });
    const other = await proposed(id, { plan: CHANGED, reason: 'Another reason.' });
    expect(other.hash).not.toBe(hash);
    const late = await decide(id, hash);
    expect([late.status, late.body.code]).toEqual([409, 'C324']);
    expect(late.body.detail).toContain(other.hash);
    expect((await decide(id, other.hash, 'reject', MANAGER)).body.message).toContain('keeps its plan');
    expect(await api.status(id)).toMatchObject({ proposal: null, plan: { revision: 1 } });
    expect((await api.step(id, 'third')).status).toBe('pending');
  });

  it('is proposed and decided once per Idempotency-Key, and answered alike after it was adopted', async () => {
    const { api } = stage();
    const id = await startRunning();
    const key = randomUUID();
    const body = { plan: CHANGED, reason: 'Once.' };
    const ask = (sent: object = body) => api.send(`cutovers/${id}/revisions`, { key, body: sent });
    const answer = await ask();
    const { hash } = answer.body.detail as Proposed;
    expect((await decide(id, hash)).status).toBe(200);
    expect((await ask()).text).toBe(answer.text);
    const other = await ask({ ...body, plan: PLAN });
    expect([other.status, other.body.code]).toEqual([409, 'C208']);
    expect((await api.status(id)).proposal).toBeNull();
  });
});

describe('a change is refused with every reason', () => {
  it('of a step that has begun, and of a removed id that comes back', async () => {
    const id = await startRunning();
    await adopt(id, { plan: CHANGED });
    const { status, body } = await propose(id, {
      plan: planDocumentOf([{ ...first, title: 'First of all' }, second, third]),
    });
    expect([status, body.code]).toEqual([409, 'C323']);
    expect(body.problems).toEqual([
      'first is waiting: it cannot change',
      'third was the id of another step: choose another',
    ]);
    expect(body.next).toContain('propose');
  });

  it('of a plan that is not usable, naming the problems of plan and bindings at once', async () => {
    const id = await startRunning();
    const { status, body } = await propose(id, {
      plan: planDocumentOf([first, taskStep('second', { after: ['nobody'], owner: 'stranger' })]),
      bindings: { ...stage().bindings, aosHosts: 'all' },
    });
    expect([status, body.code]).toEqual([422, 'C301']);
    expect(body.problems).toEqual([
      expect.stringMatching(/^plan steps\[1\]\.after: .*"nobody"/),
      expect.stringMatching(/^bindings aosHosts: /),
    ]);
    const unbound = await propose(id, {
      plan: planDocumentOf([first, taskStep('new', { owner: 'stranger' })]),
    });
    expect([unbound.status, unbound.body.problems]).toEqual([
      422,
      [expect.stringContaining('nobody holds the role "stranger"')],
    ]);
  });

  it('when nothing would change, when the cutover has ended, and when there is none', async () => {
    const id = await startRunning();
    expect((await propose(id, { plan: PLAN })).body.code).toBe('unchanged');
    await stage().api.post(`cutovers/${id}/abort`, { reason: 'Enough.' });
    expect((await propose(id, { plan: CHANGED })).body.code).toBe('C303');
    const missing = await propose('c-nowhere', { plan: CHANGED });
    expect([missing.status, missing.body.code]).toEqual([404, 'C206']);
    expect((await decide('c-nowhere', '0'.repeat(64))).status).toBe(404);
  });
});

describe('a cutover that is joined late', () => {
  const goal = { goal: 'caught-up', classes: ['keyed'], polls: 2, tracer: false, after: null };
  const gate = stepOfKind('gate', 'replication-gate', goal, { phase: 3 });
  const LATE = planDocumentOf([
    { ...first, marks: 'replication-set-up', phase: 3 },
    { ...gate, after: ['first'] },
    taskStep('next', { phase: 4, after: ['gate'] }),
  ]);

  it('starts held, records what was done outside in two names, and goes on with the next step', async () => {
    const { api, bindings } = stage();
    const key = randomUUID();
    const start = await api.send('cutovers', {
      key,
      body: { plan: LATE, bindings, hold: 'Replication runs already.' },
    });
    expect([start.status, start.text]).toEqual([202, expect.stringContaining('held')]);
    const { id } = start.body;
    expect(await api.status(id)).toMatchObject({ held: { reason: 'Replication runs already.' } });
    await stage().bus.whenIdle();
    expect((await api.step(id, 'first')).attempts).toBe(0);

    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60_000).toISOString();
    const [setUpAt, caughtUpAt] = [daysAgo(20), daysAgo(19)];
    const by = { id: 'dirk', name: 'Dirk' };
    const recorded = (stepId: string, doneAt: string) => ({
      stepId,
      doneAt,
      by,
      note: `${stepId} was done with the toolkit`,
      evidence: `https://files.example/${stepId}.log`,
    });
    const done = [recorded('first', setUpAt), recorded('gate', caughtUpAt)];
    const tooEarly = await propose(id, { done: [done[1]] });
    expect([tooEarly.status, tooEarly.body.problems]).toEqual([
      409,
      ['gate waits for first, which has not passed'],
    ]);
    const { hash, changes } = await proposed(id, { done });
    expect(changes).toEqual(['first is recorded as done by Dirk', 'gate is recorded as done by Dirk']);
    expect((await decide(id, hash, 'approve', MANAGER)).body.code).toBe('C318');
    expect((await decide(id, hash)).status).toBe(200);

    const step = await api.step(id, 'first');
    expect(step).toMatchObject({ status: 'succeeded', endedAt: setUpAt, waiver: null });
    expect(step.evidence).toMatchObject({ source: 'stated', takenAt: setUpAt, summary: done[0]!.note });
    const { body } = await api.get(`cutovers/${id}/evidence/${step.evidence!.hash}`);
    expect(body.body).toEqual({ ...done[0], doneAt: Date.parse(setUpAt) });
    expect(evidenceHashOf(body.body)).toBe(step.evidence!.hash);
    // What nobody has proved stays marked.
    expect((await api.step(id, 'gate')).waiver).toMatchObject({ by: MANAGER.name, second: WORKER.name });
    expect((await api.status(id)).milestones).toEqual({ 'replication-set-up': setUpAt });
    expect((await api.step(id, 'next')).attempts).toBe(0);
    await api.post(`cutovers/${id}/resume`);
    await api.question(id, 'next');
  });
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });
});
