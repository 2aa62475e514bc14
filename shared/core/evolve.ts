import { briefly } from './brief.ts';
import type { CutoverEvent } from './events.ts';
import { cutoverChange, startState } from './evolve-cutover.ts';
import { stepChange } from './evolve-step.ts';
import type { CutoverState, StepState } from './state.ts';
import { isStepTerminal } from './state.ts';

/** Applies events, all at the instant `at`; steps are copied once per call, so that 500 dispatches stay linear. */
export const applyEvents = (
  start: CutoverState,
  events: readonly CutoverEvent[],
  at: number,
): CutoverState => {
  let next = start;
  let steps: Record<string, StepState> | null = null;
  for (const event of events) {
    const change = cutoverChange(event, next, at);
    next = { ...next, ...change };
    if (change.steps) steps = { ...change.steps };
    if (!('stepId' in event) || event.stepId === null) continue;
    const step = next.steps[event.stepId];
    const changed = step && stepChange(event, step, next.plan.revision, at);
    if (!step || !changed) continue;
    steps ??= { ...next.steps };
    const { stuck, unanswered, ...rest } = step;
    // Whatever says anew when to look comes of somebody who acted on the step, or ends it: it is not stuck any more.
    const isLeft = changed.nextReadAt === undefined;
    const owed = isLeft && unanswered !== undefined ? { unanswered } : {};
    const after = { ...rest, ...owed, stuck: isLeft ? stuck : null, ...changed };
    steps[event.stepId] = isStepTerminal(after) ? briefly(after) : after;
    next = { ...next, steps };
  }
  return next;
};

/** Folds the events of one commit, all at the instant `at`, into the state (I5); null is the state before the first. */
export const evolve = (
  state: CutoverState | null,
  events: readonly CutoverEvent[],
  at: number,
): CutoverState | null => {
  const [first] = events;
  if (first === undefined) return state;
  const before = state ?? (first.type === 'cutover-started' ? startState(first, at) : null);
  if (before === null) return null;
  const { silence, ...after } = applyEvents(before, events, at);
  // Whatever the watchdog did not have to do is a sign of life, but not the answer of a function it dispatched itself.
  const isSilent =
    silence !== undefined && events.some(({ type }) => type === 'overslept' || type === 'step-heard');
  return {
    ...after,
    ...(isSilent ? { silence } : {}),
    lastCommitAt: at,
    commits: before.commits + 1,
    events: before.events + events.length,
  };
};
