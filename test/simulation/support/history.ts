import type { CutoverEvent, StoredEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState, StepState } from '../../../shared/core/state.ts';
import type { Fact, FactOf, Violation } from './facts.ts';

/** One event with the state it met and the state it left. */
export type Stage = {
  readonly event: StoredEvent;
  readonly before: CutoverState | null;
  readonly after: CutoverState;
};

/** One commit with its place in the log of facts and the states folded from events alone. */
export type Chapter = {
  readonly order: number;
  readonly fact: FactOf<'commit'>;
  readonly before: CutoverState | null;
  readonly after: CutoverState;
  readonly stages: readonly Stage[];
};

/** All that was seen of one cutover. */
export type History = {
  readonly cutoverId: string;
  readonly plan: Plan;
  readonly chapters: readonly Chapter[];
  readonly asked: ReadonlyMap<string, Input>;
  readonly facts: readonly Fact[];
  /** Whether everything had come to rest when the log ends. */
  readonly isComplete: boolean;
};

/** A check of one or more invariants over the whole history of a cutover. */
export type Check = (history: History) => readonly Violation[];

const stagesOf = (before: CutoverState | null, fact: FactOf<'commit'>): Stage[] => {
  let state = before;
  return fact.events.map((event) => {
    const stage = { event, before: state, after: evolve(state, [event], event.at)! };
    state = stage.after;
    return stage;
  });
};

/** Sorts the facts by cutover and folds the events of each, from the first on. */
export const historiesOf = (facts: readonly Fact[], isComplete: boolean): readonly History[] =>
  facts.flatMap((planned) => {
    if (planned.type !== 'planned') return [];
    const { cutoverId, plan } = planned;
    const chapters: Chapter[] = [];
    const asked = new Map<string, Input>();
    let state: CutoverState | null = null;
    for (const [order, fact] of facts.entries()) {
      if (fact.type === 'asked' && fact.cutoverId === cutoverId) asked.set(fact.input.id, fact.input);
      if (fact.type !== 'commit' || fact.cutoverId !== cutoverId) continue;
      const after: CutoverState | null = evolve(state, fact.events, fact.events[0]?.at ?? fact.at);
      if (after === null) continue;
      chapters.push({ order, fact, before: state, after, stages: stagesOf(state, fact) });
      state = after;
    }
    return [{ cutoverId, plan, chapters, asked, facts, isComplete }];
  });

/** All events of one type with the states around them. */
export const stagesOfType = <T extends CutoverEvent['type']>(
  { chapters }: History,
  type: T,
): readonly (Stage & {
  readonly event: StoredEvent & { readonly type: T };
  readonly chapter: Chapter;
})[] =>
  chapters.flatMap((chapter) =>
    chapter.stages.flatMap((stage) =>
      stage.event.type === type
        ? [{ ...stage, event: stage.event as StoredEvent & { readonly type: T }, chapter }]
        : [],
    ),
  );

/** A step as it stood in a state. */
export const stepIn = (state: CutoverState | null, stepId: string): StepState => {
  const step = state?.steps[stepId];
  if (step === undefined) throw new Error(`the log speaks of ${stepId}, which is no step`);
  return step;
};
