import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../shared/contract/route.ts';
import { isRole, ROLES } from '../../shared/contract/role.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { openApiDocument } from '../../shared/contract/openapi.ts';
import { mockPlanDocument } from '../../shared/contract/plans/mock-plan.ts';
import { defaultPlanDocument } from '../../shared/contract/plans/default-plan.ts';
import { brokenLinks, MANAGER, WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

const stage = useAppStage();

const TWO_TASKS = planDocumentOf([
  taskStep('first', { required: false }),
  taskStep('second', { after: ['first'] }),
]);
const startTwoTasks = (): Promise<string> => stage().api.start(TWO_TASKS, stage().bindings);
const SHA256 = /^[0-9a-f]{64}$/;

describe('starting a cutover', () => {
  const start = (key: string | null, title = 'A small cutover', by = MANAGER) =>
    stage().api.send('cutovers', {
      by,
      key,
      body: { plan: { ...TWO_TASKS, title }, bindings: stage().bindings },
    });

  it('answers 202 with the place of the cutover, which can be read at once', async () => {
    const { status, headers, body } = await start(randomUUID());
    expect([status, body.id]).toEqual([202, expect.stringMatching(/^c-[0-9a-f]{12}$/)]);
    expect(headers.get('location')).toBe(`/api/cutovers/${body.id}`);
    const found = await fetch(stage().origin + String(headers.get('location')), {
      headers: { 'x-development-user': 'reader' },
    });
    expect(await found.json()).toMatchObject({ id: body.id, status: 'running', startedBy: MANAGER.name });
  });

  it('gives the same answer to the same key and body, also when ten come at once, and starts one cutover', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => start(key)));
    const again = await start(key);
    expect(new Set([...answers, again].map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const events = await stage().api.events(again.body.id);
    expect(events.filter(({ type }) => type === 'cutover-started')).toHaveLength(1);
  });

  it('refuses the same key with another body as a conflict, and starts nothing', async () => {
    const key = randomUUID();
    const first = await start(key);
    const other = await start(key, 'Another cutover');
    expect([other.status, other.body.code]).toEqual([409, 'C208']);
    expect(other.body.next).toContain('new key');
    expect((await stage().api.status(first.body.id)).title).toBe('A small cutover');
  });

  it('takes the same key from another person as another cutover', async () => {
    const key = randomUUID();
    const [mine, theirs] = [await start(key), await start(key, 'A small cutover', WORKER)];
    expect(theirs.status).toBe(202);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('refuses a request without a key, naming the header to send', async () => {
    const { status, body } = await start(null);
    expect([status, body.code]).toEqual([400, 'C207']);
    expect(body.next).toContain('Idempotency-Key');
  });

  it('is scheduled when it shall begin later, and begins by itself', async () => {
    const { api, bindings } = stage();
    const schedule = (startAt: string) =>
      api.send('cutovers', { key: randomUUID(), body: { plan: TWO_TASKS, bindings, startAt } });
    const startAt = new Date(Date.now() + 6_000).toISOString();
    const { status, body } = await schedule(startAt);
    expect([status, body.message]).toEqual([202, `${body.id} is scheduled`]);
    const scheduled = await api.status(body.id);
    expect(scheduled).toMatchObject({ status: 'scheduled', startAt, waitingFor: [{ what: 'start' }] });
    expect((await api.step(body.id, 'first')).attempts).toBe(0);
    const ids = (await api.get('cutovers?status=scheduled')).body.cutovers as { id: string }[];
    expect(ids.map(({ id }) => id)).toEqual([body.id]);
    await api.question(body.id, 'first');
    const { status: begun, startedAt } = await api.status(body.id);
    expect([begun, startedAt]).toEqual(['running', scheduled.startedAt]);
    const { startedAt: dispatchedAt } = await api.step(body.id, 'first');
    expect(Date.parse(dispatchedAt!)).toBeGreaterThanOrEqual(Date.parse(startAt));

    const past = await schedule('2026-01-01T00:00:00Z');
    expect([past.status, past.body.code]).toEqual([400, 'C201']);
  });

  it('starts a plan the product carries by its name', async () => {
    const id = await stage().api.start('mock', {
      ...stage().bindings,
      automations: { 'stop-aos': stage().automation.url },
    });
    const { title, phases } = await stage().api.status(id);
    expect(title).toBe(mockPlanDocument().title);
    expect(phases.flatMap(({ steps }) => steps)).toHaveLength(mockPlanDocument().steps.length);
    expect(
      (await stage().api.post(`cutovers/${id}/abort`, { reason: 'Only its start was of interest.' })).status,
    ).toBe(200);
  });
});

describe('listing cutovers', () => {
  it('shows every one exactly once over pages of any size, newest first', async () => {
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await startTwoTasks());
    type Page = {
      readonly cutovers: readonly { id: string; startedAt: string }[];
      readonly next: string | null;
    };
    const read = async (limit: number): Promise<Page['cutovers']> => {
      const all: Page['cutovers'][number][] = [];
      for (let next: string | null = ''; next !== null;) {
        const from: string = next === '' ? '' : `&next=${encodeURIComponent(next)}`;
        const page = (await stage().api.get(`cutovers?limit=${limit}${from}`)).body as unknown as Page;
        expect(page.cutovers.length).toBeLessThanOrEqual(limit);
        all.push(...page.cutovers);
        next = page.next;
      }
      return all;
    };
    const whole = await read(200);
    expect(whole.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(whole.map(({ startedAt }) => startedAt)).toEqual(
      whole
        .map(({ startedAt }) => startedAt)
        .toSorted()
        .reverse(),
    );
    for (const limit of [1, 2, 3]) expect(await read(limit)).toEqual(whole);
  });

  it('filters by status and by mode', async () => {
    const mock = await startTwoTasks();
    const production = await stage().api.start({ ...TWO_TASKS, mode: 'production' }, stage().bindings);
    const aborted = await startTwoTasks();
    await stage().api.post(`cutovers/${aborted}/abort`, { reason: 'Not needed.' });
    const idsOf = async (query: string): Promise<readonly string[]> => {
      const { cutovers } = (await stage().api.get(`cutovers?limit=200&${query}`)).body;
      return (cutovers as { id: string }[]).map(({ id }) => id);
    };
    expect(await idsOf('status=aborted')).toContain(aborted);
    expect(await idsOf('status=aborted')).not.toContain(mock);
    expect(await idsOf('status=running')).not.toContain(aborted);
    expect(await idsOf('mode=production')).toEqual([production]);
    expect(await idsOf('mode=production&status=completed')).toEqual([]);
  });
});

describe('the events of a cutover', () => {
  it('are numbered without gaps and chained by hashes that a reader can compute', async () => {
    const id = await startTwoTasks();
    await stage().api.question(id, 'first');
    await stage().api.complete(id, 'first', { note: 'Ünïcode – “quoted”\u2028and a line separator' });
    await stage().api.question(id, 'second');
    const events = await stage().api.events(id);
    expect(events.map(({ n }) => n)).toEqual(events.map((_, index) => index + 1));
    expect(events.every(({ hash }) => SHA256.test(hash))).toBe(true);
    expect(brokenLinks(events)).toEqual([]);
    expect((await stage().api.status(id)).events).toBe(events.length);
    const changed = events.map((event) => (event.n === 3 ? { ...event, inputId: 'forged' } : event));
    expect(brokenLinks(changed)).toEqual([3]);
  });

  it('come after a number, at most so many, and none after the last', async () => {
    const id = await startTwoTasks();
    await stage().api.question(id, 'first');
    const all = await stage().api.events(id);
    const read = async (after: number, limit: number) =>
      (await stage().api.get(`cutovers/${id}/events?after=${after}&limit=${limit}`)).body.events;
    expect(await read(0, 2)).toEqual(all.slice(0, 2));
    expect(await read(1, 1)).toEqual(all.slice(1, 2));
    expect(await read(all.length, 10)).toEqual([]);
  });
});

describe('controlling a cutover', () => {
  const control = (id: string, what: string, body: object = { reason: 'For the test.' }) =>
    stage().api.post(`cutovers/${id}/${what}`, body);

  it('holds it, starts nothing new meanwhile, and goes on when it is resumed', async () => {
    const { api } = stage();
    const id = await startTwoTasks();
    await api.question(id, 'first');
    expect((await control(id, 'hold', { reason: 'The finance lead has doubts.' })).status).toBe(200);
    expect(await api.status(id)).toMatchObject({
      held: { by: MANAGER.name, reason: 'The finance lead has doubts.' },
      waitingFor: expect.arrayContaining([expect.objectContaining({ what: 'resume' })]) as unknown,
    });
    await api.complete(id, 'first');
    const again = await control(id, 'hold');
    expect([again.status, again.body.code]).toEqual([200, 'unchanged']);
    await stage().bus.whenIdle();
    expect((await api.step(id, 'second')).status).toBe('pending');
    expect((await control(id, 'resume', {})).body.code).toBe('applied');
    await api.question(id, 'second');
    expect((await api.status(id)).held).toBeNull();
  });

  it('tries a failed step again, and skips an optional one with the waiver of whoever did', async () => {
    const { api } = stage();
    const id = await startTwoTasks();
    await api.question(id, 'first');
    await api.complete(id, 'first', { result: 'fail', note: 'The disk is full.' });
    const failed = await api.step(id, 'first');
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'C310' } });
    expect(failed.error?.message).toContain('The disk is full.');
    const retried = await control(id, 'steps/first/retry');
    expect([retried.status, retried.body.detail]).toEqual([200, { attempt: 2 }]);
    await api.question(id, 'first');
    expect((await control(id, 'steps/first/skip', { reason: 'Done by hand.' })).status).toBe(200);
    expect(await api.step(id, 'first')).toMatchObject({
      status: 'skipped',
      waiver: { by: MANAGER.name, reason: 'Done by hand.' },
    });
    await api.question(id, 'second');
  });

  it('gives up an attempt nobody will answer, and leaves the step to a decision', async () => {
    const { api } = stage();
    const id = await startTwoTasks();
    await api.question(id, 'first');
    const given = await control(id, 'steps/first/give-up', { reason: 'The script hangs.' });
    expect([given.status, given.body.detail]).toEqual([200, { attempt: 1 }]);
    const { status, error } = await api.step(id, 'first');
    expect([status, error?.code]).toEqual(['failed', 'C319']);
    expect(error?.message).toContain('The script hangs.');
  });

  it('takes a way back to its end, once the loss of data is confirmed word for word', async () => {
    const { api } = stage();
    const statement = 'Everything posted since the opening is lost.';
    const back = {
      id: 'back',
      title: 'Back to AX',
      dataLossStatement: statement,
      steps: [{ ...taskStep('first'), id: 'rb.start-ax' }],
    };
    const id = await api.start({ ...TWO_TASKS, rollbacks: [back] }, stage().bindings);
    await api.question(id, 'first');
    const happenedAt = (await api.status(id)).startedAt;
    const passed = await control(id, 'point-of-no-return', { happenedAt, reason: 'The first order.' });
    expect([passed.status, passed.body.code]).toEqual([200, 'applied']);
    const refused = await control(id, 'rollback', { rollbackId: 'back', reason: 'It is wrong.' });
    expect([refused.status, refused.body.code]).toEqual([409, 'C321']);
    const [way] = (await api.status(id)).waysBack;
    expect(way).toMatchObject({ id: 'back', why: null, dataLossStatement: statement });
    const body = { rollbackId: 'back', reason: 'It is wrong.', statement };
    expect((await control(id, 'rollback', body)).status).toBe(200);
    await api.question(id, 'rb.start-ax');
    expect(await api.status(id)).toMatchObject({
      status: 'rollingBack',
      rollback: { id: 'back', by: MANAGER.name, statement },
      milestones: { 'point-of-no-return': happenedAt },
    });
    expect((await api.step(id, 'second')).status).toBe('cancelled');
    await api.complete(id, 'rb.start-ax');
    await stage().bus.whenIdle();
    expect((await api.status(id)).status).toBe('rolledBack');
  });

  it('ends it for good when it is aborted, and then refuses everything but reading', async () => {
    const id = await startTwoTasks();
    expect((await control(id, 'abort', { reason: 'Month-end is not closed.' })).status).toBe(200);
    const { status, phases, waitingFor } = await stage().api.status(id);
    expect([status, waitingFor]).toEqual(['aborted', []]);
    expect(phases.flatMap(({ steps }) => steps).map((step) => step.status)).toEqual([
      'cancelled',
      'cancelled',
    ]);
    for (const what of ['hold', 'abort', 'steps/first/retry', 'steps/first/skip']) {
      const { status: code, body } = await control(id, what);
      expect([what, code, body.code]).toEqual([what, 409, 'C303']);
    }
  });

  it.each([
    ['resume', {}, 'C305', 'when it is not held'],
    ['steps/second/retry', { reason: 'r' }, 'C306', 'when the step has not failed'],
    ['steps/second/skip', { reason: 'r' }, 'C307', 'when the step is required'],
    ['steps/second/redrive', {}, 'C313', 'when the step is not in hand'],
    ['steps/first/effect', { happened: true }, 'C315', 'when no effect is in doubt'],
    ['steps/second/give-up', { reason: 'r' }, 'C313', 'when nobody works on the step'],
    ['rollback', { rollbackId: 'nowhere', reason: 'r' }, 'C320', 'when there is no such way back'],
  ])('refuses %s with %j as a conflict, %s, %s', async (what, body, code, _) => {
    const id = await startTwoTasks();
    await stage().api.question(id, 'first');
    const { events } = await stage().api.status(id);
    const answer = await control(id, what, body);
    expect([answer.status, answer.body.code]).toEqual([409, code]);
    expect(answer.body.next).not.toBe('');
    // Nothing but a line in the log: who tried what, and why not.
    expect((await stage().api.status(id)).events).toBe(events + 1);
  });

  it('applies one Idempotency-Key once and gives the first answer again', async () => {
    const { api } = stage();
    const id = await startTwoTasks();
    const key = randomUUID();
    const hold = () => api.send(`cutovers/${id}/hold`, { key, body: { reason: 'Once.' } });
    const [first, second] = [await hold(), await hold()];
    expect(second.text).toBe(first.text);
    expect(first.body.code).toBe('applied');
    const other = await api.send(`cutovers/${id}/hold`, { key, body: { reason: 'Twice.' } });
    expect([other.status, other.body.code]).toEqual([409, 'C208']);
  });
});

describe('plans', () => {
  it.each([
    ['default', defaultPlanDocument],
    ['mock', mockPlanDocument],
  ])('hands out the %s plan, which it finds usable itself', async (name, document) => {
    const { status, body } = await stage().api.get(`plans/${name}`);
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(document())));
    const checked = await stage().api.post('plans/validate', { plan: body });
    expect([checked.status, checked.body.message]).toEqual([200, 'The plan is usable.']);
    const named = await stage().api.post('plans/validate', { plan: name });
    expect(named.status).toBe(200);
  });

  it('names the plans it carries when asked for one it does not', async () => {
    const { status, body } = await stage().api.post('plans/validate', { plan: 'mok' });
    expect(status).toBe(400);
    expect(body.problems).toEqual(['body.plan: is not "default" or "mock"']);
  });

  it('checks a plan together with bindings and names the problems of both', async () => {
    const { status, body } = await stage().api.post('plans/validate', {
      plan: planDocumentOf([taskStep('first', { after: ['nobody'] })]),
      bindings: { ...stage().bindings, aosHosts: 'all' },
    });
    expect([status, body.code]).toEqual([422, 'C301']);
    expect(body.problems).toEqual([
      expect.stringMatching(/^plan steps\[0\]\.after: .*"nobody"/),
      expect.stringMatching(/^bindings aosHosts: /),
    ]);
  });
});

describe('reading what is known', () => {
  it('shows the evidence of a step under its hash, and 404 for any other hash', async () => {
    const { api } = stage();
    const id = await startTwoTasks();
    await api.question(id, 'first');
    await api.complete(id, 'first', { note: 'As agreed.' });
    const { evidence } = await api.untilStep(id, 'first', ({ status }) => status === 'succeeded');
    const { status, body } = await api.get(`cutovers/${id}/evidence/${evidence?.hash ?? ''}`);
    expect([status, body.hash]).toEqual([200, evidence?.hash]);
    expect(body.body).toMatchObject({ statement: { result: 'pass', by: WORKER.name, note: 'As agreed.' } });
    const missing = await api.get(`cutovers/${id}/evidence/${'0'.repeat(64)}`);
    expect([missing.status, missing.body.code]).toEqual([404, 'C206']);
  });

  it('shows no counts before anything is counted', async () => {
    const id = await startTwoTasks();
    expect((await stage().api.get(`cutovers/${id}/counts`)).body).toEqual({
      snapshots: 0,
      estimate: null,
      comparisons: [],
      mismatches: [],
      mismatchesTotal: 0,
    });
  });

  it('is healthy while its storage answers', async () => {
    const { status, body } = await stage().api.get('health');
    expect([status, body.status]).toEqual([200, 'ok']);
  });
});

describe('the status page', () => {
  const page = (path: string) => stage().api.send(path, { by: null });
  const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`;

  it('shows whatever people wrote as text, and has no script and nothing that loads anything', async () => {
    const { api } = stage();
    const plan = planDocumentOf(
      [taskStep('first', { title: HOSTILE, instruction: HOSTILE }), taskStep('second', { required: false })],
      { title: HOSTILE },
    );
    const id = await api.start(plan, stage().bindings, { id: 'x', name: HOSTILE });
    await api.question(id, 'first');
    await api.post(`cutovers/${id}/steps/second/skip`, { reason: HOSTILE }, { id: 'x', name: HOSTILE });
    await api.complete(id, 'first', {
      result: 'fail',
      by: { id: 'x', name: HOSTILE.slice(0, 128) },
      note: HOSTILE,
    });
    await api.post(`cutovers/${id}/hold`, { reason: HOSTILE }, { id: 'x', name: HOSTILE });
    for (const path of [`page/${id}`, 'page']) {
      const { status, text, headers } = await page(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img');
      expect(text).not.toMatch(/<script|<img|<iframe|<link|<object|javascript:|\son\w+=(?!alert)/i);
    }
  });

  it('leads from the list to a cutover and names what it waits for', async () => {
    const id = await startTwoTasks();
    await stage().api.question(id, 'first');
    const list = await page('page');
    expect(list.text).toContain(`href="page/${id}"`);
    const { text } = await page(`page/${id}`);
    expect(text).toContain('Do first.');
    expect(text).toContain(`POST /api/cutovers/${id}/steps/first/attempts/1/report`);
  });

  it('answers 404 for a cutover that does not exist', async () => {
    const { status, body } = await page('page/c-000000000000');
    expect([status, body.code]).toEqual([404, 'C206']);
  });
});

describe('the OpenAPI document', () => {
  it('is the one generated from the routes', async () => {
    const { status, body } = await stage().api.get('openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('names no operation that does not answer', async () => {
    const { paths } = (await stage().api.get('openapi.json')).body as unknown as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>>;
    };
    const cutoverId = await startTwoTasks();
    const values: Record<string, string> = {
      cutoverId,
      stepId: 'first',
      attempt: '1',
      hash: '0'.repeat(64),
      other: '1'.repeat(64),
      deadLetterId: '0'.repeat(32),
      subscriptionId: 'sub-000000000000',
      name: 'mock',
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
    );
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      Object.keys(ROUTES).toSorted(),
    );
    for (const { path, method, operationId } of operations) {
      const filled = path
        .replace(/^\/api\//, '')
        .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
      const answer = await stage().api.send(filled, {
        method: method.toUpperCase() as 'GET' | 'POST',
        ...(method === 'post' ? { body: {}, key: randomUUID() } : {}),
      });
      // The app itself answers: a host that knows no such route sends 404 with no body at all.
      expect([operationId, answer.text === '']).toEqual([operationId, false]);
      expect([operationId, answer.status]).toEqual([operationId, expect.any(Number)]);
      expect(answer.status, operationId).toBeLessThan(500);
      expect(Object.fromEntries(answer.headers), operationId).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringContaining('max-age=63072000') as string,
        'content-security-policy': expect.stringMatching(
          /default-src 'none'.*object-src 'none'.*frame-ancestors 'none'.*base-uri 'none'/,
        ) as string,
        'content-type': expect.stringMatching(
          /json|text\/csv; charset=utf-8|text\/html; charset=utf-8/,
        ) as string,
      });
    }
  });
});

describe('an app without settings for events out', () => {
  it('refuses to send any, and says which settings are missing', async () => {
    const id = await startTwoTasks();
    const path = `cutovers/${id}/subscriptions`;
    const body = { url: 'https://events.example.com/hook' };
    for (const answer of [
      await stage().api.get(path),
      await stage().api.send(path, { body, key: randomUUID() }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([409, 'C103']);
      expect(answer.body.next).toContain('EVENTS_HOSTS');
    }
  });
});

describe('who may ask', () => {
  const PATHS: Record<string, string> = {
    cutoverId: 'c-000000000000',
    stepId: 'first',
    attempt: '1',
    hash: '0'.repeat(64),
    other: '1'.repeat(64),
    deadLetterId: '0'.repeat(32),
    subscriptionId: 'sub-000000000000',
    name: 'mock',
  };
  const filled = (route: Route): string =>
    route.path.replace(/\{(\w+)\??\}/g, (_, name: string) => PATHS[name] ?? '');
  const routes = Object.entries<Route>(ROUTES);

  it.each(routes.filter(([, { caller }]) => isRole(caller)))(
    'refuses %s to somebody who is not signed in',
    async (_, route) => {
      const { status, body } = await stage().api.send(filled(route), {
        by: null,
        method: route.method,
        ...(route.method === 'POST' ? { body: {}, key: randomUUID() } : {}),
      });
      expect([status, body.code]).toEqual([401, 'C203']);
      expect(body.next).toContain('Sign in');
    },
  );

  it.each(routes.filter(([, { caller }]) => isRole(caller)))(
    'refuses %s to somebody who is signed in without the role, whichever others they have',
    async (_, route) => {
      const others = route.caller === 'observer' ? [] : ROLES.filter((role) => role !== route.caller);
      const { status, body } = await stage().api.send(filled(route), {
        headers: { 'x-development-user': `rita;Rita;${others.join(' ')}` },
        method: route.method,
        ...(route.method === 'POST' ? { body: {}, key: randomUUID() } : {}),
      });
      expect([status, body.code, body.detail]).toEqual([
        403,
        'C221',
        expect.stringContaining(`the role ${route.caller}`),
      ]);
    },
  );

  it.each(ROLES)('lets an %s look', async (role) => {
    const headers = { 'x-development-user': `rita;Rita;${role}` };
    expect((await stage().api.send('cutovers', { headers })).status).toBe(200);
  });

  it('records the refusal of somebody without the role in the log of the cutover', async () => {
    const { api } = stage();
    const id = await startTwoTasks();
    const headers = { 'x-development-user': 'rita;Rita;observer approver starter' };
    await api.send(`cutovers/${id}/abort`, { headers, key: randomUUID(), body: { reason: 'a whim' } });
    expect(await api.events(id)).toContainEqual(
      expect.objectContaining({
        type: 'request-refused',
        what: 'abort-cutover',
        by: { id: 'rita', name: 'Rita' },
        code: 'C221',
      }),
    );
    expect((await api.status(id)).status).toBe('running');
  });

  it.each(routes.filter(([, { caller }]) => caller === 'machine' || caller === 'collector'))(
    'refuses %s to a signed-in person without a signature',
    async (_, route) => {
      const { status, body } = await stage().api.send(filled(route), { method: 'POST', body: {} });
      expect([status, body.code]).toEqual([401, 'C204']);
    },
  );
});

describe('everything answered in this file', () => {
  it('has a status that the contract documents for its operation', () => {
    expect(stage().api.undocumented).toEqual([]);
  });

  it('gives no secret away, nor does a log line or a stored row', async () => {
    expect(await stage().leaks({ control: TWO_TASKS.title })).toEqual(['control']);
  });
});
