import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../core/duration.ts';
import type { Json } from '../core/json.ts';
import { MILESTONES } from '../core/plan.ts';

const DEEPEST = 32;

const isJson = (value: unknown, depth: number): boolean => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > DEEPEST) return false;
  return Object.values(value).every((inner) => isJson(inner, depth + 1));
};

const isWord = (issue: { readonly input?: unknown }): issue is { readonly input: string } =>
  typeof issue.input === 'string';

const worded = (words: string) => ({
  error: (issue: { readonly input?: unknown }) => (isWord(issue) ? words : undefined),
});

/** Any JSON value that is not nested out of all reason. */
export const jsonSchema = z
  .custom<Json>((value) => isJson(value, 0), { error: 'is not JSON, or is nested too deeply' })
  .meta({ description: 'Parameters of the kind.' });

const KEBAB = 'must be lower-case words joined by hyphens, beginning with a letter, at most 64 characters';

/** Lower-case words joined by hyphens: ids of plans and steps, names of kinds, roles and automations. */
const nameSchema = z.string().regex(/^(?=.{1,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, worded(KEBAB));

const rollbackIdSchema = z
  .string()
  .regex(
    /^(?=.{1,64}$)rb\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
    worded(`must begin with "rb."; the rest ${KEBAB}`),
  );

const durationWith = (ifMissing: string | undefined) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? ifMissing : undefined) })
    .regex(DURATION_PATTERN, worded('is not a duration; write it like 30min, 2h, 1d 4h or 90s'))
    .refine((text) => !DURATION_PATTERN.test(text) || parseDuration(text) !== null, {
      error: 'is not a duration; name each unit once, the largest first (1d 4h 30min), at most 366d',
    })
    .meta({ description: 'A duration such as 30min, 2h, 1d 4h or 90s.', examples: ['30min', '1d 4h'] });

/** A duration in words, such as 30min. */
export const durationSchema = durationWith(undefined);

const titleSchema = z.string().min(1).max(200);

const stepSchemaWith = (idSchema: z.ZodType<string, string>) =>
  z.strictObject({
    id: idSchema,
    title: titleSchema,
    phase: z.int().min(1).max(10).meta({ description: "One of the article's ten phases." }),
    kind: nameSchema,
    after: z
      .array(z.string().max(64))
      .max(1000)
      .default([])
      .meta({ description: 'Ids of the steps this one waits for; empty: it starts with the cutover.' }),
    owner: nameSchema.meta({ description: 'The role that does it; the bindings say who holds the role.' }),
    planned: durationSchema,
    deadline: durationWith('waits without a deadline').meta({
      description: 'Total limit of one attempt; there is no default, so that no wait is endless.',
    }),
    onDeadline: z.enum(['fail', 'hold']).default('fail'),
    remindAfter: z
      .array(durationSchema)
      .min(1, {
        error:
          'is empty, so that nobody would be reminded; leave it out to be reminded when the planned time is over, half-way from there to the deadline, and shortly before it',
      })
      .max(20)
      .optional()
      .meta({
        description:
          'When the owner is reminded, counted from the opening of the question; if left out: when the planned time is over, half-way from there to the deadline, and shortly before it.',
      }),
    maxAttempts: z.int().min(1).max(20).default(1),
    retryDelay: durationSchema.default('1min'),
    required: z.boolean().default(true).meta({ description: 'A required step cannot be skipped.' }),
    marks: z.enum(MILESTONES).nullable().default(null),
    instruction: z.string().max(4000).default(''),
    params: jsonSchema.default({}),
  });

/** A forward step as the document writes it. */
export const stepSchema = stepSchemaWith(nameSchema);

/** A step of a way back as the document writes it. */
export const rollbackStepSchema = stepSchemaWith(rollbackIdSchema);

const rollbackSchema = z.strictObject({
  id: nameSchema,
  title: titleSchema,
  availableFrom: z.enum(MILESTONES).nullable().default(null),
  availableUntil: z.enum(MILESTONES).nullable().default(null),
  availableWhileFailed: nameSchema.exactOptional().meta({
    description:
      'Id of a forward step: this way back is possible only while its last attempt has failed. If left out: whether or not anything has.',
  }),
  dataLossStatement: z.string().min(1).max(1000).nullable().default(null),
  steps: z.array(rollbackStepSchema).min(1).max(200),
});

/** The plan document as people write it: durations in words, everything not named takes its default. */
export const planSchema = z
  .strictObject({
    schema: z.literal(1),
    id: nameSchema,
    title: titleSchema,
    mode: z.enum(['mock', 'production']),
    source: z.enum(['live-ax', 'restored-copy']).default('live-ax'),
    concurrency: z.int().min(1).max(1000).default(100).meta({
      description:
        'How many steps may be in hand at once; waiting for people counts, a replication-watch does not.',
    }),
    steps: z.array(stepSchema).min(1).max(1000),
    rollbacks: z.array(rollbackSchema).max(20).default([]),
  })
  .meta({ id: 'Plan', title: 'Plan of a cutover' });

/** A plan as people write it. */
export type PlanDocument = z.input<typeof planSchema>;

/** A step as people write it. */
export type StepDocument = z.input<typeof stepSchema>;

/** A way back as people write it. */
export type RollbackDocument = z.input<typeof rollbackSchema>;
