import { stepQueue } from '../shared/core/messages.ts';
import { DEAD_LETTERS } from '../shared/engine/dead-letters.ts';
import { KINDS } from '../shared/kinds/registry.ts';
import type { QueueSettings } from './service-bus/queue.ts';

/** The queues as the deployment makes them: one a step kind, and those of the other messages. */
export const queues = (): readonly QueueSettings[] => {
  const names = [...KINDS.map(({ name }) => stepQueue(name)), 'wake', 'observe', 'deliver', DEAD_LETTERS];
  return names.map((name) => ({
    name,
    lockDurationMs: 5 * 60_000,
    maxDeliveryCount: 10,
    duplicateDetectionWindowMs: name === DEAD_LETTERS ? null : 10 * 60_000,
    defaultTtlMs: null,
    forwardDeadLetteredMessagesTo: name === DEAD_LETTERS ? null : DEAD_LETTERS,
  }));
};
