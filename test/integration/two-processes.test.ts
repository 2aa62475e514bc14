import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queues } from '../../local/queues.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { brokenLinks, makeApiClient, WORKER, type ApiClient } from '../support/api-client.ts';
import type { StatusView } from '../../shared/contract/status.ts';
import type { Task } from '../support/automation-recorder.ts';
import { startAppProcess, type AppProcess } from '../support/app-processes.ts';
import { startOutsideSystems, type OutsideSystems } from '../support/outside-systems.ts';
import { approvalStep, planDocumentOf, robotStep, taskStep } from '../support/step-documents.ts';

const LANES = ['a', 'b', 'c', 'd'];

/** Four lanes of three steps side by side, each with a call of the automation, that meet in one approval. */
const PLAN = planDocumentOf([
  ...LANES.flatMap((lane) => [
    taskStep(`${lane}-one`),
    robotStep(`${lane}-two`, { after: [`${lane}-one`] }),
    taskStep(`${lane}-three`, { after: [`${lane}-two`] }),
  ]),
  approvalStep('decide', { after: LANES.map((lane) => `${lane}-three`) }),
]);
const STEPS = PLAN.steps.map(({ id }) => id);
const HTTP = Object.keys(ROUTES);
const MESSAGES = queues().map(({ name }) => name);
const TIMERS = ['poll-replication', 'watchdog'];

let outside: OutsideSystems;
const running: AppProcess[] = [];

beforeAll(async () => {
  outside = await startOutsideSystems(600);
});
afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await outside.stop();
});

const launch = async (options?: Parameters<typeof startAppProcess>[1]): Promise<AppProcess> => {
  const process = await startAppProcess(outside, options);
  running.push(process);
  return process;
};

const clientOf = ({ origin }: AppProcess): ApiClient =>
  makeApiClient(origin, outside.canaries.firstWebhookSecret);

const errorsOf = (...processes: readonly AppProcess[]): readonly string[] =>
  processes.flatMap(({ lines }) => lines).filter((line) => /^(error|critical) /.test(line));

/** The call of a step's automation; should a process have died before it called, an operator says so and has it tried again. */
const taskOf = async (id: string, stepId: string, api: ApiClient): Promise<Task> => {
  const calls = () => outside.automation.callsFor(id).filter(({ task }) => task.stepId === stepId);
  const isInDoubt = ({ waitingFor }: StatusView): boolean =>
    waitingFor.some((item) => item.stepId === stepId && item.what === 'effect');
  const status = await api.until(id, (now) => calls().length > 0 || isInDoubt(now));
  if (calls().length === 0 && isInDoubt(status)) {
    await api.post(`cutovers/${id}/steps/${stepId}/effect`, { happened: false });
    await api.post(`cutovers/${id}/steps/${stepId}/retry`, { reason: 'The automation was never called.' });
    await api.until(id, () => calls().length > 0);
  }
  return calls()[0]!.task;
};

/** Takes every lane through; each report goes to all the processes, as a sender does who gets no answer in time. */
const leadLanes = async (id: string, clients: readonly ApiClient[]): Promise<void> => {
  const [first] = clients;
  const toAll = (send: (api: ApiClient) => Promise<unknown>) => Promise.all(clients.map(send));
  await Promise.all(
    LANES.map(async (lane) => {
      await first!.question(id, `${lane}-one`);
      await toAll((api) => api.complete(id, `${lane}-one`));
      const { token, attempt } = await taskOf(id, `${lane}-two`, first!);
      const path = `callbacks/completions/${id}/${lane}-two/${attempt}`;
      await toAll((api) => api.callback(path, { result: 'pass', by: WORKER, token }));
      await first!.question(id, `${lane}-three`);
      await toAll((api) => api.complete(id, `${lane}-three`));
    }),
  );
};

const decide = async (id: string, clients: readonly ApiClient[]): Promise<void> => {
  const by = outside.bindings.people['business-owner']![0]!;
  const { evidenceHash } = await clients[0]!.question(id, 'decide');
  await Promise.all(clients.map((api) => api.vote(id, 'decide', { decision: 'approve', by, evidenceHash })));
  await clients[0]!.until(id, ({ status }) => status === 'completed');
};

/** Everything once: steps, questions, calls of the automation; and a log of which no link is broken. */
const expectNothingDoubled = async (id: string, api: ApiClient): Promise<void> => {
  const events = await api.events(id);
  expect(brokenLinks(events)).toEqual([]);
  const { body } = await api.get(`cutovers/${id}/events/verification`);
  expect(body).toMatchObject({ verified: true, entries: events.length, firstBad: null });
  const stepsOf = (type: string): readonly string[] =>
    events
      .flatMap((event) => (event.type === type && 'stepId' in event ? [String(event.stepId)] : []))
      .toSorted();
  const neverCalled = stepsOf('effect-answered');
  expect(stepsOf('step-opened')).toEqual([...STEPS, ...neverCalled].toSorted());
  expect(stepsOf('step-failed')).toEqual(neverCalled);
  expect(stepsOf('step-succeeded')).toEqual(STEPS.toSorted());
  expect(stepsOf('message-dead-lettered')).toEqual([]);
  const calls = outside.automation.callsFor(id);
  expect(calls.map(({ task }) => task.stepId).toSorted()).toEqual(LANES.map((lane) => `${lane}-two`));
  expect(calls.every(({ isSigned }) => isSigned)).toBe(true);
};

describe('two processes of the app on one bus and one storage', () => {
  it('carry a cutover when one only answers people and the other only works', async () => {
    const front = await launch({ functions: HTTP });
    const back = await launch({ functions: [...MESSAGES, ...TIMERS], publicOrigin: front.origin });
    const api = clientOf(front);
    const id = await api.start(PLAN, outside.bindings);
    await leadLanes(id, [api]);
    await decide(id, [api]);
    await expectNothingDoubled(id, api);
    const [asked, worked] = [await front.succeeded(), await back.succeeded()];
    expect(MESSAGES.filter((name) => (asked[name] ?? 0) > 0)).toEqual([]);
    expect(HTTP.filter((name) => (worked[name] ?? 0) > 0)).toEqual([]);
    await Promise.all([front.stop(), back.stop()]);
    expect(errorsOf(front, back)).toEqual([]);
  });

  describe('that both run all of it', () => {
    let survivor: AppProcess;
    let victim: AppProcess;
    beforeAll(async () => {
      [survivor, victim] = await Promise.all([launch(), launch()]);
    });

    it('share the work of a cutover, both answering for it, and nothing happens twice', async () => {
      const clients = [clientOf(survivor), clientOf(victim)];
      const id = await clients[0]!.start(PLAN, outside.bindings);
      await leadLanes(id, clients);
      await decide(id, clients);
      for (const api of clients) await expectNothingDoubled(id, api);
      for (const share of [await survivor.succeeded(), await victim.succeeded()]) {
        expect(MESSAGES.reduce((sum, name) => sum + (share[name] ?? 0), 0)).toBeGreaterThan(0);
      }
      expect(errorsOf(survivor, victim)).toEqual([]);
    });

    it('bring a cutover to its end when one of them is killed in the middle of it', async () => {
      const api = clientOf(survivor);
      const id = await clientOf(victim).start(PLAN, outside.bindings);
      const lanes = leadLanes(id, [api]);
      await api.until(id, () => outside.automation.callsFor(id).length > 0);
      await victim.kill();
      await lanes;
      await decide(id, [api]);
      await expectNothingDoubled(id, api);
    });
  });
});
