import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ShownEvent } from '../../local/api.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import { makeApiClient, type ApiClient } from '../support/api-client.ts';
import { startAppProcess, type AppProcess } from '../support/app-processes.ts';
import { startOutsideSystems, type OutsideSystems } from '../support/outside-systems.ts';
import { planDocumentOf, taskStep } from '../support/step-documents.ts';

/** Ten minutes of the cutover pass in a second. */
const SPEED = 600;

let outside: OutsideSystems;
const running: AppProcess[] = [];
const launch = async (functions?: readonly string[]): Promise<ApiClient> => {
  const process = await startAppProcess(outside, functions === undefined ? {} : { functions });
  running.push(process);
  return makeApiClient(process.origin, outside.canaries.firstWebhookSecret);
};

beforeAll(async () => {
  outside = await startOutsideSystems(SPEED);
});
const stopAll = (): Promise<unknown> => Promise.all(running.splice(0).map((process) => process.stop()));
afterAll(async () => {
  await stopAll();
  await outside.stop();
});

const alarmsOf = async (api: ApiClient, id: string): Promise<readonly ShownEvent[]> =>
  (await api.events(id)).filter(({ type }) => type === 'silence-alarmed');

it('when every function but the watchdog is stopped, the alarm names the cutover and what is overdue; when they run again, all goes on', async () => {
  const silent = await launch([...Object.keys(ROUTES), 'watchdog']);
  const id = await silent.start(planDocumentOf([taskStep('first')]), outside.bindings);
  const alarm = await vi.waitUntil(async () => (await alarmsOf(silent, id))[0], { timeout: 30_000 });
  expect(alarm).toMatchObject({ overdue: [expect.objectContaining({ stepId: 'first' })] });
  // The line is printed after the commit, and comes through a pipe.
  await vi.waitUntil(() =>
    running.some(({ lines }) =>
      lines.some((line) => line.includes('"silent"') && line.includes(id) && line.includes('of first')),
    ),
  );
  expect((await silent.step(id, 'first')).status).toBe('running');

  const whole = await launch();
  await whole.question(id, 'first');
  await whole.complete(id, 'first');
  await whole.until(id, ({ status }) => status === 'completed');
  const last = (await whole.events(id)).map(({ type }) => type);
  expect(last.lastIndexOf('silence-alarmed')).toBeLessThan(last.indexOf('step-opened'));
});

it('when the function of a step is dead after it has asked, the alarm and the status name its queue; when it runs again, they end', async () => {
  await stopAll();
  const asking = await launch();
  const id = await asking.start(planDocumentOf([taskStep('first')]), outside.bindings);
  await asking.question(id, 'first');
  await stopAll();

  const without = await launch([...Object.keys(ROUTES), 'watchdog', 'wake']);
  await without.complete(id, 'first');
  const alarm = await vi.waitUntil(async () => (await alarmsOf(without, id))[0], { timeout: 30_000 });
  expect(alarm).toMatchObject({ overdue: [{ what: 'answer', stepId: 'first' }] });
  const silent = expect.objectContaining({
    stepId: 'first',
    message: 'Silent: the function of the queue step-task does not answer',
  }) as unknown;
  await without.until(id, ({ waitingFor }) => waitingFor.length > 0);
  expect((await without.status(id)).waitingFor).toEqual([silent]);

  const whole = await launch();
  await whole.until(id, ({ status }) => status === 'completed');
});
