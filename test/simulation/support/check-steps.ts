import { isStepActive, isStepTerminal } from '../../../shared/core/state.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { Violation } from './facts.ts';
import type { Check, History } from './history.ts';
import { stagesOfType, stepIn } from './history.ts';

/** Whether steps behind this one may start: a step skipped ahead of its turn stands for all it waits for itself. */
const isPassed = (plan: Plan, state: CutoverState, id: string): boolean => {
  const { status } = stepIn(state, id);
  if (status !== 'skipped') return status === 'succeeded';
  return plan.steps.find((step) => step.id === id)!.after.every((other) => isPassed(plan, state, other));
};

/** I1: a step starts when all it waits for has passed, and within the number of steps in hand the plan allows. */
const checkPredecessors: Check = (history) => {
  const after = new Map(history.plan.steps.map((step) => [step.id, step.after]));
  return stagesOfType(history, 'step-dispatched').flatMap(({ event, before }) => {
    const missing = (after.get(event.stepId) ?? []).filter((id) => !isPassed(history.plan, before!, id));
    const active = Object.entries(before?.steps ?? {}).filter(
      ([id, step]) => id !== event.stepId && isStepActive(step),
    ).length;
    const violations: Violation[] = [];
    if (missing.length > 0) {
      violations.push({
        invariant: 'I1',
        message: `${event.stepId} was dispatched before ${missing.join(', ')}`,
      });
    }
    if (active >= history.plan.concurrency) {
      violations.push({ invariant: 'I1', message: `${event.stepId} was dispatched beside ${active} others` });
    }
    return violations;
  });
};

const idle = ({ plan }: History, state: CutoverState): readonly string[] => {
  const active = Object.values(state.steps).filter(isStepActive).length;
  if (state.status !== 'running' || state.held !== null || active >= state.concurrency) return [];
  return plan.steps
    .filter(({ id, after }) => {
      const { status } = stepIn(state, id);
      return (
        (status === 'pending' || status === 'ready') && after.every((other) => isPassed(plan, state, other))
      );
    })
    .map(({ id }) => id);
};

/** I1, the other way round: no commit leaves a step lying that could start, nor a finished cutover open. */
const checkIdle: Check = (history) =>
  history.chapters.flatMap(({ after, fact }) => {
    const violations: Violation[] = idle(history, after).map((id) => ({
      invariant: 'I1',
      message: `${id} could start after commit ${fact.head.commits} but was left lying`,
    }));
    if (
      after.status === 'running' &&
      after.held === null &&
      Object.values(after.steps).every(isStepTerminal)
    ) {
      violations.push({ invariant: 'I1', message: 'every step has ended, but not the cutover' });
    }
    return violations;
  });

const STARTS_SOMETHING = ['step-dispatched', 'step-opened', 'effect-repeated'] as const;

/** I7: while held nothing new is dispatched, opened or fired. */
const checkHold: Check = (history) =>
  STARTS_SOMETHING.flatMap((type) =>
    stagesOfType(history, type)
      .filter(({ before }) => before?.held != null)
      .map(({ event }) => ({ invariant: 'I7', message: `${event.stepId}: ${type} while held` })),
  );

const OF_CURRENT_ATTEMPT = [
  'step-opened',
  'effect-settled',
  'effect-answered',
  'effect-repeated',
  'completion-received',
  'vote-counted',
  'approval-voided',
  'step-checked',
  'step-succeeded',
  'step-failed',
] as const;

/** I9: only the current attempt in hand is changed by results, and each attempt ends once. */
const checkAttempts: Check = (history) => {
  const violations: Violation[] = [];
  for (const type of OF_CURRENT_ATTEMPT) {
    for (const { event, before } of stagesOfType(history, type)) {
      const { status, attempt } = stepIn(before, event.stepId);
      if (attempt !== event.attempt || (status !== 'running' && status !== 'waiting')) {
        const message = `${type} of ${event.stepId} attempt ${event.attempt} met attempt ${attempt}, ${status}`;
        violations.push({ invariant: 'I9', message });
      }
    }
  }
  for (const { event, before } of stagesOfType(history, 'step-dispatched')) {
    const { status, attempt, dispatch } = stepIn(before, event.stepId);
    const again = event.attempt === attempt && event.dispatch === dispatch + 1 && status !== 'failed';
    const anew = event.attempt === attempt + 1 && event.dispatch === 1;
    if (!again && !anew) {
      violations.push({ invariant: 'I9', message: `${event.stepId} was dispatched out of number` });
    }
  }
  return violations;
};

/**
 * I9: a claim counts for the attempt it was made for, with the token of its question; one that was kept had none and
 * counts for the first question after it.
 */
const checkClaims: Check = (history) => {
  const kept = new Map<string, string>();
  const violations: Violation[] = [];
  const fail = (message: string) => violations.push({ invariant: 'I9', message });
  for (const { stages } of history.chapters) {
    for (const { event, before } of stages) {
      if (event.type === 'completion-kept') kept.set(event.stepId, event.inputId);
      if (event.type !== 'completion-received') continue;
      const { stepId, attempt, claim } = event;
      const direct = history.asked.get(event.inputId);
      const input = direct?.type === 'complete' ? direct : history.asked.get(kept.get(stepId) ?? '');
      if (input?.type !== 'complete') fail(`${stepId} was completed by nobody`);
      else if (input.attempt !== attempt || input.claim.result !== claim.result) {
        fail(`${stepId} attempt ${attempt} was completed by a claim for attempt ${input.attempt}`);
      }
      const { wait } = stepIn(before, stepId);
      const isForeign = input?.type === 'complete' && input.tokenHash !== wait?.tokenHash;
      if (wait?.tokenHash != null && isForeign) fail(`${stepId} was completed with another token`);
    }
  }
  return violations;
};

/** B5: a completion that came early is used when the step asks a person, and no other time. */
const checkEarly: Check = (history) =>
  stagesOfType(history, 'step-opened').flatMap(({ event, before, chapter }) => {
    const early = stepIn(before, event.stepId).earlyClaim;
    const isUsable = early !== null && event.wait.asks === 'person';
    const used = chapter.stages.some(
      (stage) => stage.event.type === 'completion-received' && stage.event.stepId === event.stepId,
    );
    if (isUsable === used) return [];
    return [
      { invariant: 'B5', message: `${event.stepId} opened: early completion ${early?.result}, used ${used}` },
    ];
  });

/** What must hold of the order and the results of steps. */
export const STEP_CHECKS: readonly Check[] = [
  checkPredecessors,
  checkIdle,
  checkHold,
  checkAttempts,
  checkClaims,
  checkEarly,
];
