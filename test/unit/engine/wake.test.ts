import { expect, test } from 'vitest';
import type { CutoverError } from '../../../shared/core/errors.ts';
import type { WakeMessage } from '../../../shared/core/messages.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Envelope } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

/** The longest message id that Service Bus takes. */
const LONGEST_ID = 128;
const BEHIND_MS = 3 * MINUTE;

/** A cutover whose first wake a machine gets that is so much behind the broker. */
const setup = async () => {
  const bus = makeRecordingBus((): CutoverError => {
    throw new Error('this bus is never down');
  });
  const clock = makeTestClock(BEGUN_AT);
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
  await engine.start({
    cutoverId: 'c1',
    plan: planOf([step('first')]),
    bindings: NO_BINDINGS,
    by: MANAGER,
    key: 'k1',
  });
  const { id, body } = bus.sent.find(({ queue }) => queue === 'wake')!;
  const wake = body as WakeMessage;
  clock.advance(wake.dueAt - BEGUN_AT - BEHIND_MS);
  bus.sent.length = 0;
  return { engine, bus, clock, id, wake };
};
const sentOf = ({ sent }: { readonly sent: readonly Envelope[] }): Envelope => sent.at(-1)!;
const receive = (engine: Engine, { id, body }: Envelope): Promise<void> =>
  engine.wake(body as WakeMessage, id);

test('when a wake comes before its time by this clock, it comes again when this clock has reached it', async () => {
  const { engine, bus, clock, id, wake } = await setup();
  await engine.wake(wake, id);
  expect(bus.sent).toMatchObject([{ queue: 'wake', scheduledAt: wake.dueAt + BEHIND_MS }]);
  clock.advance(BEHIND_MS);
  await receive(engine, sentOf(bus));
  expect(bus.sent).toMatchObject([{}, { queue: 'step-task', body: { dispatch: 2 } }, { queue: 'wake' }]);
});

test('when a clock is far behind the broker, a wake it wants in a moment comes too early a few times, not all the while', async () => {
  const { engine, bus, clock, id, wake } = await setup();
  clock.advance(BEHIND_MS - 2_000);
  let brokerNow = wake.dueAt + 20 * MINUTE;
  let next: Envelope = { id, queue: 'wake', body: wake, scheduledAt: wake.dueAt, hop: 0 };
  while (clock.now() < wake.dueAt) {
    const deliveredAfterMs = Math.max(1, next.scheduledAt! - brokerNow);
    brokerNow += deliveredAfterMs;
    clock.advance(deliveredAfterMs);
    await receive(engine, next);
    next = sentOf(bus);
  }
  expect(bus.sent.filter(({ queue }) => queue === 'wake').length).toBeLessThan(15);
});

test('however often a wake comes too early, its id is a new one and no longer than the broker takes', async () => {
  const { engine, bus, clock, id, wake } = await setup();
  await engine.wake(wake, id);
  for (let time = 1; time < 20; time += 1) {
    await receive(engine, sentOf(bus));
    clock.advance(1);
  }
  const ids = bus.sent.map((envelope) => envelope.id);
  expect(new Set(ids).size).toBe(20);
  expect(Math.max(...ids.map(({ length }) => length))).toBeLessThanOrEqual(LONGEST_ID);
});

test('when what was due has been done or moved away, a wake does nothing', async () => {
  const { engine, bus, clock, id, wake } = await setup();
  await engine.wake({ ...wake, dueAt: wake.dueAt - 1 }, id);
  clock.advance(BEHIND_MS);
  await engine.wake(wake, id);
  bus.sent.length = 0;
  await engine.wake(wake, id);
  await engine.wake({ ...wake, cutoverId: 'nobody' }, id);
  expect(bus.sent).toEqual([]);
});
