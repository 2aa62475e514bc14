import { brokenLinks } from '../../support/api-client.ts';
import type { ShownEvent } from '../../../local/api.ts';
import { isEndOfCommit, type Check, type Violation } from './history.ts';

/** Events count from 1 without gaps, and each hash follows from the event and the hash before it. */
const checkChain: Check = (_, log) => {
  const broken = brokenLinks(log as unknown as readonly ShownEvent[]);
  return broken.map((n) => `event ${n} is out of order, or its hash does not follow from it`);
};

/** Time never runs backwards, and the events of one commit have one time. */
const checkTimes: Check = (_, log) =>
  log.flatMap((event, index) => {
    const before = log[index - 1];
    if (before === undefined) return [];
    if (event.inputId === before.inputId && event.at !== before.at)
      return [`event ${event.n} has another time than the rest of its commit`];
    return Date.parse(event.at) < Date.parse(before.at)
      ? [`event ${event.n} is earlier than the one before`]
      : [];
  });

/** An event once seen never changes. */
const checkStable: Check = ({ pages }, log) => {
  const texts = log.map((event) => JSON.stringify(event));
  return pages.flatMap((page) =>
    page.events.flatMap((event, index): Violation[] => {
      const n = page.after + index + 1;
      if (event.n !== n) return [`a page after ${page.after} shows event ${event.n} in the place of ${n}`];
      return JSON.stringify(event) === texts[n - 1] ? [] : [`event ${n} was seen otherwise than it ended`];
    }),
  );
};

/** A page asked for after an event was seen shows it, and no page ends within a commit. */
const checkComplete: Check = ({ pages, looks }, log) => {
  const seen = [
    ...pages.map(({ endedAt, after, events }) => ({ at: endedAt, upTo: after + events.length })),
    ...looks.map(({ endedAt, events }) => ({ at: endedAt, upTo: events })),
  ].toSorted((a, b) => a.at - b.at);
  return [...pages]
    .sort((a, b) => a.sentAt - b.sentAt)
    .flatMap(({ sentAt, after, limit, events }): Violation[] => {
      const upTo = after + events.length;
      if (events.length === limit) return [];
      const violations: Violation[] = [];
      const lost = seen.find((earlier) => earlier.at <= sentAt && earlier.upTo > upTo);
      if (lost !== undefined)
        violations.push(`event ${lost.upTo} was seen and later the feed ended with ${upTo}`);
      if (events.length > 0 && !isEndOfCommit(log, upTo))
        violations.push(`a page shows half of the commit at ${upTo}`);
      return violations;
    });
};

/** What must hold of the feed of events. */
export const FEED_CHECKS: readonly Check[] = [checkChain, checkTimes, checkStable, checkComplete];
