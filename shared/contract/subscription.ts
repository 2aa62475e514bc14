import { z } from 'zod';
import { pageQuerySchema, text } from './http.ts';

/** The id of a subscription in a path. */
export const subscriptionIdSchema = z.string().regex(/^sub-[0-9a-f]{12}$/);

const address = z
  .string()
  .max(2000)
  .meta({ description: 'Where events are posted: https, at a host of EVENTS_HOSTS.' });

/** Who is to be sent the events of a cutover. */
export const subscriptionBodySchema = z
  .strictObject({
    url: address,
    description: z.string().trim().max(200).default('').meta({ description: 'What it is for, for people.' }),
  })
  .meta({ id: 'SubscriptionRequest' });

/** Another address. */
export const addressBodySchema = z.strictObject({ url: address }).meta({ id: 'SubscriptionAddress' });

/** From where on events are sent once more. */
export const replayBodySchema = z
  .strictObject({
    after: z.int().min(0).meta({ description: 'The last event that is not sent again; 0 for all of them.' }),
  })
  .meta({ id: 'SubscriptionReplay' });

/** Paging of the ledger. */
export const deliveriesQuerySchema = pageQuerySchema;

const instant = z.iso.datetime();

/** A subscription as people see it. */
export const subscriptionSchema = z
  .object({
    id: z.string(),
    url: z.string().meta({ description: 'Without its query, which may hold a secret.' }),
    description: z.string(),
    status: z.enum(['pending', 'active', 'paused', 'disabled', 'deleted']),
    reason: z.string().nullable().meta({ description: 'Why it is pending or disabled.' }),
    cursor: z.int().meta({ description: 'The last event that was delivered.' }),
    events: z.int().meta({ description: 'How many events the cutover has.' }),
    failures: z.int().meta({ description: 'How often the next event has failed.' }),
    nextAt: instant
      .nullable()
      .meta({ description: 'When it is tried again; null where nothing is put off.' }),
    lastDeliveredAt: instant.nullable(),
    secretNumber: z.int().meta({ description: 'Which secret signs, from 1.' }),
    previousSecretUntil: instant.nullable().meta({ description: 'Until when the one before signs too.' }),
    changes: z.array(z.object({ at: instant, by: z.string(), what: z.string() })),
  })
  .meta({ id: 'Subscription' });

/** See {@link subscriptionSchema}. */
export type SubscriptionView = z.infer<typeof subscriptionSchema>;

/** What became of a subscription. */
export const managedSchema = z
  .object({
    code: z.enum(['applied', 'unchanged']),
    message: z.string(),
    subscription: subscriptionSchema,
    secret: z.string().nullable().meta({
      description:
        'What its events are signed with (Standard Webhooks), shown this once; null where none was made now.',
    }),
  })
  .meta({ id: 'ManagedSubscription' });

/** See {@link managedSchema}. */
export type ManagedView = z.infer<typeof managedSchema>;

/** A page of the ledger, newest attempt first. */
export const deliveriesSchema = z
  .object({
    deliveries: z.array(
      z.object({
        attempt: z.int(),
        at: instant,
        n: z.int().meta({ description: 'The number of the event.' }),
        type: text(200),
        result: z.enum(['delivered', 'failed', 'gone', 'given-up']),
        status: z.int().nullable(),
        reason: z.string().nullable(),
        retryAt: instant.nullable(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'Deliveries' });
