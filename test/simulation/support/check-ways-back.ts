import type { Milestone } from '../../../shared/core/plan.ts';
import { stepsInForce } from '../../../shared/core/plan.ts';
import { isStepTerminal, isTerminal } from '../../../shared/core/state.ts';
import type { Check } from './history.ts';
import { onChapter, plannedIn, stagesOfType, stepIn } from './history.ts';

/** B9: a way back ends the way forward in one commit, and only its own steps are dispatched from then on. */
const checkRollback = onChapter((chapter, history, fail) => {
  const { plan } = history;
  for (const { event, before, after } of stagesOfType(chapter, 'rollback-started')) {
    const { rollbackId, statement } = event;
    const way = plan.rollbacks.find(({ id }) => id === rollbackId);
    const own = stepsInForce(plan, rollbackId).map(({ id }) => id);
    for (const [id, step] of Object.entries(after.steps)) {
      if (own.includes(id) ? step.status !== 'pending' : !isStepTerminal(step))
        fail('B9', `${id} is ${step.status} when ${rollbackId} begins`);
    }
    const doubt = Object.entries(before!.steps).filter(
      ([, { status, effect }]) =>
        (status === 'waiting' || status === 'running') && /^(?:open|unknown)$/.test(effect?.outcome ?? ''),
    );
    for (const [id] of doubt) fail('B9', `${rollbackId} begins with the effect of ${id} in doubt`);
    if (statement !== way?.dataLossStatement) fail('B9', `${rollbackId} begins without its statement`);
    const { availableFrom = null, availableUntil = null } = way ?? {};
    const isReached = (milestone: Milestone): boolean => before?.milestones[milestone] !== undefined;
    if (availableFrom !== null && !isReached(availableFrom)) fail('B9', `${rollbackId} begins too early`);
    if (availableUntil !== null && isReached(availableUntil)) fail('B9', `${rollbackId} begins too late`);
    for (const [id, { status }] of Object.entries(before!.steps)) {
      const isRefresh = status === 'waiting' && plannedIn(history, id).kind === 'refresh-database';
      if (isRefresh) fail('B9', `${rollbackId} begins while ${id} cannot be stopped`);
    }
    const undone = way?.availableWhileFailed;
    if (undone !== undefined && stepIn(before, undone).status !== 'failed')
      fail('B9', `${rollbackId} begins, and ${undone} has not failed`);
    const isPassed = before?.milestones['point-of-no-return'] !== undefined;
    if (isPassed && statement === null) fail('B9', `${rollbackId} loses data and nobody confirmed it`);
  }
  for (const { event, before } of stagesOfType(chapter, 'step-dispatched')) {
    const rollbackId = before?.rollback?.id;
    const isOwn =
      rollbackId === undefined || stepsInForce(plan, rollbackId).some(({ id }) => id === event.stepId);
    if (!isOwn) fail('B9', `${event.stepId} was dispatched while ${rollbackId} goes on`);
  }
  const { status, rollback } = chapter.after;
  const isEnd = isTerminal(chapter.after) && status !== 'aborted';
  if (isEnd && (status === 'rolledBack') !== (rollback !== null))
    fail('B9', `it is ${status} with ${rollback === null ? 'no way back' : rollback.id}`);
});

/** B8: a data gate is passed without its proof by two people only. */
const checkSkips = onChapter((chapter, history, fail) => {
  for (const { event, before } of stagesOfType(chapter, 'step-skipped')) {
    const { stepId, by, second } = event;
    const { required, dataGate } = plannedIn(history, stepId);
    if (required) fail('B8', `${stepId} is required and was skipped`);
    if (dataGate !== (second !== null)) fail('B8', `${stepId} was skipped by the wrong number of people`);
    if (second?.by.id === by.id) fail('B8', `${stepId} was skipped by ${by.name} alone`);
    const first = stepIn(before, stepId).skipProposal;
    if (second !== null && first?.by.id !== by.id) fail('B8', `${stepId} was skipped by others than asked`);
  }
});

/** What must hold of the ways off the plan. */
export const WAYS_OFF_CHECKS: readonly Check[] = [checkRollback, checkSkips];
