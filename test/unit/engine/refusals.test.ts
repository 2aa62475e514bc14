import { expect, test } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import type { Refusal } from '../../../shared/engine/refusals.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { abort, attempt, DBA, hold, MANAGER, resume } from '../../support/sample-inputs.ts';
import { MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

const ID = 'c1';
const down = () => new CutoverError('C401', 'the test');
const REFUSAL: Refusal = { what: 'hold-cutover', stepId: null, by: DBA, code: 'C201' };

/** A started cutover, and what is in its log of refused requests. */
const cutover = async () => {
  const tables = makeMemoryTables();
  const state = { isDown: false };
  const failing: Tables = {
    ...tables,
    transact: (...args) => (state.isDown ? Promise.reject(down()) : tables.transact(...args)),
  };
  const lines: object[] = [];
  const telemetry = { log: (event: object, fields: object) => lines.push({ ...event, ...fields }) };
  const clock = makeTestClock(BEGUN_AT);
  const engine = engineOn({ tables: failing, bus: makeRecordingBus(down), clock, telemetry });
  const plan = planOf([step('a'), step('b')]);
  await engine.start({ cutoverId: ID, plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const refused = async () =>
    (await engine.store.events(ID, 0, 1_000)).filter(({ type }) => type === 'request-refused');
  return { ...engine, state, lines, clock, refused };
};

test('a refusal is recorded with who asked for what, and why not', async () => {
  const { recordRefusal, refused } = await cutover();
  await recordRefusal(ID, { ...REFUSAL, what: 'retry-step', stepId: 'a' });
  expect(await refused()).toEqual([
    expect.objectContaining({ what: 'retry-step', stepId: 'a', by: DBA, code: 'C201' }),
  ]);
});

test('a refusal is recorded also after the end', async () => {
  const { advance, recordRefusal, refused } = await cutover();
  await advance(ID, { id: 'i1', ...abort() });
  await recordRefusal(ID, REFUSAL);
  expect(await refused()).toHaveLength(1);
});

test('the same refusal a thousand times within a minute is one entry, and another one a minute later', async () => {
  const { clock, recordRefusal, refused } = await cutover();
  for (let n = 0; n < 1_000; n += 1) await recordRefusal(ID, REFUSAL);
  expect(await refused()).toHaveLength(1);
  clock.advance(MINUTE);
  await recordRefusal(ID, REFUSAL);
  expect(await refused()).toHaveLength(2);
});

test.each<[string, Partial<Refusal>]>([
  ['of somebody else', { by: MANAGER }],
  ['of another operation', { what: 'abort-cutover' }],
  ['for another reason', { code: 'C207' }],
  ['about a step', { stepId: 'a' }],
])('a refusal %s within the same minute is an entry of its own', async (_, differs) => {
  const { recordRefusal, refused } = await cutover();
  await recordRefusal(ID, REFUSAL);
  await recordRefusal(ID, { ...REFUSAL, ...differs });
  expect(await refused()).toHaveLength(2);
});

test('steps that are not there do not make refusals different', async () => {
  const { recordRefusal, refused } = await cutover();
  for (const stepId of ['x', 'y', 'constructor']) await recordRefusal(ID, { ...REFUSAL, stepId });
  expect(await refused()).toEqual([expect.objectContaining({ stepId: null })]);
});

test('a refusal of a cutover that is not there is recorded nowhere', async () => {
  const { recordRefusal, store } = await cutover();
  await recordRefusal('another', REFUSAL);
  expect(await store.readHead('another')).toBeNull();
});

test('a refusal that cannot be recorded is a log line and no error', async () => {
  const { recordRefusal, state, lines } = await cutover();
  state.isDown = true;
  await recordRefusal(ID, REFUSAL);
  expect(lines).toContainEqual(
    expect.objectContaining({ name: 'refusal-unrecorded', refusedFor: 'C201', code: 'C401' }),
  );
});

test.each<[string, Input, Input, object]>([
  [
    'a person',
    { id: 'i1', ...hold() },
    { id: 'i1', ...resume() },
    { what: 'resume', stepId: null, by: MANAGER },
  ],
  [
    'a callback',
    { id: 'i1', ...attempt('a').isReported() },
    { id: 'i1', ...attempt('a').isReported('fail') },
    { what: 'complete', stepId: 'a', by: DBA },
  ],
])('%s who sends another request under a used id is recorded once', async (_, first, other, expected) => {
  const { advance, refused } = await cutover();
  await advance(ID, first);
  for (let n = 0; n < 2; n += 1) expect(await advance(ID, other)).toMatchObject({ code: 'C208' });
  expect(await refused()).toEqual([expect.objectContaining({ ...expected, code: 'C208' })]);
});

test('the product itself is not recorded for using an id twice', async () => {
  const { advance, refused } = await cutover();
  await advance(ID, { id: 'i1', ...attempt('a').asksWorld() });
  expect(await advance(ID, { id: 'i1', ...attempt('b').asksWorld() })).toMatchObject({
    code: 'C208',
  });
  expect(await refused()).toEqual([]);
});
