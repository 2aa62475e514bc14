import type { z } from 'zod';
import type { Bindings } from '../contract/bindings.ts';
import type { GivenDocument, GivenOf } from '../contract/upload.ts';
import type { Judgement } from '../core/inputs.ts';
import type { Json } from '../core/json.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import type { ReplicationReading } from '../core/replication.ts';
import type { ApprovalRule, CutoverState, ReadingSource, StepError, StepState, Wait } from '../core/state.ts';
import type { Upload } from '../core/uploads.ts';
import type { KindPorts } from './kind-ports.ts';

/** What a step's function knows when it acts: the stored state, the plan it belongs to, and the ports of its kind. */
export type StepContext<Params> = {
  readonly cutoverId: string;
  readonly state: CutoverState;
  readonly plan: Plan;
  readonly planned: PlanStep;
  readonly step: StepState;
  readonly bindings: Bindings;
  readonly params: Params;
  /** The cutover's time in epoch milliseconds: never before its last commit. */
  readonly now: number;
  readonly ports: KindPorts;
  /** Where an automation reports the completion of this attempt. */
  readonly callbackUrl: string;
  /** Replication readings of this cutover taken since an instant, oldest first, at most the last `limit`. */
  readonly readings: (since: number, limit: number) => Promise<readonly ReplicationReading[]>;
  /**
   * The newest document of a kind that people gave: a statement about this step, counts of the toolkit about it or else
   * about all; null where nobody gave any.
   */
  readonly given: <K extends GivenDocument['kind']>(kind: K) => Promise<Given<K> | null>;
};

/** A document that people gave, with what was read of it. */
export type Given<K extends GivenDocument['kind']> = {
  readonly upload: Upload;
  readonly document: GivenOf<K>;
};

/** What was looked at, kept as evidence under its hash; `body` never holds secrets or values of business rows. */
export type KindReading<Body extends Json> = {
  readonly source: ReadingSource;
  readonly takenAt: number;
  readonly body: Body;
  /** Who answers for what nobody has read, in words that go after the summary. */
  readonly said?: string;
};

/** A pure judgement of a reading; `summary` is what people read at the gate. */
export type KindVerdict =
  { readonly verdict: 'done'; readonly summary: string } | Exclude<Judgement, { verdict: 'done' }>;

/** What became of an effect; a port's time-out is `unknown`, never `refused`. */
export type EffectOutcome =
  | { readonly outcome: 'accepted'; readonly reference: string | null }
  | { readonly outcome: 'refused'; readonly error: Omit<StepError, 'at'> }
  | { readonly outcome: 'unknown' };

/** What a step asks of the outside, at most once per attempt unless doubling it harms nobody (I10). */
export type KindEffect<Params> = {
  readonly repeatable: boolean;
  /** Whether these parameters have an effect at all. */
  readonly applies: (context: StepContext<Params>) => boolean;
  readonly fire: (context: StepContext<Params>, token: string) => Promise<EffectOutcome>;
  /** Asks the outside whether an announced effect happened; `unknown` leaves it to a person. */
  readonly probe: (context: StepContext<Params>) => Promise<EffectOutcome>;
};

/** The code behind a step: one kind is one function and one queue, all run by the one lifecycle. */
export type KindDefinition<Params, Reading extends Json> = {
  readonly name: string;
  readonly summary: string;
  readonly params: z.ZodType<Params>;
  /** Whom the step asks, given its parameters. */
  readonly asks: (params: Params) => Wait['asks'];
  /** Whether it proves that data has arrived: passing it without proof takes two people. */
  readonly dataGate: boolean;
  /** The approval rule, frozen when the wait opens; null for every other kind. */
  readonly rule: ((params: Params, bindings: Bindings) => ApprovalRule) | null;
  readonly effect: KindEffect<Params> | null;
  /** The sources of readings the step accepts, of which it shows the weakest; absent where it reads nothing or chooses by itself. */
  readonly accepts?: (params: Params) => readonly ReadingSource[];
  /** How often the reading is repeated while it does not suffice. */
  readonly pollEveryMs: number;
  /** Reads the postcondition; throws CutoverError for what cannot be reached or read. */
  readonly read: (context: StepContext<Params>) => Promise<KindReading<Reading>>;
  readonly judge: (context: JudgeContext<Params>, reading: KindReading<Reading>) => KindVerdict;
};

/** What a judgement may look at: stored state and time, no ports. */
export type JudgeContext<Params> = Omit<StepContext<Params>, 'ports' | 'readings' | 'given'>;

/** A kind as the registry holds it: its parameters are parsed by its own schema before anything else sees them. */
export type Kind = KindDefinition<unknown, Json>;

/** Declares a kind; inside it, parameters and readings keep their types. */
export const defineKind = <Params, Reading extends Json>(definition: KindDefinition<Params, Reading>): Kind =>
  // Sound because run-step passes only what `params` of the same kind returned and `read` of the same kind gave.
  definition as unknown as Kind;
