import type { HttpRequest } from '@azure/functions';
import type { RouteName } from '../../../shared/contract/routes.ts';
import { ROUTES } from '../../../shared/contract/routes.ts';
import type { GivenOf } from '../../../shared/contract/upload.ts';
import type { Input, InputOf } from '../../../shared/core/inputs.ts';
import type { Actor } from '../../../shared/core/state.ts';
import { REQUEST, WEBHOOK } from '../../../shared/engine/advance.ts';
import type { ToldOutside } from '../../../shared/engine/revisions.ts';
import type { StartRequest } from '../../../shared/engine/start.ts';

/** What comes in over HTTP: from a signed-in person with a key, or signed by a system with a webhook id. */
export type WebRequest = {
  readonly route: RouteName;
  readonly params: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body: unknown;
  /** Null for a signed callback, which names its person in the body. */
  readonly by: Actor | null;
  readonly key: string;
};

/** A change of the plan as it is asked for, before the engine has stored anything of it. */
export type Wish = Pick<InputOf<'propose-revision'>, 'id' | 'type' | 'plan' | 'by' | 'reason'> & {
  readonly done: readonly ToldOutside[];
};

/** A document as it is given, before the engine has stored anything of it. */
export type Gift = Pick<InputOf<'upload'>, 'id' | 'type' | 'by'> & {
  readonly document: GivenOf<'statement'>;
};

/** A table that somebody wants to look into, before anything was found. */
export type Look = Pick<InputOf<'drill-down'>, 'id' | 'type' | 'table' | 'by'>;

/** What a person or a system outside can ask of a cutover. */
export type OutsideInput =
  | Wish
  | Gift
  | Look
  | Omit<InputOf<'decide-revision'>, 'plan' | 'bindings'>
  | InputOf<
      | 'hold'
      | 'resume'
      | 'abort'
      | 'retry'
      | 'skip'
      | 'redrive'
      | 'give-up'
      | 'rollback'
      | 'pass-point-of-no-return'
      | 'confirm-upload'
      | 'answer-effect'
      | 'complete'
      | 'vote'
    >;

type Asked<T extends OutsideInput['type']> = Extract<OutsideInput, { readonly type: T }>;

type Asking = Omit<WebRequest, 'key' | 'params'> & { readonly params?: WebRequest['params'] };

/** How each input is asked for over HTTP; `token` is the one-time token of a completion. */
const ASKING: { readonly [T in OutsideInput['type']]: (input: Asked<T>, token: string | null) => Asking } = {
  hold: ({ by, reason }) => ({ route: 'hold-cutover', by, body: { reason } }),
  resume: ({ by }) => ({ route: 'resume-cutover', by, body: {} }),
  abort: ({ by, reason }) => ({ route: 'abort-cutover', by, body: { reason } }),
  retry: ({ by, reason }) => ({ route: 'retry-step', by, body: { reason } }),
  skip: ({ by, reason }) => ({ route: 'skip-step', by, body: { reason } }),
  redrive: ({ by, deadLetterId }) =>
    deadLetterId === null
      ? { route: 'redrive-step', by, body: {} }
      : { route: 'redrive-dead-letter', by, body: {}, params: { deadLetterId } },
  'give-up': ({ by, reason }) => ({ route: 'give-up-step', by, body: { reason } }),
  rollback: ({ by, reason, rollbackId, statement }) => ({
    route: 'roll-back-cutover',
    by,
    body: { rollbackId, reason, statement },
  }),
  'pass-point-of-no-return': ({ by, reason, happenedAt }) => ({
    route: 'pass-point-of-no-return',
    by,
    body: { reason, happenedAt: new Date(happenedAt).toISOString() },
  }),
  'propose-revision': ({ by, reason, plan, done }) => ({
    route: 'propose-revision',
    by,
    body: { plan, reason, done: done.map((one) => ({ ...one, doneAt: new Date(one.doneAt).toISOString() })) },
  }),
  'decide-revision': ({ by, hash, decision, comment }) => ({
    route: 'decide-revision',
    by,
    params: { hash },
    body: { decision, comment },
  }),
  upload: ({ by, document }) => ({
    route: 'upload-document',
    by,
    body: { ...document, takenAt: new Date(document.takenAt).toISOString() },
  }),
  'confirm-upload': ({ by, hash, comment }) => ({
    route: 'confirm-upload',
    by,
    params: { hash },
    body: { comment },
  }),
  'drill-down': ({ by, table }) => ({ route: 'drill-down', by, body: { table } }),
  'answer-effect': ({ by, happened }) => ({ route: 'answer-effect', by, body: { happened } }),
  complete: ({ attempt, claim }, token) => ({
    route: 'complete-step',
    by: null,
    params: { attempt: String(attempt) },
    body: { ...claim, token },
  }),
  vote: ({ attempt, vote }) => ({
    route: 'decide-approval',
    by: null,
    params: { attempt: String(attempt) },
    body: vote,
  }),
};

/** Under which id the engine applies an input that is sent under this key. */
export const inputIdOf = ({ type }: Pick<Input, 'type'>, key: string): string =>
  `${type === 'complete' || type === 'vote' ? WEBHOOK : REQUEST}${key}`;

/** The request that asks for an input; its key is the input's id without its prefix. */
export const requestOf = (cutoverId: string, input: OutsideInput, token: string | null): WebRequest => {
  const ask = ASKING[input.type] as (input: OutsideInput, token: string | null) => Asking;
  const { route, by, body, params: own } = ask(input, token);
  const stepId = 'stepId' in input && input.stepId !== null ? { stepId: input.stepId } : {};
  // A dead letter is found by its own id alone.
  const params = route === 'redrive-dead-letter' ? {} : { cutoverId, ...stepId };
  return { route, params: { ...params, ...own }, body, by, key: input.id.slice(input.id.indexOf(':') + 1) };
};

/** The request that starts a cutover; its id follows from starter and key. */
export const startRequestOf = ({ cutoverId: _, by, key, startAt, ...body }: StartRequest): WebRequest => ({
  route: 'start-cutover',
  params: {},
  body: { ...body, ...(startAt === undefined ? {} : { startAt: new Date(startAt).toISOString() }) },
  by,
  key,
});

/** The request for the status of a cutover, as of a moment (epoch milliseconds) or as it is. */
export const statusRequestOf = (cutoverId: string, asOf: number | null, by: Actor): WebRequest => ({
  route: 'get-cutover',
  params: { cutoverId },
  ...(asOf === null ? {} : { query: `?at=${new Date(asOf).toISOString()}` }),
  body: null,
  by,
  // Nobody needs a key to read, and here nobody makes one up.
  key: 'status',
});

/** A request as the Functions library hands it to a handler. */
export const httpRequestOf = ({ route, params, query = '', body, by, key }: WebRequest): HttpRequest => {
  const headers: Readonly<Record<string, string>> =
    by === null
      ? { 'webhook-id': key }
      : { 'x-development-user': `${by.id};${by.name}`, 'idempotency-key': key };
  const raw = Buffer.from(JSON.stringify(body));
  return {
    method: ROUTES[route].method,
    url: `http://simulated/api/${ROUTES[route].path}${query}`,
    params,
    headers: { get: (name: string) => headers[name] ?? null },
    arrayBuffer: () => Promise.resolve(raw),
  } as unknown as HttpRequest;
};
