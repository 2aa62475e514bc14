import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { BODY_LIMIT_BYTES } from '../../shared/contract/http.ts';
import type { Route, RouteName, ROUTES } from '../../shared/contract/routes.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Actor } from '../../shared/core/state.ts';

type Of<N extends RouteName> = (typeof ROUTES)[N];

/** A request after everything about it was checked. */
export type CheckedRequest<N extends RouteName> = {
  readonly params: z.infer<Of<N>['params']>;
  readonly query: z.infer<Of<N>['query']>;
  readonly body: z.infer<Of<N>['body']>;
  /** Who asks; nobody for routes open to anyone, the sender of a signed callback is named in its body. */
  readonly by: Of<N>['caller'] extends 'person' ? Actor : null;
  /** Makes the request apply at most once: the Idempotency-Key or the webhook id. */
  readonly key: string;
};

/** Proves where a request comes from. */
export type Gatekeeper = {
  readonly identify: (headers: HttpRequest['headers']) => Actor;
  /** Verifies a Standard Webhooks signature over the raw body and gives the webhook id; throws C204. */
  readonly verify: (rawBody: Buffer, headers: HttpRequest['headers']) => string;
  /** A key for a request that brought none. */
  readonly freshKey: () => string;
};

const problemsOf = (where: string, error: z.ZodError): string[] =>
  error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`);

const parseJson = (raw: Buffer, problems: string[]): unknown => {
  if (raw.length === 0) return {};
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    problems.push('body: is not JSON');
    return undefined;
  }
};

const readRaw = async (request: HttpRequest): Promise<Buffer> => {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT_BYTES)
    throw new CutoverError('C202', request.method);
  const raw = Buffer.from(await request.arrayBuffer());
  if (raw.length > BODY_LIMIT_BYTES) throw new CutoverError('C202', `${raw.length} bytes`);
  return raw;
};

const keyOf = (route: Route, request: HttpRequest, fresh: () => string): string => {
  const key = request.headers.get('idempotency-key');
  if (key !== null && !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new CutoverError('C201', 'the Idempotency-Key', {
      problems: ['Idempotency-Key: 1 to 200 visible characters'],
    });
  }
  if (key === null && route.idempotencyKey === 'required') throw new CutoverError('C207', request.method);
  return key ?? fresh();
};

/**
 * Checks a request against its route: who sent it first, then every part of it, naming all problems at once.
 * Throws C201 to C204 and C207.
 */
export const checkRequest = async <N extends RouteName>(
  route: Of<N>,
  request: HttpRequest,
  gate: Gatekeeper,
): Promise<CheckedRequest<N>> => {
  const contract: Route = route;
  const raw = contract.method === 'POST' ? await readRaw(request) : Buffer.alloc(0);
  const by = contract.caller === 'person' ? gate.identify(request.headers) : null;
  const webhookId = contract.caller === 'machine' ? gate.verify(raw, request.headers) : null;
  const problems: string[] = [];
  const check = (where: string, schema: z.ZodType, value: unknown): unknown => {
    if (value === undefined) return undefined;
    const parsed = schema.safeParse(value);
    if (!parsed.success) problems.push(...problemsOf(where, parsed.error));
    return parsed.data;
  };
  const checked = {
    params: check('path', contract.params, request.params),
    query: check('query', contract.query, Object.fromEntries(new URL(request.url).searchParams)),
    body: contract.method === 'POST' ? check('body', contract.body, parseJson(raw, problems)) : {},
  };
  if (problems.length > 0) throw new CutoverError('C201', `${problems.length} problem(s)`, { problems });
  const key = webhookId === null ? keyOf(contract, request, gate.freshKey) : `webhook:${webhookId}`;
  return { ...checked, by, key } as CheckedRequest<N>;
};
