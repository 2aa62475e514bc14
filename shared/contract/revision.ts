import { z } from 'zod';
import { bindingsDocumentSchema, personSchema, planDocumentSchema, stepIdSchema, text } from './http.ts';

const instant = z.iso.datetime().meta({ description: 'UTC, ISO 8601' });

/** A step that was done outside the app, as the people who answer for the record say. */
const doneOutsideSchema = z
  .strictObject({
    stepId: stepIdSchema,
    doneAt: instant.meta({
      description:
        'When it was really done: not in the future, and at most 180 days before the start of the cutover.',
    }),
    by: personSchema.meta({ description: 'Who really did it.' }),
    note: text(1000).meta({ description: 'What was done: the summary of its evidence.' }),
    evidence: text(4000).meta({ description: 'What shows it: a text, or a link.' }),
  })
  .meta({ id: 'DoneOutside' });

/** A change of the plan of a running cutover; what is not sent stays as it is. */
export const revisionBodySchema = z
  .strictObject({
    plan: planDocumentSchema.optional(),
    bindings: bindingsDocumentSchema.optional(),
    done: z
      .array(doneOutsideSchema)
      .max(1000)
      .default([])
      .meta({ description: 'Steps that were done outside and are to be recorded.' }),
    reason: text(1000),
  })
  .meta({ id: 'RevisionRequest' });

/** What a second person says to a proposal. */
export const revisionDecisionBodySchema = z
  .strictObject({ decision: z.enum(['approve', 'reject']), comment: text(1000) })
  .meta({ id: 'RevisionDecision' });

/** The hash of a proposal in a path. */
export const proposalHashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** An open proposal as people see it. */
export const proposalSchema = z
  .object({
    hash: proposalHashSchema.meta({ description: 'Covers the plan, the bindings and what is recorded.' }),
    revision: z.int(),
    by: z.string(),
    reason: z.string(),
    at: instant,
    expiresAt: instant.meta({ description: 'From then on it cannot be approved.' }),
    changes: z.array(z.string()).meta({ description: 'The difference in words.' }),
    changesProcedure: z.boolean().meta({
      description: 'Whether the procedure hash changes: then it is no longer the procedure rehearsed.',
    }),
    done: z.array(
      z.object({
        stepId: z.string(),
        doneAt: instant,
        by: z.string(),
        note: z.string(),
        evidenceHash: z.string(),
      }),
    ),
  })
  .meta({ id: 'Proposal' });

const sideSchema = z.record(z.string(), z.unknown()).nullable();
const differenceSchema = z.array(z.object({ id: z.string(), before: sideSchema, after: sideSchema }));

/** An open proposal with the whole difference: what is added has no before, what is removed no after. */
export const proposalDifferenceSchema = proposalSchema
  .extend({ steps: differenceSchema, waysBack: differenceSchema })
  .meta({ id: 'ProposalDifference' });

/** See {@link proposalSchema}. */
export type ProposalView = z.infer<typeof proposalSchema>;
/** See {@link proposalDifferenceSchema}. */
export type ProposalDifferenceView = z.infer<typeof proposalDifferenceSchema>;
