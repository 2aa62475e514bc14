import { CutoverError } from '../core/errors.ts';
import { evolve } from '../core/evolve.ts';
import type { CutoverState } from '../core/state.ts';
import { EVENTS_FROM, eventBatches, eventsOf } from './event-rows.ts';
import type { Clock, Tables } from './ports.ts';

/**
 * A commit may arrive so long after the instant that it is dated with: a machine that freezes right then sends it when
 * it wakes up, but the host ends every invocation after nine minutes (host.json), what was sent last may land half a
 * minute later, and clocks differ by a few seconds.
 */
const SETTLED_AFTER_MS = 10 * 60_000;

/**
 * The state of a cutover as it was at an instant, everything of that millisecond included: the fold of its events up to
 * then (I5), never the head. An answer given once never changes, so an instant is over only when a later commit is there,
 * before which none can come any more, or after ten minutes. Throws C325 for an instant before the first event or
 * not yet over, C401, C404 and C405.
 */
export type StateAsOf = (cutoverId: string, at: number) => Promise<CutoverState>;

const shown = (at: number): string => new Date(at).toISOString();

/** See {@link StateAsOf}. */
export const makeStateAsOf =
  ({ tables, clock }: { readonly tables: Tables; readonly clock: Clock }): StateAsOf =>
  async (cutoverId, at) => {
    let state: CutoverState | null = null;
    let isOver = at + SETTLED_AFTER_MS <= clock.now();
    for await (const batch of eventBatches(tables, cutoverId, EVENTS_FROM)) {
      const events = eventsOf(batch);
      const committedAt = events[0]?.at ?? Infinity;
      // Time never runs backwards in a cutover: nothing that follows is earlier.
      if (committedAt > at) {
        isOver = true;
        break;
      }
      state = evolve(state, events, committedAt);
    }
    if (state === null) throw new CutoverError('C325', `${cutoverId} was started after ${shown(at)}`);
    if (!isOver) {
      const from = shown(at + SETTLED_AFTER_MS);
      throw new CutoverError(
        'C325',
        `what happened by ${shown(at)} may still be on its way: ask from ${from} on`,
      );
    }
    return state;
  };
