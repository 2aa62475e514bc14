import type { StoredEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { canonical } from '../../../shared/engine/canonical.ts';
import { makeCutoverStore } from '../../../shared/engine/cutover-store.ts';
import { makeDirectory } from '../../../shared/engine/directory.ts';
import type { DeadLetter } from '../../../shared/engine/dead-letters.ts';
import { makeLog } from '../../../shared/engine/log.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { makeVerifyLog } from '../../../shared/engine/verify-log.ts';
import type { Fail } from './history.ts';

/** A letter kept so shortly before its cutover began may have found none. */
const CLOCKS_DIFFER_MS = 10_000;

/** What is left when everything has ended, and where to tell of a broken promise. */
type End = {
  readonly tables: Tables;
  readonly states: readonly CutoverState[];
  readonly deadLetters: readonly string[];
  readonly fail: Fail;
};

/** I12: every malformed or undeliverable message is kept, and is an event of its cutover if that has begun. */
const checkDeadLetters = async (
  { tables, states, deadLetters, fail }: End,
  events: readonly StoredEvent[],
): Promise<void> => {
  const { rows } = await tables.page('lists', 'dead-letter', {
    from: '-',
    to: 'g',
    limit: 1000,
    token: null,
  });
  const kept = rows.map(({ properties }) => JSON.parse(String(properties.json)) as DeadLetter);
  const recorded = new Set(
    events.flatMap((event) => (event.type === 'message-dead-lettered' ? [event.deadLetterId] : [])),
  );
  // One message may be kept twice: as malformed, and as delivered too often because that could not be recorded.
  const letters = Map.groupBy(kept, ({ messageId }) => messageId);
  // An error of the catalogue that trying again does not help: here it is the engine's own fault.
  for (const { messageId, reason } of kept)
    if (/^C\d{3}: /.test(reason)) fail('I12', `${messageId} was given up: ${reason}`);
  for (const messageId of deadLetters) {
    const own = letters.get(messageId);
    const isTold = own?.some(({ id, at, cutoverId }) => {
      const startedAt = states.find((state) => state.id === cutoverId)?.startedAt ?? Number.POSITIVE_INFINITY;
      return at < startedAt + CLOCKS_DIFFER_MS || recorded.has(id);
    });
    if (own === undefined) fail('I12', `the dead letter ${messageId} was not kept`);
    else if (isTold !== true) fail('I12', `the dead letter ${messageId} is no event`);
  }
};

/** Folds what is stored once more from the first event on: the events of one input are those of one commit. */
const foldAll = (events: readonly StoredEvent[]): CutoverState | null => {
  let state: CutoverState | null = null;
  for (let from = 0, to = 0; from < events.length; from = to) {
    const first = events[from]!;
    while (events[to]?.inputId === first.inputId) to += 1;
    state = evolve(state, events.slice(from, to), first.at);
  }
  return state;
};

/** What the tables must say when everything has ended: nothing unsent, the lists repaired, the whole log folds to the head, every dead letter kept. */
export const checkEnd = async (end: End): Promise<void> => {
  const { tables, states, fail } = end;
  const store = makeCutoverStore(tables);
  const verifyLog = makeVerifyLog({ tables, store, log: makeLog({ log: () => undefined }) });
  const directory = makeDirectory(tables);
  const { lines } = await directory.list(100, null);
  const active = await directory.active();
  const logs: StoredEvent[] = [];
  for (const state of states) {
    const { id, status } = state;
    const outs = await store.outRows(id);
    if (outs.length > 0) fail('I4', `${outs.length} commits are unsent`);
    const line = lines.find((other) => other.id === id);
    if (line?.status !== status || line.held !== (state.held !== null))
      fail('lists', `the list shows ${id} as ${line?.status}, held ${line?.held}; it is ${status}`);
    if (active.some(({ cutoverId }) => cutoverId === id))
      fail('lists', `${id} has ended but is still watched`);
    const events = await store.events(id, 0, Number.POSITIVE_INFINITY);
    const head = await store.readHead(id);
    if (canonical(foldAll(events)) !== canonical(head?.state))
      fail('I5', `the ${events.length} stored events of ${id} do not fold to its head`);
    const { firstBad } = await verifyLog(id);
    if (firstBad !== null) fail('I5', `the log of ${id} is not verified: ${firstBad.message}`);
    logs.push(...events);
  }
  await checkDeadLetters(end, logs);
};
