import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import type { Proposal } from '../../../shared/core/state.ts';
import { canonical } from '../../../shared/engine/canonical.ts';
import type { Chapter, Check, Fail, History } from './history.ts';
import { onChapter, planKeyOf, stagesOfType, stepIn } from './history.ts';

/** A proposal nobody decides is void after a day. */
const VALID_MS = 24 * 60 * 60_000;

/** B16: a plan is stored before the commit that puts it in force, and its row never changes. */
const checkPlans: Check = (_, fail) => {
  const stored = new Map<string, string>();
  return (fact, chapter) => {
    if (fact.type === 'plan-stored') {
      const text = canonical(fact.plan);
      if ((stored.get(fact.key) ?? text) !== text) fail('B16', `the plan ${fact.key} was changed`);
      stored.set(fact.key, text);
    }
    if (chapter === null) return;
    const key = planKeyOf(chapter.after.plan);
    if (!stored.has(key)) fail('B16', `the plan ${key} is in force, but was not stored`);
  };
};

/** Who put the proposal, and who decided about which. */
const checkDecision = ({ asked }: History, chapter: Chapter, proposal: Proposal, fail: Fail): void => {
  for (const { event } of stagesOfType(chapter, 'revision-expired')) {
    if (event.at < proposal.at + VALID_MS) fail('B16', 'a proposal expired before its time');
  }
  for (const { event } of stagesOfType(chapter, 'revision-adopted', 'revision-rejected')) {
    const input = asked.get(event.inputId);
    if (input?.type !== 'decide-revision' || input.by.id !== event.by.id)
      fail('B16', 'a revision was decided by nobody');
    else if (input.hash !== proposal.hash) fail('B16', `${input.hash} was decided, not ${proposal.hash}`);
    if (event.type !== 'revision-adopted') continue;
    if (event.by.id === proposal.by.id) fail('B16', `${event.by.name} adopted a proposal of their own`);
    if (canonical(event.ref) !== canonical(proposal.ref))
      fail('B16', 'another plan was adopted than proposed');
    if (event.at >= proposal.at + VALID_MS) fail('B16', 'a proposal was adopted after it expired');
  }
};

/** B16: a proposal is adopted as it was seen, by somebody else, in time; what has begun stays as it was. */
const checkAdoption: Check = (history, fail) => {
  let known: ReadonlyMap<string, PlanStep> = new Map(history.planned);
  return (_, chapter) => {
    if (chapter === null) return;
    const { before, after } = chapter;
    const proposal = before?.proposal ?? null;
    if (proposal !== null) checkDecision(history, chapter, proposal, fail);
    if (before === null || after.plan.revision === before.plan.revision) return;
    if (proposal === null || after.plan.revision !== before.plan.revision + 1)
      fail('B16', `revision ${after.plan.revision} follows revision ${before.plan.revision}`);
    if (before.rollback !== null) fail('B16', 'the plan was changed while rolling back');
    const ids = new Set(history.plan.steps.map(({ id }) => id));
    for (const [id, { status }] of Object.entries(before.steps)) {
      const hasBegun = status !== 'pending' && status !== 'ready';
      if (hasBegun && status !== 'cancelled' && !ids.has(id)) fail('B16', `${id} was ${status} and removed`);
      if (hasBegun && canonical(history.planned.get(id)) !== canonical(known.get(id)))
        fail('B16', `${id} was ${status} and changed`);
      if (status === 'cancelled' && ids.has(id)) fail('B16', `${id} was removed and came back`);
      if (!hasBegun && !ids.has(id) && after.steps[id]?.status !== 'cancelled')
        fail('B16', `${id} was removed and goes on`);
    }
    known = new Map(history.planned);
  };
};

/** B16: an id belongs to one place of the plan for good: the way forward, or one way back. */
const checkIds: Check = (history, fail) => {
  const placesIn = (plan: Plan) => [
    ...plan.steps.map(({ id }) => [id, 'forward'] as const),
    ...plan.rollbacks.flatMap((way) => way.steps.map(({ id }) => [id, way.id] as const)),
  ];
  const places = new Map<string, string>();
  let present: ReadonlySet<string> = new Set();
  return (_, chapter) => {
    if (chapter === null) return;
    const isOfAnother = ([id, place]: readonly [string, string]): boolean =>
      places.has(id) && (places.get(id) !== place || !present.has(id));
    for (const { event } of stagesOfType(chapter, 'revision-proposed')) {
      const input = history.asked.get(event.inputId);
      if (input?.type !== 'propose-revision') fail('B16', 'a revision was proposed by nobody');
      else if (placesIn(input.plan).some(isOfAnother))
        fail('B16', `${event.proposal.hash} uses an id for another step`);
    }
    for (const [id, place] of placesIn(history.plan)) {
      if (isOfAnother([id, place])) fail('B16', `${id} was used for another step`);
      places.set(id, place);
    }
    present = new Set(placesIn(history.plan).map(([id]) => id));
  };
};

/** B16: what was done outside is recorded once, as it was proposed, with evidence, and only of what had not begun. */
const checkRecords: Check = (_, fail) => {
  const stored = new Set<string>();
  return (fact, chapter) => {
    if (fact.type === 'evidence-stored') stored.add(fact.hash);
    if (chapter === null) return;
    for (const { event, before } of stagesOfType(chapter, 'step-recorded')) {
      const { stepId, done } = event;
      const status = before?.steps[stepId]?.status ?? 'pending';
      const proposed = chapter.before?.proposal?.done ?? [];
      if (status !== 'pending' && status !== 'ready') fail('B16', `${stepId} was ${status} and recorded`);
      if (!proposed.some((one) => canonical(one) === canonical(done)))
        fail('B16', `${stepId} was recorded and not proposed`);
      if (!stored.has(done.evidenceHash)) fail('I8', `${stepId} was recorded without evidence`);
      if (done.doneAt > event.at) fail('B16', `${stepId} was recorded as done in the future`);
    }
  };
};

/** B8: a data gate that is recorded stays marked by two people; no other step is. */
const checkWaivers = onChapter((chapter, { planned }, fail) => {
  for (const { event, after } of stagesOfType(chapter, 'step-recorded')) {
    const { stepId, waiver } = event;
    const isGate = planned.get(stepId)?.dataGate === true;
    if (isGate !== (waiver !== null)) fail('B8', `${stepId} was recorded with the wrong mark`);
    if (waiver !== null && waiver.by.id === waiver.second?.by.id)
      fail('B8', `${stepId} was recorded by ${waiver.by.name} alone`);
    if (stepIn(after, stepId).status !== 'succeeded')
      fail('B16', `${stepId} was recorded and has not passed`);
  }
});

/** What must hold of changes of the plan. */
export const REVISION_CHECKS: readonly Check[] = [
  checkPlans,
  checkAdoption,
  checkIds,
  checkRecords,
  checkWaivers,
];
