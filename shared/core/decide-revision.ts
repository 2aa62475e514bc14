import { dispatchReady } from './dispatch.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf } from './inputs.ts';
import type { Plan } from './plan.ts';
import type { PlanDifference } from './plan-difference.ts';
import { comparePlans, tellDifference } from './plan-difference.ts';
import type { CutoverState, DoneOutside, Proposal, StepStatus } from './state.ts';
import { expiryOf, hasPassed } from './state.ts';

/** How far a step has come that may not change any more; null while it has not begun. */
const begunStatus = (state: CutoverState, stepId: string): StepStatus | null => {
  const status = state.steps[stepId]?.status ?? 'pending';
  return status === 'pending' || status === 'ready' ? null : status;
};

/** Why the difference is not possible now: only what has not begun may change, and a removed id never comes back. */
const wrongChanges = (
  state: CutoverState,
  before: Plan,
  after: Plan,
  difference: PlanDifference,
): string[] => {
  const { added, removed, changed } = difference;
  const begun = (ids: readonly string[], what: string) =>
    ids.flatMap((id) => {
      const status = begunStatus(state, id);
      return status === null ? [] : [`${id} is ${status}: it cannot ${what}`];
    });
  return [
    ...(before.id === after.id ? [] : [`it is another plan: ${after.id} instead of ${before.id}`]),
    ...(before.mode === after.mode ? [] : [`a ${before.mode} cutover cannot become a ${after.mode} one`]),
    ...begun(
      changed.map(({ stepId }) => stepId),
      'change',
    ),
    ...begun(removed, 'be removed'),
    ...added
      .filter((id) => Object.hasOwn(state.steps, id))
      .map((id) => `${id} was the id of a removed step: choose another`),
  ];
};

/** Why what was done outside cannot be recorded so: in the order of the plan, in the past, and only what has not begun. */
const wrongRecords = (
  state: CutoverState,
  plan: Plan,
  done: readonly DoneOutside[],
  now: number,
): string[] => {
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const recorded = new Set(done.map(({ stepId }) => stepId));
  const passed = (id: string) => recorded.has(id) || hasPassed(state, id);
  const twice = done.filter(({ stepId }, index) => done.findIndex((one) => one.stepId === stepId) < index);
  return [
    ...twice.map(({ stepId }) => `${stepId} is recorded twice`),
    ...done.flatMap(({ stepId, doneAt }) => {
      const step = planned.get(stepId);
      if (step === undefined) return [`${stepId} is no step of the plan`];
      const status = begunStatus(state, stepId);
      if (status !== null) return [`${stepId} is ${status}: it cannot be recorded`];
      const missing = step.after.filter((other) => !passed(other));
      return [
        ...(doneAt > now ? [`${stepId} would be done in the future`] : []),
        ...(missing.length > 0 ? [`${stepId} waits for ${missing.join(', ')}, which has not passed`] : []),
      ];
    }),
  ];
};

type Wanted = Pick<Proposal, 'done'> & { readonly plan: Plan };

const problemsOf = (draft: Draft, { plan, done }: Wanted): readonly string[] => {
  const state = draft.state();
  if (state.rollback !== null) return [`${state.id} is rolling back: its plan no longer changes`];
  const before = draft.plan();
  return [
    ...wrongChanges(state, before, plan, comparePlans(before, plan)),
    ...wrongRecords(state, plan, done, draft.now),
  ];
};

const toldDone = ({ stepId, by }: DoneOutside): string => `${stepId} is recorded as done by ${by.name}`;

/** Puts a changed plan, or steps done outside, before a second person, showing the difference. */
export const decideProposeRevision = (draft: Draft, input: InputOf<'propose-revision'>): Answer => {
  const { plan, ref, bindings, done, hash, by, reason } = input;
  const { revision } = draft.state().plan;
  // The difference and the number were made of a plan that another approval has replaced meanwhile.
  if (ref.revision !== revision + 1) {
    return refused('C323', `revision ${revision} of the plan has been adopted meanwhile`);
  }
  const problems = problemsOf(draft, { plan, done });
  if (problems.length > 0) return refused('C323', problems.join('; '), { problems });
  const changes = [
    ...tellDifference(comparePlans(draft.plan(), plan)),
    ...bindings.map((part) => `the bindings change their ${part}`),
    ...done.map(toldDone),
  ];
  if (changes.length === 0) return unchanged('the plan is the same');
  draft.emit({ type: 'revision-proposed', proposal: { hash, ref, by, reason, changes, done } });
  const expiresAt = expiryOf({ at: draft.now });
  return applied('proposed: a second person has to approve it', { hash, changes, expiresAt });
};

const record = (
  draft: Draft,
  done: DoneOutside,
  { by, reason }: Proposal,
  input: InputOf<'decide-revision'>,
): void => {
  const { marks, dataGate } = draft.planned(done.stepId);
  const waiver = { by, reason, second: { by: input.by, reason: input.comment } };
  draft.emit({ type: 'step-recorded', stepId: done.stepId, done, marks, waiver: dataGate ? waiver : null });
};

/** Adopts or rejects the proposal that was seen; whether it is possible is checked anew, for the cutover has gone on. */
export const decideDecideRevision = (draft: Draft, input: InputOf<'decide-revision'>): Answer => {
  const { hash, by, comment, decision, plan } = input;
  const { id, proposal } = draft.state();
  if (proposal === null) return refused('C324', 'nothing is proposed');
  if (proposal.hash !== hash) return refused('C324', `what is proposed now is ${proposal.hash}, not ${hash}`);
  if (plan === null) return refused('C324', `${hash} was proposed only now`);
  if (decision === 'reject') {
    draft.emit({ type: 'revision-rejected', proposalHash: hash, by, comment });
    return applied(`${id} keeps its plan`);
  }
  if (proposal.by.id === by.id) return refused('C318', `${by.name} proposed it`);
  if (expiryOf(proposal) <= draft.now) return refused('C324', `${hash} has expired`);
  const problems = problemsOf(draft, { plan, done: proposal.done });
  if (problems.length > 0) return refused('C323', problems.join('; '), { problems });
  const { added, removed } = comparePlans(draft.plan(), plan);
  const { title, concurrency } = plan;
  const { ref } = proposal;
  const adopted = { proposalHash: hash, ref, by, comment, title, concurrency, added, removed };
  draft.emit({ type: 'revision-adopted', ...adopted });
  draft.usePlan(plan);
  for (const done of proposal.done) record(draft, done, proposal, input);
  dispatchReady(draft);
  return applied(`${id} goes on with revision ${ref.revision} of its plan`);
};
