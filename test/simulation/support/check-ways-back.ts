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
    if (statement !== way?.dataLossStatement) fail('B9', `${rollbackId} begins without its statement`);
    const { availableFrom = null, availableUntil = null } = way ?? {};
    const isReached = (milestone: Milestone): boolean => before?.milestones[milestone] !== undefined;
    if (availableFrom !== null && !isReached(availableFrom)) fail('B9', `${rollbackId} begins too early`);
    if (availableUntil !== null && isReached(availableUntil)) fail('B9', `${rollbackId} begins too late`);
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

/**
 * I10: nobody turns back, passes or tries again what may have happened outside before it is known. Told by the log of
 * what was announced and what came to be known of it, and by what the outside got; not by what the product takes for a doubt.
 */
const checkDoubts: Check = (_, fail) => {
  const open = new Map<string, string>();
  /** Attempts of which it is on record that they did nothing, and steps that are over. */
  const denied = new Set<string>();
  const over = new Set<string>();
  const doubted = (stepId: string | null): readonly string[] =>
    [...open].flatMap(([key, of]) => (stepId === null || of === stepId ? [key] : []));
  const endsInDoubt = (what: string, stepId: string | null): void => {
    for (const key of doubted(stepId)) fail('I10', `${what} while nobody knows what ${key} did outside`);
  };
  const know = (key: string, hasHappened: boolean): void => {
    open.delete(key);
    if (!hasHappened) denied.add(key);
  };
  return (fact, chapter) => {
    for (const { event, before } of chapter?.stages ?? []) {
      const key = 'attempt' in event ? `${event.stepId} ${event.attempt}` : '';
      switch (event.type) {
        case 'step-opened':
          if (event.effect?.repeatable === false) open.set(key, event.stepId);
          break;
        case 'effect-settled':
          if (event.outcome !== 'unknown') know(key, event.outcome === 'accepted');
          break;
        case 'effect-answered':
          know(key, event.happened);
          break;
        case 'completion-received':
        case 'step-succeeded':
          know(key, true);
          break;
        case 'step-dispatched':
          if (event.dispatch === 1) endsInDoubt(`${event.stepId} ${event.attempt} begins`, event.stepId);
          break;
        case 'step-skipped':
          endsInDoubt(`${event.stepId} is skipped`, event.stepId);
          break;
        case 'rollback-started':
          endsInDoubt(`${event.rollbackId} begins`, null);
          for (const id of Object.keys(before!.steps)) over.add(id);
          break;
        default:
          break;
      }
    }
    if (fact.type !== 'fired' || fact.repeatable) return;
    if (denied.has(`${fact.stepId} ${fact.attempt}`))
      fail('I10', `${fact.stepId} ${fact.attempt} fires, and it was said that it had not happened`);
    if (over.has(fact.stepId)) fail('I10', `${fact.stepId} fires after the cutover has turned back`);
  };
};

/**
 * B9: nobody turns back before the end of a refresh that was asked for is known: only a reading, a report, whoever gives
 * it up or answers for it says it, and no deadline does. Told by the log alone.
 */
const checkRefreshes: Check = (history, fail) => {
  const goesOn = new Set<string>();
  const know = (stepId: string, isOpenEnded: boolean): void => {
    if (!isOpenEnded) goesOn.delete(stepId);
    else if (plannedIn(history, stepId).kind === 'refresh-database') goesOn.add(stepId);
  };
  return (_, chapter) => {
    for (const { event } of chapter?.stages ?? []) {
      switch (event.type) {
        case 'step-opened':
          know(event.stepId, true);
          break;
        case 'effect-settled':
          if (event.outcome === 'accepted') know(event.stepId, true);
          break;
        case 'effect-answered':
          know(event.stepId, event.happened);
          break;
        case 'step-failed':
          if (event.error.code !== 'C309') know(event.stepId, false);
          break;
        case 'step-succeeded':
        case 'step-skipped':
        case 'step-recorded':
          know(event.stepId, false);
          break;
        case 'rollback-started':
          for (const id of goesOn) fail('B9', `${event.rollbackId} begins while ${id} cannot be stopped`);
          break;
        default:
          break;
      }
    }
  };
};

/** A second person joins in within this time, or the wish of the first is void. */
const SKIP_VALID_MS = 60 * 60_000;

/** B8: a data gate is passed without its proof by two people only, of whom the second is in time. */
const checkSkips = onChapter((chapter, history, fail) => {
  for (const { event, before } of stagesOfType(chapter, 'step-skipped')) {
    const { stepId, by, second } = event;
    const { required, dataGate } = plannedIn(history, stepId);
    if (required) fail('B8', `${stepId} is required and was skipped`);
    if (dataGate !== (second !== null)) fail('B8', `${stepId} was skipped by the wrong number of people`);
    if (second?.by.id === by.id) fail('B8', `${stepId} was skipped by ${by.name} alone`);
    const first = stepIn(before, stepId).skipProposal;
    if (second !== null && first?.by.id !== by.id) fail('B8', `${stepId} was skipped by others than asked`);
    if (first !== null && event.at >= first.at + SKIP_VALID_MS)
      fail('B8', `${stepId} was skipped after the hour of the first who asked`);
  }
  for (const { event, before } of stagesOfType(chapter, 'statement-voided')) {
    const first = stepIn(before, event.stepId).skipProposal;
    const isRevised = chapter.before?.plan.revision !== chapter.after.plan.revision;
    if (event.what === 'skip-proposal' && !isRevised && event.at < (first?.at ?? 0) + SKIP_VALID_MS)
      fail('B8', `the wish to skip ${event.stepId} lapsed before its hour was over`);
  }
});

/** What must hold of the ways off the plan. */
export const WAYS_OFF_CHECKS: readonly Check[] = [checkRollback, checkDoubts, checkRefreshes, checkSkips];
