import { describe, expect, it } from 'vitest';
import { BRIEF_CHARACTERS, brief } from '../../../shared/core/brief.ts';
import type { StepState } from '../../../shared/core/state.ts';
import { abort, ANNA, attempt, DBA, MANAGER, skip, wake } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, T0 } from '../../support/specification.ts';

const LONG = 'What was seen. '.repeat(100).trim();

describe('the beginning of a text', () => {
  it.each([
    ['is all of it, where it is short', 'seen', 'seen'],
    ['is all of it, up to the limit', 'x'.repeat(BRIEF_CHARACTERS), 'x'.repeat(BRIEF_CHARACTERS)],
    ['says that there was more', 'x'.repeat(BRIEF_CHARACTERS + 1), `${'x'.repeat(BRIEF_CHARACTERS - 1)}…`],
    ['cuts no character in two', `${'x'.repeat(198)}😀${'x'.repeat(99)}`, `${'x'.repeat(198)}…`],
  ])('%s', (_, text, beginning) => {
    expect(brief(text)).toBe(beginning);
  });
});

describe('of what was said about a step, the state keeps', () => {
  const A = attempt('a');
  const plan = planOf([
    step('a', { required: false }),
    step('b'),
    step('gate', { required: false, dataGate: true }),
  ]);
  const stepOf = (...moments: readonly Moment[]): StepState =>
    given(plan, ...moments).when(wake).after!.steps.a!;
  const claim = [A.asksPerson(), A.isReported('pass', DBA, LONG)];

  it('every word while it has not ended', () => {
    expect(stepOf(...claim).wait?.claim?.note).toBe(LONG);
    expect(stepOf(A.isReported('pass', DBA, LONG)).earlyClaim?.note).toBe(LONG);
    const reported = stepOf(A.asksPerson(), A.isReported('fail', DBA, LONG));
    expect(reported.error?.message).toContain(LONG);
  });

  it('the beginning of the note and the summary once it has succeeded; the events tell all', () => {
    const ends = A.isJudged({
      verdict: 'done',
      evidence: { hash: 'seen', source: 'stated', takenAt: T0, summary: LONG },
    });
    given(plan, ...claim)
      .when(ends)
      .then([{ type: 'step-succeeded', evidence: expect.objectContaining({ summary: LONG }) }])
      .step('a', {
        wait: expect.objectContaining({ claim: expect.objectContaining({ note: brief(LONG) }) }),
        evidence: expect.objectContaining({ summary: brief(LONG) }),
      });
  });

  it('the beginning of each comment once it is approved', () => {
    const approved = stepOf(
      A.asksApproval(1, 1),
      A.isVoted('approve', ANNA, 'seen', LONG),
      A.isJudged({ verdict: 'done', evidence: { hash: 'seen', source: 'pulled', takenAt: T0, summary: '' } }),
    );
    expect(approved.wait?.votes.map(({ comment }) => comment)).toEqual([brief(LONG)]);
  });

  it('the beginning of each reason and of the error once it is skipped', () => {
    const skipped = stepOf(...[A.asksPerson(), A.isReported('fail', DBA, LONG)], skip('a', MANAGER, LONG));
    expect(skipped.waiver?.reason).toBe(brief(LONG));
    expect(skipped.error?.message).toHaveLength(BRIEF_CHARACTERS);
  });

  it('the beginning of the reasons of both, where it takes two to skip it', () => {
    given(plan, skip('gate', MANAGER, LONG))
      .when(skip('gate', DBA, LONG))
      .step('gate', {
        waiver: expect.objectContaining({
          reason: brief(LONG),
          second: { by: DBA, reason: brief(LONG) },
        }),
      });
  });

  it('the beginning of an early report when it is cancelled', () => {
    expect(stepOf(A.isReported('pass', DBA, LONG), abort()).earlyClaim?.note).toBe(brief(LONG));
  });
});
