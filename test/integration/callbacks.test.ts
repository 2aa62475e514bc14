import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ShownEvent } from '../../local/api.ts';
import { freshSecret } from '../../local/settings.ts';
import type { Actor } from '../../shared/core/state.ts';
import { WORKER, type SigningOptions } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { approvalStep, planDocumentOf, robotStep, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();

const OWNER = () => stage().bindings.people['business-owner']![0]!;
const LEAD = () => stage().bindings.people['cutover-manager']![0]!;
const PASS = { result: 'pass', by: WORKER } as const;
const OTHER: Actor = { id: 'other-worker', name: 'Other worker' };

/** A cutover of two tasks, one after the other; the first is asked for. */
const startTasks = async (): Promise<string> => {
  const plan = planDocumentOf([
    taskStep('first'),
    taskStep('second', { after: ['first'] }),
    taskStep('aside'),
  ]);
  const id = await stage().api.start(plan, stage().bindings);
  await stage().api.question(id, 'first');
  await stage().api.question(id, 'aside');
  return id;
};

const completion = (id: string, stepId = 'first', attempt: number | string = 1): string =>
  `callbacks/completions/${id}/${stepId}/${attempt}`;

const typesOf = async (id: string): Promise<readonly ShownEvent['type'][]> =>
  (await stage().api.events(id)).map(({ type }) => type);

describe('a callback', () => {
  const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

  it.each<[string, () => SigningOptions]>([
    ['signed with the first secret', () => ({})],
    ['signed with the second secret', () => ({ secret: stage().canaries.secondWebhookSecret })],
    ['signed four minutes ago', () => ({ at: secondsAgo(240) })],
    ['signed by a clock four minutes ahead', () => ({ at: secondsAgo(-240) })],
  ])('%s is taken', async (_, options) => {
    const id = await startTasks();
    const { status, body } = await stage().api.callback(completion(id), PASS, options());
    expect([status, body.code]).toEqual([200, 'applied']);
    await stage().api.untilStep(id, 'first', (step) => step.status === 'succeeded');
  });

  it.each<[string, () => SigningOptions]>([
    ['signed with another secret', () => ({ secret: freshSecret() })],
    ['signed more than five minutes ago', () => ({ at: secondsAgo(302) })],
    ['signed more than five minutes ahead', () => ({ at: secondsAgo(-302) })],
    ['whose body was changed', () => ({ sentBody: JSON.stringify({ ...PASS, result: 'fail' }) })],
    ['whose body was only spaced differently', () => ({ sentBody: JSON.stringify(PASS, null, 1) })],
    ['without an id', () => ({ without: ['webhook-id'] })],
    ['without a time', () => ({ without: ['webhook-timestamp'] })],
    ['without a signature', () => ({ without: ['webhook-signature'] })],
    [
      'with nothing but a body',
      () => ({ without: ['webhook-id', 'webhook-timestamp', 'webhook-signature'] }),
    ],
    ['with an id of 201 characters', () => ({ id: 'i'.repeat(201) })],
  ])('%s is refused and changes nothing', async (_, options) => {
    const id = await startTasks();
    const { events } = await stage().api.status(id);
    const { status, body } = await stage().api.callback(completion(id), PASS, options());
    expect([status, body.code, body.retriable]).toEqual([401, 'C204', false]);
    expect(body.next).toContain('within five minutes');
    expect((await stage().api.status(id)).events).toBe(events);
  });
});

describe('a completion', () => {
  it('that comes again, word for word, gets the first answer and is recorded once', async () => {
    const id = await startTasks();
    const again: SigningOptions = { id: randomUUID() };
    const first = await stage().api.callback(completion(id), PASS, again);
    const second = await stage().api.callback(completion(id), PASS, again);
    expect([second.status, second.text]).toEqual([200, first.text]);
    expect((await typesOf(id)).filter((type) => type === 'completion-received')).toHaveLength(1);
  });

  it('that says the same under another id is told who said so when', async () => {
    const id = await startTasks();
    await stage().api.callback(completion(id), PASS);
    await stage().api.untilStep(id, 'first', ({ status }) => status === 'succeeded');
    const { status, body } = await stage().api.callback(completion(id), PASS);
    expect([status, body.code]).toEqual([200, 'unchanged']);
    expect(body.detail).toMatchObject({ result: 'pass', by: WORKER.name });
  });

  it('with the id of another one is refused as a conflict', async () => {
    const id = await startTasks();
    const again: SigningOptions = { id: randomUUID() };
    await stage().api.callback(completion(id), PASS, again);
    const { status, body } = await stage().api.callback(completion(id), { ...PASS, result: 'fail' }, again);
    expect([status, body.code]).toEqual([409, 'C208']);
  });

  it('that comes before its step asks is kept, and used when it asks', async () => {
    const id = await startTasks();
    const early = await stage().api.callback(completion(id, 'second'), { ...PASS, note: 'Done yesterday.' });
    expect([early.status, early.body.code]).toEqual([200, 'applied']);
    expect(early.body.message).toContain('kept');
    expect((await stage().api.step(id, 'second')).status).toBe('pending');
    await stage().api.complete(id, 'first');
    const { evidence } = await stage().api.untilStep(id, 'second', ({ status }) => status === 'succeeded');
    const { body } = await stage().api.get(`cutovers/${id}/evidence/${evidence?.hash ?? ''}`);
    expect(body.body).toMatchObject({ statement: { by: WORKER.name, note: 'Done yesterday.' } });
  });

  it('that contradicts a kept one is refused, naming who said what when', async () => {
    const id = await startTasks();
    const before = new Date().toISOString();
    await stage().api.callback(completion(id, 'second'), PASS);
    const { status, body } = await stage().api.callback(completion(id, 'second'), {
      result: 'fail',
      by: OTHER,
    });
    expect([status, body.code]).toEqual([409, 'C210']);
    const problems = body.problems.join('\n');
    expect(problems).toContain('"pass"');
    expect(problems).toContain(WORKER.name);
    const [at = ''] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(problems) ?? [];
    expect(at >= before && at <= new Date().toISOString()).toBe(true);
  });

  it('that follows one of not tested takes its place', async () => {
    const id = await startTasks();
    await stage().api.callback(completion(id), { result: 'not-tested', by: WORKER });
    const { status, body } = await stage().api.callback(completion(id), { result: 'pass', by: OTHER });
    expect([status, body.code]).toEqual([200, 'applied']);
    const { evidence } = await stage().api.untilStep(id, 'first', (step) => step.status === 'succeeded');
    const stored = await stage().api.get(`cutovers/${id}/evidence/${evidence?.hash ?? ''}`);
    expect(stored.body.body).toMatchObject({ statement: { result: 'pass', by: OTHER.name } });
  });

  it('that comes after the end is gone, and is recorded as late with its sender', async () => {
    const id = await startTasks();
    await stage().api.callback(completion(id), PASS);
    await stage().api.untilStep(id, 'first', ({ status }) => status === 'succeeded');
    const { status, body } = await stage().api.callback(completion(id), { result: 'fail', by: OTHER });
    expect([status, body.code]).toEqual([410, 'C211']);
    const late = (await stage().api.events(id)).filter(({ type }) => type === 'result-late');
    expect(late).toEqual([expect.objectContaining({ stepId: 'first', attempt: 1, what: 'fail', by: OTHER })]);
    expect((await stage().api.step(id, 'first')).status).toBe('succeeded');
  });

  it('for an earlier attempt is gone, and the present attempt still asks', async () => {
    const id = await startTasks();
    await stage().api.callback(completion(id), { result: 'fail', by: WORKER });
    await stage().api.post(`cutovers/${id}/steps/first/retry`, { reason: 'Mended.' });
    await stage().api.question(id, 'first');
    const { status, body } = await stage().api.callback(completion(id), { result: 'pass', by: OTHER });
    expect([status, body.code]).toEqual([410, 'C211']);
    expect(await stage().api.step(id, 'first')).toMatchObject({ status: 'waiting', attempts: 2 });
  });

  it('after an abort is gone', async () => {
    const id = await startTasks();
    await stage().api.post(`cutovers/${id}/abort`, { reason: 'Not tonight.' });
    const { status, body } = await stage().api.callback(completion(id), PASS);
    expect([status, body.code]).toEqual([410, 'C211']);
  });

  it.each<[string, (id: string) => string, number, string]>([
    ['an unknown cutover', () => completion('c-000000000000'), 404, 'C206'],
    ['an unknown step', (id) => completion(id, 'nothing'), 404, 'C206'],
    ['a step named like a thing of the language', (id) => completion(id, 'constructor'), 404, 'C206'],
    ['an attempt to come', (id) => completion(id, 'first', 2), 409, 'C216'],
    ['attempt 0', (id) => completion(id, 'first', 0), 400, 'C201'],
    ['an attempt that is no number', (id) => completion(id, 'first', 'one'), 400, 'C201'],
    ['an approval', (id) => completion(id, 'decide'), 409, 'C215'],
  ])('for %s is refused', async (_, path, status, code) => {
    const plan = planDocumentOf([taskStep('first'), approvalStep('decide')]);
    const id = await stage().api.start(plan, stage().bindings);
    await stage().api.question(id, 'first');
    await stage().api.question(id, 'decide');
    const answer = await stage().api.callback(path(id), PASS);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.next).not.toBe('');
  });

  it('for an unknown cutover is told which one', async () => {
    const { body } = await stage().api.callback(completion('c-000000000000'), PASS);
    expect(body.detail).toContain('cutover c-000000000000');
  });
});

describe('the one-time token of an automation', () => {
  const startRobots = async (): Promise<{ id: string; tokenOf: (stepId: string) => string }> => {
    const { api, automation, bindings } = stage();
    const id = await api.start(planDocumentOf([robotStep('left'), robotStep('right')]), bindings);
    await api.until(id, () => automation.callsFor(id).length === 2);
    await api.untilStep(id, 'left', ({ status }) => status === 'waiting');
    return {
      id,
      tokenOf: (stepId) => automation.callsFor(id).find(({ task }) => task.stepId === stepId)!.task.token,
    };
  };

  it('opens its own step, on the address the automation was given', async () => {
    const { api, automation, origin } = stage();
    const { id, tokenOf } = await startRobots();
    const [call] = automation.callsFor(id).filter(({ task }) => task.stepId === 'left');
    expect(call?.isSigned).toBe(true);
    expect(call?.task.callback).toBe(`${origin}/api/${completion(id, 'left')}`);
    const { status } = await api.callback(completion(id, 'left'), { ...PASS, token: tokenOf('left') });
    expect(status).toBe(200);
    await api.untilStep(id, 'left', (step) => step.status === 'succeeded');
    expect((await api.step(id, 'right')).status).toBe('waiting');
  });

  it('is not handed out again in the words of an automation that refuses the task', async () => {
    const { api, automation, bindings } = stage();
    automation.answerNext((task) => ({ status: 403, body: `I do not know the token ${task.token}.` }));
    const id = await api.start(planDocumentOf([robotStep('left')]), bindings);
    const { error } = await api.untilStep(id, 'left', ({ status }) => status === 'failed');
    expect(error?.code).toBe('C803');
    expect(error?.message).toContain('robot answered 403 I do not know the token');
    expect(error?.message).not.toContain(automation.callsFor(id)[0]!.task.token);
  });

  it('opens the step although the automation did not answer the call', async () => {
    const { api, automation, bindings } = stage();
    automation.answerNext(() => ({ status: 500, body: 'Perhaps I did it.' }));
    const id = await api.start(planDocumentOf([robotStep('left')]), bindings);
    await api.until(id, () => automation.callsFor(id).length === 1);
    const { token } = automation.callsFor(id)[0]!.task;
    expect((await api.callback(completion(id, 'left'), { ...PASS, token })).status).toBe(200);
    await api.untilStep(id, 'left', ({ status }) => status === 'succeeded');
    expect(automation.callsFor(id)).toHaveLength(1);
  });

  it.each<[string, (own: Awaited<ReturnType<typeof startRobots>>) => Promise<string | null>]>([
    ['of another step', ({ tokenOf }) => Promise.resolve(tokenOf('right'))],
    ['of another cutover', async () => (await startRobots()).tokenOf('left')],
    ['that nobody handed out', () => Promise.resolve(randomBytes(32).toString('hex'))],
    ['that is left out', () => Promise.resolve(null)],
  ])('%s is refused, and the step goes on waiting', async (_, tokenFrom) => {
    const own = await startRobots();
    const token = await tokenFrom(own);
    const { status, body } = await stage().api.callback(completion(own.id, 'left'), { ...PASS, token });
    expect([status, body.code]).toEqual([403, 'C209']);
    expect(await stage().api.step(own.id, 'left')).toMatchObject({ status: 'waiting', attempts: 1 });
  });

  it('of an earlier attempt is refused in the present one, for which the automation got a new one', async () => {
    const { api, automation } = stage();
    const { id, tokenOf } = await startRobots();
    const stale = tokenOf('left');
    await api.callback(completion(id, 'left'), { ...PASS, result: 'fail', token: stale });
    await api.post(`cutovers/${id}/steps/left/retry`, { reason: 'Mended.' });
    await api.until(id, () => automation.callsFor(id).length === 3);
    const { status, body } = await api.callback(completion(id, 'left', 2), { ...PASS, token: stale });
    expect([status, body.code]).toEqual([403, 'C209']);
    const fresh = automation.callsFor(id).at(-1)!.task;
    expect([fresh.attempt, fresh.token === stale]).toEqual([2, false]);
    expect((await api.callback(completion(id, 'left', 2), { ...PASS, token: fresh.token })).status).toBe(200);
  });
});

describe('an approval', () => {
  /** A cutover that asks for two approvals once its task is done. */
  const startApproval = async (by?: Actor): Promise<string> => {
    const plan = planDocumentOf([taskStep('first'), approvalStep('decide', { after: ['first'] }, 2)]);
    const id = await stage().api.start(plan, stage().bindings, by);
    await stage().api.question(id, 'first');
    return id;
  };
  const ask = async (id: string): Promise<string> => {
    await stage().api.complete(id, 'first');
    return (await stage().api.question(id, 'decide')).evidenceHash ?? '';
  };
  const vote = (id: string, by: Actor, evidenceHash: string, decision = 'approve') =>
    stage().api.vote(id, 'decide', { decision, by, evidenceHash, comment: 'Seen.' });

  it('opens its gate when the quorum is reached, on the evidence the voters saw', async () => {
    const id = await startApproval();
    const evidenceHash = await ask(id);
    const first = await vote(id, OWNER(), evidenceHash);
    expect([first.status, first.body.detail]).toEqual([200, { approvals: 1, quorum: 2 }]);
    const again = await vote(id, OWNER(), evidenceHash);
    expect([again.status, again.body.code]).toEqual([200, 'unchanged']);
    expect((await stage().api.step(id, 'decide')).status).toBe('waiting');
    const second = await vote(id, LEAD(), evidenceHash);
    expect([second.status, second.body.detail]).toEqual([200, { approvals: 2, quorum: 2 }]);
    const { status } = await stage().api.until(id, (now) => now.status === 'completed');
    expect(status).toBe('completed');
    const { evidence } = await stage().api.step(id, 'decide');
    expect(evidence?.hash).toBe(evidenceHash);
    const { body } = await stage().api.get(`cutovers/${id}/evidence/${evidenceHash}`);
    expect(body.body).toMatchObject({
      question: 'May decide pass?',
      steps: [{ stepId: 'first', status: 'succeeded' }],
    });
  });

  it('that comes before there is evidence is refused as too early', async () => {
    const id = await startApproval();
    const { status, body } = await vote(id, OWNER(), '0'.repeat(64));
    expect([status, body.code]).toEqual([409, 'C212']);
    expect(body.next).toContain('evidence');
  });

  it.each<[string, () => Actor | Promise<Actor>, boolean, number, string]>([
    ['on other evidence', () => OWNER(), false, 409, 'C213'],
    ['of somebody who is no approver', () => WORKER, true, 403, 'C214'],
    [
      'of somebody with the name of an approver only',
      () => ({ ...OWNER(), id: 'impostor' }),
      true,
      403,
      'C214',
    ],
  ])('%s does not count', async (_, by, isSeen, status, code) => {
    const id = await startApproval();
    const evidenceHash = await ask(id);
    const answer = await vote(id, await by(), isSeen ? evidenceHash : '0'.repeat(64));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await stage().api.question(id, 'decide')).message).toContain('0 of 2');
  });

  it('on other evidence is told the evidence that stands now', async () => {
    const id = await startApproval();
    const evidenceHash = await ask(id);
    const { body } = await vote(id, OWNER(), '0'.repeat(64));
    expect(body.problems).toEqual([`evidenceHash: "${evidenceHash}"`]);
  });

  it('of whoever started the cutover does not count, though they are an approver', async () => {
    const id = await startApproval(OWNER());
    const evidenceHash = await ask(id);
    const { status, body } = await vote(id, OWNER(), evidenceHash);
    expect([status, body.code]).toEqual([403, 'C214']);
    expect(body.detail).toContain('started the cutover');
  });

  it('that is denied keeps the gate shut with the reason, and a retry asks everybody anew', async () => {
    const id = await startApproval();
    const evidenceHash = await ask(id);
    await vote(id, OWNER(), evidenceHash);
    expect((await vote(id, LEAD(), evidenceHash, 'deny')).status).toBe(200);
    const failed = await stage().api.step(id, 'decide');
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'C311' } });
    expect(failed.error?.message).toContain('Seen.');
    await stage().api.post(`cutovers/${id}/steps/decide/retry`, { reason: 'The doubt is cleared.' });
    expect((await stage().api.question(id, 'decide')).message).toContain('0 of 2');
  });

  it('that comes when the gate is passed is gone', async () => {
    const id = await startApproval();
    const evidenceHash = await ask(id);
    await vote(id, OWNER(), evidenceHash);
    await vote(id, LEAD(), evidenceHash);
    await stage().api.until(id, (now) => now.status === 'completed');
    const { status, body } = await vote(id, LEAD(), evidenceHash, 'deny');
    expect([status, body.code]).toEqual([410, 'C211']);
  });

  it('for a task is refused: a task is reported, not approved', async () => {
    const id = await startApproval();
    const path = `callbacks/approvals/${id}/first/1`;
    const body = { decision: 'approve', by: OWNER(), evidenceHash: '0'.repeat(64) };
    const answer = await stage().api.callback(path, body);
    expect([answer.status, answer.body.code]).toEqual([409, 'C215']);
  });

  it('is asked for anew when the evidence changes between the vote and the gate', async () => {
    const plan = planDocumentOf([
      taskStep('first'),
      taskStep('aside', { required: false }),
      approvalStep('decide', { after: ['first'] }, 2),
    ]);
    const id = await stage().api.start(plan, stage().bindings);
    await stage().api.question(id, 'first');
    const evidenceHash = await ask(id);
    await vote(id, OWNER(), evidenceHash);
    await stage().api.complete(id, 'aside', { result: 'fail', note: 'Something broke meanwhile.' });
    await vote(id, LEAD(), evidenceHash);
    const asked = await stage().api.until(id, ({ waitingFor }) =>
      waitingFor.some((item) => item.stepId === 'decide' && item.evidenceHash !== evidenceHash),
    );
    expect(asked.waitingFor.find(({ stepId }) => stepId === 'decide')?.message).toContain('0 of 2');
    expect(await typesOf(id)).toContain('approval-voided');
  });
});

describe('a signed-in person', () => {
  it('reports a step as themselves, and the same key reports it once', async () => {
    const id = await startTasks();
    const [path, key] = [`cutovers/${id}/steps/first/attempts/1/report`, randomUUID()];
    const report = () =>
      stage().api.send(path, { by: WORKER, key, body: { result: 'pass', note: 'done 02:41' } });
    const [first, second] = [await report(), await report()];
    expect([first.status, first.body.code, second.text]).toEqual([200, 'applied', first.text]);
    const { evidence } = await stage().api.untilStep(id, 'first', ({ status }) => status === 'succeeded');
    const { body } = await stage().api.get(`cutovers/${id}/evidence/${evidence?.hash ?? ''}`);
    expect(body.body).toMatchObject({ statement: { by: WORKER.name, note: 'done 02:41' } });
  });

  it('cannot report or vote for somebody else', async () => {
    const id = await startTasks();
    const path = `cutovers/${id}/steps/first/attempts/1`;
    const report = await stage().api.post(`${path}/report`, { ...PASS, by: OTHER });
    expect([report.status, report.body.problems]).toEqual([400, ['body.by: is not a known key here']]);
    const evidenceHash = '0'.repeat(64);
    const vote = await stage().api.post(`${path}/vote`, { decision: 'approve', evidenceHash, by: OTHER });
    expect([vote.status, vote.body.problems]).toEqual([400, ['body.by: is not a known key here']]);
  });

  it('votes as themselves: who is no approver of it is told so, and who is opens the gate', async () => {
    const id = await stage().api.start(planDocumentOf([approvalStep('decide')]), stage().bindings);
    const { next, evidenceHash } = await stage().api.question(id, 'decide');
    const path = next.replace('POST /api/', '');
    const vote = (by: typeof WORKER) =>
      stage().api.post(path, { decision: 'approve', comment: 'read', evidenceHash }, by);
    const refused = await vote(WORKER);
    expect([refused.status, refused.body.code]).toEqual([403, 'C214']);
    const counted = await vote(OWNER());
    expect([counted.status, counted.body.code]).toEqual([200, 'applied']);
    await stage().api.untilStep(id, 'decide', ({ status }) => status === 'succeeded');
  });
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });

  it('gives no secret away, nor does a log line or a stored row', async () => {
    expect(stage().automation.calls.length).toBeGreaterThan(0);
    expect(await stage().leaks({ control: WORKER.name })).toEqual(['control']);
  });
});
