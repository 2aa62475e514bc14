import { describe, expect, it } from 'vitest';
import { messagesOf, stepQueue } from '../../../shared/core/messages.ts';
import type { Message } from '../../../shared/core/messages.ts';
import { abort, attempt, hold, observe, POLL_MS, skip } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, givenNothing, pass, startOf, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf(chain(step('a', { kind: 'stop-aos' }), step('b', { kind: 'task' })));
const wakeAt = (at: number): Message => ({
  queue: 'wake',
  body: { type: 'wake', cutoverId: 'go-live', dueAt: at },
  scheduledAt: at,
});
const dispatchOf = (stepId: string, queue: string, dispatch = 1): Message => ({
  queue,
  body: { type: 'step', cutoverId: 'go-live', stepId, attempt: 1, dispatch },
  scheduledAt: null,
});
const exactly =
  (...expected: readonly Message[]) =>
  (messages: readonly Message[]) => {
    expect(messages).toEqual(expected);
  };

describe('the messages of a commit', () => {
  it('are its dispatches, each on the queue of its kind, and one wake for what is due first', () => {
    givenNothing(plan)
      .when(startOf(plan))
      .sends(exactly(dispatchOf('a', 'step-stop-aos'), wakeAt(T0 + 10 * MINUTE)));
    expect(stepQueue('task')).toBe('step-task');
  });

  it('hold no wake when what is due first has not changed', () => {
    given(plan, A.asksPerson()).when(observe('pending 7')).sends(exactly());
  });

  it('hold a wake whenever what is due first has changed, to a later or to an earlier time', () => {
    given(plan)
      .when(A.asksPerson())
      .sends(exactly(wakeAt(T0 + 2 * HOUR)));
    given(plan, A.asksPerson())
      .when(hold())
      .sends(exactly(wakeAt(T0 + HOUR)));
  });

  it('number the dispatches of one attempt', () => {
    given(plan, A.asksPerson())
      .when(A.isReported())
      .sends(exactly(dispatchOf('a', 'step-stop-aos', 2), wakeAt(T0 + POLL_MS)));
  });

  it('hold a wake for what the commit left due, although the time is the same', () => {
    given(plan, A.asksWorld(), pass(HOUR))
      .when(observe())
      .sends(exactly(dispatchOf('a', 'step-stop-aos', 2), wakeAt(T0 + HOUR + POLL_MS)));
    given(plan, pass(HOUR))
      .when(observe())
      .sends(exactly(wakeAt(T0 + 10 * MINUTE)));
  });

  it('are none after the end', () => {
    given(plan).when(abort()).sends(exactly());
    given(plan, skip('a')).when(skip('b')).sends(exactly());
  });

  it('are a bug when a step is dispatched that the plan does not hold', () => {
    const { events, after } = given(plan).when(skip('a'));
    expect(() => messagesOf(null, null, events, after!)).toThrow('step b is not in the plan');
    expect(() => messagesOf(planOf([]), null, events, after!)).toThrow('step b is not in the plan');
  });
});
