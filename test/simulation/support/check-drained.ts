import type { Check } from './history.ts';
import { plannedIn } from './history.ts';
import { PUBLICATIONS } from './sql-servers.ts';

/** I8: replication counts as drained only when it is, and when tokens posted since the gate asked for them have shown it. */
export const checkDrained: Check = (history, fail) => {
  let isDrained = false;
  const missing = new Map<string, Set<string>>();
  return (fact, chapter) => {
    if (fact.type === 'drained') isDrained = true;
    if (fact.type === 'token-posted') for (const names of missing.values()) names.delete(fact.publication);
    for (const { event } of chapter?.stages ?? []) {
      if (event.type === 'step-opened') missing.set(event.stepId, new Set(PUBLICATIONS));
      if (event.type !== 'step-succeeded') continue;
      const { kind, params } = plannedIn(history, event.stepId);
      if (kind !== 'replication-gate' || (params as { goal: string }).goal !== 'drained') continue;
      if (!isDrained) fail('I8', `${event.stepId} passed before replication was drained`);
      const names = [...(missing.get(event.stepId) ?? [])];
      if (names.length > 0) fail('I8', `${event.stepId} passed without a token of ${names.join(', ')}`);
    }
  };
};
