import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { hold, MANAGER, resume } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const ID = 'c1';

/** A cutover with a commit whose events take two rows; its storage gives so many rows of events at once. */
const cutoverReadBy = async (rowsPerPage: number, failAfter = Infinity) => {
  const tables = makeMemoryTables();
  let pages = 0;
  const small: Tables = {
    ...tables,
    page: (table, partition, query) => {
      if (!query.from.startsWith('event-')) return tables.page(table, partition, query);
      pages += 1;
      if (pages > failAfter) return Promise.reject(new CutoverError('C401', 'the test'));
      return tables.page(table, partition, { ...query, limit: rowsPerPage });
    },
  };
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({ tables: small, bus, clock });
  const request = { cutoverId: ID, plan: planOf([step('a')]), bindings: NO_BINDINGS, by: MANAGER, key: 'k' };
  await engine.start(request);
  const reason = randomBytes(1_050_000).toString('base64');
  await engine.advance(ID, { id: 'i1', ...hold(reason) });
  await engine.advance(ID, { id: 'i2', ...resume() });
  return { ...engine, tables, clock };
};

test('when a page of rows ends between the rows of one commit, its events still come whole', async () => {
  const { store, stateAsOf, verifyLog, clock } = await cutoverReadBy(2);
  const { state } = (await store.readHead(ID))!;
  const events = await store.events(ID, 0, 100);
  expect(events.map(({ n }) => n)).toEqual(events.map((_, index) => index + 1));
  expect(events).toHaveLength(state.events);
  clock.advance(10 * MINUTE);
  expect(await stateAsOf(ID, BEGUN_AT)).toEqual(state);
  expect(await verifyLog(ID)).toMatchObject({ entries: state.events, firstBad: null });
});

test('when the storage stops answering between the rows of one commit, it says so, and not that a row is damaged', async () => {
  const { store } = await cutoverReadBy(2, 1);
  await expect(store.events(ID, 0, 100)).rejects.toMatchObject({ code: 'C401' });
});

test('when a row of a commit is missing, its events cannot be read', async () => {
  const { store, tables } = await cutoverReadBy(500);
  const rows = await tables.range('cutovers', ID, 'event-', 'event-~');
  const spilled = rows.find(({ row }) => row.endsWith('.1'))!;
  await tables.transact('cutovers', ID, [{ op: 'remove', row: spilled.row, etag: '*' }]);
  await expect(store.events(ID, 0, 100)).rejects.toMatchObject({ code: 'C404' });
});
