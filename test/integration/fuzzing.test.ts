import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, it, vi } from 'vitest';
import type { RouteName } from '../../shared/contract/routes.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import type { Answer } from '../support/api-client.ts';
import { MANAGER, WORKER } from '../support/api-client.ts';
import { useAppStage } from '../support/app-stage.ts';
import type { FuzzRequest } from '../support/fuzz-requests.ts';
import { fuzzRequests } from '../support/fuzz-requests.ts';
import { approvalStep, planDocumentOf, robotStep, taskStep } from '../support/step-documents.ts';

/** The same requests each time: what they once broke stays mended. */
const SEED = 5;
const BY_STRANGERS = 3_000;
const BY_INSIDERS = 8_000;
const AT_ONCE = 12;
/** A cutover that was given up shows nothing any more, so they take turns. */
const REQUESTS_PER_CUTOVER = 400;

// Nothing but a request changes anything here.
const stage = useAppStage({ without: ['watchdog', 'poll-replication'] });

const PLAN = planDocumentOf([
  taskStep('open', { required: false }),
  robotStep('called'),
  approvalStep('decided'),
  taskStep('later', { after: ['open', 'decided'] }),
]);
const STEPS = ['open', 'called', 'decided', 'later'];
const FORGED = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

/** What the braces in a path stand for. */
type Known = Readonly<Record<string, string>>;

const startKnown = async (): Promise<Known> => {
  const { api, bindings } = stage();
  const cutoverId = await api.start(PLAN, bindings);
  const { evidenceHash } = await api.question(cutoverId, 'decided');
  return {
    cutoverId,
    attempt: '1',
    name: 'default',
    deadLetterId: 'f'.repeat(32),
    subscriptionId: 'sub-000000000000',
    hash: evidenceHash ?? '',
    other: 'e'.repeat(64),
  };
};

const signed = (body: string, secret: string): Readonly<Record<string, string>> => {
  const [id, at] = [randomUUID(), new Date()];
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
};

const headersOf = ({ sender, body, operation }: FuzzRequest): Readonly<Record<string, string>> => {
  if (sender === 'forged') return signed(body ?? '', FORGED);
  if (sender !== 'signed') return {};
  const { firstWebhookSecret, collectorSecret } = stage().canaries;
  const isCollector = ROUTES[operation as RouteName].caller === 'collector';
  return signed(body ?? '', isCollector ? collectorSecret : firstWebhookSecret);
};

const send = (request: FuzzRequest, known: Known, turn: number): Promise<Answer> => {
  const { method, path, key, body, sender } = request;
  const stepId = STEPS[turn % STEPS.length] ?? '';
  return stage().api.send(
    path
      .replace(/^\/api\//, '')
      .replace(/\{(\w+)\}/g, (_, name: string) => (name === 'stepId' ? stepId : (known[name] ?? ''))),
    {
      method: method as 'GET' | 'POST',
      by: sender === 'person' ? (turn % 3 === 0 ? WORKER : MANAGER) : null,
      key,
      ...(body === null ? {} : { body }),
      headers: headersOf(request),
    },
  );
};

/** Sends them a dozen at a time, and tells of each answer that is not as it has to be. */
const sendAll = async (
  requests: readonly FuzzRequest[],
  refresh: () => Promise<Known>,
  isWrong: (answer: Answer, request: FuzzRequest) => boolean,
): Promise<readonly string[]> => {
  const wrong: string[] = [];
  let known = await refresh();
  for (let from = 0; from < requests.length; from += AT_ONCE) {
    if (from % (REQUESTS_PER_CUTOVER - (REQUESTS_PER_CUTOVER % AT_ONCE)) === 0 && from > 0)
      known = await refresh();
    const batch = requests.slice(from, from + AT_ONCE);
    await Promise.all(
      batch.map(async (request, index) => {
        const answer = await send(request, known, from + index);
        if (isWrong(answer, request)) {
          const { method, path, sender, body } = request;
          wrong.push(
            `${answer.status} ${method} ${path} by ${sender}: ${body?.slice(0, 300)} -> ${answer.text.slice(0, 300)}`,
          );
        }
      }),
    );
  }
  return wrong;
};

it(`changes nothing for ${BY_STRANGERS} requests of strangers, whatever is in them`, async () => {
  const requests = fuzzRequests(SEED, BY_STRANGERS, ['nobody', 'forged']);
  const isOpen = ({ operation }: FuzzRequest): boolean => ROUTES[operation as RouteName].caller === 'anyone';
  const known = await startKnown();
  await vi.waitFor(async () => {
    const events = await stage().api.events(known.cutoverId ?? '');
    expect(events.map(({ type }) => type)).toContain('effect-settled');
  });
  const before = await stage().storedRows();
  const wrong = await sendAll(
    requests,
    () => Promise.resolve(known),
    ({ status }, request) => (isOpen(request) ? status >= 500 : ![401, 404, 413].includes(status)),
  );
  expect(wrong).toEqual([]);
  expect(await stage().storedRows()).toEqual(before);
}, 600_000);

it(`answers ${BY_INSIDERS} requests of people and machines as the contract says, and goes on`, async () => {
  const { api } = stage();
  const requests = fuzzRequests(SEED, BY_INSIDERS, ['person', 'person', 'signed']);
  const cutovers: string[] = [];
  const refresh = async (): Promise<Known> => {
    const known = await startKnown();
    cutovers.push(known.cutoverId ?? '');
    return known;
  };
  const wrong = await sendAll(
    requests,
    refresh,
    ({ status, body }) =>
      status >= 500 || (status >= 400 && [body.code, body.next].includes(undefined as never)),
  );
  expect(wrong).toEqual([]);
  expect(api.undocumented).toEqual([]);
  expect(await stage().leaks()).toEqual([]);
  const verified = cutovers.map(
    async (id) => (await api.get(`cutovers/${id}/events/verification`)).body.firstBad,
  );
  expect(new Set(await Promise.all(verified))).toEqual(new Set([null]));
  const last = await api.start(planDocumentOf([taskStep('only')]), stage().bindings);
  await api.question(last, 'only');
  await api.complete(last, 'only');
  await api.until(last, ({ status }) => status === 'completed');
}, 600_000);
