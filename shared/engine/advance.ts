import { decide } from '../core/decide.ts';
import type { Answer } from '../core/draft.ts';
import { refused } from '../core/draft.ts';
import { CutoverError } from '../core/errors.ts';
import { evolve } from '../core/evolve.ts';
import type { Input } from '../core/inputs.ts';
import { messagesOf } from '../core/messages.ts';
import type { Plan } from '../core/plan.ts';
import type { CutoverState } from '../core/state.ts';
import { canonical, sha256 } from './canonical.ts';
import type { CutoverStore, StoredInput } from './cutover-store.ts';
import { outKey } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import type { Directory } from './directory.ts';
import type { Log } from './log.ts';
import type { Mutex } from './mutex.ts';
import type { Bus, Clock, Envelope } from './ports.ts';
import { StorageConflict } from './ports.ts';
import { recordOf } from './refusals.ts';
import type { Ring } from './ring.ts';

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
  /** Rings for the receivers of events; never throws. Null where events are not sent out. */
  readonly ring: Ring['afterCommit'] | null;
};

/** Races one call may lose before it gives up: far more than there are processes. */
const MAX_TRIES = 100;
/** Unknown outcomes one call may meet before it gives up. */
const MAX_UNKNOWN = 3;

/** What somebody asked: without the id, and without what the product itself filled in. */
const asked = ({ id: _, ...rest }: Input): unknown => {
  if (rest.type === 'start') {
    // A start at once is told as it always was, so that requests of earlier versions are known again.
    const { hold, startAt, ...start } = rest;
    const differs = { ...(hold === null ? {} : { hold }), ...(startAt === null ? {} : { startAt }) };
    return { ...start, plan: rest.ref.hash, ...differs };
  }
  if (rest.type === 'propose-revision') {
    const { type, by, reason, asked: sent } = rest;
    return { type, by, reason, sent };
  }
  if (rest.type === 'decide-revision') {
    const { bindings: __, ...decision } = rest;
    return { ...decision, plan: null };
  }
  if (rest.type === 'drill-down') {
    const { found: __, ...question } = rest;
    return question;
  }
  if (rest.type === 'answer-effect') {
    const { isNamed, ...answer } = rest;
    return { ...answer, attempt: isNamed === true ? rest.attempt : 'in hand' };
  }
  return rest;
};

/** Tells requests apart: the same id with another content is refused (C208). */
export const requestHash = (input: Input): string => sha256(canonical(asked(input)));

/** Whether this is what was stored; earlier versions left out which attempt an answer about an effect was for. */
const isSameRequest = ({ requestHash: stored }: StoredInput, input: Input): boolean => {
  if (stored === requestHash(input)) return true;
  if (input.type !== 'answer-effect') return false;
  const { id: _, isNamed: __, ...answer } = input;
  return stored === sha256(canonical({ ...answer, attempt: null }));
};

/** Ids of requests that carry a person's Idempotency-Key, or one made up for them. */
export const REQUEST = 'http:';
/** Ids of signed callbacks: the webhook id, which their sender chose. */
export const WEBHOOK = 'webhook:';

/** Whether somebody outside chose the id, and may send it again at any time. */
const isSentFromOutside = ({ id }: Input): boolean => id.startsWith(REQUEST) || id.startsWith(WEBHOOK);

/** The plan that holds after the commit, for the steps it sends out. */
const planAfter = (input: Input, before: Plan | null): Plan | null => {
  if (input.type === 'start') return input.plan;
  return input.type === 'decide-revision' && input.decision === 'approve' ? input.plan : before;
};

const toEnvelopes = (
  cutoverId: string,
  commit: number,
  messages: ReturnType<typeof messagesOf>,
): Envelope[] =>
  messages.map((message, index) => ({ ...message, id: `${cutoverId}:${commit}:${index}`, hop: 0 }));

/** What one try came to: an answer, or the number of the commit it lost or does not know the outcome of. */
type Outcome =
  { readonly answer: Answer } | { readonly tried: number; readonly unknown: CutoverError | null };

/** The commit protocol: read head and input together, decide, fold, one transaction, then publish. */
export const makeAdvance = ({ store, directory, bus, clock, mutex, log, ring }: AdvanceParts): Advance => {
  const publish = async (
    cutoverId: string,
    commit: number,
    find: () => Promise<readonly Envelope[]>,
  ): Promise<void> => {
    // The commit decided the answer: what fails from here on is left to the watchdog (I4).
    try {
      const envelopes = await find();
      if (envelopes.length > 0) {
        await bus.send(envelopes);
        await store.removeOut(cutoverId, outKey(commit));
      }
    } catch (error) {
      log.publishFailed(cutoverId, commit, error);
    }
    if (ring !== null) await ring(cutoverId, commit);
  };

  const follow = async (state: CutoverState): Promise<void> => {
    try {
      await directory.follow(state);
    } catch (error) {
      log.indexFailed(state.id, error);
    }
  };

  const answerFrom = async (
    cutoverId: string,
    input: Input,
    known: StoredInput,
    tried: number | null,
  ): Promise<Answer> => {
    if (tried === known.commit) {
      // It may have been this call: what is sent is what was stored, because a racing call of the same input may
      // have committed at another instant.
      const { commit } = known;
      await publish(cutoverId, commit, async () => (await store.readOut(cutoverId, commit))?.envelopes ?? []);
    }
    return isSameRequest(known, input) ? known.answer : refused('C208', input.id);
  };

  /** What changed nothing is answered the same when its id comes again, whatever has happened since (I3). */
  const remember = async (cutoverId: string, input: Input, answer: Answer): Promise<Outcome> => {
    try {
      await store.insertInput(cutoverId, input.id, { requestHash: requestHash(input), answer, commit: 0 });
      return { answer };
    } catch (error) {
      if (error instanceof StorageConflict) return { tried: 0, unknown: null };
      throw error;
    }
  };

  const tryOnce = async (cutoverId: string, input: Input, tried: number | null): Promise<Outcome> => {
    const { head, input: known } = await store.read(cutoverId, input.id);
    if (known !== null) return { answer: await answerFrom(cutoverId, input, known, tried) };
    const before = head?.state ?? null;
    const plan = before === null ? null : (await store.readPlan(cutoverId, before.plan)).plan;
    const now = timeOf(clock, before);
    const { events, answer } = decide(plan, before, input, now);
    const after = evolve(before, events, now);
    // Whoever goes on asking must not fill the log: only what the core decided for somebody is told one by one.
    const record = isSentFromOutside(input) ? recordOf(input, events, now) : null;
    if (events.length === 0 || after === null || record !== null) {
      // The head may be younger than the input row read beside it, and be changed by this very input (I3).
      const since = await store.readInput(cutoverId, input.id);
      if (since !== null) return { answer: await answerFrom(cutoverId, input, since, tried) };
      // What decide is not told it cannot name: the id of a cutover that is not there.
      if (before === null) return { answer: refused('C206', `cutover ${cutoverId}`) };
      // Before the answer is remembered: a crash in between must not lose the refusal (E2).
      if (record !== null) await applyOnce(cutoverId, record);
      return isSentFromOutside(input) ? await remember(cutoverId, input, answer) : { answer };
    }
    const messages = messagesOf(planAfter(input, plan), before, events, after);
    const envelopes = toEnvelopes(cutoverId, after.commits, messages);
    const inputId = input.id;
    const commit = {
      inputId,
      requestHash: requestHash(input),
      answer,
      before: head,
      after,
      events,
      envelopes,
    };
    try {
      await store.commit(cutoverId, commit);
    } catch (error) {
      if (error instanceof StorageConflict) return { tried: after.commits, unknown: null };
      if (!(error instanceof CutoverError) || error.code !== 'C401') throw error;
      return { tried: after.commits, unknown: error };
    }
    await publish(cutoverId, after.commits, () => Promise.resolve(envelopes));
    await follow(after);
    for (const event of events) {
      if (event.type === 'silence-alarmed') log.silent(cutoverId, event);
      if (event.type === 'replication-regressed') log.regressed(cutoverId, event);
    }
    return { answer };
  };

  const applyOnce = async (cutoverId: string, input: Input): Promise<Answer> => {
    let tried: number | null = null;
    let unknown = 0;
    for (let turn = 0; turn < MAX_TRIES; turn += 1) {
      const outcome: Outcome = await tryOnce(cutoverId, input, tried);
      if ('answer' in outcome) return outcome.answer;
      ({ tried } = outcome);
      if (outcome.unknown === null) continue;
      unknown += 1;
      if (unknown >= MAX_UNKNOWN) throw outcome.unknown;
    }
    throw new CutoverError('C402', cutoverId);
  };

  return (cutoverId, input) => mutex(cutoverId, () => applyOnce(cutoverId, input));
};
