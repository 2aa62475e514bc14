import { askerOf } from '../core/decide.ts';
import type { ErrorCode } from '../core/errors.ts';
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
      const minute = Math.floor(parts.clock.now() / ONCE_PER_MS);
      const id = `refused:${hashOf([by.id, what, stepId, code, minute])}`;
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
