import { EFFECT_GRACE_MS } from '../core/doubt.ts';
import { CutoverError } from '../core/errors.ts';
import type { KindPorts } from '../kinds/kind-ports.ts';

/** No port gives one call longer than this: past it, a request has arrived or never will. */
const LONGEST_CALL_MS = 60_000;
/** A request leaves so soon after its announcement, or never: later a person may have answered that it did not happen. */
export const SENT_WITHIN_MS = EFFECT_GRACE_MS - LONGEST_CALL_MS;

/**
 * The ports of an effect that must not happen twice (I10): at the last moment before it leaves, a request whose process
 * was frozen since the announcement is stopped with C327. `sinceAnnouncedMs` is the machine's time, which nobody sets.
 */
export const sentInTime = (ports: KindPorts, sinceAnnouncedMs: () => number): KindPorts => {
  const { automation, lcs } = ports;
  /** Gives the error and no request: nothing was sent, and so nothing is in doubt. */
  const inTime = async <T>(send: () => Promise<T>): Promise<T> => {
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
