import { z } from 'zod';
import { emptyBodySchema } from './http.ts';
import { ok, problem, SIGNED_IN } from './replies.ts';
import { none, post } from './route.ts';

/** The largest answer of a collector, in bytes: a row for each of 50,000 tables. */
export const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;

/** What makes an errand one of a kind: 128 bits as hexadecimal digits. */
const nonceSchema = z.string().regex(/^[0-9a-f]{32}$/);

const serverSchema = z.enum(['source', 'distribution', 'target']);

/** A collector asks what it is to run. */
export const errandsBodySchema = z
  .strictObject({
    servers: z
      .array(serverSchema)
      .min(1)
      .max(3)
      .refine((servers) => new Set(servers).size === servers.length, { error: 'names a server twice' })
      .meta({ description: 'The servers it reaches.' }),
    room: z.int().min(0).max(64).meta({ description: 'How many statements it may begin now.' }),
  })
  .meta({ id: 'ErrandsRequest' });

/** A statement of the catalogue by its name, never SQL, to be run once. */
export const errandSchema = z
  .strictObject({
    nonce: nonceSchema,
    server: serverSchema,
    statement: z.string().min(1).max(64),
    parameters: z.json(),
  })
  .meta({ id: 'Errand' });

/** See {@link errandSchema}. */
export type Errand = Readonly<z.infer<typeof errandSchema>>;

/** What a collector is to run. */
export const errandsSchema = z.object({ errands: z.array(errandSchema) });

/** The errors an errand may end with: those of SQL Server, and that the collector does not run it. */
export const ERRAND_FAILURES = ['C501', 'C502', 'C503', 'C504', 'C505', 'C507'] as const;

/** What became of an errand: rows as the server gave them, or why there are none. */
export const outcomeSchema = z.union([
  z.strictObject({ rows: z.array(z.record(z.string(), z.json())).max(200_000) }),
  z.strictObject({
    failed: z.strictObject({ code: z.enum(ERRAND_FAILURES), message: z.string().max(500) }),
  }),
]);

/** See {@link outcomeSchema}. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** The answer to one errand; its nonce is good for one answer. */
export const answerBodySchema = z
  .strictObject({
    nonce: nonceSchema,
    serverTime: z.iso.datetime().meta({ description: 'The clock of the machine the collector runs on.' }),
    outcome: outcomeSchema,
  })
  .meta({ id: 'ErrandAnswer' });

const signed = {
  caller: 'collector',
  idempotencyKey: 'none',
} as const;

/** What the collector asks and tells; it is never called. */
export const COLLECTOR_ROUTES = {
  'take-errands': post(
    'callbacks/collector/errands',
    'What the collector is to run now, by the names of the catalogue',
    {
      ...signed,
      replies: {
        ...ok('Errands, each for this collector alone', errandsSchema),
        ...SIGNED_IN,
        413: problem('The body is too large'),
      },
    },
    none,
    errandsBodySchema,
  ),
  'answer-errand': post(
    'callbacks/collector/answers',
    'The answer to an errand, under its nonce',
    {
      ...signed,
      bodyLimitBytes: ANSWER_LIMIT_BYTES,
      replies: {
        ...ok('Taken', emptyBodySchema),
        ...SIGNED_IN,
        409: problem('The errand has its answer'),
        410: problem('Nobody waits for it any more'),
        413: problem('The body is too large'),
      },
    },
    none,
    answerBodySchema,
  ),
} as const;
