import type { HttpResponseInit } from '@azure/functions';
import { canonical } from '../../../shared/engine/canonical.ts';
import type { FactOf } from './facts.ts';
import type { Chapter, Check } from './history.ts';

/** What is told as of a moment is told for good: up to so long after it, something of it may still be committed. */
const OPEN_MS = 600_000;
/** So well a process knows the time. */
const KNOWN_TO_MS = 3_000;

/** A status as it was told, whenever it was asked for; how many events it follows from names it. */
const statusIn = (reply: HttpResponseInit): { readonly text: string; readonly events: number } => {
  const status = { ...(reply.jsonBody as { readonly events: number }), asOf: null };
  return { text: canonical(status), events: status.events };
};

/** A commit as it counts here: dated, landed, and the number of the last event. */
type Dated = { readonly at: number; readonly landedAt: number; readonly events: number };

const datedOf = ({ fact, after }: Chapter): Dated => ({
  at: fact.events[0]?.at ?? fact.at,
  landedAt: fact.at,
  events: fact.events.at(-1)?.n ?? after.events,
});

/**
 * E2: the status as of a moment follows from exactly the events dated up to it, is what was told at that moment, never
 * changes once it was told, and is refused only while a commit of that moment may still come.
 */
const checkAsOf: Check = (_, fail) => {
  const commits: Dated[] = [];
  /** What was told as it was, by its number of events; and as of each moment. */
  const seen = new Map<number, string>();
  const told = new Map<number, string>();
  const checkTold = (asOf: number, reply: HttpResponseInit): void => {
    const { text, events } = statusIn(reply);
    const last = commits.findLast(({ at }) => at <= asOf);
    const what = `the status as of ${new Date(asOf).toISOString()}`;
    if (events !== last?.events) fail('E2', `${what} follows from ${events} events, not ${last?.events}`);
    if ((seen.get(events) ?? text) !== text) fail('E2', `${what} is not what was told then: ${text}`);
    if ((told.get(asOf) ?? text) !== text) fail('E2', `${what} has changed since it was told`);
    told.set(asOf, text);
  };
  /** Whether the moment was over: surely when it was asked for, and possibly when it was answered. */
  const isOverAt = (now: number, asOf: number, slackMs: number): boolean =>
    asOf + OPEN_MS + slackMs < now || commits.some(({ at, landedAt }) => at > asOf && landedAt < now);
  const check = ({ asOf, askedAt, toldAt, reply }: FactOf<'status-told'>): void => {
    const status = reply.status ?? 200;
    if (asOf === null) {
      if (status !== 200) return;
      const { text, events } = statusIn(reply);
      if ((seen.get(events) ?? text) !== text) fail('E2', `after ${events} events the status was told twice`);
      seen.set(events, text);
    } else if (status === 200) {
      checkTold(asOf, reply);
      if (!isOverAt(toldAt, asOf, -KNOWN_TO_MS)) fail('E2', `it was told as of ${toldAt - asOf} ms ago`);
    } else {
      if (!canonical(reply.jsonBody ?? reply.body).includes('C325'))
        fail('E2', `the status as of a moment was refused with ${status}`);
      if (isOverAt(askedAt, asOf, KNOWN_TO_MS)) fail('E2', `nobody is told as of ${askedAt - asOf} ms ago`);
    }
  };
  return (fact, chapter) => {
    if (chapter !== null) commits.push(datedOf(chapter));
    if (fact.type === 'status-told') check(fact);
  };
};

/** What must hold of looking back. */
export const AS_OF_CHECKS: readonly Check[] = [checkAsOf];
