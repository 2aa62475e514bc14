import { decide } from '../core/decide.ts';
import type { Answer } from '../core/draft.ts';
import { refused } from '../core/draft.ts';
import { CutoverError } from '../core/errors.ts';
import { evolve } from '../core/evolve.ts';
import type { Input } from '../core/inputs.ts';
import { messagesOf } from '../core/messages.ts';
import type { CutoverState } from '../core/state.ts';
import { canonical, sha256 } from './canonical.ts';
import type { CutoverStore } from './cutover-store.ts';
import { outKey } from './cutover-store.ts';
import type { Directory } from './directory.ts';
import type { Log } from './log.ts';
import type { Mutex } from './mutex.ts';
import type { Bus, Clock, Envelope } from './ports.ts';
import { StorageConflict } from './ports.ts';

/**
 * Applies one input to one cutover, at most once (I2, I3), and gives its answer. Throws C401 when the storage does not
 * answer and C402 when it lost every race; nothing is half-done then, and the same input may be sent again.
 */
export type Advance = (cutoverId: string, input: Input) => Promise<Answer>;

/** What advance needs. */
export type AdvanceParts = {
  readonly store: CutoverStore;
  readonly directory: Directory;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly mutex: Mutex;
  readonly log: Log;
};

/** Races one call may lose before it gives up: far more than there are processes. */
const MAX_TRIES = 100;
/** Unknown outcomes one call may meet before it gives up. */
const MAX_UNKNOWN = 3;

/** What an input asks, without its id: the same id with another content is refused (C208). */
const requestHash = ({ id: _, ...rest }: Input): string =>
  sha256(canonical(rest.type === 'start' ? { ...rest, plan: rest.ref.hash } : rest));

const toEnvelopes = (
  cutoverId: string,
  commit: number,
  messages: ReturnType<typeof messagesOf>,
): Envelope[] =>
  messages.map((message, index) => ({ ...message, id: `${cutoverId}:${commit}:${index}`, hop: 0 }));

/** A commit this call tried, to recognise it when its outcome was unknown. */
type Tried = {
  readonly commit: number;
  readonly after: CutoverState;
  readonly envelopes: readonly Envelope[];
};

/** The commit protocol: read head and input together, decide, fold, one transaction, then publish. */
export const makeAdvance = ({ store, directory, bus, clock, mutex, log }: AdvanceParts): Advance => {
  const publish = async (cutoverId: string, { commit, after, envelopes }: Tried): Promise<void> => {
    // The commit decided the answer: what fails from here on is left to the watchdog (I4).
    try {
      if (envelopes.length > 0) {
        await bus.send(envelopes);
        await store.removeOut(cutoverId, outKey(commit));
      }
    } catch (error) {
      log.publishFailed(cutoverId, commit, error);
    }
    try {
      await directory.follow(after);
    } catch (error) {
      log.indexFailed(cutoverId, error);
    }
  };

  const tryOnce = async (cutoverId: string, input: Input, tried: Tried | null): Promise<Answer | Tried> => {
    const { head, input: known } = await store.read(cutoverId, input.id);
    const hash = requestHash(input);
    if (known !== null) {
      if (tried?.commit === known.commit) await publish(cutoverId, tried);
      return known.requestHash === hash ? known.answer : refused('C208', input.id);
    }
    const plan = head === null ? null : (await store.readPlan(cutoverId, head.state.plan)).plan;
    const now = Math.max(clock.now(), head?.state.lastCommitAt ?? 0);
    const { events, answer } = decide(plan, head?.state ?? null, input, now);
    const after = evolve(head?.state ?? null, events, now);
    if (events.length === 0 || after === null) return answer;
    const messages = messagesOf(
      input.type === 'start' ? input.plan : plan,
      head?.state ?? null,
      events,
      after,
    );
    const attempt: Tried = {
      commit: after.commits,
      after,
      envelopes: toEnvelopes(cutoverId, after.commits, messages),
    };
    try {
      const { envelopes } = attempt;
      const inputId = input.id;
      await store.commit(cutoverId, {
        inputId,
        requestHash: hash,
        answer,
        before: head,
        after,
        events,
        envelopes,
      });
    } catch (error) {
      if (error instanceof StorageConflict) return attempt;
      if (error instanceof CutoverError && error.code === 'C401') throw new UnknownOutcome(attempt, error);
      throw error;
    }
    await publish(cutoverId, attempt);
    return answer;
  };

  return (cutoverId, input) =>
    mutex(cutoverId, async () => {
      let tried: Tried | null = null;
      let unknown = 0;
      for (let turn = 0; turn < MAX_TRIES; turn += 1) {
        try {
          const result: Answer | Tried = await tryOnce(cutoverId, input, tried);
          if ('code' in result) return result;
          tried = result;
        } catch (error) {
          if (!(error instanceof UnknownOutcome)) throw error;
          tried = error.tried;
          unknown += 1;
          if (unknown >= MAX_UNKNOWN) throw error.cause;
        }
      }
      throw new CutoverError('C402', cutoverId);
    });
};

class UnknownOutcome extends Error {
  readonly tried: Tried;
  override readonly cause: CutoverError;

  constructor(tried: Tried, cause: CutoverError) {
    super(cause.message);
    this.tried = tried;
    this.cause = cause;
  }
}
