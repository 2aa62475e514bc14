import { z } from 'zod';
import { proposalSchema } from './revision.ts';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });

/** What something still lacks, since when, who can clear it, and what to do. */
export const conditionSchema = z
  .object({ code: z.string(), message: z.string(), since: instant, who: z.string(), next: z.string() })
  .meta({ id: 'Condition' });

const evidenceSchema = z
  .object({
    hash: z.string(),
    source: z.enum(['pulled', 'pushed', 'file', 'stated']),
    takenAt: instant,
    summary: z.string(),
  })
  .meta({ id: 'Evidence' });

/** One step as people see it. */
export const stepStatusSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    kind: z.string(),
    owner: z.string(),
    status: z.enum(['pending', 'ready', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'cancelled']),
    after: z.array(z.string()),
    attempts: z.int(),
    revision: z.int().meta({
      description: 'The revision of the plan its last attempt was dispatched under; 0 before the first.',
    }),
    plannedMs: z.int(),
    startedAt: instant.nullable(),
    endedAt: instant.nullable(),
    deadlineAt: instant.nullable(),
    unmet: z.array(conditionSchema),
    error: z
      .object({ code: z.string(), message: z.string(), next: z.string(), at: instant })
      .nullable()
      .meta({ description: 'Why its last attempt failed; of a skipped step that is history, see `waiver`.' }),
    evidence: evidenceSchema.nullable(),
    skipProposal: z.object({ by: z.string(), reason: z.string(), at: instant }).nullable().meta({
      description:
        'Who wants to pass a data gate without its proof; null once that is void or somebody joined in.',
    }),
    waiver: z
      .object({
        by: z.string(),
        reason: z.string(),
        at: instant,
        second: z.string().nullable().meta({
          description: 'The second person, where a data gate passed without its proof: it stays marked.',
        }),
        secondReason: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'Who answers for a step that passed without its proof.' }),
  })
  .meta({ id: 'StepStatus' });

/** A document that a named person gave. */
export const uploadSchema = z
  .object({
    kind: z.enum([
      'ignore-tables',
      'special-tables',
      'toolkit-counts',
      'upgrade-status',
      'backup-report',
      'statement',
    ]),
    stepId: z
      .string()
      .nullable()
      .meta({ description: 'The step it speaks of; null where it speaks of the whole cutover.' }),
    hash: z.string().meta({ description: 'Of what was read of it: shows it at /uploads/{hash}.' }),
    sizeBytes: z.int(),
    takenAt: instant.nullable().meta({ description: 'When what it says was so; null: at any time.' }),
    by: z.string(),
    at: instant,
    confirmed: z
      .object({ by: z.string(), at: instant, comment: z.string() })
      .nullable()
      .meta({ description: 'The second person who has seen it.' }),
  })
  .meta({ id: 'UploadedDocument' });

/** A table that is left out of the scope, or was until it expired. */
export const ignoredSchema = z
  .object({
    table: z.string(),
    reason: z.string(),
    owner: z.string(),
    expiresAt: instant,
    expired: z.boolean().meta({ description: 'Then the table is in the scope again.' }),
  })
  .meta({ id: 'IgnoredTable' });

/** One open question: who is asked for what, since when, and how to answer. */
export const waitingForSchema = z
  .object({
    stepId: z.string().nullable(),
    attempt: z.int().nullable(),
    kind: z.string().nullable(),
    what: z.enum([
      'completion',
      'approval',
      'condition',
      'decision',
      'effect',
      'revision',
      'resume',
      'start',
    ]),
    who: z.string(),
    message: z.string(),
    since: instant,
    deadlineAt: instant.nullable(),
    evidenceHash: z.string().nullable(),
    next: z.string(),
  })
  .meta({ id: 'WaitingFor' });

/** A cutover as people see it. */
export const statusSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    mode: z.enum(['mock', 'production']),
    status: z.enum(['scheduled', 'running', 'rollingBack', 'completed', 'rolledBack', 'aborted']),
    held: z.object({ since: instant, by: z.string(), reason: z.string() }).nullable(),
    startedAt: instant,
    startAt: instant.nullable().meta({
      description: 'When a scheduled one begins by itself, or began; null where it began at once.',
    }),
    endedAt: instant.nullable(),
    startedBy: z.string(),
    asOf: instant
      .nullable()
      .meta({ description: 'The moment it is shown as of; null when it is shown as it is now.' }),
    plan: z.object({ hash: z.string(), procedureHash: z.string(), revision: z.int() }),
    proposal: proposalSchema.nullable(),
    events: z.int(),
    milestones: z.record(z.string(), instant),
    replication: z.object({ at: instant, unmet: z.array(conditionSchema) }).nullable(),
    phases: z.array(
      z.object({
        number: z.int(),
        name: z.string(),
        status: z.enum(['pending', 'running', 'failed', 'done']),
        steps: z.array(stepStatusSchema),
      }),
    ),
    rollback: z
      .object({
        id: z.string(),
        title: z.string(),
        by: z.string(),
        reason: z.string(),
        statement: z.string().nullable(),
        at: instant,
      })
      .nullable(),
    waysBack: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        why: z.string().nullable().meta({ description: 'Why it is not possible; null while it is.' }),
        until: z.string().nullable().meta({ description: 'The milestone that ends it.' }),
        dataLossStatement: z.string().nullable(),
      }),
    ),
    uploads: z.array(uploadSchema),
    ignored: z.array(ignoredSchema),
    waitingFor: z.array(waitingForSchema),
  })
  .meta({ id: 'CutoverStatus' });

/** See {@link conditionSchema}. */
export type ConditionView = z.infer<typeof conditionSchema>;
/** See {@link stepStatusSchema}. */
export type StepStatusView = z.infer<typeof stepStatusSchema>;
/** See {@link uploadSchema}. */
export type UploadView = z.infer<typeof uploadSchema>;
/** See {@link ignoredSchema}. */
export type IgnoredView = z.infer<typeof ignoredSchema>;
/** See {@link waitingForSchema}. */
export type WaitingForView = z.infer<typeof waitingForSchema>;
/** See {@link statusSchema}. */
export type StatusView = z.infer<typeof statusSchema>;
