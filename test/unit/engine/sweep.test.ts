import { expect, test } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { WakeMessage } from '../../../shared/core/messages.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { WATCHED_AFTER_END_MS } from '../../../shared/engine/sweep.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { abort, hold, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const down = () => new CutoverError('C401', 'the test');
const requestFor = (cutoverId: string) => ({
  cutoverId,
  plan: planOf([step('first'), step('second', { after: ['first'] })]),
  bindings: NO_BINDINGS,
  by: MANAGER,
  key: cutoverId,
});
const setup = (wrap: (tables: Tables) => Tables = (tables) => tables) => {
  const tables = makeMemoryTables();
  const bus = makeRecordingBus(down);
  const clock = makeTestClock(BEGUN_AT);
  return { tables, bus, clock, engine: engineOn({ tables: wrap(tables), bus, clock }) };
};
const watched = async (engine: ReturnType<typeof engineOn>) =>
  (await engine.directory.active()).map(({ cutoverId }) => cutoverId);

test('when the bus was down at a commit, its messages are sent after a minute and not before', async () => {
  const { engine, bus, clock } = setup();
  bus.isDown = true;
  await engine.start(requestFor('c1'));
  bus.isDown = false;
  clock.advance(MINUTE - 1);
  await engine.sweep();
  expect(bus.sent).toEqual([]);
  clock.advance(1);
  await engine.sweep();
  expect(bus.sent.map(({ id }) => id)).toEqual(['c1:1:0', 'c1:1:1']);
});

test('when another machine dated the last commit a little ahead, what was due by then is served at once', async () => {
  const { engine, tables, bus, clock } = setup();
  await engine.start(requestFor('c1'));
  const { id, body } = bus.sent.find(({ queue }) => queue === 'wake')!;
  const { dueAt } = body as WakeMessage;
  clock.set(dueAt - 2_000);
  const ahead = engineOn({ tables, bus, clock: { now: () => clock.now() + 3_000 } });
  const claim = { result: 'pass', by: MANAGER, note: '' } as const;
  const early = { id: 'i1', type: 'complete', stepId: 'second', attempt: 1, claim, tokenHash: null } as const;
  await ahead.advance('c1', early);
  bus.sent.length = 0;
  await engine.wake(body as WakeMessage, id);
  expect(bus.sent).toMatchObject([{ queue: 'step-task', body: { dispatch: 2 } }, { queue: 'wake' }]);
});

test('when two watchdogs re-send the same commit, neither fails', async () => {
  const { engine, tables, bus, clock } = setup();
  bus.isDown = true;
  await engine.start(requestFor('c1'));
  bus.isDown = false;
  clock.advance(MINUTE);
  const other = engineOn({ tables, bus, clock });
  await expect(Promise.all([engine.sweep(), other.sweep()])).resolves.toEqual([undefined, undefined]);
  expect(await engine.store.outRows('c1')).toEqual([]);
});

test('when one cutover cannot be read, the others are watched all the same', async () => {
  const { engine, bus, clock } = setup((tables) => ({
    ...tables,
    range: (table, partition, from, to) =>
      partition === 'c1' && !bus.isDown && clock.now() > BEGUN_AT
        ? Promise.reject(new CutoverError('C404', partition))
        : tables.range(table, partition, from, to),
  }));
  bus.isDown = true;
  await engine.start(requestFor('c1'));
  await engine.start(requestFor('c2'));
  bus.isDown = false;
  clock.advance(MINUTE);
  await engine.sweep();
  expect(bus.sent.map(({ id }) => id)).toEqual(['c2:1:0', 'c2:1:1']);
});

test.each(['a\u2028b', 'a\u2029b', 'a "b" \\u2028'])(
  'the list shows the title %j as it is',
  async (title) => {
    const { engine, tables, clock, bus } = setup();
    const { plan, ...request } = requestFor('c1');
    await engine.start({ ...request, plan: { ...plan, title } });
    expect((await engine.directory.list(10, null)).lines).toMatchObject([{ title, endedAt: null }]);
    await engine.sweep();
    const before = tables.operations();
    await engineOn({ tables, bus, clock }).directory.repair((await engine.store.readHead('c1'))!.state);
    expect(tables.operations() - before).toBe(2);
  },
);

test.each(['lists', 'bus'])(
  'when %s fails for good, what overslept is woken all the same',
  async (broken) => {
    const lines: string[] = [];
    const telemetry = { log: ({ name }: { readonly name: string }) => lines.push(name) };
    const clock = makeTestClock(BEGUN_AT);
    const memory = makeMemoryTables();
    const bus = makeRecordingBus(down);
    const tables: Tables = {
      ...memory,
      transact: (table, ...write) =>
        broken === 'lists' && table === 'lists'
          ? Promise.reject(new CutoverError('C403', 'the test'))
          : memory.transact(table, ...write),
    };
    bus.isDown = broken === 'bus';
    const engine = engineOn({ tables, bus, clock, telemetry });
    await engine.start(requestFor('c1'));
    clock.advance(24 * 60 * MINUTE);
    await engine.sweep();
    expect(lines).toContain('sweep-failed');
    const types = (await engine.store.events('c1', 0, 1_000)).map(({ type }) => type);
    expect(types).toContain('overslept');
    expect(types).toContain('silence-alarmed');
    expect(await watched(engine)).toEqual(['c1']);
  },
);

test('when a cutover ends while messages of it are unsent, they are sent before it is forgotten', async () => {
  const { engine, bus, clock } = setup();
  bus.isDown = true;
  await engine.start(requestFor('c1'));
  await engine.advance('c1', { ...abort(), id: 'i1' });
  bus.isDown = false;
  await engine.sweep();
  expect(await watched(engine)).toEqual(['c1']);
  clock.advance(WATCHED_AFTER_END_MS);
  await engine.sweep();
  expect(bus.sent.map(({ id }) => id)).toEqual(['c1:1:0', 'c1:1:1']);
  expect(await watched(engine)).toEqual([]);
});

test('when a late answer comes to a cutover that has ended, it is not watched any longer for it', async () => {
  const { engine, clock } = setup();
  await engine.start(requestFor('c1'));
  await engine.advance('c1', { ...abort(), id: 'i1' });
  clock.advance(WATCHED_AFTER_END_MS);
  const claim = { result: 'pass', by: MANAGER, note: '' } as const;
  const late = { id: 'i2', type: 'complete', stepId: 'first', attempt: 1, claim, tokenHash: null } as const;
  expect(await engine.advance('c1', late)).toMatchObject({ code: 'C211' });
  await engine.sweep();
  expect(await watched(engine)).toEqual([]);
});

test('when a slower process undid the line of a cutover, the list is mended', async () => {
  const { engine, tables, clock, bus } = setup();
  await engine.start(requestFor('c1'));
  const { state: before } = (await engine.store.readHead('c1'))!;
  await engine.advance('c1', { ...hold(), id: 'i1' });
  await engineOn({ tables, bus, clock }).directory.follow(before);
  expect((await engine.directory.list(10, null)).lines).toMatchObject([{ held: false }]);
  await engine.sweep();
  expect((await engine.directory.list(10, null)).lines).toMatchObject([{ held: true }]);
});

test('when a start that never came about is repeated while it is being forgotten, it stays watched', async () => {
  const { engine, clock } = setup();
  await engine.directory.announce('c1', clock.now());
  const [orphan] = await engine.directory.active();
  clock.advance(60 * MINUTE);
  await engine.start(requestFor('c1'));
  await engine.directory.forget(orphan!);
  expect(await watched(engine)).toEqual(['c1']);
});
