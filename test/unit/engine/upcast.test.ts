import { describe, expect, it } from 'vitest';
import { upcast } from '../../../shared/engine/upcast.ts';

describe('a plan of version 1, whose steps do not say whether they are data gates', () => {
  const stepsOf = (kinds: readonly string[]) => kinds.map((kind) => ({ id: `of-${kind}`, kind }));
  const gatesOf = (kinds: readonly string[]) => stepsOf(kinds).map((step) => ({ ...step, dataGate: true }));
  const GATES = [
    'replication-gate',
    'replication-watch',
    'baseline',
    'validate-counts',
    'data-upgrade',
    'reconcile',
  ];
  const old = (steps: readonly object[], wayBack: readonly object[] = []) => ({
    plan: { steps, rollbacks: [{ id: 'back', steps: wayBack }] },
    bindings: { lcs: null },
  });

  it('has them where its kinds prove that data has arrived, on the way forward and on every way back', () => {
    expect(upcast('plan', old(stepsOf(GATES), stepsOf(GATES)), 1)).toEqual({
      plan: { steps: gatesOf(GATES), rollbacks: [{ id: 'back', steps: gatesOf(GATES) }] },
      bindings: { lcs: null },
    });
  });

  it('has none elsewhere', () => {
    expect(upcast('plan', old(stepsOf(['task', 'approval'])), 1)).toMatchObject({
      plan: { steps: [{ dataGate: false }, { dataGate: false }] },
    });
  });

  it('says it itself from version 2 on', () => {
    const plan = old([{ id: 'a', kind: 'baseline', dataGate: false }]);
    expect(upcast('plan', plan, 2)).toEqual(plan);
  });
});
