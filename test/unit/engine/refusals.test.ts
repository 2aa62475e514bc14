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
  const state = { isDown: false, failInputs: false };
  const failing: Tables = {
    ...tables,
    transact: (table, partition, writes) => {
      const isInputAlone = writes.every(({ row }) => row.startsWith('input-'));
      return state.isDown || (state.failInputs && isInputAlone)
        ? Promise.reject(down())
        : tables.transact(table, partition, writes);
    },
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

/** Requests of one caller that are refused by the core, each under a key of its own. */
const asked = (n: number, what: object = resume()): Input => ({ id: `http:r${n}`, ...what }) as Input;

test('a request that the core refuses a thousand times within a minute is one entry, with every answer kept', async () => {
  const { advance, clock, refused, store } = await cutover();
  const first = await advance(ID, asked(0));
  expect(first).toMatchObject({ code: 'C305' });
  for (let n = 1; n < 1_000; n += 1) expect(await advance(ID, asked(n))).toEqual(first);
  expect(await refused()).toMatchObject([
    { what: 'resume', stepId: null, by: MANAGER, code: 'C305', message: first.message },
  ]);
  await advance(ID, { id: 'http:hold', ...hold() });
  expect(await advance(ID, asked(999))).toEqual(first);
  expect((await store.readHead(ID))?.state.held).not.toBeNull();
  await advance(ID, { id: 'http:resume', ...resume() });
  clock.advance(MINUTE);
  await advance(ID, asked(1_000));
  expect(await refused()).toHaveLength(2);
});

test('a request that the core refuses is recorded before it is answered: what fails between loses no refusal', async () => {
  const { advance, refused, state } = await cutover();
  state.failInputs = true;
  await expect(advance(ID, asked(0))).rejects.toMatchObject({ code: 'C401' });
  expect(await refused()).toHaveLength(1);
  state.failInputs = false;
  expect(await advance(ID, asked(0))).toMatchObject({ code: 'C305' });
  expect(await refused()).toHaveLength(1);
});

test('an answer that comes late a thousand times within a minute is one entry of its sender', async () => {
  const { advance, clock, store } = await cutover();
  await advance(ID, { id: 'i1', ...abort() });
  const late = async () => (await store.events(ID, 0, 5_000)).filter(({ type }) => type === 'result-late');
  const callback = (n: number): Input => ({ id: `webhook:l${n}`, ...attempt('a').isReported() });
  const first = await advance(ID, callback(0));
  expect(first).toMatchObject({ code: 'C211' });
  for (let n = 1; n < 1_000; n += 1) expect(await advance(ID, callback(n))).toEqual(first);
  expect(await late()).toMatchObject([{ stepId: 'a', attempt: 1, what: 'pass', by: DBA }]);
  await advance(ID, { id: 'webhook:other', ...attempt('a').isReported('fail') });
  expect(await late()).toHaveLength(2);
  clock.advance(MINUTE);
  await advance(ID, callback(1_000));
  expect(await late()).toHaveLength(3);
});
