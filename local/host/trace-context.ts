import { randomBytes } from 'node:crypto';
import type { InvocationRequest } from './core-types.ts';

const traceParentPattern = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** A W3C trace context for one invocation: a new span below `traceParent`, or a new trace where there is none. */
export const makeTraceContext = (
  traceParent?: string,
  traceState = '',
): InvocationRequest['traceContext'] => {
  const [, traceId, flags] = traceParentPattern.exec(traceParent ?? '') ?? [];
  const spanId = randomBytes(8).toString('hex');
  return {
    traceParent: `00-${traceId ?? randomBytes(16).toString('hex')}-${spanId}-${flags ?? '01'}`,
    traceState: traceId === undefined ? '' : traceState,
    attributes: {},
  };
};
