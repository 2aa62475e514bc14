import { expect, test } from 'vitest';
import { z } from 'zod';
import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

const post = defineKind({
  name: 'post',
  summary: 'posts something that may be posted twice',
  params: z.null(),
  asks: () => 'world',
  dataGate: false,
  rule: null,
  effect: {
    repeatable: true,
    applies: () => true,
    fire: async ({ ports }) => {
      await ports.automation.call('post', null);
      return { outcome: 'accepted', reference: null };
    },
    probe: () => Promise.resolve({ outcome: 'unknown' }),
  },
  pollEveryMs: 60_000,
  read: ({ now }) => Promise.resolve({ source: 'pulled', takenAt: now, body: null }),
  judge: () => ({ verdict: 'done', summary: 'posted' }),
});

test('when a repeatable effect is repeated and its message comes twice, it is fired once more and not twice', async () => {
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  let [calls, isLost] = [0, true];
  const automation = {
    call: () => {
      calls += 1;
      return isLost
        ? Promise.reject(new CutoverError('C801', 'the test'))
        : Promise.resolve({ status: 202, body: '' });
    },
  };
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock, outside: { automation } });
  const plan = planOf([step('post', { kind: 'post' })]);
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const message = { type: 'step', cutoverId: 'c1', stepId: 'post', attempt: 1, dispatch: 1 } as const;
  await engine.runStep(post, message);
  expect(calls).toBe(1);
  clock.advance(EFFECT_GRACE_MS);
  await engine.advance('c1', { id: 'w1', type: 'wake' });
  isLost = false;
  const again = { ...message, dispatch: 2 };
  await Promise.all([engine.runStep(post, again), engine.runStep(post, again)]);
  expect(calls).toBe(2);
});
