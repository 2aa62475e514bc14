import type { CutoverEvent, StoredEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import type { CutoverState, PlanRef, StepState } from '../../../shared/core/state.ts';
import type { Fact, FactOf } from './facts.ts';
import type { OutsideInput } from './requests.ts';

/** One event with the state it met and the state it left. */
export type Stage<E extends StoredEvent = StoredEvent> = {
  readonly event: E;
  readonly before: CutoverState | null;
  readonly after: CutoverState;
};

/** One commit with its number and the states folded from events alone. */
export type Chapter = {
  readonly number: number;
  readonly fact: FactOf<'commit'>;
  readonly before: CutoverState | null;
  readonly after: CutoverState;
  readonly stages: readonly Stage[];
};

/** What was seen of one cutover so far. */
export type History = {
  readonly cutoverId: string;
  /** When it is to begin; null for at once. */
  readonly startAt: number | null;
  /** The plan in force, as it was stored. */
  readonly plan: Plan;
  /** Every step of any of its plans, as the newest plan that has it says. */
  readonly planned: ReadonlyMap<string, PlanStep>;
  readonly asked: ReadonlyMap<string, OutsideInput>;
  /** Takes the next fact; gives the chapter that a commit adds. */
  readonly add: (fact: Fact) => Chapter | null;
};

/** Tells of a broken promise. */
export type Fail = (invariant: string, message: string) => void;

/** Watches one cutover: sees each of its facts once, in the order in which they took effect, and remembers what it must. */
export type Check = (history: History, fail: Fail) => (fact: Fact, chapter: Chapter | null) => void;

const stagesOf = (before: CutoverState | null, events: readonly StoredEvent[]): Stage[] => {
  let state = before;
  return events.map((event) => {
    const stage = { event, before: state, after: evolve(state, [event], event.at)! };
    state = stage.after;
    return stage;
  });
};

/** The key of a stored plan. */
export const planKeyOf = ({ hash, revision }: PlanRef): string => `${hash}-${revision}`;

/** Folds the events of one cutover as they are committed. */
export const makeHistory = (start: FactOf<'planned'>): History => {
  const { cutoverId, startAt } = start;
  const asked = new Map<string, OutsideInput>();
  const stored = new Map<string, Plan>();
  const planned = new Map<string, PlanStep>();
  let { plan } = start;
  const follow = (next: Plan): void => {
    plan = next;
    for (const step of allSteps(plan)) planned.set(step.id, step);
  };
  follow(plan);
  let state: CutoverState | null = null;
  let number = 0;
  return {
    cutoverId,
    startAt,
    get plan() {
      return plan;
    },
    planned,
    asked,
    add: (fact) => {
      if (fact.type === 'asked') asked.set(fact.input.id, fact.input);
      if (fact.type === 'plan-stored') stored.set(fact.key, fact.plan);
      if (fact.type !== 'commit') return null;
      const before = state;
      const after = evolve(before, fact.events, fact.events[0]?.at ?? fact.at);
      if (after === null) throw new Error(`${cutoverId} was committed before it was started`);
      state = after;
      number += 1;
      if (after.plan.revision !== before?.plan.revision) follow(stored.get(planKeyOf(after.plan)) ?? plan);
      return { number, fact, before, after, stages: stagesOf(before, fact.events) };
    },
  };
};

/** A check of each commit by itself. */
export const onChapter =
  (see: (chapter: Chapter, history: History, fail: Fail) => void): Check =>
  (history, fail) =>
  (_, chapter) => {
    if (chapter !== null) see(chapter, history, fail);
  };

/** A stage whose event has one of these types. */
type StageOf<T extends CutoverEvent['type']> = Stage<StoredEvent & { readonly type: T }>;

/** The stages of a commit whose events have one of these types. */
export const stagesOfType = <T extends CutoverEvent['type']>(
  { stages }: Chapter,
  ...types: readonly T[]
): readonly StageOf<T>[] =>
  stages.filter((stage): stage is StageOf<T> => (types as readonly string[]).includes(stage.event.type));

/** A step as it stood in a state. */
export const stepIn = (state: CutoverState | null, stepId: string): StepState => {
  const step = state?.steps[stepId];
  if (step === undefined) throw new Error(`the log speaks of ${stepId}, which is no step`);
  return step;
};

/** A step as the plan has it, the ways back included. */
export const plannedIn = ({ planned }: Pick<History, 'planned'>, stepId: string): PlanStep => {
  const step = planned.get(stepId);
  if (step === undefined) throw new Error(`the log speaks of ${stepId}, which the plan does not know`);
  return step;
};
