import type { Json } from '../core/json.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { hashOf } from './canonical.ts';

/** Keys of parameters that only speak to people, say who somebody is, or how long it took in a rehearsal. */
const WORDS: ReadonlySet<string> = new Set(['question', 'confirm', 'owner', 'rehearsalMs']);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const withoutWords = (value: Json): Json => {
  if (isList(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !WORDS.has(key))
      .map(([key, inner]) => [key, withoutWords(inner)]),
  );
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

const procedureOfSteps = (steps: readonly PlanStep[]): Json =>
  steps.toSorted(byId).map(({ id, kind, after, params, required, marks, onDeadline, maxAttempts }) => ({
    id,
    kind,
    after: after.toSorted(),
    params: withoutWords(params),
    required,
    marks,
    onDeadline,
    maxAttempts,
  }));

/**
 * What a rehearsal and the real run must have in common, as a hash: steps, their order, gates, SQL and ways back; not
 * owners, durations, reminders, texts or the order in which the document lists the steps.
 */
export const procedureHash = ({ steps, rollbacks }: Plan): string =>
  hashOf({
    steps: procedureOfSteps(steps),
    rollbacks: rollbacks.toSorted(byId).map((rollback) => ({
      id: rollback.id,
      availableFrom: rollback.availableFrom,
      availableUntil: rollback.availableUntil,
      // A plan without such a condition keeps the hash that its rehearsal had.
      ...(rollback.availableWhileFailed === undefined
        ? {}
        : { availableWhileFailed: rollback.availableWhileFailed }),
      losesData: rollback.dataLossStatement !== null,
      steps: procedureOfSteps(rollback.steps),
    })),
  });
