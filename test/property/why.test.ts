import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WaitingForView } from '../../shared/contract/status.ts';
import { isApproved } from '../../shared/core/approval.ts';
import { decide } from '../../shared/core/decide.ts';
import { dueItems } from '../../shared/core/due.ts';
import { evolve } from '../../shared/core/evolve.ts';
import type { Input } from '../../shared/core/inputs.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { CutoverState, StepState } from '../../shared/core/state.ts';
import { isFinal, isStepActive, isTerminal } from '../../shared/core/state.ts';
import { waitingFor } from '../../shared/view/waiting-for.ts';
import { whyOf } from '../../shared/view/why.ts';
import type { Chapter } from '../support/core-story.ts';
import { anyStory, tell } from '../support/core-story.ts';
import type { What } from '../support/sample-inputs.ts';
import { ANNA, attempt, BERT, CARL, done, redrive, resume, retry, wake } from '../support/sample-inputs.ts';
import { MINUTE } from '../support/sample-plan.ts';

/** Looks at how every commit of many stories leaves the cutover. */
const always = (check: (state: CutoverState, plan: Plan, chapter: Chapter) => void): void => {
  fc.assert(
    fc.property(anyStory, (story) => {
      for (const chapter of tell(story)) check(chapter.after, story.plan, chapter);
    }),
    { numRuns: 300 },
  );
};

/** Whether some function is to look at a step in hand by itself, and nobody has to answer first. */
const goesOnByItself = (state: CutoverState): boolean =>
  state.held === null &&
  dueItems(state).some(({ what, stepId }) => {
    const wait = stepId === null ? null : state.steps[stepId]!.wait;
    const isAsked = wait !== null && wait.asks !== 'world' && wait.claim === null && !isApproved(wait);
    return what === 'read' && !isAsked;
  });

const isOpenQuestion = ({ wait }: StepState): boolean =>
  wait !== null &&
  (wait.asks === 'approval' ? !isApproved(wait) : wait.claim === null || !isFinal(wait.claim));

/** Whether the line says what is so. */
const isTrue = ({ what, stepId, message }: WaitingForView, state: CutoverState): boolean => {
  if (stepId === null) return what === 'resume' && state.held !== null;
  const step = state.steps[stepId]!;
  switch (what) {
    case 'completion':
    case 'approval':
      return isStepActive(step) && isOpenQuestion(step);
    case 'decision':
      return step.status === 'failed' && step.retryAt === null;
    case 'effect':
      return step.effect?.outcome === 'unknown' || (step.status === 'failed' && state.held !== null);
    case 'condition':
      return (
        step.unmet.some((one) => one.message === message) ||
        (step.stuck !== null && message.startsWith('Stuck')) ||
        (step.unanswered?.isSilent === true && message.startsWith('Silent')) ||
        (step.effect?.outcome === 'open' && message.includes('not known whether')) ||
        (step.status === 'failed' && step.retryAt !== null) ||
        (step.status === 'ready' && message.startsWith('Ready'))
      );
    default:
      return false;
  }
};

/** What clears a line: what its `next` says, or the time it names. */
const clears = ({ what, stepId, message }: WaitingForView, state: CutoverState, now: number): What[] => {
  if (stepId === null) return [resume()];
  const step = state.steps[stepId]!;
  const of = attempt(stepId, step.attempt);
  const hash = step.wait?.evidenceHash ?? 'seen';
  switch (what) {
    case 'completion':
      return [step.wait?.asks === 'automation' ? of.callsBack() : of.isReported()];
    case 'approval':
      return [ANNA, BERT, CARL].map((by) => of.isVoted('approve', by, hash));
    case 'decision':
      return [retry(stepId)];
    case 'effect':
      return [of.happened(true), ...(step.status === 'failed' ? [retry(stepId)] : [])];
    default:
      // Nobody has answered in time: its owner looks, and then it is decided.
      if (message.includes('not known whether') && step.status === 'failed')
        return [wake, of.happened(true), retry(stepId)];
      if (step.status === 'failed') return [wake];
      if (message.startsWith('Stuck')) return [redrive(stepId, 'd1')];
      if (step.wait === null) return [of.asksWorld()];
      if (message.includes('not known whether')) return [of.settles('accepted')];
      // What was asked for is read only once it is known that the request arrived.
      return [
        ...(step.effect?.outcome === 'open' ? [of.settles('accepted')] : []),
        of.isJudged(done(now, hash)),
      ];
  }
};

/** How the cutover stands once everybody has done what the lines say. */
const cleared = (plan: Plan, before: CutoverState, lines: readonly WaitingForView[]): CutoverState => {
  let state = before;
  let inputs = 0;
  const take = (what: What, now: number): void => {
    const input = { id: `clears-${inputs}`, ...what } as Input;
    inputs += 1;
    state = evolve(state, decide(plan, state, input, now).events, now)!;
  };
  // Late enough for a question about an effect, early enough for every limit.
  const soon = before.lastCommitAt + 10 * MINUTE;
  for (const line of lines) {
    const retryAt = line.stepId === null ? null : state.steps[line.stepId]!.retryAt;
    const now = Math.max(soon, state.lastCommitAt, retryAt ?? 0);
    for (const what of clears(line, state, now)) take(what, now);
  }
  return state;
};

describe('what is said to be in the way of a cutover', () => {
  it('is never nothing while the cutover neither moves nor has ended', () => {
    always((state, plan) => {
      const { conditions, moving } = whyOf(plan, state);
      if (conditions.length === 0) expect(isTerminal(state) || goesOnByItself(state)).toBe(true);
      expect(isTerminal(state) || moving || conditions.length > 0).toBe(true);
    });
  });

  it('is so, and is part of what the status says it waits for', () => {
    always((state, plan) => {
      const waits = waitingFor(plan, state);
      for (const line of whyOf(plan, state).conditions) {
        expect(waits).toContainEqual(line);
        expect([line, isTrue(line, state)]).toEqual([line, true]);
      }
    });
  });

  it('is said once, and nothing of it only follows from something else that is said', () => {
    always((state, plan) => {
      const { conditions, workedOn } = whyOf(plan, state);
      const said = conditions.map(({ stepId, message }) => `${stepId} ${message}`);
      expect(new Set(said).size).toBe(said.length);
      const hindered = new Set(conditions.map(({ stepId }) => stepId));
      for (const { stepId } of workedOn) expect(hindered).not.toContain(stepId);
      // A step without a place waits for those that have one.
      const lacksPlace = conditions.filter(({ message }) => message.startsWith('Ready'));
      if (lacksPlace.length > 0) expect(conditions).toEqual(lacksPlace);
      const wantsToSkip = conditions.filter(({ who }) => who.startsWith('anybody but'));
      expect(wantsToSkip).toEqual([]);
    });
  });

  it('is all of it: whoever goes on doing what it says has the cutover moving, each time without what was done', () => {
    let tried = 0;
    const told = (lines: readonly WaitingForView[]) =>
      lines.map(({ stepId, attempt: number, what, message, next }) =>
        [stepId, number, what, message, next].join(' '),
      );
    always((state, plan) => {
      let at = state;
      // Whether a request arrived, its report, and what is still lacking: one step asks no more than that in a row.
      for (let round = 0; round < 4; round += 1) {
        const { conditions, moving } = whyOf(plan, at);
        if (moving || isTerminal(at)) return;
        tried += 1;
        at = cleared(plan, at, conditions);
        // While it was done, a limit may have passed that holds the cutover again.
        if (at.held !== null) return;
        const before = new Set(told(conditions));
        expect(told(whyOf(plan, at).conditions).filter((line) => before.has(line))).toEqual([]);
      }
      throw new Error(JSON.stringify(whyOf(plan, at)));
    });
    expect(tried).toBeGreaterThan(100);
  });

  it('speaks of nothing once the cutover has ended', () => {
    always((state, plan) => {
      if (!isTerminal(state)) return;
      expect(whyOf(plan, state)).toMatchObject({ conditions: [], workedOn: [], moving: false });
    });
  });
});
