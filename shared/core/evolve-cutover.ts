import { briefly } from './brief.ts';
import { afterDrillDown } from './drill-down.ts';
import type { CutoverEvent } from './events.ts';
import { ENDED, NEW_STEP, remindedOf, unfreeze } from './evolve-step.ts';
import type { Milestone } from './plan.ts';
import type { CutoverState, Rollback, StepState } from './state.ts';
import { isStepTerminal } from './state.ts';
import { sameSubject, uploadsOf } from './uploads.ts';

type Steps = CutoverState['steps'];

const newSteps = (ids: readonly string[]): Steps => Object.fromEntries(ids.map((id) => [id, NEW_STEP]));

const cancel = ({ unanswered: _, ...step }: StepState, at: number): StepState =>
  briefly({ ...step, ...ENDED, status: 'cancelled', endedAt: at });

const cancelUnfinished = (steps: Steps, at: number): Steps =>
  Object.fromEntries(
    Object.entries(steps).map(([id, step]) => [id, isStepTerminal(step) ? step : cancel(step, at)]),
  );

/** The state of a cutover that has just been started. */
export const startState = (
  event: Extract<CutoverEvent, { type: 'cutover-started' }>,
  at: number,
): CutoverState => ({
  id: event.id,
  title: event.title,
  mode: event.mode,
  status: event.startAt === undefined ? 'running' : 'scheduled',
  startedAt: at,
  ...(event.startAt === undefined ? {} : { startAt: event.startAt }),
  endedAt: null,
  startedBy: event.by,
  held: null,
  plan: event.plan,
  earlierPlans: [],
  proposal: null,
  rollback: null,
  concurrency: event.concurrency,
  steps: newSteps(event.stepIds),
  milestones: {},
  replication: null,
  lastCommitAt: at,
  commits: 0,
  events: 0,
});

type Of<T extends CutoverEvent['type']> = Extract<CutoverEvent, { readonly type: T }>;

const rollbackOf = (
  { rollbackId, title, by, reason, statement }: Of<'rollback-started'>,
  at: number,
): Rollback => ({
  id: rollbackId,
  title,
  by,
  reason,
  statement,
  at,
});

const adopt = (event: Of<'revision-adopted'>, state: CutoverState, at: number): Partial<CutoverState> => {
  const removed = new Set(event.removed);
  const adopted = (id: string, step: StepState): StepState => {
    if (removed.has(id)) return cancel(step, at);
    // Whether it may start is asked of the new plan.
    return step.status === 'ready' ? { ...step, status: 'pending' } : step;
  };
  const kept = Object.entries(state.steps).map(([id, step]) => [id, adopted(id, step)]);
  return {
    title: event.title,
    concurrency: event.concurrency,
    proposal: null,
    plan: event.ref,
    earlierPlans: [...state.earlierPlans, state.plan],
    ...(event.retired === undefined ? {} : { retiredIds: [...(state.retiredIds ?? []), ...event.retired] }),
    // A removed step stays as cancelled, so that its id is never used again.
    steps: { ...(Object.fromEntries(kept) as Steps), ...newSteps(event.added) },
  };
};

const marked = (state: CutoverState, milestone: Milestone, at: number): Partial<CutoverState> => ({
  // The first business write stands, whatever a later step reads.
  milestones:
    milestone === 'point-of-no-return'
      ? { [milestone]: at, ...state.milestones }
      : { ...state.milestones, [milestone]: at },
  // What replication lacked is of no interest once it is removed.
  replication: milestone === 'replication-removed' ? null : state.replication,
});

/** What an event changes of the cutover itself. */
export const cutoverChange = (
  event: CutoverEvent,
  state: CutoverState,
  at: number,
): Partial<CutoverState> => {
  switch (event.type) {
    case 'cutover-begun':
      return { status: 'running' };
    case 'cutover-held':
      return { held: { since: at, by: event.by, reason: event.reason, remindAt: event.remindAt } };
    case 'hold-reminded':
      return { held: state.held && { ...state.held, remindAt: event.remindAt } };
    case 'cutover-resumed':
      return {
        held: null,
        steps: Object.fromEntries(
          Object.entries(state.steps).map(([id, step]) => [
            id,
            isStepTerminal(step) ? step : unfreeze(step, event.heldForMs),
          ]),
        ),
      };
    case 'cutover-aborted':
      return {
        status: 'aborted',
        endedAt: at,
        held: null,
        proposal: null,
        steps: cancelUnfinished(state.steps, at),
      };
    case 'cutover-completed':
      return { status: 'completed', endedAt: at, proposal: null };
    case 'rollback-started':
      return {
        status: 'rollingBack',
        proposal: null,
        rollback: rollbackOf(event, at),
        steps: { ...cancelUnfinished(state.steps, at), ...newSteps(event.stepIds) },
      };
    case 'cutover-rolled-back':
      return { status: 'rolledBack', endedAt: at };
    case 'point-of-no-return-passed':
      return { milestones: { ...state.milestones, 'point-of-no-return': event.happenedAt } };
    case 'revision-proposed':
      return { proposal: { ...event.proposal, at } };
    case 'revision-reminded':
      return { proposal: state.proposal && remindedOf(state.proposal, at) };
    case 'revision-rejected':
    case 'revision-expired':
      return { proposal: null };
    case 'revision-adopted':
      return adopt(event, state, at);
    case 'step-recorded':
      if (event.marks === null) return {};
      return marked(state, event.marks, event.done.doneAt);
    case 'overslept':
      return { silence: { since: event.since, alarmedAt: state.silence?.alarmedAt ?? null } };
    case 'silence-alarmed':
      return state.silence === undefined ? {} : { silence: { ...state.silence, alarmedAt: at } };
    case 'replication-changed':
      return { replication: { unmet: event.unmet, at } };
    case 'document-uploaded': {
      const others = uploadsOf(state).filter((upload) => !sameSubject(upload, event.upload));
      return { uploads: [...others, { ...event.upload, by: event.by, at, confirmed: null }] };
    }
    case 'document-confirmed': {
      const { documentHash, by, comment } = event;
      const confirmed = { by, at, comment };
      return {
        uploads: uploadsOf(state).map((upload) =>
          upload.hash === documentHash ? { ...upload, confirmed } : upload,
        ),
      };
    }
    case 'table-drilled':
      return { drillDowns: afterDrillDown(state, { ...event.found, by: event.by, at }) };
    case 'step-succeeded':
      return event.marks === null ? {} : marked(state, event.marks, event.evidence.takenAt);
    default:
      return {};
  }
};
