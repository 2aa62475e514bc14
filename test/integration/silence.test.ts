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
afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await outside.stop();
});

const alarmsOf = async (api: ApiClient, id: string): Promise<readonly ShownEvent[]> =>
  (await api.events(id)).filter(({ type }) => type === 'silence-alarmed');

it('when every function but the watchdog is stopped, the alarm names the cutover and what is overdue; when they run again, all goes on', async () => {
  const silent = await launch([...Object.keys(ROUTES), 'watchdog']);
  const id = await silent.start(planDocumentOf([taskStep('first')]), outside.bindings);
  const alarm = await vi.waitUntil(async () => (await alarmsOf(silent, id))[0], { timeout: 30_000 });
  expect(alarm).toMatchObject({ overdue: [expect.objectContaining({ stepId: 'first' })] });
  const printed = running.flatMap(({ lines }) => lines).filter((line) => line.includes('"silent"'));
  expect(printed.some((line) => line.includes(id) && line.includes('of first'))).toBe(true);
  expect((await silent.step(id, 'first')).status).toBe('running');

  const whole = await launch();
  await whole.question(id, 'first');
  await whole.complete(id, 'first');
  await whole.until(id, ({ status }) => status === 'completed');
  const last = (await whole.events(id)).map(({ type }) => type);
  expect(last.lastIndexOf('silence-alarmed')).toBeLessThan(last.indexOf('step-opened'));
});
