import { sameJson } from './json.ts';
import type { Plan, PlanStep } from './plan.ts';

/** How a plan differs from the one before it; `other` says in words what concerns no single forward step. */
export type PlanDifference = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly stepId: string; readonly fields: readonly string[] }[];
  readonly other: readonly string[];
};

type Named = { readonly id: string };

const idsOf = (items: readonly Named[]): ReadonlySet<string> => new Set(items.map(({ id }) => id));

const fieldsThatDiffer = (before: PlanStep, after: PlanStep): readonly string[] =>
  Object.keys({ ...before, ...after }).filter(
    (field) => !sameJson(before[field as keyof PlanStep], after[field as keyof PlanStep]),
  );

const otherDifferences = (before: Plan, after: Plan): readonly string[] => {
  const fields = (['title', 'source', 'concurrency'] as const).filter(
    (field) => before[field] !== after[field],
  );
  const [old, young] = [idsOf(before.rollbacks), idsOf(after.rollbacks)];
  const isChanged = (way: Plan['rollbacks'][number]) =>
    before.rollbacks.some((other) => other.id === way.id && !sameJson(other, way));
  return [
    ...fields.map((field) => `${field} becomes ${after[field]}`),
    ...[...young].filter((id) => !old.has(id)).map((id) => `way back ${id} is added`),
    ...[...old].filter((id) => !young.has(id)).map((id) => `way back ${id} is removed`),
    ...after.rollbacks.filter(isChanged).map(({ id }) => `way back ${id} is changed`),
  ];
};

/** Compares two plans; the order in which they list the steps is no difference. */
export const comparePlans = (before: Plan, after: Plan): PlanDifference => {
  const [old, young] = [idsOf(before.steps), idsOf(after.steps)];
  const earlier = new Map(before.steps.map((step) => [step.id, step]));
  return {
    added: [...young].filter((id) => !old.has(id)),
    removed: [...old].filter((id) => !young.has(id)),
    changed: after.steps.flatMap((step) => {
      const same = earlier.get(step.id);
      const fields = same === undefined ? [] : fieldsThatDiffer(same, step);
      return fields.length === 0 ? [] : [{ stepId: step.id, fields }];
    }),
    other: otherDifferences(before, after),
  };
};

/** The difference in words, a line each. */
export const tellDifference = ({ added, removed, changed, other }: PlanDifference): readonly string[] => [
  ...added.map((id) => `${id} is added`),
  ...removed.map((id) => `${id} is removed`),
  ...changed.map(({ stepId, fields }) => `${stepId} changes its ${fields.join(', ')}`),
  ...other,
];
