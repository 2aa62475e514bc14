import { z } from 'zod';
import type { Plan } from '../core/plan.ts';
import { allSteps } from '../core/plan.ts';
import type { CutoverState } from '../core/state.ts';
import type { TableClass } from '../core/table-class.ts';
import type { VerdictRules } from '../core/table-verdict.ts';
import { publicationClassesSchema } from './publication-class.ts';

const drainedGate = z.looseObject({ goal: z.literal('drained'), classes: publicationClassesSchema });
const publishesLastTables = z.looseObject({ entry: z.literal(7) });

/** How tables are judged now, by class: what the steps of a cutover have proved so far. */
export const verdictRulesOf = (
  plan: Plan,
  { milestones, steps }: Pick<CutoverState, 'milestones' | 'steps'>,
): ((tableClass: TableClass) => VerdictRules) => {
  const passed = allSteps(plan).flatMap((planned) => {
    const step = steps[planned.id];
    return step?.status === 'succeeded' && step.endedAt !== null ? [{ planned, endedAt: step.endedAt }] : [];
  });
  const nonKeyedPublished = passed.some(
    ({ planned }) => planned.kind === 'toolkit' && publishesLastTables.safeParse(planned.params).success,
  );
  const drained = passed.flatMap(({ planned, endedAt }) => {
    const gate = planned.kind === 'replication-gate' ? drainedGate.safeParse(planned.params).data : undefined;
    return gate === undefined ? [] : [{ classes: gate.classes, endedAt }];
  });
  return (tableClass) => {
    const proofs = drained.flatMap(({ classes, endedAt }) =>
      tableClass !== 'ignored' && classes.includes(tableClass) ? [endedAt] : [],
    );
    return {
      nonKeyedPublished,
      stoppedAt: milestones['aos-stopped'] ?? null,
      drainedAt: proofs.length === 0 ? null : Math.min(...proofs),
    };
  };
};
