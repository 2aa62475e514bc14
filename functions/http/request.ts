import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { completionBodySchema } from '../../shared/contract/http.ts';
import { fieldProblems, inPlainWords } from '../../shared/contract/problem.ts';
import type { Role } from '../../shared/contract/role.ts';
import { isRole, mayAct } from '../../shared/contract/role.ts';
import type { Route } from '../../shared/contract/route.ts';
import type { RouteName, ROUTES } from '../../shared/contract/routes.ts';
import type { ErrorCode } from '../../shared/core/errors.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Actor } from '../../shared/core/state.ts';
import { WEBHOOK } from '../../shared/engine/advance.ts';
import type { SignedIn } from './identity.ts';

type Of<N extends RouteName> = (typeof ROUTES)[N];

/** A request after everything about it was checked. */
export type CheckedRequest<N extends RouteName> = {
  readonly params: z.infer<Of<N>['params']>;
  readonly query: z.infer<Of<N>['query']>;
  readonly body: z.infer<Of<N>['body']>;
  /** Who asks; nobody for routes open to anyone, the sender of a signed callback is named in its body. */
  readonly by: Of<N>['caller'] extends Role ? Actor : null;
  /** Makes the request apply at most once: the Idempotency-Key or the webhook id. */
  readonly key: string;
};

/** A request that was refused before anything was decided. */
export type RefusedRequest = {
  /** The name of the operation. */
  readonly what: RouteName;
  /** As they stand in the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Who sent it, as far as that is proved; null for anyone. */
  readonly by: Actor | null;
  readonly code: ErrorCode;
};

/** Proves where a request comes from, and keeps the book of those refused. */
export type Gatekeeper = {
  readonly identify: (headers: HttpRequest['headers']) => SignedIn;
  /** Verifies a Standard Webhooks signature over the raw body and gives the webhook id; throws C204. */
  readonly verify: (rawBody: Buffer, headers: HttpRequest['headers']) => string;
  /** The same by the secrets of the collectors. */
  readonly verifyCollector: (rawBody: Buffer, headers: HttpRequest['headers']) => string;
  /** A key for a request that brought none. */
  readonly freshKey: () => string;
  /** Notes a refusal; never throws. */
  readonly refused: (request: RefusedRequest) => Promise<void>;
};

/** Whoever proved to have sent a request; `raw` is its body where the proof needed it. */
export type Caller = {
  readonly by: Actor | null;
  readonly webhookId: string | null;
  readonly raw: Buffer | null;
  /** Of a person; a signature gives none. */
  readonly roles: readonly Role[];
};

/** Ids, hashes and tokens are written by programs: they are told the pattern itself. */
const worded = (issue: z.core.$ZodRawIssue): string | undefined =>
  issue.code === 'invalid_format' && issue.pattern !== undefined && issue.format !== 'datetime'
    ? `must match ${issue.pattern}`
    : inPlainWords(issue);

const problemsOf = (where: string, error: z.ZodError): string[] =>
  fieldProblems(error.issues).map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`);

const parseJson = (raw: Buffer, problems: string[]): unknown => {
  if (raw.length === 0) return {};
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    problems.push('body: is not JSON');
    return undefined;
  }
};

const readRaw = async (request: HttpRequest, limitBytes: number): Promise<Buffer> => {
  const fits = (bytes: number): void => {
    if (bytes > limitBytes)
      throw new CutoverError('C202', `${bytes} bytes, where at most ${limitBytes} are taken`);
  };
  // What announces itself as too large is not read at all.
  fits(Number(request.headers.get('content-length') ?? 0));
  const raw = Buffer.from(await request.arrayBuffer());
  fits(raw.length);
  return raw;
};

const KEY_IS_MISSING = 'Idempotency-Key: is missing';

const keyProblems = (route: Route, key: string | null): string[] => {
  if (key === null) return route.idempotencyKey === 'required' ? [KEY_IS_MISSING] : [];
  return /^[\x21-\x7e]{1,200}$/.test(key) ? [] : ['Idempotency-Key: is not 1 to 200 visible characters'];
};

/** Whoever has a secret but does not say who sent it, or not legibly. */
const SENDER: Actor = { id: 'webhook', name: 'a sender of signed callbacks' };

const COLLECTOR: Actor = { id: 'collector', name: 'a collector' };

/** Whom a signed body names, as far as it can be read. */
const namedIn = (raw: Buffer): Actor => {
  const body = parseJson(raw, []);
  const by = typeof body === 'object' && body !== null && 'by' in body ? body.by : null;
  return completionBodySchema.shape.by.safeParse(by).data ?? SENDER;
};

/** Finds out who sent a request to a route. Throws C202 to C204. */
export const authenticate = async (
  { caller, bodyLimitBytes }: Route,
  request: HttpRequest,
  gate: Gatekeeper,
): Promise<Caller> => {
  if (isRole(caller)) return { ...gate.identify(request.headers), webhookId: null, raw: null };
  if (caller === 'anyone') return { by: null, webhookId: null, raw: null, roles: [] };
  const raw = await readRaw(request, bodyLimitBytes);
  if (caller === 'collector') {
    return { webhookId: gate.verifyCollector(raw, request.headers), by: COLLECTOR, raw, roles: [] };
  }
  return { webhookId: gate.verify(raw, request.headers), by: namedIn(raw), raw, roles: [] };
};

/** Checks every part of a request against its route, naming all problems at once. Throws C201, C202, C207 and C221. */
export const checkRequest = async <N extends RouteName>(
  route: Of<N>,
  request: HttpRequest,
  { by, webhookId, raw: known, roles }: Caller,
  gate: Gatekeeper,
): Promise<CheckedRequest<N>> => {
  const contract: Route = route;
  if (isRole(contract.caller) && !mayAct(roles, contract.caller))
    throw new CutoverError('C221', `this takes the role ${contract.caller}`);
  const raw =
    known ?? (contract.method === 'POST' ? await readRaw(request, contract.bodyLimitBytes) : Buffer.alloc(0));
  const problems: string[] = [];
  const check = (where: string, schema: z.ZodType, value: unknown): unknown => {
    if (value === undefined) return undefined;
    const parsed = schema.safeParse(value, { error: worded });
    if (!parsed.success) problems.push(...problemsOf(where, parsed.error));
    return parsed.data;
  };
  const checked = {
    params: check('path', contract.params, request.params),
    query: check('query', contract.query, Object.fromEntries(new URL(request.url).searchParams)),
    body: contract.method === 'POST' ? check('body', contract.body, parseJson(raw, problems)) : {},
  };
  const key = request.headers.get('idempotency-key');
  if (webhookId === null) problems.push(...keyProblems(contract, key));
  if (problems.length === 1 && problems[0] === KEY_IS_MISSING) {
    throw new CutoverError('C207', 'the header is missing', { problems });
  }
  if (problems.length > 0) throw new CutoverError('C201', `${problems.length} problem(s)`, { problems });
  return {
    ...checked,
    by: isRole(contract.caller) ? by : null,
    key: webhookId === null ? (key ?? gate.freshKey()) : `${WEBHOOK}${webhookId}`,
  } as CheckedRequest<N>;
};
