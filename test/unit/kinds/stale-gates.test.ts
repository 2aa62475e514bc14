import { describe, expect, it } from 'vitest';
import type { Condition, CutoverState } from '../../../shared/core/state.ts';
import { approval } from '../../../shared/kinds/approval.ts';
import { staleGates } from '../../../shared/kinds/stale-gates.ts';
import { planOf, step as planned } from '../../support/sample-plan.ts';
import { contextFor, NOW, short, stepState } from './kind-context.ts';

const lacks = (code: string, who = 'DBA'): Condition => ({
  code,
  message: `lacks ${code}`,
  who,
  next: `mend ${code}`,
  since: NOW,
});
const STOPPED = lacks('agent:AX_PUB_PkTable_1:log-reader');

const plan = planOf([
  planned('caught-up', { kind: 'replication-gate', params: { classes: ['keyed', 'other-objects'] } }),
  planned('waived', { kind: 'replication-gate' }),
  planned('elsewhere', { kind: 'replication-gate' }),
  planned('between', { after: ['caught-up', 'waived'] }),
  planned('it', { kind: 'approval', after: ['between', 'other'] }),
  planned('other', { after: ['caught-up'] }),
]);

/** An approval behind a passed gate and a skipped one, with what replication lacks. */
const contextOf = (unmet: readonly Condition[] | null, changes: Partial<CutoverState> = {}) => {
  const params = { question: 'Downtime?', approvers: ['manager'], quorum: 1, denials: 1 };
  const passed = stepState({ status: 'succeeded' });
  const steps = {
    'caught-up': passed,
    waived: stepState({ status: 'skipped' }),
    elsewhere: passed,
    between: passed,
    other: passed,
    it: stepState(),
  };
  const replication = unmet && { unmet, at: NOW };
  const context = contextFor(approval, { params, state: { steps, replication, ...changes } });
  return { ...context, plan, planned: plan.steps.find(({ id }) => id === 'it')! };
};

describe('the evidence of a passed replication gate', () => {
  it.each([
    { what: 'nothing is lacking', unmet: [] },
    { what: 'nobody has looked yet', unmet: null },
    { what: 'what is lacking passes by itself', unmet: [lacks('pending:X', 'nobody: it passes')] },
    {
      what: 'only publications are concerned of which it says nothing, as those for the downtime',
      unmet: [lacks('snapshot:AX_PUB_SpecialTable_1'), lacks('agent-silent:AX_PUB_NoPKTable:distribution')],
    },
    {
      what: 'only the trend or the disks are concerned',
      unmet: [lacks('access-target:x'), lacks('access-source:x'), lacks('disk:D')],
    },
  ])('holds while $what', ({ unmet }) => {
    expect(staleGates(contextOf(unmet))).toEqual([]);
  });

  it('holds once AX is off: gates of their own prove what is passed after that', () => {
    expect(staleGates(contextOf([STOPPED], { milestones: { 'aos-stopped': NOW } }))).toEqual([]);
  });

  it('is stale as soon as somebody has to mend replication, for the gates before the step only', () => {
    expect(staleGates(contextOf([STOPPED, lacks('subscriptions:X')]))).toEqual([
      {
        code: 'stale:caught-up',
        message:
          'What caught-up has proved does not hold any more: lacks agent:AX_PUB_PkTable_1:log-reader; lacks subscriptions:X',
        who: 'DBA',
        next: 'mend agent:AX_PUB_PkTable_1:log-reader',
      },
    ]);
  });

  it.each([
    { code: 'agent:X:distribution' },
    { code: 'subscriptions:X' },
    { code: 'retention:X' },
    { code: 'source-log' },
    { code: 'access-refused' },
    { code: 'access-rights' },
    { code: 'replication-blind' },
    { code: 'distribution-absent' },
  ])('keeps an approval with enough votes shut by $code', async ({ code }) => {
    const context = contextOf([lacks(code)]);
    const verdict = approval.judge(context, await approval.read(context));
    expect(short(verdict)).toBe('not-yet stale:caught-up');
  });

  it.each([
    { code: 'replication-blind', expected: [] },
    { code: 'access-refused', expected: [] },
    { code: 'subscriptions:X', expected: ['stale:caught-up'] },
  ])('is, where people have stated it, not stale for $code that was so before: $expected', (row) => {
    const context = contextOf([lacks(row.code)]);
    const evidence = { hash: 'h', source: 'stated', takenAt: NOW, summary: '' } as const;
    const caughtUp = stepState({ status: 'succeeded', evidence });
    const state = { ...context.state, steps: { ...context.state.steps, 'caught-up': caughtUp } };
    expect(staleGates({ ...context, state }).map(({ code }) => code)).toEqual(row.expected);
  });

  it('lets the approval pass when it holds again', async () => {
    const context = contextOf([]);
    expect(short(approval.judge(context, await approval.read(context)))).toBe('done');
  });
});

describe('the evidence of an approval', () => {
  it('does not change with what passes by itself, so that votes stand', async () => {
    const passing = await approval.read(contextOf([lacks('pending:X', 'nobody: it passes')]));
    expect(passing.body).toEqual((await approval.read(contextOf([]))).body);
  });

  it('changes with what somebody has to mend, so that votes are void', async () => {
    const troubled = await approval.read(contextOf([STOPPED]));
    expect(troubled.body).not.toEqual((await approval.read(contextOf([]))).body);
  });
});
