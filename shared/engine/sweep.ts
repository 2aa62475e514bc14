import { earliestDue } from '../core/due.ts';
import { isTerminal } from '../core/state.ts';
import type { Advance } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import type { Directory } from './directory.ts';
import type { Log } from './log.ts';
import type { Bus, Clock } from './ports.ts';

/** Messages of a commit older than this are sent again. */
export const RESEND_AFTER_MS = 60_000;
/** A due time so long past means that its wake is lost: it is served here. */
export const OVERSLEPT_AFTER_MS = 60_000;
/** Nothing moved for so long past a due time: somebody must be told (I11). */
export const SILENCE_AFTER_MS = 15 * 60_000;
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
};

/** The watchdog: re-sends what was committed and not sent, wakes what overslept, alarms on silence. */
export const makeSweep = ({ store, directory, advance, bus, clock, log }: SweepParts) => {
  const resend = async (cutoverId: string, now: number): Promise<void> => {
    for (const { row, committedAt, envelopes } of await store.outRows(cutoverId)) {
      if (committedAt + RESEND_AFTER_MS > now) continue;
      await bus.send(envelopes);
      await store.removeOut(cutoverId, row);
      log.outboxSwept(cutoverId, envelopes.length);
    }
  };

  const sweepOne = async (cutoverId: string, announcedAt: number): Promise<void> => {
    const now = clock.now();
    const head = await store.readHead(cutoverId);
    if (head === null) {
      if (announcedAt + ORPHAN_AFTER_MS <= now) await directory.forget(cutoverId);
      return;
    }
    await resend(cutoverId, now);
    await directory.follow(head.state);
    if (isTerminal(head.state)) {
      await directory.forget(cutoverId);
      return;
    }
    const due = earliestDue(head.state);
    if (due === null || due + OVERSLEPT_AFTER_MS > now) return;
    log.overslept(cutoverId, due);
    const { commits, lastCommitAt } = head.state;
    if (Math.max(due, lastCommitAt) + SILENCE_AFTER_MS <= now) {
      await advance(cutoverId, {
        id: `silence:${commits}`,
        type: 'alarm-silence',
        silentSince: lastCommitAt,
      });
    }
    await advance(cutoverId, { id: `sweep:${commits}:${now}`, type: 'wake' });
  };

  return async (): Promise<void> => {
    for (const { cutoverId, announcedAt } of await directory.active()) await sweepOne(cutoverId, announcedAt);
  };
};
