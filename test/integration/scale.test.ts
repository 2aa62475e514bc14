import { expect, test } from 'vitest';
import { z } from 'zod';
import { DUE_PER_COMMIT } from '../../shared/core/decide-time.ts';
import { earliestDue } from '../../shared/core/due.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import type { Input } from '../../shared/core/inputs.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { sha256 } from '../../shared/engine/canonical.ts';
import { defineKind } from '../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../support/engine-parts.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { DBA, MANAGER } from '../support/sample-inputs.ts';
import { planOf, step } from '../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../support/test-world.ts';

const POLL_MS = 2 * MINUTE;
const asking = (asks: 'world' | 'person') =>
  defineKind({
    name: asks,
    summary: asks,
    params: z.null(),
    asks: () => asks,
    dataGate: false,
    rule: null,
    effect: null,
    pollEveryMs: POLL_MS,
    read: ({ now }) => Promise.resolve({ source: 'pulled', takenAt: now, body: null }),
    judge: ({ planned }) =>
      planned.id === 'first'
        ? { verdict: 'done', summary: 'so it is' }
        : { verdict: 'not-yet', unmet: [], again: false },
  });
const [world, person] = [asking('world'), asking('person')];

/** One step, then `wide` at once, then the rest one by one, each with an instruction that does not compress well. */
const planWith = (steps: number, wide: number, kind: string): Plan => {
  const idOf = (index: number) => (index === 0 ? 'first' : `step-${index}`);
  const after = (index: number): readonly string[] => {
    if (index === 0) return [];
    return index <= wide ? ['first'] : [idOf(index - 1)];
  };
  return planOf(
    Array.from({ length: steps }, (_, index) =>
      step(idOf(index), {
        kind: index === 0 ? 'world' : kind,
        after: after(index),
        instruction: Array.from({ length: 16 }, (__, part) => sha256(`${index} ${part}`)).join(' '),
      }),
    ),
    { concurrency: 1000 },
  );
};

const begin = async (plan: Plan, processes = 1) => {
  const tables = makeMemoryTables();
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engines = Array.from({ length: processes }, () => engineOn({ tables, bus, clock }));
  const engine = engines[0]!;
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const of = (stepId: string) =>
    ({ type: 'step', cutoverId: 'c1', stepId, attempt: 1, dispatch: 1 }) as const;
  await engine.runStep(world, of('first'));
  const stateNow = async () => (await engine.store.readHead('c1'))!.state;
  return { tables, clock, bus, engines, engine, of, stateNow };
};

const completionOf = (stepId: string): Input => ({
  id: `complete-${stepId}`,
  type: 'complete',
  stepId,
  attempt: 1,
  claim: { result: 'pass', by: DBA, note: '' },
  tokenHash: null,
});

const WIDE = Array.from({ length: 500 }, (_, index) => `step-${index + 1}`);

test('when one step of a thousand lets 500 start at once, one commit dispatches them all', async () => {
  const { engine, bus, stateNow } = await begin(planWith(1000, 500, 'world'));
  const events = await engine.store.events('c1', 0, 10_000);
  const dispatched = events.filter(({ type }) => type === 'step-dispatched');
  const inputs = new Set(dispatched.slice(1).map(({ inputId }) => inputId));
  expect([dispatched.length, inputs.size]).toEqual([501, 1]);
  const sent = bus.sent.filter(({ queue }) => queue === 'step-world').map(({ body }) => body);
  expect(sent.slice(1)).toEqual(
    WIDE.map((stepId) => ({ type: 'step', cutoverId: 'c1', stepId, attempt: 1, dispatch: 1 })),
  );
  expect(Object.values((await stateNow()).steps).filter(({ status }) => status === 'running')).toHaveLength(
    500,
  );
});

test('when 500 callbacks come at once to four processes, every one is applied, once', async () => {
  const { engines, engine, of, stateNow } = await begin(planWith(1000, 500, 'person'), 4);
  for (const stepId of WIDE) await engine.runStep(person, of(stepId));
  const before = await stateNow();
  const answers = await Promise.all(
    WIDE.map((stepId, index) => engines[index % engines.length]!.advance('c1', completionOf(stepId))),
  );
  expect(answers.filter(({ code }) => code !== 'applied')).toEqual([]);
  const after = await stateNow();
  expect(after.commits - before.commits).toBe(500);
  expect(WIDE.filter((stepId) => after.steps[stepId]?.wait?.claim?.by.id !== DBA.id)).toEqual([]);
});

test('when the same 500 callbacks come twice at once, the second of each changes nothing', async () => {
  const { engines, engine, of, stateNow } = await begin(planWith(1000, 500, 'person'), 4);
  const some = WIDE.slice(0, 100);
  for (const stepId of some) await engine.runStep(person, of(stepId));
  const before = await stateNow();
  const answers = await Promise.all(
    [...some, ...some].map((stepId, index) =>
      engines[(index + (index < some.length ? 0 : 1)) % engines.length]!.advance('c1', completionOf(stepId)),
    ),
  );
  expect(answers.filter(({ code }) => code !== 'applied')).toEqual([]);
  expect((await stateNow()).commits - before.commits).toBe(some.length);
});

test.each([
  [
    'a callback',
    async (run: Awaited<ReturnType<typeof begin>>) => run.engine.advance('c1', completionOf('step-2')),
  ],
  [
    'a repeated callback',
    async (run: Awaited<ReturnType<typeof begin>>) => run.engine.advance('c1', completionOf('step-1')),
  ],
  [
    'a wake when nothing is due',
    async (run: Awaited<ReturnType<typeof begin>>) => run.engine.advance('c1', { id: 'w', type: 'wake' }),
  ],
])('when the plan has a hundred times the steps, %s takes as many storage operations', async (_, act) => {
  const counts = await Promise.all(
    [10, 1000].map(async (steps) => {
      const run = await begin(planWith(steps, steps / 2, 'person'));
      await run.engine.runStep(person, run.of('step-1'));
      await run.engine.runStep(person, run.of('step-2'));
      await run.engine.advance('c1', completionOf('step-1'));
      const before = run.tables.operations();
      await act(run);
      return run.tables.operations() - before;
    }),
  );
  expect(counts[1]).toBe(counts[0]);
  // At most: head, input, the transaction, and forgetting what was sent.
  expect(counts[0]).toBeLessThanOrEqual(4);
});

test('when 500 steps are due at the same instant, wakes follow each other until none is left', async () => {
  const { engine, bus, clock, of, stateNow } = await begin(planWith(1000, 500, 'world'));
  for (const stepId of WIDE) await engine.runStep(world, of(stepId));
  clock.advance(POLL_MS);
  const { commits } = await stateNow();
  const handled = new Set<string>();
  const nextWake = () =>
    bus.sent.find(
      ({ id, body, scheduledAt }) =>
        body.type === 'wake' && (scheduledAt ?? 0) <= clock.now() && !handled.has(id),
    );
  for (let wake = nextWake(); wake !== undefined; wake = nextWake()) {
    handled.add(wake.id);
    if (wake.body.type === 'wake') await engine.wake(wake.body, wake.id);
  }
  const state = await stateNow();
  expect(state.commits - commits).toBe(WIDE.length / DUE_PER_COMMIT);
  expect(WIDE.filter((stepId) => state.steps[stepId]?.dispatch !== 2)).toEqual([]);
  expect(earliestDue(state)).toBeGreaterThan(clock.now());
});
