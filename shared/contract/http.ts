import { z } from 'zod';

/** The largest body of most requests, in bytes. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** A text that says something. */
export const text = (max: number) => z.string().trim().min(1).max(max);

/** The id of a cutover in a path. */
export const cutoverIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
/** The id of a step in a path. */
export const stepIdSchema = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);

/** A document of JSON or YAML as one text: of several lines, so that a name is not taken for one. */
const textSchema = z.string().regex(/[\n{]/, { abort: true });

/** A plan as it is sent. */
export const planDocumentSchema = z.union([z.enum(['default', 'mock']), z.looseObject({}), textSchema]).meta({
  description:
    'A plan document, the same as one text of JSON or YAML, or "default" or "mock" for the ones the product carries.',
});

/** Bindings as they are sent. */
export const bindingsDocumentSchema = z.union([z.looseObject({}), textSchema]).meta({
  description:
    'The bindings document (environment ids, servers and people), or the same as one text of JSON or YAML.',
});

/** What starts a cutover; the plan is a document, or the name of one the product carries. */
export const startBodySchema = z
  .strictObject({
    plan: planDocumentSchema,
    bindings: bindingsDocumentSchema,
    startAt: z.iso.datetime().optional().meta({
      description: 'When it shall begin by itself: until then it is scheduled, and nothing is dispatched.',
    }),
    hold: text(1000).optional().meta({
      description: 'Why nothing shall be dispatched yet: it is started held, and begins when it is resumed.',
    }),
  })
  .meta({ id: 'StartRequest' });

/** Why somebody does something. */
export const reasonBodySchema = z.strictObject({ reason: text(1000) }).meta({ id: 'Reason' });
/** Which way back, why, and the data-loss statement it asks for, word for word. */
export const rollbackBodySchema = z
  .strictObject({
    rollbackId: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    reason: text(1000),
    statement: z.string().max(1000).nullable().default(null).meta({
      description: 'The dataLossStatement of this way back, word for word; null where it has none.',
    }),
  })
  .meta({ id: 'RollbackRequest' });
/** When the first business write or outbound message from production happened, and what it was. */
export const pointOfNoReturnBodySchema = z
  .strictObject({
    happenedAt: z.iso.datetime().meta({
      description:
        'Not in the future, and not before the start of the cutover or what is recorded as done before it.',
    }),
    reason: text(1000),
  })
  .meta({ id: 'PointOfNoReturn' });
/** A body that says nothing. */
export const emptyBodySchema = z.strictObject({}).meta({ id: 'Empty' });
/** The answer to "did it happen?". */
export const effectBodySchema = z
  .strictObject({
    happened: z.boolean(),
    attempt: z.int().min(1).optional().meta({
      description: 'The attempt that was asked about: a late answer then does not count for a later one.',
    }),
  })
  .meta({ id: 'EffectAnswer' });
/** A plan to be checked, with its bindings or without. */
export const validateBodySchema = z
  .strictObject({ plan: planDocumentSchema, bindings: bindingsDocumentSchema.optional() })
  .meta({ id: 'ValidateRequest' });

/** A person by directory object id and name. */
export const personSchema = z.strictObject({ id: text(128), name: text(128) }).meta({ id: 'Person' });

/** The body of a completion callback. */
export const completionBodySchema = z
  .strictObject({
    result: z.enum(['pass', 'fail', 'not-tested']),
    by: personSchema,
    note: z.string().max(2000).default(''),
    token: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null)
      .meta({ description: 'The one-time token an automation was given; null for a person.' }),
  })
  .meta({ id: 'Completion' });

/** The body of an approval callback; a vote counts only for the evidence it names. */
export const approvalBodySchema = z
  .strictObject({
    decision: z.enum(['approve', 'deny']),
    by: personSchema,
    comment: z.string().max(2000).default(''),
    evidenceHash: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .meta({ id: 'Approval' });

/** What a signed-in person reports about a step. */
export const reportBodySchema = completionBodySchema.omit({ by: true, token: true }).meta({ id: 'Report' });
/** The vote of a signed-in person; it counts only for the evidence it names. */
export const voteBodySchema = approvalBodySchema.omit({ by: true }).meta({ id: 'Vote' });

/** Paging and filters of the list of cutovers. */
export const listQuerySchema = z.strictObject({
  status: z.enum(['scheduled', 'running', 'rollingBack', 'completed', 'rolledBack', 'aborted']).optional(),
  mode: z.enum(['mock', 'production']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  next: z.string().max(2000).optional(),
});

/** Which events of a cutover: those numbered after `after`. */
export const eventsQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** Paging of any other list. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  next: z.string().max(2000).optional(),
});

/** An error as RFC 9457 problem details, with the catalogue's code and what to do next. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    retriable: z.boolean(),
    next: z.string(),
    problems: z.array(z.string()).meta({ description: 'Every single problem, all at once.' }),
  })
  .meta({ id: 'Problem' });

/** What an input did. */
export const answerSchema = z
  .object({
    code: z.enum(['applied', 'unchanged']),
    message: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Answer' });
