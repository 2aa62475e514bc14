import { earliestDue } from '../core/due.ts';
import type { CutoverState } from '../core/state.ts';
import { isTerminal } from '../core/state.ts';
import type { Advance } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import type { Directory, Watched } from './directory.ts';
import type { Log } from './log.ts';
import type { Bus, Clock } from './ports.ts';

/** Messages of a commit older than this are sent again. */
export const RESEND_AFTER_MS = 60_000;
/** A due time so long past means that its wake is lost: it is served here. */
export const OVERSLEPT_AFTER_MS = 60_000;
/** A terminal cutover is watched for so long: no function runs longer, so no write of a slow one can still land. */
export const WATCHED_AFTER_END_MS = 10 * 60_000;
/** An announced cutover without a head for so long was never started. */
const ORPHAN_AFTER_MS = 60 * 60_000;

/** What the watchdog needs. */
export type SweepParts = {
  readonly store: CutoverStore;
  readonly directory: Directory;
  readonly advance: Advance;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** Rings for the subscriptions of a cutover that are behind its log, and gives how many they are. */
  readonly ringOwed: (state: CutoverState) => Promise<number>;
};

/** The watchdog: re-sends what was committed and not sent, wakes what overslept, alarms on silence, mends the list, rings. */
export const makeSweep = ({ store, directory, advance, bus, clock, log, ringOwed }: SweepParts) => {
  /** Gives how many commits are too young to be sent again. */
  const resend = async (cutoverId: string, now: number): Promise<number> => {
    let young = 0;
    for (const { row, committedAt, envelopes } of await store.outRows(cutoverId)) {
      if (committedAt + RESEND_AFTER_MS > now) {
        young += 1;
        continue;
      }
      await bus.send(envelopes);
      await store.removeOut(cutoverId, row);
      log.outboxSwept(cutoverId, envelopes.length);
    }
    return young;
  };

  const wakeOverslept = async (state: CutoverState, now: number): Promise<void> => {
    const due = earliestDue(state);
    if (due === null || due + OVERSLEPT_AFTER_MS > now) return;
    log.overslept(state.id, due);
    await advance(state.id, { id: `sweep:${state.commits}:${now}`, type: 'wake', overslept: true });
  };

  const sweepOne = async (watched: Watched): Promise<void> => {
    const { cutoverId, announcedAt } = watched;
    const head = await store.readHead(cutoverId);
    const now = timeOf(clock, head?.state ?? null);
    if (head === null) {
      if (announcedAt + ORPHAN_AFTER_MS <= now) await directory.forget(watched);
      return;
    }
    const { state } = head;
    /** What troubles one part, however long, must not keep the watchdog from the others (I11). */
    const attempt = async <T>(part: () => Promise<T>): Promise<T | 'failed'> => {
      try {
        return await part();
      } catch (error) {
        log.sweepFailed(cutoverId, error);
        return 'failed';
      }
    };
    const young = await attempt(() => resend(cutoverId, now));
    const mended = await attempt(() => directory.repair(state));
    await attempt(() => wakeOverslept(state, now));
    const owed = await attempt(() => ringOwed(state));
    const isSettled = isTerminal(state) && (state.endedAt ?? now) + WATCHED_AFTER_END_MS <= now;
    if (isSettled && young === 0 && owed === 0 && mended !== 'failed') await directory.forget(watched);
  };

  return async (): Promise<void> => {
    for (const watched of await directory.active()) {
      try {
        await sweepOne(watched);
      } catch (error) {
        // What troubles one cutover must not leave the others without their watchdog.
        log.sweepFailed(watched.cutoverId, error);
      }
    }
  };
};
