import { expect, test } from 'vitest';
import { z } from 'zod';
import { CutoverError } from '../../../shared/core/errors.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const message = { type: 'step', cutoverId: 'c1', stepId: 'gate', attempt: 1, dispatch: 1 } as const;

/** A gate that finds one thing after the other. */
const setup = async (findings: readonly ('done' | { readonly lacks: string })[]) => {
  const left = [...findings];
  const gate = defineKind({
    name: 'gate',
    summary: 'a gate',
    params: z.null(),
    asks: () => 'world',
    rule: null,
    effect: null,
    pollEveryMs: 5 * MINUTE,
    read: ({ now }) => Promise.resolve({ source: 'pulled', takenAt: now, body: null }),
    judge: () => {
      const found = left.shift() ?? 'done';
      if (found === 'done') return { verdict: 'done', summary: 'clean' };
      const unmet = [{ code: found.lacks, message: found.lacks, who: 'DBA', next: 'Wait.' }];
      return { verdict: 'not-yet', unmet, again: false };
    },
  });
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
  const plan = planOf([step('gate', { kind: 'gate' })]);
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const look = async () => {
    clock.advance(1_000);
    await engine.runStep(gate, message);
    return (await engine.store.readHead('c1'))!.state.steps.gate!;
  };
  return { look };
};

test('when a dispatch runs again and finds the goal reached, the step succeeds at once', async () => {
  const { look } = await setup([{ lacks: 'commands pending' }, 'done']);
  expect(await look()).toMatchObject({ status: 'waiting', dispatch: 1 });
  expect(await look()).toMatchObject({ status: 'succeeded', dispatch: 1 });
});

test('when a dispatch runs again and again, what is lacking is always what the last run found', async () => {
  const { look } = await setup([{ lacks: 'a' }, { lacks: 'b' }, { lacks: 'a' }]);
  await look();
  await look();
  expect((await look()).unmet).toMatchObject([{ code: 'a' }]);
});
