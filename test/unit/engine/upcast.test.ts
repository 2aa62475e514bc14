import { describe, expect, it } from 'vitest';
import { usualReminders } from '../../../shared/contract/reminders.ts';
import { upcast } from '../../../shared/engine/upcast.ts';

describe('a plan of version 1, whose steps do not say whether they are data gates', () => {
  const stepsOf = (kinds: readonly string[]) =>
    kinds.map((kind) => ({ id: `of-${kind}`, kind, remindAfterMs: [1] }));
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

describe('a plan of version 1, where nobody was reminded unless the plan said so', () => {
  const HOUR_MS = 3_600_000;
  const step = (remindAfterMs: readonly number[]) => ({
    ...{ id: 'a', kind: 'task', plannedMs: HOUR_MS, deadlineMs: 4 * HOUR_MS },
    remindAfterMs,
  });
  const remindersOf = (remindAfterMs: readonly number[], from: number) => {
    const steps = [step(remindAfterMs)];
    const plan = { steps, rollbacks: [{ id: 'back', steps }] };
    return upcast('plan', { plan, bindings: {} }, from);
  };
  const withReminders = (remindAfterMs: readonly number[]) => ({
    plan: { steps: [{ remindAfterMs }], rollbacks: [{ steps: [{ remindAfterMs }] }] },
  });

  it('has the usual reminders, as the same document has today', () => {
    const usual = usualReminders(HOUR_MS, 4 * HOUR_MS);
    expect(usual).not.toEqual([]);
    expect(remindersOf([], 1)).toMatchObject(withReminders([...usual]));
  });

  it('keeps those it names', () => {
    expect(remindersOf([HOUR_MS], 1)).toMatchObject(withReminders([HOUR_MS]));
  });
});
