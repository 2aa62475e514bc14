import type { StoredEvent } from '../../../shared/core/events.ts';
import type { Check } from './history.ts';

const MINUTE_MS = 60_000;

/** What only the function of a step brings about, or what ends its attempt. */
const SIGNS: ReadonlySet<string> = new Set([
  ...['step-opened', 'step-checked', 'step-heard', 'effect-settled', 'approval-voided'],
  ...['step-succeeded', 'step-failed', 'step-skipped'],
]);

const names = (event: StoredEvent, stepId: string): boolean =>
  event.type === 'silence-alarmed' &&
  (event.overdue ?? []).some((overdue) => overdue.what === 'answer' && overdue.stepId === stepId);

/** I11: a function that lets nothing be heard of twenty minutes of dispatches, or of four of its looks, raises an alarm. */
const checkSilence: Check = (_, fail) => {
  const sinceOf = new Map<string, number>();
  return (__, chapter) => {
    const isResume = chapter?.stages.some(({ event }) => event.type === 'cutover-resumed');
    for (const { event } of chapter?.stages ?? []) {
      if (event.type === 'cutover-resumed') {
        for (const [id, since] of sinceOf) sinceOf.set(id, since + event.heldForMs);
      }
      if (!('stepId' in event) || event.stepId === null) continue;
      const { stepId } = event;
      if (SIGNS.has(event.type)) sinceOf.delete(stepId);
      if (event.type !== 'step-dispatched') continue;
      if (event.reason === 'start' || event.reason === 'retry' || event.nextReadAt === null)
        sinceOf.delete(stepId);
      if (event.nextReadAt === null) continue;
      const since = sinceOf.get(stepId) ?? event.at;
      sinceOf.set(stepId, since);
      const longMs = Math.max(20 * MINUTE_MS, 4 * (chapter?.before?.steps[stepId]?.pollEveryMs ?? 0));
      const isAlarmed = chapter?.fact.events.some((other) => names(other, stepId)) === true;
      // A resume has every step look that owes an answer.
      const isWake = event.reason === 'read' && !isResume;
      if (!isWake || event.at - since >= longMs === isAlarmed) continue;
      const seen = `${stepId} has not been heard of for ${event.at - since} ms`;
      fail('I11', isAlarmed ? `${seen}, and an alarm is raised` : `${seen}, and nobody is told`);
    }
  };
};

/** What must hold of functions that say nothing. */
export const SILENCE_CHECKS: readonly Check[] = [checkSilence];
