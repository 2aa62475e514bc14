import { expect, test } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { attempt, done, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const A = attempt('a');
const plan = planOf([step('a', { marks: 'replication-set-up' }), step('b')]);

/** Two cutovers whose replication exists; the first one's head can be made unreadable. */
const setup = async () => {
  const memory = makeMemoryTables();
  const broken = { id: '' };
  const tables: Tables = {
    ...memory,
    range: (table, partition, from, to) =>
      table === 'cutovers' && partition === broken.id
        ? Promise.reject(new CutoverError('C404', partition))
        : memory.range(table, partition, from, to),
  };
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const clock = makeTestClock(BEGUN_AT);
  const engine = engineOn({ tables, bus, clock });
  for (const cutoverId of ['c1', 'c2']) {
    await engine.start({ cutoverId, plan, bindings: NO_BINDINGS, by: MANAGER, key: cutoverId });
    await engine.advance(cutoverId, { id: 'open', ...A.asksWorld() });
    await engine.advance(cutoverId, { id: 'judge', ...A.isJudged(done(BEGUN_AT)) });
  }
  bus.sent.length = 0;
  return { engine, bus, clock, broken };
};

const ids = (sent: readonly { readonly id: string }[]) => sent.map(({ id }) => id.replace(/:\d+$/, ''));

test('every cutover whose replication exists is polled', async () => {
  const { engine, bus } = await setup();
  await engine.pollReplication();
  expect(ids(bus.sent)).toEqual(['c1:observe', 'c2:observe']);
});

test('two timers in one slot send the same message, one in the next slot another', async () => {
  const { engine, bus, clock } = await setup();
  await engine.pollReplication();
  await engine.pollReplication();
  const [first, , same] = bus.sent;
  expect(same?.id).toBe(first?.id);
  clock.advance(15 * MINUTE);
  await engine.pollReplication();
  expect(bus.sent.at(-1)?.id).not.toBe(first?.id);
});

test('a cutover that cannot be read does not keep the others from being polled', async () => {
  const { engine, bus, broken } = await setup();
  broken.id = 'c1';
  await engine.pollReplication();
  expect(ids(bus.sent)).toEqual(['c2:observe']);
});

test('a cutover that has ended is polled no more', async () => {
  const { engine, bus } = await setup();
  for (const cutoverId of ['c1', 'c2']) {
    await engine.advance(cutoverId, { id: 'abort', type: 'abort', by: MANAGER, reason: 'no way on' });
  }
  bus.sent.length = 0;
  await engine.pollReplication();
  expect(bus.sent).toEqual([]);
});
