import { describe, expect, it } from 'vitest';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import { attempt, DBA, failed, hold, resume } from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, type Moment } from '../../support/specification.ts';
import type { What } from '../../support/sample-inputs.ts';

const A = attempt('a');
const plan = planOf([step('a', { maxAttempts: 3, retryDelayMs: 5 * MINUTE })]);
const FAILED = [A.asksWorld(), A.isJudged(failed())];

/** What the view says happens next to the failed step. */
const nextAfter = (...moments: readonly [...Moment[], What]): string | undefined => {
  const { after } = given(plan, ...FAILED).when(...moments);
  return waitingFor(plan, after!).find(({ stepId }) => stepId === 'a')?.next;
};

describe('a failed step that is tried again by itself', () => {
  it('names no instant while the cutover is held, because the hold freezes the retry', () => {
    expect(nextAfter(hold())).toBe('tried again by itself after the resume');
  });

  it('names the instant, moved by the length of the hold, after the resume', () => {
    // Failed at 22:00, due at 22:05, held for an hour.
    expect(nextAfter(hold(), pass(HOUR), resume())).toBe('tried again by itself at 2026-11-20T23:05:00.000Z');
  });
});

describe('a proposed change of the plan', () => {
  const changed = planOf([...plan.steps, step('b')]);
  const proposal: What = {
    type: 'propose-revision',
    asked: 'x',
    plan: changed,
    ref: { hash: 'p2', procedureHash: 'q', revision: 2 },
    bindings: [],
    done: [],
    hash: 'h1',
    by: DBA,
    reason: 'b was forgotten',
  };

  it('waits for anybody else, names the hash to approve, and is told beside a hold', () => {
    const { after } = given(plan, hold()).when(proposal);
    expect(waitingFor(plan, after!).slice(0, 2)).toMatchObject([
      { what: 'resume' },
      {
        what: 'revision',
        who: 'anybody but Dirk',
        message: 'Dirk proposes 1 change(s) of the plan: b was forgotten',
        evidenceHash: 'h1',
        deadlineAt: '2026-11-21T22:00:00.000Z',
        next: expect.stringContaining('POST /api/cutovers/go-live/revisions/h1/decision') as unknown,
      },
    ]);
  });
});

describe('a failed step', () => {
  it.each(['task', 'replication-watch'])('waits for a decision, whatever it was for (%s)', (kind) => {
    const of = planOf([step('a', { kind })]);
    const { after } = given(of, A.asksWorld()).when(A.isJudged(failed()));
    expect(waitingFor(of, after!)).toMatchObject([
      { stepId: 'a', what: 'decision', who: 'cutover-manager', kind },
    ]);
  });
});

describe('a step that has no place to start', () => {
  const narrow = planOf([step('a'), step('b')], { concurrency: 1 });

  it('is named where nothing else explains why it does not move', () => {
    const { after } = given(narrow, pass(MINUTE)).when(A.asksWorld());
    expect(waitingFor(narrow, after!)).toMatchObject([
      {
        stepId: 'b',
        what: 'condition',
        who: 'nobody',
        message: 'Ready: all 1 place(s) of the plan are taken',
        since: '2026-11-20T22:00:00.000Z',
        next: expect.stringContaining('when a step in hand ends') as string,
      },
    ]);
  });

  it('is not named beside the question that takes its place', () => {
    const { after } = given(narrow).when(A.asksPerson());
    expect(waitingFor(narrow, after!).map(({ stepId }) => stepId)).toEqual(['a']);
  });
});

describe('the question whether an effect happened', () => {
  const once = { repeatable: false };
  const GRACE = 10 * MINUTE;
  const EFFECT = 'POST /api/cutovers/go-live/steps/a/effect';
  const questions = (...moments: readonly [...Moment[], What]) => {
    const { after } = given(plan).when(...moments);
    return waitingFor(plan, after!).filter(({ stepId }) => stepId === 'a');
  };

  it('is asked of the owner, with the call that answers it, when the outside could not tell', () => {
    expect(questions(A.asksAutomation(once), pass(GRACE), A.settles('unknown'))).toMatchObject([
      {
        what: 'effect',
        who: 'dba',
        since: '2026-11-20T22:00:00.000Z',
        next: expect.stringContaining(EFFECT) as string,
      },
    ]);
  });

  it('is asked while the cutover is held as well, because nobody looks outside then', () => {
    const [question, ...others] = questions(A.asksWorld(once), hold());
    expect(others).toEqual([]);
    expect(question).toMatchObject({ what: 'effect', who: 'dba' });
    expect(question?.next).toContain(`${EFFECT} from 2026-11-20T22:10:00.000Z on`);
    expect(question?.next).toContain('/resume');
  });

  it.each<[string, readonly [...Moment[], What]]>([
    ['while its answer may still come', [A.asksAutomation(once)]],
    ['once it was accepted', [A.asksAutomation(once), A.settles('accepted'), hold()]],
    ['once it was answered', [A.asksAutomation(once), A.settles('unknown'), A.happened(true)]],
  ])('is not asked %s: then the automation has to report', (_, moments) => {
    expect(questions(...moments)).toMatchObject([{ what: 'completion' }]);
  });
});
