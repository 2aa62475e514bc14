import { z } from 'zod';
import {
  deadLetterIdSchema,
  deadLetterSchema,
  deadLettersQuerySchema,
  deadLettersSchema,
} from './dead-letter.ts';
import {
  approvalBodySchema,
  completionBodySchema,
  cutoverIdSchema,
  effectBodySchema,
  emptyBodySchema,
  eventsQuerySchema,
  listQuerySchema,
  pointOfNoReturnBodySchema,
  reasonBodySchema,
  rollbackBodySchema,
  startBodySchema,
  stepIdSchema,
  validateBodySchema,
} from './http.ts';
import type { Reply } from './replies.ts';
import { BAD, CALLBACK, CHANGES, MISSING, ok, problem, SIGNED_IN, STORED } from './replies.ts';
import { statusSchema } from './status.ts';

/** One operation of the HTTP API: what it takes and every reply it may give. */
export type Route = {
  readonly method: 'GET' | 'POST';
  /** Below `/api/`, in the notation of Azure Functions. */
  readonly path: string;
  readonly summary: string;
  /** `person`: a signed-in identity; `machine`: a Standard Webhooks signature; `anyone`: neither. */
  readonly caller: 'anyone' | 'person' | 'machine';
  readonly idempotencyKey: 'required' | 'accepted' | 'none';
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  readonly replies: Readonly<Record<number, Reply>>;
};

const none = z.strictObject({});
const ofCutover = z.strictObject({ cutoverId: cutoverIdSchema });
const ofStep = ofCutover.extend({ stepId: stepIdSchema });
const ofAttempt = ofStep.extend({ attempt: z.coerce.number().int().min(1).max(1_000_000) });

const ofDeadLetter = z.strictObject({ deadLetterId: deadLetterIdSchema });

const get = <C extends Route['caller'], P extends z.ZodType, Q extends z.ZodType>(
  path: string,
  summary: string,
  caller: C,
  params: P,
  query: Q,
  replies: Route['replies'],
) =>
  ({
    method: 'GET',
    path,
    summary,
    caller,
    idempotencyKey: 'none',
    params,
    query,
    body: none,
    replies,
  }) as const;

const post = <C extends Route['caller'], P extends z.ZodType, B extends z.ZodType>(
  path: string,
  summary: string,
  options: Pick<Route, 'idempotencyKey' | 'replies'> & { readonly caller: C },
  params: P,
  body: B,
) => ({ method: 'POST', path, summary, ...options, params, query: none, body }) as const;

const control = { caller: 'person', idempotencyKey: 'accepted', replies: CHANGES } as const;
const keyed = { ...control, idempotencyKey: 'required' } as const;
const callback = { caller: 'machine', idempotencyKey: 'none', replies: CALLBACK } as const;

/** Every operation by the name of its function. */
export const ROUTES = {
  'start-cutover': post(
    'cutovers',
    'Start a cutover',
    {
      caller: 'person',
      idempotencyKey: 'required',
      replies: {
        ...CHANGES,
        202: {
          description: 'Started; Location names the cutover',
          schema: z.object({ id: z.string(), message: z.string() }),
        },
        422: problem('The plan or the bindings are not usable'),
      },
    },
    none,
    startBodySchema,
  ),
  'list-cutovers': get('cutovers', 'List the cutovers, newest first', 'person', none, listQuerySchema, {
    ...ok('A page'),
    ...SIGNED_IN,
  }),
  'get-cutover': get(
    'cutovers/{cutoverId}',
    'One cutover: phases, steps, and what it waits for',
    'person',
    ofCutover,
    none,
    {
      ...ok('The cutover', statusSchema),
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
  'list-events': get(
    'cutovers/{cutoverId}/events',
    'Its events after a number',
    'person',
    ofCutover,
    eventsQuerySchema,
    {
      ...ok('Events in order'),
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
  'get-evidence': get(
    'cutovers/{cutoverId}/evidence/{hash}',
    'What a gate looked at',
    'person',
    ofCutover.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    none,
    { ...ok('The evidence'), ...SIGNED_IN, ...MISSING },
  ),
  'get-counts': get(
    'cutovers/{cutoverId}/counts',
    'The newest snapshots and their mismatches',
    'person',
    ofCutover,
    none,
    {
      ...ok('Counts'),
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
  'hold-cutover': post(
    'cutovers/{cutoverId}/hold',
    'Start nothing new until it is resumed',
    control,
    ofCutover,
    reasonBodySchema,
  ),
  'resume-cutover': post(
    'cutovers/{cutoverId}/resume',
    'Go on exactly where the hold stopped it',
    control,
    ofCutover,
    emptyBodySchema,
  ),
  'roll-back-cutover': post(
    'cutovers/{cutoverId}/rollback',
    'Take a way back: cancels what is unfinished and begins its steps',
    keyed,
    ofCutover,
    rollbackBodySchema,
  ),
  'pass-point-of-no-return': post(
    'cutovers/{cutoverId}/point-of-no-return',
    'Record the first business write or outbound message from production',
    keyed,
    ofCutover,
    pointOfNoReturnBodySchema,
  ),
  'abort-cutover': post('cutovers/{cutoverId}/abort', 'End it for good', keyed, ofCutover, reasonBodySchema),
  'retry-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/retry',
    'Try a failed step again',
    keyed,
    ofStep,
    reasonBodySchema,
  ),
  'skip-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/skip',
    'Pass an optional step with a waiver; a data gate needs two people',
    keyed,
    ofStep,
    reasonBodySchema,
  ),
  'give-up-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/give-up',
    'End an attempt nobody will answer any more as failed',
    keyed,
    ofStep,
    reasonBodySchema,
  ),
  'answer-effect': post(
    'cutovers/{cutoverId}/steps/{stepId}/effect',
    'Answer "did it happen?"',
    keyed,
    ofStep,
    effectBodySchema,
  ),
  'redrive-step': post(
    'cutovers/{cutoverId}/steps/{stepId}/redrive',
    'Dispatch a step in hand once more',
    control,
    ofStep,
    emptyBodySchema,
  ),
  'complete-step': post(
    'callbacks/completions/{cutoverId}/{stepId}/{attempt}',
    'Report what became of a step: a claim, read before it counts',
    callback,
    ofAttempt,
    completionBodySchema,
  ),
  'decide-approval': post(
    'callbacks/approvals/{cutoverId}/{stepId}/{attempt}',
    'Approve or deny on the evidence named',
    callback,
    ofAttempt,
    approvalBodySchema,
  ),
  'validate-plan': post(
    'plans/validate',
    'Every problem of a plan, at once',
    {
      caller: 'person',
      idempotencyKey: 'none',
      replies: {
        ...ok('The plan is usable'),
        ...SIGNED_IN,
        413: problem('The body is too large'),
        422: problem('The plan is not usable'),
      },
    },
    none,
    validateBodySchema,
  ),
  'get-plan': get(
    'plans/{name}',
    'A plan the product carries',
    'anyone',
    z.strictObject({ name: z.enum(['default', 'mock']) }),
    none,
    { ...ok('The plan document'), ...BAD },
  ),
  'list-dead-letters': get(
    'dead-letters',
    'Messages that could not be handled, newest first',
    'person',
    none,
    deadLettersQuerySchema,
    {
      ...ok('A page', deadLettersSchema),
      ...SIGNED_IN,
    },
  ),
  'get-dead-letter': get(
    'dead-letters/{deadLetterId}',
    'One of them, with its reason and body',
    'person',
    ofDeadLetter,
    none,
    { ...ok('The dead letter', deadLetterSchema), ...SIGNED_IN, ...MISSING },
  ),
  'redrive-dead-letter': post(
    'dead-letters/{deadLetterId}/redrive',
    'Dispatch its step once more, or do what is due',
    control,
    ofDeadLetter,
    emptyBodySchema,
  ),
  'get-health': get('health', 'Whether the app and its storage answer', 'anyone', none, none, {
    ...ok('It does'),
    503: problem('It does not'),
  }),
  'get-openapi': get('openapi.json', 'This contract', 'anyone', none, none, ok('The OpenAPI document')),
  'status-page': get(
    'page/{cutoverId?}',
    'The status as a page',
    'anyone',
    z.strictObject({ cutoverId: cutoverIdSchema.optional() }),
    none,
    { ...ok('HTML'), ...STORED, ...MISSING },
  ),
} as const satisfies Record<string, Route>;

/** The name of an operation and of its function. */
export type RouteName = keyof typeof ROUTES;
