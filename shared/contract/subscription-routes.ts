import { z } from 'zod';
import { emptyBodySchema } from './http.ts';
import { CHANGES, MISSING, ok, problem, SIGNED_IN } from './replies.ts';
import { control, get, none, ofCutover, post } from './route.ts';
import {
  addressBodySchema,
  deliveriesQuerySchema,
  deliveriesSchema,
  managedSchema,
  replayBodySchema,
  subscriptionBodySchema,
  subscriptionIdSchema,
  subscriptionSchema,
} from './subscription.ts';

const ofSubscription = ofCutover.extend({ subscriptionId: subscriptionIdSchema });

const managed = { ...control, replies: { ...CHANGES, ...ok('What became of it', managedSchema) } } as const;
const managedOnce = { ...managed, idempotencyKey: 'required' } as const;
const reads = { ...SIGNED_IN, ...MISSING, 409: problem('This app sends no events out') } as const;

/** Who is sent the events of a cutover. */
export const SUBSCRIPTION_ROUTES = {
  'create-subscription': post(
    'cutovers/{cutoverId}/subscriptions',
    'Send its events to a receiver, from the first one on, once the receiver agrees',
    {
      ...managedOnce,
      replies: {
        ...managedOnce.replies,
        201: { description: 'It was made; Location names it', schema: managedSchema },
      },
    },
    ofCutover,
    subscriptionBodySchema,
  ),
  'list-subscriptions': get(
    'cutovers/{cutoverId}/subscriptions',
    'Who is sent its events, and how far',
    'observer',
    ofCutover,
    none,
    { ...ok('Subscriptions', z.object({ subscriptions: z.array(subscriptionSchema) })), ...reads },
  ),
  'get-subscription': get(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}',
    'One of them, with who changed it',
    'observer',
    ofSubscription,
    none,
    { ...ok('The subscription', subscriptionSchema), ...reads },
  ),
  'list-deliveries': get(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/deliveries',
    'Who was told what, when, and what came of it, newest first',
    'observer',
    ofSubscription,
    deliveriesQuerySchema,
    { ...ok('A page of the ledger', deliveriesSchema), ...reads },
  ),
  'change-subscription': post(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/address',
    'Send to another address, once its receiver agrees',
    managed,
    ofSubscription,
    addressBodySchema,
  ),
  'pause-subscription': post(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/pause',
    'Send nothing until it is resumed; nothing is lost',
    managed,
    ofSubscription,
    emptyBodySchema,
  ),
  'resume-subscription': post(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/resume',
    'Ask the receiver for its consent again, and go on after the last event delivered',
    managed,
    ofSubscription,
    emptyBodySchema,
  ),
  'replay-subscription': post(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/replay',
    'Send everything after an event once more',
    managed,
    ofSubscription,
    replayBodySchema,
  ),
  'rotate-subscription-secret': post(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/secret',
    'Make a new secret; the one before signs as well for a day',
    managedOnce,
    ofSubscription,
    emptyBodySchema,
  ),
  'delete-subscription': post(
    'cutovers/{cutoverId}/subscriptions/{subscriptionId}/deletion',
    'End it for good; its ledger stays',
    managed,
    ofSubscription,
    emptyBodySchema,
  ),
} as const;
