import type { Published } from './facts.ts';
import type { Check } from './history.ts';
import { plannedIn } from './history.ts';
import { PUBLICATIONS } from './sql-servers.ts';

/** I8: replication counts as drained only when it is, and when tokens posted since the gate asked for them have shown it. */
const checkDrained: Check = (history, fail) => {
  let isDrained = false;
  const missing = new Map<string, Set<string>>();
  return (fact, chapter) => {
    if (fact.type === 'drained') isDrained = true;
    if (fact.type === 'token-posted') for (const names of missing.values()) names.delete(fact.publication);
    for (const { event } of chapter?.stages ?? []) {
      if (event.type === 'step-opened') missing.set(event.stepId, new Set(PUBLICATIONS));
      if (event.type !== 'step-succeeded') continue;
      const { kind, params } = plannedIn(history, event.stepId);
      const { goal, tracer } = params as { readonly goal: string; readonly tracer: boolean };
      if (kind !== 'replication-gate' || goal !== 'drained') continue;
      if (!isDrained) fail('I8', `${event.stepId} passed before replication was drained`);
      const names = [...(missing.get(event.stepId) ?? [])];
      if (tracer && names.length > 0)
        fail('I8', `${event.stepId} passed without a token of ${names.join(', ')}`);
    }
  };
};

/**
 * I8: counts agree only when every table in scope was counted, and had lost nothing, since the question was first asked:
 * a retry holds the counts of an earlier attempt, because nobody writes.
 */
const checkCounted: Check = (history, fail) => {
  const counted = new Map<string, Set<string>>();
  let published: Published | null = null;
  return (fact, chapter) => {
    if (fact.type === 'counted') {
      ({ published } = fact);
      for (const tables of counted.values()) for (const table of fact.tables) tables.add(table);
    }
    for (const { event } of chapter?.stages ?? []) {
      if (event.type === 'step-opened' && !counted.has(event.stepId)) counted.set(event.stepId, new Set());
      if (event.type !== 'step-succeeded') continue;
      const { kind, params } = plannedIn(history, event.stepId);
      if (kind !== 'validate-counts') continue;
      const { classes } = params as { readonly classes: readonly (keyof Published)[] };
      const missing = classes
        .flatMap((name) => published?.[name] ?? [])
        .filter((table) => counted.get(event.stepId)?.has(table) !== true);
      if (published === null || missing.length > 0)
        fail('I8', `${event.stepId} passed with ${missing.join(', ')} uncounted or incomplete`);
    }
  };
};

/** What gates may take for true of the simulated servers. */
export const SERVER_CHECKS: readonly Check[] = [checkDrained, checkCounted];
