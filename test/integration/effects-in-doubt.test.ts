import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Bindings } from '../../shared/contract/bindings.ts';
import type { WaitingForView } from '../../shared/contract/status.ts';
import { makeApiClient, MANAGER, WORKER, type ApiClient } from '../support/api-client.ts';
import { startAppProcess, type AppProcess } from '../support/app-processes.ts';
import { startHttpRelay, type HttpRelay, type Loss } from '../support/http-relay.ts';
import { startOutsideSystems, type OutsideSystems } from '../support/outside-systems.ts';
import { planDocumentOf, robotStep, stepOfKind } from '../support/step-documents.ts';

/** Ten minutes in a second: the app looks after its request one second after it. */
const SPEED = 600;

let outside: OutsideSystems;
let lcs: HttpRelay;
let robot: HttpRelay;
let app: AppProcess;
let api: ApiClient;

const launch = async (): Promise<void> => {
  const environment = (origin: string) => ({ ...outside.environment(origin), LCS_BASE_URL: lcs.url });
  app = await startAppProcess({ ...outside, environment });
  api = makeApiClient(app.origin, outside.canaries.firstWebhookSecret);
};

beforeAll(async () => {
  outside = await startOutsideSystems(SPEED);
  lcs = await startHttpRelay(outside.environment('http://127.0.0.1').LCS_BASE_URL!);
  robot = await startHttpRelay(outside.automation.url);
  await launch();
});
afterEach(() => {
  lcs.loses(null);
  robot.loses(null);
});
afterAll(async () => {
  await app.stop();
  await Promise.all([lcs.stop(), robot.stop()]);
  await outside.stop();
});

/** The sandbox is what may be refreshed over the API: here it is the target. */
const bindings = (): Bindings => {
  const { lcs: own } = outside.bindings;
  if (own === null) throw new Error('The sample bindings name no project.');
  return {
    ...outside.bindings,
    lcs: {
      ...own,
      sandboxEnvironmentId: own.productionEnvironmentId,
      productionEnvironmentId: own.sandboxEnvironmentId,
    },
    automations: { robot: `${robot.url}/hook` },
  };
};

/** The plan would try three times, if only that harmed nobody. */
const EAGER = { maxAttempts: 3, retryDelay: '1min' } as const;
const call = robotStep('go', EAGER);
const refresh = stepOfKind('go', 'refresh-database', { via: 'api', target: 'sandbox' }, EAGER);

const startWith = (step: typeof call): Promise<string> => api.start(planDocumentOf([step]), bindings());

const inDoubt = async (id: string): Promise<WaitingForView> => {
  const isAsked = ({ what }: WaitingForView): boolean => what === 'effect';
  const { waitingFor } = await api.until(id, (now) => now.waitingFor.some(isAsked));
  return waitingFor.find(isAsked)!;
};

const answer = (id: string, happened: boolean, key = randomUUID(), attempt?: number) =>
  api.send(`cutovers/${id}/steps/go/effect`, { method: 'POST', key, body: { happened, attempt } });

const eventsOf = async (id: string, type: string) =>
  (await api.events(id)).filter((event) => event.type === type);

/** Long enough for the app to look again, and for each retry the plan would allow. */
const timePasses = async (id: string): Promise<void> => {
  const until = outside.clock.now() + 40 * 60_000;
  await api.until(id, () => outside.clock.now() > until);
};

describe('an automation whose answer does not come back', () => {
  it.each<{ readonly when: string; readonly loss: Loss; readonly calls: number }>([
    { when: 'after it got the request', loss: 'answer', calls: 1 },
    { when: 'because the request never arrived', loss: 'request', calls: 0 },
  ])('$when is not called again by itself, and the owner is asked', async ({ loss, calls }) => {
    robot.loses(loss);
    const id = await startWith(call);
    const question = await inDoubt(id);
    robot.loses(null);
    expect(question).toMatchObject({ stepId: 'go', attempt: 1, who: 'dba' });
    expect(question.next).toContain(`POST /api/cutovers/${id}/steps/go/effect`);
    await timePasses(id);
    expect((await eventsOf(id, 'reminder-due')).length).toBeGreaterThan(0);
    expect(await api.step(id, 'go')).toMatchObject({ status: 'waiting', attempts: 1 });
    expect(outside.automation.callsFor(id)).toHaveLength(calls);
  });

  it('and that did its work goes on with its report once somebody says that it was called', async () => {
    robot.loses('answer');
    const id = await startWith(call);
    await inDoubt(id);
    const key = randomUUID();
    const first = await answer(id, true, key);
    expect([first.status, first.body.code]).toEqual([200, 'applied']);
    expect((await answer(id, true, key)).text).toBe(first.text);
    expect((await answer(id, true)).body.code).toBe('unchanged');
    const contrary = await answer(id, false);
    expect([contrary.status, contrary.body.code]).toEqual([409, 'C210']);
    expect((await answer(id, false, key)).body.code).toBe('C208');
    const answered = await eventsOf(id, 'effect-answered');
    expect(answered).toEqual([expect.objectContaining({ happened: true, by: MANAGER, attempt: 1 })]);
    const { token } = outside.automation.callsFor(id)[0]!.task;
    await api.complete(id, 'go', { by: WORKER, token });
    await api.until(id, ({ status }) => status === 'completed');
    expect(outside.automation.callsFor(id)).toHaveLength(1);
  });

  it('and that was not called is called by the retry of a person, once, with a new token', async () => {
    robot.loses('request');
    const id = await startWith(call);
    await inDoubt(id);
    robot.loses(null);
    expect((await answer(id, false)).body.code).toBe('applied');
    expect(await api.step(id, 'go')).toMatchObject({ status: 'failed', error: { code: 'C317' } });
    await timePasses(id);
    expect(outside.automation.callsFor(id)).toHaveLength(0);
    await api.post(`cutovers/${id}/steps/go/retry`, { reason: 'It was never called.' });
    await api.until(id, () => outside.automation.callsFor(id).length > 0);
    expect(outside.automation.callsFor(id)).toMatchObject([{ task: { attempt: 2 } }]);
  });
});

describe('an answer that names an attempt', () => {
  it('counts for that attempt alone: a late word about an earlier one says nothing about the present one', async () => {
    robot.loses('request');
    const id = await startWith(call);
    await inDoubt(id);
    await answer(id, false, randomUUID(), 1);
    await api.post(`cutovers/${id}/steps/go/retry`, { reason: 'It was never called.' });
    expect(await inDoubt(id)).toMatchObject({
      attempt: 2,
      next: expect.stringContaining('attempt 2') as string,
    });
    const key = randomUUID();
    const late = await answer(id, false, key, 1);
    expect([late.status, late.body.code]).toEqual([409, 'C315']);
    expect((await answer(id, false, key, 2)).body.code).toBe('C208');
    expect(await api.step(id, 'go')).toMatchObject({ status: 'waiting', attempts: 2 });
    expect((await answer(id, true, randomUUID(), 2)).body.code).toBe('applied');
    expect(await eventsOf(id, 'effect-answered')).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  });
});

describe('a refresh asked for over the API of Lifecycle Services whose answer does not come back', () => {
  const refreshes = () => outside.world.scene().history.filter(({ type }) => type === 'refresh-started');

  it('because the request never arrived is asked about, and fails when somebody says that it did not happen', async () => {
    lcs.loses('request');
    const id = await startWith(refresh);
    expect(await inDoubt(id)).toMatchObject({ kind: 'refresh-database' });
    lcs.loses(null);
    await answer(id, false);
    expect(await api.step(id, 'go')).toMatchObject({ status: 'failed', error: { code: 'C317' } });
    await timePasses(id);
    expect(refreshes()).toEqual([]);
  });

  it('after it began is found in the history: nobody is asked, and it is followed to its end', async () => {
    lcs.loses('answer');
    const before = lcs.asked();
    const id = await startWith(refresh);
    await api.until(id, () => refreshes().length > 0);
    lcs.loses(null);
    const { evidence } = await api.untilStep(id, 'go', ({ status }) => status === 'succeeded');
    expect(evidence?.summary).toMatch(/^Refresh .* is Completed$/);
    expect(await eventsOf(id, 'effect-settled')).toMatchObject([{ outcome: 'accepted' }]);
    expect(await eventsOf(id, 'effect-answered')).toEqual([]);
    expect([refreshes().length, lcs.asked() - before]).toEqual([1, 1]);
  });
});

describe('a process that is killed after it announced a request', () => {
  it('leaves a question: the next process calls nobody, and the answer of the automation still counts', async () => {
    robot.loses('silence');
    const id = await startWith(call);
    await api.until(id, () => outside.automation.callsFor(id).length > 0);
    await app.kill();
    robot.loses(null);
    await launch();
    await inDoubt(id);
    const { token } = outside.automation.callsFor(id)[0]!.task;
    await api.complete(id, 'go', { by: WORKER, token });
    await api.until(id, ({ status }) => status === 'completed');
    expect(outside.automation.callsFor(id)).toHaveLength(1);
  });
});
