import { expect, it } from 'vitest';
import { decide } from '../../../shared/core/decide.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { LIMITS, writeBytes } from '../../../shared/engine/limits.ts';
import { packBody, spillKey } from '../../../shared/engine/rows.ts';
import type { What } from '../../support/sample-inputs.ts';
import { attempt, DBA, hold, ANNA, skip } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { startOf, T0 } from '../../support/specification.ts';
import { makeChance } from '../../simulation/support/random.ts';

const STEPS = 1000;
const idOf = (index: number): string => `step-${index}`;
const plan = planOf(
  Array.from({ length: STEPS }, (_, index) =>
    step(idOf(index), { required: false, dataGate: index % 2 === 1 }),
  ),
  { concurrency: STEPS },
);

/** Text that compresses as badly as people can write it: Chinese characters, drawn. */
const makeWriter = (seed: string) => {
  const chance = makeChance(seed);
  return (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(0x4e00 + chance.below(20_000))).join('');
};

const bytesOf = (state: CutoverState): number =>
  packBody({ state, lastEventHash: '' }, '1')
    .map((properties, index) =>
      writeBytes('go-live', { op: 'upsert', row: spillKey('head', index), properties }),
    )
    .reduce((sum, bytes) => sum + bytes, 0);

it('a thousand steps that ended with the longest texts that anybody may send leave room for a hold', () => {
  const write = makeWriter('1');
  const apply = (state: CutoverState | null, what: What): CutoverState => {
    const { events, answer } = decide(plan, state, { id: 'input', ...what }, T0);
    expect(answer.code, answer.message).toBe('applied');
    return evolve(state, events, T0)!;
  };
  const endOf = (index: number): readonly What[] => {
    const id = idOf(index);
    const of = attempt(id);
    if (index % 2 === 1) return [skip(id, DBA, write(1000)), skip(id, ANNA, write(1000))];
    const evidence = { hash: 'f'.repeat(64), source: 'stated', takenAt: T0, summary: write(2000) } as const;
    return [
      of.asksPerson(),
      of.isReported('pass', DBA, write(2000)),
      of.isJudged({ verdict: 'done', evidence }),
    ];
  };
  let state = apply(null, startOf(plan));
  for (let index = 0; index < STEPS - 1; index += 1)
    for (const what of endOf(index)) state = apply(state, what);
  expect(bytesOf(apply(state, hold()))).toBeLessThan(LIMITS.transactionBytes / 2);
});
