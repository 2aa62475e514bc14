import { stepQueue } from '../core/messages.ts';
import type { PlanStep } from '../core/plan.ts';
import type { Condition, CutoverState, StepState } from '../core/state.ts';
import { iso } from './instant.ts';

/** What a step in hand lacks while the message of its dispatch is a dead letter or its function is silent, and what helps. */
export const stuckConditions = (
  { id, held }: CutoverState,
  { kind }: PlanStep,
  { stuck, unanswered, nextReadAt }: StepState,
): readonly Condition[] => {
  const byItself =
    nextReadAt === null || held !== null ? '' : `; by itself it is dispatched again at ${iso(nextReadAt)}`;
  if (stuck === null) {
    if (unanswered?.isSilent !== true) return [];
    const queue = stepQueue(kind);
    return [
      {
        code: 'silent',
        message: `Silent: the function of the queue ${queue} does not answer`,
        since: unanswered.since,
        who: 'platform engineer',
        next: `See that the function ${queue} is enabled and runs, and what its queue holds${byItself}`,
      },
    ];
  }
  const redrive = `POST /api/dead-letters/${stuck.deadLetterId}/redrive`;
  return [
    {
      code: 'stuck',
      message: `Stuck: its message could not be handled (${stuck.reason})`,
      since: stuck.at,
      who: 'cutover-manager',
      next: held === null ? `${redrive}${byItself}` : `POST /api/cutovers/${id}/resume, then ${redrive}`,
    },
  ];
};
