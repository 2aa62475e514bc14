import { askedAboutAt } from './doubt.ts';
import { expiryOf, skipExpiryOf, skipReminderAt } from './proposals.ts';
import type { CutoverState, StepState } from './state.ts';
import { isStepActive, isTerminal } from './state.ts';

/** What must happen when an instant comes. */
export type DueItem = {
  readonly at: number;
  readonly stepId: string | null;
  readonly what:
    | 'start'
    | 'hold-reminder'
    | 'proposal-reminder'
    | 'proposal-expiry'
    | 'retry'
    | 'doubt'
    | 'skip-reminder'
    | 'skip-expiry'
    | 'decision-reminder'
    | 'deadline'
    | 'reminder'
    | 'read';
};

const stepDues = (stepId: string, step: StepState, held: boolean): DueItem[] => {
  const items: DueItem[] = [];
  const add = (what: DueItem['what'], at: number | null | undefined) => {
    if (typeof at === 'number') items.push({ at, stepId, what });
  };
  if (step.skipProposal !== null) {
    add('skip-expiry', skipExpiryOf(step.skipProposal));
    if (!held) add('skip-reminder', skipReminderAt(step));
  }
  if (isStepActive(step)) {
    const approval = step.wait?.asks === 'approval';
    if (!held || approval) add('deadline', step.deadlineAt);
    if (held) return items;
    add('reminder', step.wait?.remindAt[0]);
    add('decision-reminder', step.decideAt);
    add('read', step.nextReadAt);
  } else if (step.status === 'failed' && !held) {
    if (step.retryAt === null) add('decision-reminder', step.decideAt);
    else add('retry', step.retryAt);
    add('doubt', askedAboutAt(step));
  }
  return items;
};

/**
 * Everything a stored cutover must still do, earliest first; empty only for a terminal one (I11).
 * While it is held all of it is frozen except the reminder of the hold, the expiry of approvals and proposals (B7), of
 * whose reminders nothing is heard before the resume, and the start of a scheduled one, which goes on being held.
 */
export const dueItems = (state: CutoverState): readonly DueItem[] => {
  if (isTerminal(state)) return [];
  const items = Object.entries(state.steps).flatMap(([id, step]) => stepDues(id, step, state.held !== null));
  if (state.status === 'scheduled' && state.startAt !== undefined) {
    items.push({ at: state.startAt, stepId: null, what: 'start' });
  }
  if (state.held) items.push({ at: state.held.remindAt, stepId: null, what: 'hold-reminder' });
  if (state.proposal) {
    items.push({ at: expiryOf(state.proposal), stepId: null, what: 'proposal-expiry' });
    const [remindAt] = state.held ? [] : state.proposal.remindAt;
    if (remindAt !== undefined) items.push({ at: remindAt, stepId: null, what: 'proposal-reminder' });
  }
  return items.sort((a, b) => a.at - b.at);
};

/** The instant of the earliest due item, null for a terminal cutover. */
export const earliestDue = (state: CutoverState | null): number | null =>
  state === null ? null : (dueItems(state)[0]?.at ?? null);
