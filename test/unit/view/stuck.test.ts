import { describe, expect, it } from 'vitest';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import { statusOf } from '../../../shared/view/status.ts';
import type { What } from '../../support/sample-inputs.ts';
import { attempt, deadLetter, hold, notYet, redrive, wake } from '../../support/sample-inputs.ts';
import { MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, type Moment } from '../../support/specification.ts';

const A = attempt('a');
const DIED = deadLetter('a', { attempt: 1, dispatch: 1 });

const viewAfter = (kind: string, ...moments: readonly [...Moment[], What]) => {
  const plan = planOf([step('a', { kind }), step('b', { after: ['a'], marks: 'replication-removed' })]);
  const after = given(plan, pass(MINUTE)).when(...moments).after!;
  const [shown] = statusOf(plan, after).phases.flatMap(({ steps }) => steps);
  return { waitingFor: waitingFor(plan, after), unmet: shown!.unmet };
};

describe('a step whose message is a dead letter', () => {
  const STUCK = {
    message: 'Stuck: its message could not be handled (delivered ten times)',
    who: 'cutover-manager',
    since: '2026-11-20T22:01:00.000Z',
    next: 'POST /api/dead-letters/d1/redrive; by itself it is dispatched again at 2026-11-20T22:10:00.000Z',
  };

  it.each(['task', 'replication-watch'])('is shown as stuck with the reason and what to do (%s)', (kind) => {
    const view = viewAfter(kind, DIED);
    expect(view.waitingFor).toEqual([
      expect.objectContaining({ stepId: 'a', attempt: 1, what: 'condition', ...STUCK }),
    ]);
    expect(view.unmet).toEqual([{ code: 'stuck', ...STUCK }]);
  });

  it('is to be dispatched after the resume while the cutover is held', () => {
    const [stuck] = viewAfter('task', DIED, hold()).waitingFor.filter(({ stepId }) => stepId === 'a');
    expect(stuck?.next).toBe('POST /api/cutovers/go-live/resume, then POST /api/dead-letters/d1/redrive');
  });

  it('is shown besides what it lacked before', () => {
    const messages = viewAfter('task', A.asksWorld(), A.isJudged(notYet('pending 7')), DIED).waitingFor;
    expect(messages.map(({ message }) => message)).toEqual([STUCK.message, 'pending 7']);
  });

  it('is not stuck any more once it is dispatched again', () => {
    expect(viewAfter('task', DIED, redrive('a', 'd1'))).toEqual({ waitingFor: [], unmet: [] });
  });
});

describe('a step whose function is silent', () => {
  const never = [pass(10 * MINUTE), wake, pass(10 * MINUTE)];
  const silent = {
    message: 'Silent: the function of the queue step-task does not answer',
    who: 'platform engineer',
    since: '2026-11-20T22:00:00.000Z',
  };
  const check = 'See that the function step-task is enabled and runs, and what its queue holds';

  it('says so, with the queue, since when, what to see to and when it is dispatched again', () => {
    const { waitingFor: told, unmet } = viewAfter('task', ...never, wake);
    const next = `${check}; by itself it is dispatched again at 2026-11-20T22:42:00.000Z`;
    expect(told).toMatchObject([{ stepId: 'a', what: 'condition', ...silent, next }]);
    expect(unmet).toEqual([{ code: 'silent', ...silent, next }]);
  });

  it('names no instant while the cutover is held', () => {
    const [, line] = viewAfter('task', ...never, wake, hold()).waitingFor;
    expect(line).toMatchObject({ ...silent, next: check });
  });

  it('is not silent any more once it answers', () => {
    const { waitingFor: told, unmet } = viewAfter('task', ...never, wake, A.asksWorld());
    expect([told, unmet]).toEqual([[], []]);
  });
});

describe('a step that could not ask its question', () => {
  it('is shown with what hindered it', () => {
    const view = viewAfter('approval', A.isJudged(notYet('unreadable')));
    expect(view.waitingFor).toMatchObject([{ stepId: 'a', what: 'condition', message: 'unreadable' }]);
  });
});
