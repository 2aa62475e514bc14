import { dispatchReady } from './dispatch.ts';
import { stepsInDoubt } from './doubt.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf } from './inputs.ts';
import { stepsInForce } from './plan.ts';
import { waysBack } from './rollback.ts';
import type { CutoverState } from './state.ts';
import { stepsUnderWay, whyNotYet } from './under-way.ts';

/**
 * Takes a way back in one commit: unfinished forward steps are cancelled, its own are appended. What may have happened
 * outside is found out first (I10), the end of what nobody can stop is known, and where data is lost the plan's sentence
 * is confirmed word for word.
 */
export const decideRollback = (draft: Draft, input: InputOf<'rollback'>): Answer => {
  const { rollbackId, by, reason, statement } = input;
  const state = draft.state();
  const way = waysBack(draft.plan(), state).find(({ id }) => id === rollbackId);
  if (way === undefined) return refused('C320', `there is none called ${rollbackId}`);
  if (way.why !== null && way.why !== whyNotYet(draft.plan(), state)) {
    return refused('C320', `${rollbackId}: ${way.why}`);
  }
  const inDoubt = stepsInDoubt(state);
  if (inDoubt.length > 0) return refused('C322', inDoubt.join(', '), { steps: inDoubt });
  const underWay = stepsUnderWay(draft.plan(), state);
  if (underWay.length > 0) return refused('C328', underWay.join(', '), { steps: underWay });
  const { dataLossStatement, title } = way;
  if (dataLossStatement !== null && statement !== dataLossStatement) {
    return refused('C321', rollbackId, { statement: dataLossStatement });
  }
  // A hold is where such decisions are made: the way back begins at once, nothing of the way forward goes on.
  if (state.held) draft.emit({ type: 'cutover-resumed', by, heldForMs: draft.now - state.held.since });
  draft.emit({
    type: 'rollback-started',
    rollbackId,
    title,
    by,
    reason,
    statement: dataLossStatement,
    stepIds: stepsInForce(draft.plan(), rollbackId).map(({ id }) => id),
  });
  dispatchReady(draft);
  return applied(`${state.id} rolls back: ${title}`);
};

/** When a cutover was started, or the first of what was done before that: it may have been joined late. */
const beginningOf = ({ startedAt, steps }: CutoverState): number =>
  Math.min(startedAt, ...Object.values(steps).map(({ endedAt }) => endedAt ?? startedAt));

/** Records, by name, the first business write in production or message sent from it: from then on a way back loses data. */
export const decidePassPointOfNoReturn = (
  draft: Draft,
  { happenedAt, by, reason }: InputOf<'pass-point-of-no-return'>,
): Answer => {
  const { id, milestones } = draft.state();
  const passedAt = milestones['point-of-no-return'];
  const beginning = beginningOf(draft.state());
  if (happenedAt > draft.now) return refused('C325', 'the point of no return lies in the future');
  if (happenedAt < beginning) {
    const since = new Date(beginning).toISOString();
    return refused('C325', `the point of no return lies before ${since}, when ${id} began`);
  }
  if (passedAt !== undefined && passedAt <= happenedAt) {
    return unchanged(`${id} had passed the point of no return already`, { passedAt });
  }
  draft.emit({ type: 'point-of-no-return-passed', happenedAt, by, reason });
  return applied(`${id} has passed the point of no return: every way back now loses data`);
};
