import type { Condition, CutoverState, StepState } from '../core/state.ts';
import { iso } from './instant.ts';

/** What a step in hand lacks while the message of its dispatch is a dead letter, and what dispatches it again. */
export const stuckConditions = (
  { id, held }: CutoverState,
  { stuck, nextReadAt }: StepState,
): readonly Condition[] => {
  if (stuck === null) return [];
  const redrive = `POST /api/dead-letters/${stuck.deadLetterId}/redrive`;
  const byItself = nextReadAt === null ? '' : `; by itself it is dispatched again at ${iso(nextReadAt)}`;
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
