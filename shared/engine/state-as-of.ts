import { CutoverError } from '../core/errors.ts';
import { evolve } from '../core/evolve.ts';
import type { CutoverState } from '../core/state.ts';
import { EVENTS_FROM, eventBatches, eventsOf } from './event-rows.ts';
import type { Clock, Tables } from './ports.ts';

/**
 * The state of a cutover as it was at an instant, everything of that millisecond included: the fold of its events up to
 * then (I5), never the head. Throws C325 for an instant before the first event or still to come, C401, C404 and C405.
 */
export type StateAsOf = (cutoverId: string, at: number) => Promise<CutoverState>;

const shown = (at: number): string => new Date(at).toISOString();

/** See {@link StateAsOf}. */
export const makeStateAsOf =
  ({ tables, clock }: { readonly tables: Tables; readonly clock: Clock }): StateAsOf =>
  async (cutoverId, at) => {
    let state: CutoverState | null = null;
    for await (const batch of eventBatches(tables, cutoverId, EVENTS_FROM)) {
      const events = eventsOf(batch);
      const committedAt = events[0]?.at ?? Infinity;
      // Time never runs backwards in a cutover: nothing that follows is earlier.
      if (committedAt > at) break;
      state = evolve(state, events, committedAt);
    }
    if (state === null) throw new CutoverError('C325', `${cutoverId} was started after ${shown(at)}`);
    // The clock of the process that committed last may be ahead of this one.
    if (at > Math.max(clock.now(), state.lastCommitAt)) {
      throw new CutoverError('C325', `${shown(at)} is still to come`);
    }
    return state;
  };
