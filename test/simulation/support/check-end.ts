import type { CutoverState } from '../../../shared/core/state.ts';
import { makeCutoverStore } from '../../../shared/engine/cutover-store.ts';
import { makeDirectory } from '../../../shared/engine/directory.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import type { Fact, Violation } from './facts.ts';

const deadLetterIds = (facts: readonly Fact[]): readonly string[] =>
  facts.flatMap((fact) => (fact.type === 'dead-lettered' ? [fact.messageId] : []));

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
  const { rows } = await tables.page('lists', 'dead-letter', { from: '', to: '~', limit: 1000, token: null });
  const kept = rows.map(({ properties }) => String(properties.json));
  for (const id of deadLetterIds(facts)) {
    if (!kept.some((json) => json.includes(`"messageId":${JSON.stringify(id)}`))) {
      violations.push({ invariant: 'I12', message: `the dead letter ${id} was not kept` });
    }
  }
  return violations;
};
