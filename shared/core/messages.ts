import { earliestDue } from './due.ts';
import type { CutoverEvent } from './events.ts';
import type { Plan } from './plan.ts';
import { allSteps } from './plan.ts';
import type { CutoverState } from './state.ts';

/** Runs one dispatch of a step's attempt. */
export type StepMessage = {
  readonly type: 'step';
  readonly cutoverId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly dispatch: number;
};

/** Lets a cutover do what is due at `dueAt`. */
export type WakeMessage = { readonly type: 'wake'; readonly cutoverId: string; readonly dueAt: number };

/** What a commit sends: at once, or at `scheduledAt`. */
export type Message = {
  readonly queue: string;
  readonly body: StepMessage | WakeMessage;
  readonly scheduledAt: number | null;
};

/** The queue of a step kind. */
export const stepQueue = (kind: string): string => `step-${kind}`;

/** The queue of a step's dispatches. */
const queueOf = (kinds: ReadonlyMap<string, string>, stepId: string): string => {
  const kind = kinds.get(stepId);
  if (kind === undefined) throw new Error(`step ${stepId} is not in the plan`);
  return stepQueue(kind);
};

/**
 * The messages that follow from one commit: a dispatch each, and one wake if the earliest due time changed or if the
 * commit left something due (a commit serves a bounded number).
 * A pure function of the commit, so that a re-send is the same messages again (I4).
 */
export const messagesOf = (
  plan: Plan | null,
  before: CutoverState | null,
  events: readonly CutoverEvent[],
  after: CutoverState,
): readonly Message[] => {
  const kinds = new Map((plan === null ? [] : allSteps(plan)).map((step) => [step.id, step.kind]));
  const messages: Message[] = [];
  for (const event of events) {
    if (event.type !== 'step-dispatched') continue;
    const { stepId, attempt, dispatch } = event;
    messages.push({
      queue: queueOf(kinds, stepId),
      body: { type: 'step', cutoverId: after.id, stepId, attempt, dispatch },
      scheduledAt: null,
    });
  }
  const due = earliestDue(after);
  if (due !== null && (due !== earliestDue(before) || due <= after.lastCommitAt)) {
    messages.push({
      queue: 'wake',
      body: { type: 'wake', cutoverId: after.id, dueAt: due },
      scheduledAt: due,
    });
  }
  return messages;
};
