import { z } from 'zod';
import type { Bindings } from '../contract/bindings.ts';
import { NOBODY } from '../core/replication-agents.ts';
import type { CutoverState } from '../core/state.ts';
import { defineKind } from './kind.ts';
import { roleSchema } from './names.ts';
import { staleGates } from './stale-gates.ts';
import { done, notYet, weakest } from './verdicts.ts';

/** The parameters of an approval. */
export const approvalParams = z.strictObject({
  question: z.string().min(1).max(500),
  approvers: z.array(roleSchema).min(1).max(20).meta({ description: 'Roles that may vote.' }),
  quorum: z.int().min(1).max(50).meta({ description: 'So many different people must approve.' }),
  denials: z.int().min(1).max(50).meta({ description: 'So many denials end it.' }),
});

/** The people who hold one of the roles, each once. */
export const holdersOf = (roles: readonly string[], bindings: Bindings): readonly string[] => [
  ...new Set(roles.flatMap((role) => (bindings.people[role] ?? []).map(({ id }) => id))),
];

/** What the voters see of the steps the approval waits for: nothing that changes by itself, so that the hash stands. */
const evidenceOf = (after: readonly string[], state: CutoverState) =>
  after.map((stepId) => {
    const step = state.steps[stepId];
    return {
      stepId,
      status: step?.status ?? null,
      evidence: step?.evidence?.hash ?? null,
      source: step?.evidence?.source ?? null,
      summary: step?.evidence?.summary ?? null,
      waiver: step?.waiver ? { by: step.waiver.by.name, reason: step.waiver.reason } : null,
    };
  });

/** People decide on evidence; the votes are counted by the cutover itself, for the hash they saw (I8). */
export const approval = defineKind({
  name: 'approval',
  summary: 'Asks named people to approve on the evidence of the steps before it.',
  params: approvalParams,
  asks: () => 'approval',
  dataGate: false,
  rule: ({ approvers, quorum, denials }, bindings) => ({
    quorum,
    denials,
    approvers: holdersOf(approvers, bindings),
  }),
  effect: null,
  pollEveryMs: 60_000,
  read: ({ params: { question }, planned, state, now }) => {
    const steps = evidenceOf(planned.after, state);
    const isFailed = ([, step]: readonly [string, CutoverState['steps'][string]]) => step.status === 'failed';
    return Promise.resolve({
      source: weakest(steps.flatMap(({ source }) => source ?? [])),
      takenAt: now,
      body: {
        question,
        steps,
        // What passes by itself comes and goes: a vote would be void for nothing.
        replication:
          state.replication?.unmet
            .filter(({ who }) => who !== NOBODY)
            .map(({ code }) => code)
            .sort() ?? null,
        failed: Object.entries(state.steps)
          .filter(isFailed)
          .map(([stepId]) => stepId)
          .sort(),
      },
    });
  },
  judge: (context, { body: { question } }) => {
    const stale = staleGates(context);
    return stale.length === 0 ? done(`Approved: ${question}`) : notYet(...stale);
  },
});
