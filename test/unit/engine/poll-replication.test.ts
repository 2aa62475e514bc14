import { describe, expect, test } from 'vitest';
import type { Bindings } from '../../../shared/contract/bindings.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { attempt, done, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { readingAt } from '../../support/sample-reading.ts';
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

test('a clock that is set back polls on, in slots after those there are', async () => {
  const { engine, bus, clock } = await setup();
  await engine.pollReplication();
  const slot = Number(bus.sent[0]?.id.split(':').at(-1));
  await engine.readings.insert('c1', '', readingAt(slot));
  await engine.readings.insert('c2', '', readingAt(slot));
  bus.sent.length = 0;
  await engine.pollReplication();
  expect(bus.sent).toEqual([]);
  clock.set(BEGUN_AT - 90 * MINUTE);
  await engine.pollReplication();
  expect(bus.sent.map(({ id }) => id)).toEqual(
    ['c1', 'c2'].map((id) => `${id}:observe:${slot + 15 * MINUTE}`),
  );
});

test('a clock that catches up with the readings goes on by its own slots', async () => {
  const { engine, bus, clock } = await setup();
  await engine.readings.insert('c1', '', readingAt(BEGUN_AT + 7 * MINUTE));
  clock.set(BEGUN_AT + 8 * MINUTE);
  await engine.pollReplication();
  expect(ids(bus.sent)).toEqual(['c2:observe']);
  clock.set(BEGUN_AT + 15 * MINUTE);
  await engine.pollReplication();
  expect(bus.sent.at(-2)?.id).toBe(`c1:observe:${BEGUN_AT + 15 * MINUTE}`);
});

describe('kindness to the source', () => {
  const QUIET = { ...NO_BINDINGS, quietHours: [{ from: '00:00', to: '23:59', zone: 'UTC' }] };
  const observed = async (bindings: Bindings, milestones: 'ax-on' | 'ax-off') => {
    const depths: string[] = [];
    const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
    const clock = makeTestClock(BEGUN_AT);
    const engine = engineOn({
      tables: makeMemoryTables(),
      bus,
      clock,
      look: (slot, now, _, depth) => {
        depths.push(depth);
        const slow = { gaps: [{ statement: 'replication-pending', code: 'C504', message: '' }] };
        return Promise.resolve({ reading: readingAt(now, { slot, depth, ...slow }), snapshot: null });
      },
    });
    const steps = [
      step('a', { marks: 'replication-set-up' }),
      step('b', { after: ['a'], marks: 'aos-stopped' }),
      step('c', { after: ['b'] }),
    ];
    await engine.start({ cutoverId: 'c1', plan: planOf(steps), bindings, by: MANAGER, key: 'c1' });
    for (const stepId of milestones === 'ax-off' ? ['a', 'b'] : ['a']) {
      const of = attempt(stepId);
      await engine.advance('c1', { id: `open ${stepId}`, ...of.asksWorld() });
      await engine.advance('c1', { id: `judge ${stepId}`, ...of.isJudged(done(BEGUN_AT)) });
    }
    return { engine, bus, clock, depths };
  };

  test.each([
    {
      what: 'quiet hours, while nothing waits',
      bindings: QUIET,
      ax: 'ax-on',
      depths: ['minimum', 'minimum'],
    },
    { what: 'quiet hours, once AX is off', bindings: QUIET, ax: 'ax-off', depths: ['counts', 'state'] },
    { what: 'no quiet hours', bindings: NO_BINDINGS, ax: 'ax-on', depths: ['counts', 'state'] },
  ] as const)('a poll in $what asks for $depths', async ({ bindings, ax, depths }) => {
    const seen = await observed(bindings, ax);
    await seen.engine.observe({ type: 'observe', cutoverId: 'c1', slot: BEGUN_AT });
    await seen.engine.observe({ type: 'observe', cutoverId: 'c1', slot: BEGUN_AT + MINUTE });
    expect(seen.depths).toEqual(depths);
  });

  test('a source that did not answer in time is polled more rarely, and each reading keeps the pace', async () => {
    const { engine, bus, clock } = await observed(NO_BINDINGS, 'ax-off');
    await engine.observe({ type: 'observe', cutoverId: 'c1', slot: BEGUN_AT });
    const [reading] = await engine.readings.since('c1', '', 0, 1);
    expect(reading?.paceMs).toBe(2 * MINUTE);
    bus.sent.length = 0;
    clock.set(BEGUN_AT + MINUTE);
    await engine.pollReplication();
    expect(bus.sent).toEqual([]);
    clock.set(BEGUN_AT + 2 * MINUTE);
    await engine.pollReplication();
    expect(ids(bus.sent)).toEqual(['c1:observe']);
  });
});
