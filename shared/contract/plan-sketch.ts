import { parseDuration } from '../core/duration.ts';

/** Who a step stands among: the forward plan is null, a way back is named. */
type Among = { readonly index: number; readonly id: string } | null;

/** What could be read of one step, whatever else is wrong with it; null where it could not. */
export type StepSketch = {
  readonly path: readonly PropertyKey[];
  /** How messages name it. */
  readonly label: string;
  readonly among: Among;
  readonly id: string | null;
  readonly after: readonly string[];
  readonly phase: number | null;
  readonly kind: string | null;
  readonly params: unknown;
  readonly plannedMs: number | null;
  readonly deadlineMs: number | null;
  readonly remindAfterMs: readonly number[];
  readonly marks: string | null;
  readonly required: boolean;
};

/** What could be read of one way back. */
export type RollbackSketch = {
  readonly path: readonly PropertyKey[];
  readonly label: string;
  readonly availableFrom: string | null;
  readonly availableUntil: string | null;
  readonly availableWhileFailed: string | null;
  readonly losesData: boolean;
};

/** What could be read of a plan, so that its order of steps is checked even when something else in it is wrong. */
export type PlanSketch = {
  readonly mode: string | null;
  readonly steps: readonly StepSketch[];
  readonly rollbacks: readonly RollbackSketch[];
};

const recordOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const durationOf = (value: unknown): number | null =>
  typeof value === 'string' ? parseDuration(value) : null;

const isPresent = <T>(value: T | null): value is T => value !== null;

const sketchStep = (
  value: unknown,
  path: readonly PropertyKey[],
  position: number,
  among: Among,
): StepSketch => {
  const step = recordOf(value) ?? {};
  const id = textOf(step.id);
  const place = among === null ? '' : ` of way back "${among.id}"`;
  return {
    path,
    label: id === null ? `step ${position + 1}${place}` : `step "${id}"`,
    among,
    id,
    after: listOf(step.after).map(textOf).filter(isPresent),
    phase: typeof step.phase === 'number' ? step.phase : null,
    kind: textOf(step.kind),
    params: step.params ?? {},
    plannedMs: durationOf(step.planned),
    deadlineMs: durationOf(step.deadline),
    remindAfterMs: listOf(step.remindAfter).map(durationOf).filter(isPresent),
    marks: textOf(step.marks),
    required: step.required !== false,
  };
};

const sketchSteps = (value: unknown, path: readonly PropertyKey[], among: Among): readonly StepSketch[] =>
  listOf(value).map((step, index) => sketchStep(step, [...path, index], index, among));

/** Reads of a plan document whatever can be read. */
export const sketchPlan = (document: unknown): PlanSketch => {
  const plan = recordOf(document) ?? {};
  const rollbacks = listOf(plan.rollbacks).map((value, index) => {
    const rollback = recordOf(value) ?? {};
    const id = textOf(rollback.id) ?? `${index + 1}`;
    const path = ['rollbacks', index] as const;
    return {
      path,
      label: `way back "${id}"`,
      availableFrom: textOf(rollback.availableFrom),
      availableUntil: textOf(rollback.availableUntil),
      availableWhileFailed: textOf(rollback.availableWhileFailed),
      losesData: textOf(rollback.dataLossStatement) !== null,
      steps: sketchSteps(rollback.steps, [...path, 'steps'], { index, id }),
    };
  });
  return {
    mode: textOf(plan.mode),
    steps: [...sketchSteps(plan.steps, ['steps'], null), ...rollbacks.flatMap(({ steps }) => steps)],
    rollbacks,
  };
};
