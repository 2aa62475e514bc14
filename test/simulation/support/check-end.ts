import type { CutoverState } from '../../../shared/core/state.ts';
import { makeCutoverStore } from '../../../shared/engine/cutover-store.ts';
import { makeDirectory } from '../../../shared/engine/directory.ts';
import type { DeadLetter } from '../../../shared/engine/dead-letters.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import type { Fact, Violation } from './facts.ts';

/** A letter on its way once more is kept under the id of the message it tells of, which is among the facts itself. */
const deadLetterIds = (facts: readonly Fact[]): readonly string[] =>
  facts
    .flatMap((fact) => (fact.type === 'dead-lettered' ? [fact.messageId] : []))
    .filter((messageId) => !messageId.startsWith('letter-'));

/** A letter kept so shortly before its cutover began may have found none. */
const CLOCKS_DIFFER_MS = 10_000;

/** I12: every malformed or undeliverable message is kept, and is an event of its cutover if that has begun. */
const checkDeadLetters = async (
  tables: Tables,
  latest: ReadonlyMap<string, CutoverState>,
  facts: readonly Fact[],
): Promise<readonly Violation[]> => {
  const fail = (message: string): Violation => ({ invariant: 'I12', message });
  const { rows } = await tables.page('lists', 'dead-letter', {
    from: '-',
    to: 'g',
    limit: 1000,
    token: null,
  });
  const kept = rows.map(({ properties }) => JSON.parse(String(properties.json)) as DeadLetter);
  const events = facts.flatMap((fact) => (fact.type === 'commit' ? fact.events : []));
  const recorded = new Set(
    events.flatMap((event) => (event.type === 'message-dead-lettered' ? [event.deadLetterId] : [])),
  );
  // One message may be kept twice: as malformed, and as delivered too often because that could not be recorded.
  const letters = Map.groupBy(kept, ({ messageId }) => messageId);
  // An error of the catalogue that trying again does not help: here it is the engine's own fault.
  const bugs = kept.filter(({ reason }) => /^C\d{3}: /.test(reason));
  const faults = bugs.map(({ messageId, reason }) => fail(`${messageId} was given up: ${reason}`));
  const lost = deadLetterIds(facts).flatMap((messageId) => {
    const own = letters.get(messageId);
    if (own === undefined) return [fail(`the dead letter ${messageId} was not kept`)];
    const isTold = own.some(({ id, at, cutoverId }) => {
      const startedAt = latest.get(cutoverId ?? '')?.startedAt ?? Number.POSITIVE_INFINITY;
      return at < startedAt + CLOCKS_DIFFER_MS || recorded.has(id);
    });
    return isTold ? [] : [fail(`the dead letter ${messageId} is no event`)];
  });
  return [...faults, ...lost];
};

/** What the tables must say when everything has ended: nothing unsent, the lists repaired, every dead letter kept. */
export const checkEnd = async (
  tables: Tables,
  latest: ReadonlyMap<string, CutoverState>,
  facts: readonly Fact[],
): Promise<readonly Violation[]> => {
  const violations: Violation[] = [];
  const store = makeCutoverStore(tables);
  const directory = makeDirectory(tables);
  const { lines } = await directory.list(100, null);
  const active = await directory.active();
  for (const [cutoverId, state] of latest) {
    const outs = await store.outRows(cutoverId);
    if (outs.length > 0) violations.push({ invariant: 'I4', message: `${outs.length} commits are unsent` });
    const line = lines.find(({ id }) => id === cutoverId);
    if (line?.status !== state.status || line.held !== (state.held !== null)) {
      const message = `the list shows ${cutoverId} as ${line?.status}, held ${line?.held}; it is ${state.status}`;
      violations.push({ invariant: 'lists', message });
    }
    if (active.some((row) => row.cutoverId === cutoverId)) {
      violations.push({ invariant: 'lists', message: `${cutoverId} has ended but is still watched` });
    }
    const stored = await store.events(cutoverId, 0, Number.POSITIVE_INFINITY);
    if (stored.length !== state.events || stored.some(({ n }, index) => n !== index + 1)) {
      violations.push({
        invariant: 'I5',
        message: `${stored.length} of ${state.events} events are readable`,
      });
    }
  }
  return [...violations, ...(await checkDeadLetters(tables, latest, facts))];
};
