import { describe, expect, it } from 'vitest';
import { applied, isRefused, refused, unchanged } from '../../../shared/core/draft.ts';
import type { ErrorCode } from '../../../shared/core/errors.ts';
import { ERRORS } from '../../../shared/core/errors.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  abort,
  ANNA,
  attempt,
  deadLetter,
  done,
  evidence,
  failed,
  giveUp,
  hold,
  passPointOfNoReturn,
  redrive,
  resume,
  retry,
  skip,
} from '../../support/sample-inputs.ts';
import { chain, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

describe('an answer', () => {
  it('that something was done or was done already is no refusal', () => {
    expect(isRefused(applied('done'))).toBe(false);
    expect(isRefused(unchanged('was so'))).toBe(false);
  });

  it('that something was done or was done already leaves nothing to do next', () => {
    expect(applied('done')).toEqual({ code: 'applied', message: 'done', next: '', detail: {} });
    expect(unchanged('was so')).toEqual({ code: 'unchanged', message: 'was so', next: '', detail: {} });
  });

  it('that refuses says what it is, of what, and what to do', () => {
    const answer = refused('C304', 'go-live', { since: 1 });
    expect(isRefused(answer)).toBe(true);
    expect(answer).toEqual({
      code: 'C304',
      message: 'The cutover is held: go-live',
      next: ERRORS.C304.next,
      detail: { since: 1 },
    });
  });
});

describe('an answer says in words what became of the input', () => {
  const A = attempt('a');
  const plan = planOf(chain(step('a'), step('b')));
  const inDoubt = [A.asksAutomation(), A.settles('unknown')];
  const failedOnce = [A.asksWorld(), A.isJudged(failed())];
  type Last = What | ((now: number) => What);

  it.each<[string, readonly Moment[], Last, string]>([
    ['a question', [], A.asksPerson(), 'a attempt 1 is open'],
    ['a question asked before', [A.asksPerson()], A.asksPerson(), ': a attempt 1'],
    ['an accepted effect', [A.asksAutomation()], A.settles('accepted'), 'the effect of a is accepted'],
    ['a late effect', [abort()], A.settles('accepted'), ': a attempt 1'],
    ['an effect that must not repeat', [A.asksWorld()], A.firesAgain(), ': a attempt 1'],
    [
      'an effect that repeats',
      [A.asksWorld({ repeatable: true }), pass(10 * MINUTE)],
      A.firesAgain(),
      'a fires again',
    ],
    ['an effect that happened', inDoubt, A.happened(true), 'the effect of a happened, says Dirk'],
    ['an effect that did not', inDoubt, A.happened(false), 'the effect of a did not happen, says Dirk'],
    [
      'an effect known to have happened',
      [A.asksAutomation(), A.settles('accepted')],
      A.happened(true),
      'it is known already whether the effect of a happened: yes',
    ],
    [
      'an effect known not to have happened',
      [A.asksAutomation(), A.settles('refused')],
      A.happened(false),
      'it is known already whether the effect of a happened: no',
    ],
    ['a failed judgement', [A.asksWorld()], A.isJudged(failed()), 'a attempt 1 failed'],
    ['a judgement of success', [A.asksWorld()], (now) => A.isJudged(done(now)), 'a succeeded'],
    ['a late judgement', [abort()], A.isJudged(done(T0)), ': a attempt 1'],
    [
      'evidence older than the question',
      [A.asksWorld()],
      A.isJudged({ verdict: 'done', evidence: evidence(T0 - 1) }),
      ': a attempt 1',
    ],
    ['evidence nobody approved', [A.asksApproval()], (now) => A.isJudged(done(now)), ': a attempt 1'],
    ['a token nobody was handed', [], A.callsBack(), ': a has handed out none yet'],
    ['votes that are void', [A.asksApproval()], A.isVoided(), 'a is asked again with the new evidence'],
    [
      'the same vote again',
      [A.asksApproval(), A.isVoted('approve', ANNA)],
      A.isVoted('approve', ANNA),
      'Anna decided so already',
    ],
    ['an effect of an attempt that has ended', failedOnce, A.firesAgain(), ': a attempt 1'],
    ['a resume', [hold()], resume(), 'go-live goes on'],
    ['an abort', [], abort(), 'go-live is aborted'],
    ['a retry', failedOnce, retry('a'), 'a is tried again'],
    ['a retry while held', [...failedOnce, hold()], retry('a'), 'a is tried again when the cutover goes on'],
    ['a skip', [], skip('a'), 'a is skipped'],
    ['an attempt given up', [A.asksPerson()], giveUp('a'), 'a attempt 1 is given up'],
    ['a message driven again', [], redrive('a'), 'a is dispatched again'],
    ['a wake driven again too early', [], redrive(null), 'nothing of go-live is due now'],
    ['a wake driven again', [pass(10 * MINUTE)], redrive(null), '1 event(s) of go-live were due'],
    ['a dead letter', [], deadLetter('a'), 'recorded'],
    [
      'the point of no return',
      [],
      passPointOfNoReturn(T0),
      'go-live has passed the point of no return: every way back now loses data',
    ],
  ])('%s', (_, moments, what, words) => {
    const { code, message } = given(plan, ...moments).when(what).answer;
    expect(message).toBe(words.startsWith(': ') ? `${ERRORS[code as ErrorCode].title}${words}` : words);
  });
});
