import { expect, test } from 'vitest';
import { deferredLetterSchema } from '../../../shared/contract/messages.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

const down = () => new CutoverError('C401', 'the test');
const letter = {
  queue: 'step-task',
  messageId: 'c1:1:0',
  reason: 'MaxDeliveryCountExceeded',
  cutoverId: 'c1',
  stepId: 'first',
  body: '{}',
};

const setup = async () => {
  const memory = makeMemoryTables();
  const storage = { isDown: false };
  const tables: Tables = {
    ...memory,
    transact: (...write) => (storage.isDown ? Promise.reject(down()) : memory.transact(...write)),
  };
  const bus = makeRecordingBus(down);
  const clock = makeTestClock(BEGUN_AT);
  const engine = engineOn({ tables, bus, clock });
  const plan = planOf([step('first')]);
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  bus.sent.length = 0;
  const letters = async () => (await engine.deadLetters.list(10, null)).letters;
  const told = async () =>
    (await engine.store.events('c1', 0, 100)).filter(({ type }) => type === 'message-dead-lettered');
  return { engine, bus, clock, storage, letters, told };
};

test('a dead letter is kept, and its cutover told once, however often it comes', async () => {
  const { engine, letters, told } = await setup();
  await engine.deadLetters.take(letter, 0);
  await engine.deadLetters.take(letter, 0);
  expect(await letters()).toMatchObject([{ ...letter, at: BEGUN_AT }]);
  expect(await told()).toMatchObject([{ stepId: 'first', queue: 'step-task', reason: letter.reason }]);
});

test('a dead letter of a step the plan does not know still leaves its trace on the cutover', async () => {
  const { engine, told } = await setup();
  await engine.deadLetters.take({ ...letter, stepId: 'nobody' }, 0);
  expect(await told()).toMatchObject([{ stepId: null }]);
});

test('a dead letter that names no cutover is kept all the same', async () => {
  const { engine, letters, told } = await setup();
  await engine.deadLetters.take({ ...letter, cutoverId: null, stepId: null }, 0);
  expect(await letters()).toHaveLength(1);
  expect(await told()).toEqual([]);
});

test('while the storage does not answer, a dead letter is sent to its own queue again, later each time', async () => {
  const { engine, bus, storage, letters, told } = await setup();
  storage.isDown = true;
  await engine.deadLetters.take(letter, 0);
  const [first] = bus.sent;
  expect(first).toMatchObject({ queue: 'dead-letters', hop: 1, scheduledAt: BEGUN_AT + 1_000 });
  const body = deferredLetterSchema.parse({ v: 1, ...first?.body });
  await engine.deadLetters.take(body.letter, first?.hop ?? 0);
  expect(bus.sent.at(-1)).toMatchObject({ hop: 2, scheduledAt: BEGUN_AT + 2_000 });
  expect(bus.sent.at(-1)?.id).not.toBe(first?.id);
  storage.isDown = false;
  await engine.deadLetters.take(body.letter, 2);
  expect(await letters()).toMatchObject([letter]);
  expect(await told()).toHaveLength(1);
});

test('a malformed message is kept with its reason and completed', async () => {
  const { engine, letters } = await setup();
  const delivery = { queue: 'wake', messageId: 'm1', hop: 0, body: { v: 1, type: 'wake', cutoverId: 'c1' } };
  await engine.handle('wake')(delivery, () => Promise.reject(new Error('never')));
  expect(await letters()).toMatchObject([{ queue: 'wake', messageId: 'm1', cutoverId: 'c1' }]);
  expect((await letters())[0]?.reason).toMatch(/^malformed: dueAt: /);
});

test('a message of another type than its queue takes is malformed', async () => {
  const { engine, letters } = await setup();
  const body = { v: 1, type: 'observe', cutoverId: 'c1', slot: 1 };
  await engine.handle('wake')({ queue: 'wake', messageId: 'm1', hop: 0, body }, () => Promise.resolve());
  expect((await letters())[0]?.reason).toContain('a message of type observe on the queue wake');
});

test('work that could not commit sends its own envelope again with another id and completes', async () => {
  const { engine, bus } = await setup();
  const body = { v: 1, type: 'wake', cutoverId: 'c1', dueAt: 7 };
  const act = () => Promise.reject(down());
  await engine.handle('wake')({ queue: 'wake', messageId: 'c1:1:1', hop: 0, body }, act);
  await engine.handle('wake')({ queue: 'wake', messageId: 'c1:1:1~1', hop: 1, body }, act);
  expect(bus.sent).toMatchObject([
    { id: 'c1:1:1~1', queue: 'wake', hop: 1, scheduledAt: BEGUN_AT + 1_000 },
    { id: 'c1:1:1~2', queue: 'wake', hop: 2, scheduledAt: BEGUN_AT + 2_000 },
  ]);
});

test('a bug is thrown, so that the broker counts it', async () => {
  const { engine } = await setup();
  const body = { v: 1, type: 'wake', cutoverId: 'c1', dueAt: 7 };
  const handled = engine.handle('wake')({ queue: 'wake', messageId: 'm', hop: 0, body }, () =>
    Promise.reject(new TypeError('a bug')),
  );
  await expect(handled).rejects.toThrow('a bug');
});
