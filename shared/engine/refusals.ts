import { askerOf } from '../core/decide.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { CutoverEvent } from '../core/events.ts';
import type { Input } from '../core/inputs.ts';
import type { Json } from '../core/json.ts';
import type { Actor } from '../core/state.ts';
import type { Advance } from './advance.ts';
import { hashOf } from './canonical.ts';
import type { CutoverStore } from './cutover-store.ts';
import type { Log } from './log.ts';
import type { Clock } from './ports.ts';

/** A request that was refused before the core was asked: what was asked, by whom, and why not; never its body. */
export type Refusal = {
  readonly what: string;
  readonly stepId: string | null;
  readonly by: Actor;
  readonly code: ErrorCode;
};

/**
 * Puts a refusal into the log of its cutover (E2): the same of the same caller once a minute, so that a script that goes
 * on asking does not fill the log. Does nothing where there is no such cutover. Never throws: the refusal stands, and
 * whoever was refused is told so, also where it could not be recorded.
 */
export type RecordRefusal = (cutoverId: string, refusal: Refusal) => Promise<void>;

const ONCE_PER_MS = 60_000;

/** The id of an input that stands for all of the same within a minute. */
const onceAMinute = (kind: 'refused' | 'late', now: number, what: readonly Json[]): string =>
  `${kind}:${hashOf([...what, Math.floor(now / ONCE_PER_MS)])}`;

/**
 * The input that records, for all of the same of a minute, what came of one that was only refused or late; null where
 * something else came of it. What is late stays late, so that it may be decided once more.
 */
export const recordOf = (input: Input, events: readonly CutoverEvent[], now: number): Input | null => {
  const [event, ...more] = events;
  if (event === undefined || more.length > 0) return null;
  if (event.type === 'request-refused') {
    const { what, stepId, by, code, message } = event;
    const id = onceAMinute('refused', now, [by.id, what, stepId, code]);
    return { id, type: 'refuse', what, stepId, by, code, message };
  }
  if (event.type !== 'result-late' || event.by === null) return null;
  const { stepId, attempt, what, by } = event;
  return { ...input, id: onceAMinute('late', now, [by.id, what, stepId, attempt]) };
};

/** See {@link RecordRefusal}. */
export const makeRecordRefusal =
  (parts: {
    readonly store: Pick<CutoverStore, 'readHead'>;
    readonly advance: Advance;
    readonly clock: Clock;
    readonly log: Log;
  }): RecordRefusal =>
  async (cutoverId, { what, stepId: named, by, code }) => {
    try {
      const head = await parts.store.readHead(cutoverId);
      if (head === null) return;
      // Steps that are not there would each be another refusal.
      const stepId = named !== null && Object.hasOwn(head.state.steps, named) ? named : null;
      const id = onceAMinute('refused', parts.clock.now(), [by.id, what, stepId, code]);
      await parts.advance(cutoverId, { id, type: 'refuse', what, stepId, by, code });
    } catch (error) {
      parts.log.refusalUnrecorded(cutoverId, what, code, error);
    }
  };

/** Records who sent another request under a used id: it is refused (C208) without asking the core. */
export const recordingReuse =
  (advance: Advance, recordRefusal: RecordRefusal): Advance =>
  async (cutoverId, input) => {
    const answer = await advance(cutoverId, input);
    const by = askerOf(input);
    if (answer.code === 'C208' && by !== null) {
      const stepId = 'stepId' in input ? input.stepId : null;
      await recordRefusal(cutoverId, { what: input.type, stepId, by, code: 'C208' });
    }
    return answer;
  };
