import { createHash, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import type { ShownEvent } from '../../local/api.ts';
import type { Bindings } from '../../shared/contract/bindings.ts';
import type { Route } from '../../shared/contract/route.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import type { StatusView, StepStatusView, WaitingForView } from '../../shared/contract/status.ts';
import type { Actor } from '../../shared/core/state.ts';

/** The body of an answer; which fields it has depends on the operation. */
export type AnswerBody = {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly title: string;
  readonly detail: unknown;
  readonly status: unknown;
  readonly retriable: boolean;
  readonly next: string | null;
  readonly problems: readonly string[];
} & Readonly<Record<string, unknown>>;

/** An answer of the app, with its body as text and, where it is JSON, parsed. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: AnswerBody;
};

/** What may be said about a request besides its path; nothing else is sent. */
export type RequestOptions = {
  readonly method?: 'GET' | 'POST';
  readonly by?: Actor | null;
  readonly key?: string | null;
  /** Sent as JSON, a string as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How a callback is signed; the present time, a fresh id and the first secret unless told otherwise. */
export type SigningOptions = {
  readonly id?: string;
  readonly at?: Date;
  readonly secret?: string;
  /** Sent instead of what was signed. */
  readonly sentBody?: string;
  readonly without?: readonly string[];
};

/** The app's HTTP API as a test uses it. */
export type ApiClient = {
  readonly send: (path: string, options?: RequestOptions) => Promise<Answer>;
  readonly get: (path: string) => Promise<Answer>;
  /** With a fresh Idempotency-Key. */
  readonly post: (path: string, body?: unknown, by?: Actor) => Promise<Answer>;
  readonly callback: (path: string, body: unknown, options?: SigningOptions) => Promise<Answer>;
  readonly complete: (cutoverId: string, stepId: string, body?: object) => Promise<Answer>;
  readonly vote: (cutoverId: string, stepId: string, body: object) => Promise<Answer>;
  /** Starts a cutover that must start, and gives its id. */
  readonly start: (plan: unknown, bindings: Bindings, by?: Actor) => Promise<string>;
  readonly status: (cutoverId: string) => Promise<StatusView>;
  readonly step: (cutoverId: string, stepId: string) => Promise<StepStatusView>;
  /** The status as soon as it satisfies the condition. */
  readonly until: (cutoverId: string, condition: (status: StatusView) => boolean) => Promise<StatusView>;
  /** The question a step asks, as soon as it asks it. */
  readonly question: (cutoverId: string, stepId: string) => Promise<WaitingForView>;
  readonly untilStep: (
    cutoverId: string,
    stepId: string,
    condition: (step: StepStatusView) => boolean,
  ) => Promise<StepStatusView>;
  readonly events: (cutoverId: string) => Promise<readonly ShownEvent[]>;
  /** Answers whose status the contract does not document for their operation. */
  readonly undocumented: readonly string[];
};

export const MANAGER: Actor = { id: 'test-manager', name: 'Test manager' };
export const WORKER: Actor = { id: 'test-worker', name: 'Test worker' };

const PATIENCE_MS = 25_000;
const LOOK_EVERY_MS = 25;

const pathPattern = (path: string): RegExp =>
  new RegExp(`^${path.replace(/\/\{\w+\?\}/g, '(?:/[^/?]+)?').replace(/\{\w+\}/g, '[^/?]+')}(?:\\?|$)`);

const isDocumented = (method: string, path: string, status: number): boolean =>
  Object.values<Route>(ROUTES).some(
    (route) =>
      route.method === method && pathPattern(route.path).test(path) && Object.hasOwn(route.replies, status),
  );

const parsed = (text: string): AnswerBody => {
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return {} as AnswerBody;
  }
};

const stepOf = ({ phases }: StatusView, stepId: string): StepStatusView => {
  const step = phases.flatMap(({ steps }) => steps).find(({ id }) => id === stepId);
  if (step === undefined) throw new Error(`There is no step ${stepId}.`);
  return step;
};

/** A client of the app at `origin` (before `/api`); `output` gets everything the app answers. */
export const makeApiClient = (
  origin: string,
  webhookSecret: string,
  output: (text: string) => void = () => undefined,
): ApiClient => {
  const undocumented: string[] = [];
  const send: ApiClient['send'] = async (path, options = {}) => {
    const { method = options.body === undefined ? 'GET' : 'POST', by = MANAGER, key = null, body } = options;
    const response = await fetch(`${origin}/api/${path}`, {
      method,
      headers: {
        ...(by === null ? {} : { 'x-development-user': `${by.id};${by.name}` }),
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
    });
    const text = await response.text();
    output(`${JSON.stringify([...response.headers])} ${text}`);
    if (!isDocumented(method, path, response.status)) {
      undocumented.push(`${method} ${path} answered ${response.status}`);
    }
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  const get: ApiClient['get'] = (path) => send(path);
  const callback: ApiClient['callback'] = (path, body, options = {}) => {
    const { id = randomUUID(), at = new Date(), secret = webhookSecret, sentBody, without = [] } = options;
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const signed = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, raw),
    };
    const headers = Object.fromEntries(Object.entries(signed).filter(([name]) => !without.includes(name)));
    return send(path, { by: null, body: sentBody ?? raw, headers });
  };
  const status = async (cutoverId: string): Promise<StatusView> =>
    (await get(`cutovers/${cutoverId}`)).body as unknown as StatusView;
  const until: ApiClient['until'] = (cutoverId, condition) =>
    vi.waitFor(
      async () => {
        const now = await status(cutoverId);
        if (!condition(now)) throw new Error(`Still waiting: ${JSON.stringify(now, null, 1)}`);
        return now;
      },
      { timeout: PATIENCE_MS, interval: LOOK_EVERY_MS },
    );
  const attemptOf = async (cutoverId: string, stepId: string): Promise<number> =>
    Math.max(1, stepOf(await status(cutoverId), stepId).attempts);
  return {
    send,
    get,
    callback,
    status,
    until,
    undocumented,
    post: (path, body = {}, by = MANAGER) => send(path, { method: 'POST', by, key: randomUUID(), body }),
    complete: async (cutoverId, stepId, body = {}) =>
      callback(`callbacks/completions/${cutoverId}/${stepId}/${await attemptOf(cutoverId, stepId)}`, {
        result: 'pass',
        by: WORKER,
        ...body,
      }),
    vote: async (cutoverId, stepId, body) =>
      callback(`callbacks/approvals/${cutoverId}/${stepId}/${await attemptOf(cutoverId, stepId)}`, body),
    start: async (plan, bindings, by = MANAGER) => {
      const key = randomUUID();
      const answer = await send('cutovers', { by, key, body: { plan, bindings } });
      if (answer.status !== 202) throw new Error(answer.text);
      return answer.body.id;
    },
    step: async (cutoverId, stepId) => stepOf(await status(cutoverId), stepId),
    untilStep: async (cutoverId, stepId, condition) =>
      stepOf(await until(cutoverId, (now) => condition(stepOf(now, stepId))), stepId),
    question: async (cutoverId, stepId) => {
      const isAsked = (item: WaitingForView): boolean => item.stepId === stepId;
      const { waitingFor } = await until(cutoverId, (now) => now.waitingFor.some(isAsked));
      return waitingFor.find(isAsked)!;
    },
    events: async (cutoverId) =>
      (await get(`cutovers/${cutoverId}/events?limit=1000`)).body.events as readonly ShownEvent[],
  };
};

/** JSON as everything is hashed, written down once more from its description: keys sorted, no white space. */
const sorted = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sorted((value as Record<string, unknown>)[key])}`).join(',')}}`;
};

/** The SHA-256 under which a body of evidence is stored. */
export const evidenceHashOf = (body: unknown): string =>
  createHash('sha256').update(sorted(body)).digest('hex');

/** Numbers of events that are out of order or whose hash does not follow from their content and the hash before. */
export const brokenLinks = (events: readonly ShownEvent[]): readonly number[] =>
  events.flatMap(({ hash, ...event }, index) => {
    const text = sorted({ ...event, at: Date.parse(event.at) });
    const expected = createHash('sha256')
      .update((events[index - 1]?.hash ?? '') + text)
      .digest('hex');
    return event.n === index + 1 && hash === expected ? [] : [event.n];
  });
