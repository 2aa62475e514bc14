import type { WakeMessage } from '../core/messages.ts';
import { earliestDue } from '../core/due.ts';
import type { Advance } from './advance.ts';
import type { CutoverStore } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import type { Bus, Clock } from './ports.ts';

/** Lets a cutover do what is due; nothing if nothing is. */
export type Wake = (message: WakeMessage, messageId: string) => Promise<void>;

/** See {@link Wake}. A wake that comes early by this machine's clock waits for its time once more. */
export const makeWake =
  (parts: {
    readonly store: CutoverStore;
    readonly advance: Advance;
    readonly bus: Bus;
    readonly clock: Clock;
  }): Wake =>
  async (message, messageId) => {
    const { cutoverId } = message;
    const head = await parts.store.readHead(cutoverId);
    const state = head?.state ?? null;
    const due = earliestDue(state);
    if (due === null || due > message.dueAt) return;
    const now = timeOf(parts.clock, state);
    if (due <= now) {
      await parts.advance(cutoverId, { id: `wake:${messageId}`, type: 'wake' });
      return;
    }
    // The broker's clock has reached `dueAt`, so this machine's is behind by the difference at least, and maybe by more
    // than that: the wait doubles if this one comes too early again.
    const dueAt = message.dueAt + (message.dueAt - now);
    // A wake that waits again and again keeps the id of its commit, lest the id grow longer than the broker takes.
    const [commit = messageId] = messageId.split('@');
    const id = `${commit}@${dueAt}`;
    await parts.bus.send([{ id, queue: 'wake', body: { ...message, dueAt }, scheduledAt: dueAt, hop: 0 }]);
  };
