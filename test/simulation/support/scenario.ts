import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { EngineParts } from '../../../shared/engine/engine.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import type { Kind } from '../../../shared/kinds/kind.ts';
import type { Clients } from './clients.ts';
import type { Clocks } from './clocks.ts';
import type { Faults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Profile } from './profile.ts';
import type { Chance } from './random.ts';
import type { CrashPoint, Owner, Scheduler } from './scheduler.ts';
import type { SimulatedBus } from './simulated-bus.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';

/** What every simulation stands on, whatever it plays. */
export type Ground = {
  readonly chance: Chance;
  readonly profile: Profile;
  readonly time: VirtualTime;
  readonly clocks: Clocks;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly tables: Tables;
  readonly scheduler: Scheduler;
  readonly bus: SimulatedBus;
};

/** The world and the people around the engine. */
export type Surroundings = {
  /** The outside as one process reaches it. */
  readonly ports: (owner: Owner) => Pick<EngineParts, 'outside' | 'look' | 'conditions' | 'stopwatch'>;
  /** Somebody looks at the cutover and does something about it. */
  readonly look: (cutoverId: string, state: CutoverState) => void;
  /** Somebody goes away for long and leaves the cutover held, or with a proposal. */
  readonly leave: (cutoverId: string, state: CutoverState) => void;
};

/** What is played: the plans and their kinds, what goes wrong, and what surrounds the engine. */
export type Scenario = {
  readonly profile: Profile;
  readonly kinds: readonly Kind[];
  readonly bindings: Bindings;
  readonly planOf: (cutoverId: string) => Plan;
  /** Whether a handler that threw this did what the scenario meant it to. */
  readonly isSimulatedBug: (error: unknown) => boolean;
  /** A simulation that does more than this goes in circles; its faults stop at half of it. */
  readonly mostActions: number;
  /** So long after the faults have stopped everything must have ended. */
  readonly livenessMs: number;
  readonly surround: (ground: Ground, clients: () => Clients) => Surroundings;
};

/** One run of a scenario: the same play gives the same trace. */
export type Play = {
  /** Seeds every choice. */
  readonly seed: string;
  readonly scenario: Scenario;
  /** Where the one crash of the run is, besides those of the profile; null for none. */
  readonly crashPoint: CrashPoint | null;
  /** The delivery, counted from 1, just before which somebody holds the cutover; null for none. */
  readonly holdBefore: number | null;
};
