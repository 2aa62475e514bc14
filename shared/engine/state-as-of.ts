import { evolve } from '../core/evolve.ts';
import type { CutoverState } from '../core/state.ts';
import { EVENTS_FROM, eventBatches, eventsOf } from './event-rows.ts';
import type { Tables } from './ports.ts';

/**
 * The state of a cutover as it was at an instant, everything of that millisecond included: the fold of its events up to
 * then (I5), never the head. Null before its first event. Throws C401, C404 and C405.
 */
export type StateAsOf = (cutoverId: string, at: number) => Promise<CutoverState | null>;

/** See {@link StateAsOf}. */
export const makeStateAsOf =
  (tables: Tables): StateAsOf =>
  async (cutoverId, at) => {
    let state: CutoverState | null = null;
    for await (const batch of eventBatches(tables, cutoverId, EVENTS_FROM)) {
      const events = eventsOf(batch);
      const committedAt = events[0]?.at ?? Infinity;
      // Time never runs backwards in a cutover: nothing that follows is earlier.
      if (committedAt > at) break;
      state = evolve(state, events, committedAt);
    }
    return state;
  };
