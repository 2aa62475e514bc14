import { EFFECT_GRACE_MS } from '../core/doubt.ts';
import { CutoverError } from '../core/errors.ts';
import type { StepMessage } from '../core/messages.ts';
import { isStepActive, isTerminal } from '../core/state.ts';
import type { KindPorts } from '../kinds/kind-ports.ts';
import type { CutoverStore } from './cutover-store.ts';

/** No port gives one call longer than this: past it, a request has arrived or never will. */
const LONGEST_CALL_MS = 60_000;
/** A request leaves so soon after its announcement, or never: later a person may have answered that it did not happen. */
export const SENT_WITHIN_MS = EFFECT_GRACE_MS - LONGEST_CALL_MS;

/**
 * Why what was announced is not asked for after all, by the stored head: others have decided since, or nobody can tell
 * whether they have; null while it is wanted.
 */
export const whyUnwanted = async (
  store: Pick<CutoverStore, 'readHead'>,
  { cutoverId, stepId, attempt }: StepMessage,
): Promise<string | null> => {
  try {
    const head = await store.readHead(cutoverId);
    const step = head?.state.steps[stepId];
    if (head === null || isTerminal(head.state)) return `${cutoverId} has ended`;
    if (head.state.held) return `${cutoverId} is held`;
    const isAwaited = step?.attempt === attempt && isStepActive(step) && step.effect?.outcome === 'open';
    return isAwaited ? null : `${stepId} attempt ${attempt} is over`;
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    return `nobody could look whether it is still wanted: ${error.message}`;
  }
};

/** What is looked at right before a request leaves. */
export type LastLook = {
  /** Milliseconds since its announcement by the machine's clock, which nobody sets. */
  readonly sinceAnnouncedMs: () => number;
  /** Why nobody wants it any more; null while it is wanted. */
  readonly whyUnwanted: () => Promise<string | null>;
};

/**
 * The ports of an effect (I7, I10): at the last moment before it leaves, a request that is no longer wanted, or whose
 * process was frozen since the announcement, is stopped with C327. What is committed between this look and the request
 * comes too late to stop it.
 */
export const sentInTime = (ports: KindPorts, { sinceAnnouncedMs, whyUnwanted }: LastLook): KindPorts => {
  const { automation, lcs } = ports;
  /** Gives the error and no request: nothing was sent, and so nothing is in doubt. */
  const inTime = async <T>(send: () => Promise<T>): Promise<T> => {
    const why = await whyUnwanted();
    if (why !== null) throw new CutoverError('C327', why);
    // Last, for the look itself may have taken long.
    const ageMs = sinceAnnouncedMs();
    if (ageMs > SENT_WITHIN_MS) {
      throw new CutoverError('C327', `it was announced ${Math.round(ageMs / 1_000)} s ago`);
    }
    return send();
  };
  return {
    ...ports,
    automation: { call: (endpoint, task) => inTime(() => automation.call(endpoint, task)) },
    lcs: lcs && {
      ...lcs,
      startRefresh: (source, target) => inTime(() => lcs.startRefresh(source, target)),
    },
  };
};
