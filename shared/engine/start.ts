import type { Bindings } from '../contract/bindings.ts';
import type { Answer } from '../core/draft.ts';
import { refused } from '../core/draft.ts';
import type { Plan } from '../core/plan.ts';
import type { Actor } from '../core/state.ts';
import type { Advance } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import type { Directory } from './directory.ts';
import { planRef } from './plan-ref.ts';
import type { Clock } from './ports.ts';

/** What is asked to be started, already validated. */
export type StartRequest = {
  readonly cutoverId: string;
  readonly plan: Plan;
  readonly bindings: Bindings;
  readonly by: Actor;
  /** Why nothing shall be dispatched yet; absent to begin at once. */
  readonly hold?: string;
  /** The instant at which it begins by itself; absent to begin at once. */
  readonly startAt?: number;
  readonly key: string;
};

/** Starts a cutover: findable first, then its plan, then the first commit, so that a crash between loses nothing. */
export type Start = (request: StartRequest) => Promise<Answer>;

/** See {@link Start}. */
export const makeStart =
  (parts: {
    readonly store: CutoverStore;
    readonly directory: Directory;
    readonly advance: Advance;
    readonly clock: Clock;
  }): Start =>
  async ({ cutoverId, plan, bindings, by, hold = null, startAt = null, key }) => {
    const ref = planRef({ plan, bindings }, 1);
    const inputId = `start:${key}`;
    if ((await parts.store.readHead(cutoverId)) === null) {
      // A mistyped date must not start it at once.
      if (startAt !== null && startAt <= parts.clock.now()) return refused('C201', 'startAt has passed');
      await parts.directory.announce(cutoverId, parts.clock.now());
      await parts.store.insertPlan(cutoverId, ref, { plan, bindings });
    }
    const input = { cutoverId, plan, ref, by, hold, startAt };
    return await parts.advance(cutoverId, { id: inputId, type: 'start', ...input });
  };
