import type { Answer } from '../../../shared/core/draft.ts';
import type { StoredEvent } from '../../../shared/core/events.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { StoredInput } from '../../../shared/engine/cutover-store.ts';
import type { Envelope } from '../../../shared/engine/ports.ts';

/** Something that was seen from outside the engine, in the order in which it took effect. */
export type Fact =
  | { readonly type: 'planned'; readonly cutoverId: string; readonly plan: Plan }
  | {
      readonly type: 'commit';
      readonly at: number;
      readonly cutoverId: string;
      readonly head: CutoverState;
      readonly lastEventHash: string;
      readonly events: readonly StoredEvent[];
      /** Applied inputs, batches of events and rows of messages that the transaction wrote. */
      readonly inputs: readonly StoredInput[];
      readonly batches: number;
      readonly outs: readonly (readonly Envelope[])[];
    }
  | { readonly type: 'evidence-stored'; readonly cutoverId: string; readonly hash: string }
  | { readonly type: 'sent'; readonly at: number; readonly envelope: Envelope }
  | {
      readonly type: 'fired';
      readonly cutoverId: string;
      readonly stepId: string;
      readonly attempt: number;
      readonly repeatable: boolean;
    }
  | { readonly type: 'asked'; readonly cutoverId: string; readonly input: Input }
  | {
      readonly type: 'answered';
      readonly cutoverId: string;
      readonly inputId: string;
      readonly answer: Answer;
      /** Whether the call asked something else under an id that was used before. */
      readonly reused: boolean;
    }
  /** A message that no function can or could handle. */
  | { readonly type: 'dead-lettered'; readonly messageId: string };

/** The fact of one type. */
export type FactOf<T extends Fact['type']> = Extract<Fact, { readonly type: T }>;

/** A broken promise: the invariant's number and what was seen. */
export type Violation = { readonly invariant: string; readonly message: string };
