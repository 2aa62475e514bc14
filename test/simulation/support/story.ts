import type { CutoverEvent } from '../../../shared/core/events.ts';
import type { Plan, PlanStep, RollbackPlan } from '../../../shared/core/plan.ts';
import type { Actor, CutoverState, StepState } from '../../../shared/core/state.ts';
import type { Asked } from './meddlers.ts';
import type { Deed } from './operators.ts';
import { planOf, stepOf } from './plan.ts';
import type { Profile } from './profile.ts';
import { CALM_PROFILE } from './profile.ts';
import { simulatedScenario, surroundWith } from './random-plan.ts';
import type { Scenario } from './scenario.ts';
import type { Temper } from './temper.ts';
import { CALM } from './temper.ts';

/** A small cutover in which nothing goes wrong but what the story is about. */
export type Story = {
  readonly name: string;
  readonly steps: readonly PlanStep[];
  /** What it is about, as events that must come of it when nothing dies. */
  readonly shows: readonly CutoverEvent['type'][];
  /** How it ends; completed unless it says otherwise. */
  readonly ends?: CutoverState['status'];
  /** Whether how its steps end depends on which of several requests or limits comes first. */
  readonly endsByChance?: true;
  readonly plan?: Partial<Plan>;
  /** Made anew for every play, because it may remember what was asked. */
  readonly temper?: () => Partial<Temper>;
  readonly profile?: Partial<Profile>;
  readonly deeds?: readonly Deed[];
};

/** People of the stories. */
export const OLGA = { id: 'o1', name: 'Olga' };
/** See {@link OLGA}. */
export const OMAR = { id: 'o2', name: 'Omar' };
/** Why anybody does anything in a story. */
export const REASON = 'the story wants it';

/** Steps of these kinds, each behind the one before it, called s0, s1, … */
export const row = (
  ...kinds: readonly (string | ({ readonly kind: string } & Partial<PlanStep>))[]
): PlanStep[] =>
  kinds.map((given, index) =>
    stepOf({
      id: `s${index}`,
      after: index === 0 ? [] : [`s${index - 1}`],
      ...(typeof given === 'string' ? { kind: given } : given),
    }),
  );

/** Whether this step of a cutover is so. */
export const stepIs =
  (stepId: string, when: (step: StepState) => boolean): Deed['when'] =>
  ({ steps }) =>
    when(steps[stepId]!);

/** Somebody does this once, as soon as the step is so. */
export const onceStep = (
  stepId: string,
  when: (step: StepState) => boolean,
  ...does: readonly ((state: CutoverState, step: StepState) => Asked)[]
): Deed => ({
  when: stepIs(stepId, when),
  does: (state) => does.map((asked) => asked(state, state.steps[stepId]!)),
});

/** Whether a step has this status. */
export const is =
  (status: StepState['status']) =>
  (step: StepState): boolean =>
    step.status === status;
/** Whether nobody knows what became of the step's effect. */
export const isDoubted = ({ effect }: StepState): boolean => effect?.outcome === 'unknown';

/** The first of all times only. */
export const first = <T>(then: T, otherwise: T): (() => T) => {
  let times = 0;
  return () => ((times += 1) === 1 ? then : otherwise);
};

/** The first of all times for each step. */
export const firstOfEach = <T>(then: T, otherwise: T): ((asked: { readonly stepId: string }) => T) => {
  const met = new Set<string>();
  return ({ stepId }) => {
    if (met.has(stepId)) return otherwise;
    met.add(stepId);
    return then;
  };
};

/** A way back of two steps. */
export const rollback = (id: string, differs: Partial<RollbackPlan> = {}): RollbackPlan => ({
  id,
  title: `The way back ${id}`,
  availableFrom: null,
  availableUntil: null,
  dataLossStatement: null,
  steps: [
    stepOf({ id: `rb.${id}.0`, kind: 'person', after: [] }),
    stepOf({ id: `rb.${id}.1`, kind: 'world', after: [`rb.${id}.0`] }),
  ],
  ...differs,
});

/** Olga takes this way back, as soon as the step waits. */
export const goesBack = (stepId: string, rollbackId: string, statement: string | null = null): Deed =>
  onceStep(stepId, is('waiting'), () => ({
    type: 'rollback',
    rollbackId,
    by: OLGA,
    reason: REASON,
    statement,
  }));

/** Somebody wants to pass a step without its proof. */
export const skips = (stepId: string, by: Actor): Asked => ({ type: 'skip', stepId, by, reason: REASON });

/** As soon as the cutover is so, Olga proposes other steps, and to record those done outside; `reason` names the proposal. */
export const proposes = (
  reason: string,
  when: Deed['when'],
  change: (steps: readonly PlanStep[]) => readonly PlanStep[],
  done: readonly string[] = [],
): Deed => ({
  when,
  does: ({ lastCommitAt: doneAt }, plan) => [
    {
      type: 'propose-revision',
      plan: { ...plan, steps: change(plan.steps) },
      done: done.map((stepId) => ({ stepId, doneAt, by: OMAR, note: 'by hand', evidence: 'a protocol' })),
      by: OLGA,
      reason,
    },
  ],
});

/** Somebody decides about the proposal of this reason. */
export const decide = (reason: string, by: Actor, decision: 'approve' | 'reject'): Deed => ({
  when: ({ proposal }) => proposal?.reason === reason,
  does: ({ proposal }) => [
    { type: 'decide-revision', hash: proposal?.hash ?? '', decision, by, comment: REASON },
  ],
});

/** A story as it is played. */
export const storyScenario = ({ steps, plan = {}, temper, profile = {}, deeds = [] }: Story): Scenario =>
  simulatedScenario(
    { ...CALM_PROFILE, ...profile },
    {
      planOf: () => planOf({ ...plan, steps }),
      surround: surroundWith(() => ({ ...CALM, ...temper?.() }), deeds),
    },
  );
