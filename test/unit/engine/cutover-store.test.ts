import { expect, test } from 'vitest';
import type { CutoverEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import { makeCutoverStore } from '../../../shared/engine/cutover-store.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { BEGUN_AT } from '../../support/test-world.ts';

const STARTED: CutoverEvent = {
  type: 'cutover-started',
  id: 'c1',
  title: 'A cutover',
  mode: 'mock',
  by: MANAGER,
  plan: { hash: 'hash', procedureHash: 'procedure', revision: 1 },
  concurrency: 1,
  stepIds: [],
};
const LATE: CutoverEvent = { type: 'silence-alarmed', silentSince: BEGUN_AT };

/** A cutover of so many commits: the start, then two events each. */
const storeWith = async (commits: number) => {
  const store = makeCutoverStore(makeMemoryTables());
  for (let commit = 1; commit <= commits; commit += 1) {
    const before = await store.readHead('c1');
    const events = commit === 1 ? [STARTED] : [LATE, LATE];
    const after = evolve(before?.state ?? null, events, BEGUN_AT + commit)!;
    const answer = { code: 'applied', message: '', next: '', detail: {} } as const;
    const inputId = `i${commit}`;
    await store.commit('c1', { inputId, requestHash: '', answer, before, after, events, envelopes: [] });
  }
  return store;
};

test('a log of many pages is read as a whole, in order', async () => {
  const store = await storeWith(1_100);
  const numbers = (await store.events('c1', 0, 10_000)).map(({ n }) => n);
  expect(numbers).toEqual(Array.from({ length: 2_199 }, (_, index) => index + 1));
});

test('events are read from any place on, also from the middle of a commit, as many as asked for', async () => {
  const store = await storeWith(10);
  expect((await store.events('c1', 2, 4)).map(({ n }) => n)).toEqual([3, 4, 5, 6]);
  expect((await store.events('c1', 19, 4)).map(({ n }) => n)).toEqual([]);
});

test('a commit on a head that has moved is refused and leaves nothing behind', async () => {
  const store = await storeWith(2);
  const before = await store.readHead('c1');
  const commit = {
    inputId: 'mine',
    requestHash: '',
    answer: { code: 'applied', message: '', next: '', detail: {} } as const,
    before,
    after: evolve(before!.state, [LATE], BEGUN_AT + 9)!,
    events: [LATE],
    envelopes: [],
  };
  await store.commit('c1', { ...commit, inputId: 'theirs' });
  await expect(store.commit('c1', commit)).rejects.toThrow(
    expect.objectContaining({ name: 'StorageConflict' }),
  );
  expect(await store.readInput('c1', 'mine')).toBeNull();
  expect(await store.events('c1', 0, 100)).toHaveLength(4);
});
