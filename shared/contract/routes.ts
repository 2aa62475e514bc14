import { z } from 'zod';
import { asOfQuerySchema, verificationSchema } from './audit.ts';
import { COLLECTOR_ROUTES } from './collector.ts';
import { COUNT_ROUTES } from './count-routes.ts';
import { DRILL_ROUTES } from './drill-routes.ts';
import { deadLetterSchema, deadLettersQuerySchema, deadLettersSchema } from './dead-letter.ts';
import {
  cutoverIdSchema,
  emptyBodySchema,
  eventsQuerySchema,
  listQuerySchema,
  pointOfNoReturnBodySchema,
  reasonBodySchema,
  rollbackBodySchema,
  startBodySchema,
  validateBodySchema,
} from './http.ts';
import { OUTLOOK_ROUTES } from './outlook-routes.ts';
import type { Route } from './route.ts';
import { control, get, keyed, none, ofCutover, ofProposal, ofDeadLetter, post } from './route.ts';
import { BAD, CHANGES, MISSING, ok, problem, SIGNED_IN, STORED } from './replies.ts';
import { proposalDifferenceSchema, revisionBodySchema, revisionDecisionBodySchema } from './revision.ts';
import { READING_ROUTES } from './reading-routes.ts';
import { statusSchema } from './status.ts';
import { STEP_ROUTES } from './step-routes.ts';
import { SUBSCRIPTION_ROUTES } from './subscription-routes.ts';
import { UPLOAD_ROUTES } from './upload-routes.ts';

/** Every operation by the name of its function. */
export const ROUTES = {
  'start-cutover': post(
    'cutovers',
    'Start a cutover',
    {
      caller: 'starter',
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
  'list-cutovers': get('cutovers', 'List the cutovers, newest first', 'observer', none, listQuerySchema, {
    ...ok('A page'),
    ...SIGNED_IN,
  }),
  'get-cutover': get(
    'cutovers/{cutoverId}',
    'One cutover: phases, steps, and what it waits for, now or as of a moment',
    'observer',
    ofCutover,
    asOfQuerySchema,
    {
      ...ok('The cutover', statusSchema),
      ...SIGNED_IN,
      ...MISSING,
      409: problem('It was not started then, or the moment is not over'),
    },
  ),
  ...OUTLOOK_ROUTES,
  'list-events': get(
    'cutovers/{cutoverId}/events',
    'Its events after a number',
    'observer',
    ofCutover,
    eventsQuerySchema,
    {
      ...ok('Events in order'),
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
  'verify-events': get(
    'cutovers/{cutoverId}/events/verification',
    'Whether its log is what was committed, and the first entry that is not',
    'observer',
    ofCutover,
    none,
    { ...ok('What was found', verificationSchema), ...SIGNED_IN, ...MISSING },
  ),
  'export-events': get(
    'cutovers/{cutoverId}/events/export',
    'Its whole log as a file, to be checked without the app',
    'observer',
    ofCutover,
    none,
    {
      200: {
        description: 'One entry a line, in the canonical form that the hashes cover',
        schema: z.string(),
        contentType: 'application/x-ndjson',
      },
      ...SIGNED_IN,
      ...MISSING,
    },
  ),
  'get-evidence': get(
    'cutovers/{cutoverId}/evidence/{hash}',
    'What a gate looked at',
    'observer',
    ofCutover.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    none,
    { ...ok('The evidence'), ...SIGNED_IN, ...MISSING },
  ),
  ...READING_ROUTES,
  ...COUNT_ROUTES,
  ...DRILL_ROUTES,
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
  'propose-revision': post(
    'cutovers/{cutoverId}/revisions',
    'Propose a changed plan, or to record steps done outside; a second person decides',
    { ...keyed, replies: { ...CHANGES, 422: problem('The plan or the bindings are not usable') } },
    ofCutover,
    revisionBodySchema,
  ),
  'get-proposal': get(
    'cutovers/{cutoverId}/revisions/{hash}',
    'The open proposal with the whole difference',
    'observer',
    ofProposal,
    none,
    { ...ok('The proposal', proposalDifferenceSchema), ...SIGNED_IN, ...MISSING },
  ),
  'decide-revision': post(
    'cutovers/{cutoverId}/revisions/{hash}/decision',
    'Approve or reject the proposal that was seen; not who proposed it',
    { ...keyed, caller: 'approver' },
    ofProposal,
    revisionDecisionBodySchema,
  ),
  ...STEP_ROUTES,
  ...UPLOAD_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  ...COLLECTOR_ROUTES,
  'validate-plan': post(
    'plans/validate',
    'Every problem of a plan, at once',
    {
      caller: 'observer',
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
    'observer',
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
    'observer',
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
    ...BAD,
    503: problem('It does not'),
  }),
  'get-openapi': get('openapi.json', 'This contract', 'anyone', none, none, {
    ...ok('The OpenAPI document'),
    ...BAD,
  }),
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
