import type { HttpResponseInit } from '@azure/functions';
import type { StoredEvent } from '../../../shared/core/events.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { StoredInput } from '../../../shared/engine/cutover-store.ts';
import type { Envelope } from '../../../shared/engine/ports.ts';
import type { OutsideInput } from './requests.ts';

/** Something that was seen from outside the engine, in the order in which it took effect. */
export type Fact =
  | {
      readonly type: 'planned';
      readonly cutoverId: string;
      readonly plan: Plan;
      /** When it is to begin; null for at once. */
      readonly startAt: number | null;
    }
  | {
      readonly type: 'commit';
      readonly at: number;
      readonly cutoverId: string;
      /** The JSON of the head, state and hash of the last event, as the transaction wrote it. */
      readonly head: string;
      readonly events: readonly StoredEvent[];
      /** Applied inputs, batches of events and rows of messages that the transaction wrote. */
      readonly inputs: readonly StoredInput[];
      readonly batches: number;
      readonly outs: readonly (readonly Envelope[])[];
    }
  | { readonly type: 'evidence-stored'; readonly cutoverId: string; readonly hash: string }
  /** The row of a plan was written; its key is hash and revision. */
  | { readonly type: 'plan-stored'; readonly cutoverId: string; readonly key: string; readonly plan: Plan }
  | { readonly type: 'sent'; readonly at: number; readonly envelope: Envelope }
  /** The request of an effect leaves its process; it takes effect later, if at all. */
  | {
      readonly type: 'left';
      readonly cutoverId: string;
      readonly stepId: string;
      readonly attempt: number;
    }
  | {
      readonly type: 'fired';
      readonly cutoverId: string;
      readonly stepId: string;
      readonly attempt: number;
      readonly repeatable: boolean;
    }
  /** Replication has reached its end, and the servers have shown it. */
  | { readonly type: 'drained' }
  | { readonly type: 'token-posted'; readonly publication: string }
  /** The target told the rows of these tables, and none of them had lost any. */
  | { readonly type: 'counted'; readonly tables: readonly string[]; readonly published: Published }
  | { readonly type: 'asked'; readonly cutoverId: string; readonly input: OutsideInput }
  | {
      readonly type: 'answered';
      readonly cutoverId: string;
      readonly inputId: string;
      readonly reply: HttpResponseInit;
      /** Whether the call asked something else under an id that was used before. */
      readonly reused: boolean;
    }
  /** Somebody asked for the status at this time, as it is or as of a moment, and was told or refused now. */
  | {
      readonly type: 'status-told';
      readonly cutoverId: string;
      readonly asOf: number | null;
      readonly askedAt: number;
      readonly toldAt: number;
      readonly reply: HttpResponseInit;
    }
  /** A message that no function can or could handle. */
  | { readonly type: 'dead-lettered'; readonly messageId: string }
  /** Everything has ended and come to rest. */
  | { readonly type: 'rested' };

/** The tables of each class that are published. */
export type Published = Readonly<Record<'keyed' | 'non-keyed', readonly string[]>>;

/** The fact of one type. */
export type FactOf<T extends Fact['type']> = Extract<Fact, { readonly type: T }>;

/** A broken promise: the invariant's number and what was seen. */
export type Violation = { readonly invariant: string; readonly message: string };

/** The cutover a fact is about; null for one about none or all of them. */
export const cutoverOf = (fact: Fact): string | null => {
  if ('cutoverId' in fact) return fact.cutoverId;
  if (fact.type !== 'sent' || fact.envelope.body.type === 'dead-letter') return null;
  return fact.envelope.body.cutoverId;
};
