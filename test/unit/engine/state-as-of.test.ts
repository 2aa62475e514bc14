import { expect, test } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { hold, MANAGER, resume } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const ID = 'c1';
const SECOND = 1_000;
const ASKED_AT = BEGUN_AT + MINUTE;

/** A cutover begun a minute ago, on two machines whose clocks are two seconds apart. */
const onTwoMachines = async () => {
  const tables = makeMemoryTables();
  const [clock, clockBehind] = [makeTestClock(BEGUN_AT), makeTestClock(BEGUN_AT)];
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({ tables, bus, clock });
  const behind = engineOn({ tables, bus, clock: clockBehind, firstToken: 1_000 });
  await engine.start({
    cutoverId: ID,
    plan: planOf([step('a')]),
    bindings: NO_BINDINGS,
    by: MANAGER,
    key: 'k',
  });
  clock.set(ASKED_AT);
  clockBehind.set(ASKED_AT - 2 * SECOND);
  const isHeldThen = async () => (await engine.stateAsOf(ID, ASKED_AT)).held !== null;
  return { engine, behind, clock, clockBehind, isHeldThen };
};

const NOT_OVER = { code: 'C325', message: expect.stringContaining('may still be on its way') as string };

test('while another machine may still commit something of a moment, its status is not told', async () => {
  const { behind, clock, isHeldThen } = await onTwoMachines();
  await expect(isHeldThen()).rejects.toMatchObject(NOT_OVER);
  await behind.advance(ID, { id: 'i1', ...hold('It has to be.') });
  await expect(isHeldThen()).rejects.toMatchObject(NOT_OVER);
  clock.advance(10 * MINUTE - 1);
  await expect(isHeldThen()).rejects.toMatchObject(NOT_OVER);
  clock.advance(1);
  expect(await isHeldThen()).toBe(true);
});

test('once something later is committed, the status as of a moment is told at once and never changes', async () => {
  const { engine, behind, clock, clockBehind, isHeldThen } = await onTwoMachines();
  clock.advance(1);
  await engine.advance(ID, { id: 'i1', ...hold('It has to be.') });
  expect(await isHeldThen()).toBe(false);
  clockBehind.set(ASKED_AT - SECOND);
  await behind.advance(ID, { id: 'i2', ...resume() });
  await behind.advance(ID, { id: 'i3', ...hold('Once more.') });
  expect(await isHeldThen()).toBe(false);
});
