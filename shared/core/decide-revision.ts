import { dispatchReady, passedSteps } from './dispatch.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf } from './inputs.ts';
import type { Plan, PlanStep } from './plan.ts';
import { allSteps } from './plan.ts';
import type { PlanDifference } from './plan-difference.ts';
import { comparePlans, tellDifference } from './plan-difference.ts';
import { expiryOf, revisionReminders, voidSkipProposal } from './proposals.ts';
import type { CutoverState, DoneOutside, Proposal, StepState, StepStatus } from './state.ts';
import { isStepTerminal } from './state.ts';

/** How far a step has come that may not change any more; null while it has not begun. */
const begunStatus = (state: CutoverState, stepId: string): StepStatus | null => {
  const status = state.steps[stepId]?.status ?? 'pending';
  return status === 'pending' || status === 'ready' ? null : status;
};

/** What the product says of a kind, and no document does: a newer version may do so differently. */
const PRESET: ReadonlySet<string> = new Set(['dataGate']);

/** Where each id is used: null for a step of the way forward, the id of its way back for any other. */
const homes = (plan: Plan): ReadonlyMap<string, string | null> =>
  new Map([
    ...plan.steps.map(({ id }) => [id, null] as const),
    ...plan.rollbacks.flatMap((way) => way.steps.map(({ id }) => [id, way.id] as const)),
  ]);

/** Ids that some other step had or has, forward or in a way back, removed or not. */
const usedIds = (state: CutoverState, before: Plan, after: Plan): readonly string[] => {
  const old = homes(before);
  const gone = new Set([...Object.keys(state.steps), ...(state.retiredIds ?? [])]);
  return [...homes(after)].flatMap(([id, home]) => {
    const isSame = old.has(id) ? old.get(id) === home : !gone.has(id);
    return isSame ? [] : [id];
  });
};

/** Required data gates that would be lost, forward or in a way back: nobody passes one without its proof by changing the plan. */
const lostGates = (before: Plan, after: Plan): readonly string[] =>
  allSteps(before)
    .filter(({ required, dataGate }) => required && dataGate)
    .flatMap(({ id, kind }) => {
      const now = allSteps(after).find((step) => step.id === id);
      const isKept = now?.required === true && (now.dataGate || now.kind === kind);
      return isKept ? [] : [`${id} is a required data gate: it stays one, change what it asks for instead`];
    });

/** Fields that say who is asked, what, and whether it can be passed without an answer. */
const DECIDES_A_VOTE: ReadonlySet<string> = new Set(['kind', 'params', 'required']);

/** What cannot be done to an approval because somebody denied it: a revision is no way around that. */
const ifDenied = (state: CutoverState, stepId: string, what: string): string[] => {
  const deniedBy = state.steps[stepId]?.deniedBy;
  return deniedBy === undefined ? [] : [`${stepId} was denied by ${deniedBy.name}: ${what}`];
};

/** The roles whose holders an approval asks. */
const approversOf = ({ params }: PlanStep): readonly unknown[] => {
  const { approvers } = (params ?? {}) as { readonly approvers?: unknown };
  return Array.isArray(approvers) ? approvers : [];
};

/** Whether nobody is being asked, and somebody still has to be. */
const isToBeAsked = (step: StepState | undefined): boolean =>
  step !== undefined && step.status !== 'waiting' && !isStepTerminal(step);

/** Other people would be asked after a denial: that too is a way around it, until those who were asked are asked again. */
const changedVoters = (state: CutoverState, plan: Plan, bindings: readonly string[]): readonly string[] =>
  plan.steps
    .filter(({ id }) => isToBeAsked(state.steps[id]))
    .flatMap((step) => approversOf(step).map((role) => [step.id, String(role)] as const))
    .filter(([, role]) => bindings.includes(`people.${role}`))
    .flatMap(([stepId, role]) =>
      ifDenied(
        state,
        stepId,
        `who holds its role ${role} cannot change before its approvers are asked again, so retry it first`,
      ),
    );

/** Why the difference is not possible now: only what has not begun may change, and an id is never used for another step. */
const wrongChanges = (
  state: CutoverState,
  before: Plan,
  after: Plan,
  difference: PlanDifference,
): string[] => {
  const { removed, changed } = difference;
  const begun = (ids: readonly string[], what: string) =>
    ids.flatMap((id) => {
      const status = begunStatus(state, id);
      return status === null ? [] : [`${id} is ${status}: it cannot ${what}`];
    });
  return [
    ...(before.id === after.id ? [] : [`it is another plan: ${after.id} instead of ${before.id}`]),
    ...(before.mode === after.mode ? [] : [`a ${before.mode} cutover cannot become a ${after.mode} one`]),
    ...begun(
      changed.filter(({ fields }) => fields.some((field) => !PRESET.has(field))).map(({ stepId }) => stepId),
      'change',
    ),
    ...begun(removed, 'be removed'),
    ...lostGates(before, after),
    ...removed.flatMap((id) => ifDenied(state, id, 'it cannot be removed')),
    ...changed.flatMap(({ stepId, fields }) => {
      const bent = fields.filter((field) => DECIDES_A_VOTE.has(field));
      return bent.length === 0 ? [] : ifDenied(state, stepId, `its ${bent.join(', ')} cannot change`);
    }),
    ...usedIds(state, before, after).map((id) => `${id} was the id of another step: choose another`),
  ];
};

/**
 * How long before the start of a cutover something of it may have been done: replication is set up days to weeks before
 * the cutover. Half a year is an assumption with room to spare; what lies further back is a slip of the pen.
 */
const DONE_BEFORE_START_DAYS = 180;
const DAY_MS = 24 * 60 * 60_000;

/** Why what was done outside cannot be recorded so: in the order of the plan, in the past, and only what has not begun. */
const wrongRecords = (
  state: CutoverState,
  plan: Plan,
  done: readonly DoneOutside[],
  now: number,
): string[] => {
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const earliest = state.startedAt - DONE_BEFORE_START_DAYS * DAY_MS;
  const recorded = new Set(done.map(({ stepId }) => stepId));
  const passed = passedSteps(plan.steps, (id) => (recorded.has(id) ? 'succeeded' : state.steps[id]?.status));
  const twice = done.filter(({ stepId }, index) => done.findIndex((one) => one.stepId === stepId) < index);
  return [
    ...twice.map(({ stepId }) => `${stepId} is recorded twice`),
    ...done.flatMap(({ stepId, doneAt }) => {
      const step = planned.get(stepId);
      if (step === undefined) return [`${stepId} is no step of the plan`];
      const status = begunStatus(state, stepId);
      if (status !== null) return [`${stepId} is ${status}: it cannot be recorded`];
      const denied = ifDenied(state, stepId, 'ask its approvers again, it cannot be recorded');
      if (denied.length > 0) return denied;
      const missing = step.after.filter((other) => !passed.has(other));
      return [
        ...(doneAt > now ? [`${stepId} would be done in the future`] : []),
        ...(doneAt < earliest
          ? [
              `${stepId} would be done more than ${DONE_BEFORE_START_DAYS} days before the cutover was started`,
            ]
          : []),
        ...(missing.length > 0 ? [`${stepId} waits for ${missing.join(', ')}, which has not passed`] : []),
      ];
    }),
  ];
};

type Wanted = Pick<Proposal, 'done'> & { readonly plan: Plan; readonly bindings: readonly string[] };

const problemsOf = (draft: Draft, { plan, bindings, done }: Wanted): readonly string[] => {
  const state = draft.state();
  if (state.rollback !== null) return [`${state.id} is rolling back: its plan no longer changes`];
  const before = draft.plan();
  return [
    ...wrongChanges(state, before, plan, comparePlans(before, plan)),
    ...changedVoters(state, before, bindings),
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
  const problems = problemsOf(draft, { plan, bindings, done });
  if (problems.length > 0) return refused('C323', problems.join('; '), { problems });
  const changes = [
    ...tellDifference(comparePlans(draft.plan(), plan)),
    ...bindings.map((part) => `the bindings change their ${part}`),
    ...done.map(toldDone),
  ];
  if (changes.length === 0) return unchanged('the plan is the same');
  const remindAt = revisionReminders(draft.now);
  draft.emit({ type: 'revision-proposed', proposal: { hash, ref, by, reason, changes, done, remindAt } });
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

/** What was said of a step before it was changed was said of another one. */
const voidStatements = (draft: Draft, stepId: string): void => {
  if (begunStatus(draft.state(), stepId) !== null) return;
  const { earlyClaim } = draft.step(stepId);
  if (earlyClaim !== null)
    draft.emit({ type: 'statement-voided', stepId, what: 'completion', by: earlyClaim.by });
  voidSkipProposal(draft, stepId);
};

/** Adopts or rejects the proposal that was seen; whether it is possible is checked anew, for the cutover has gone on. */
export const decideDecideRevision = (draft: Draft, input: InputOf<'decide-revision'>): Answer => {
  const { hash, by, comment, decision, plan, bindings } = input;
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
  const problems = problemsOf(draft, { plan, bindings, done: proposal.done });
  if (problems.length > 0) return refused('C323', problems.join('; '), { problems });
  const { added, removed, changed } = comparePlans(draft.plan(), plan);
  const { title, concurrency } = plan;
  const { ref } = proposal;
  const adopted = { proposalHash: hash, ref, by, comment, title, concurrency, added, removed };
  const kept = homes(plan);
  const retired = [...homes(draft.plan())].flatMap(([id, home]) =>
    home === null || kept.has(id) ? [] : [id],
  );
  draft.emit({ type: 'revision-adopted', ...adopted, ...(retired.length === 0 ? {} : { retired }) });
  for (const { stepId } of changed) voidStatements(draft, stepId);
  draft.usePlan(plan);
  for (const done of proposal.done) record(draft, done, proposal, input);
  dispatchReady(draft);
  return applied(`${id} goes on with revision ${ref.revision} of its plan`);
};
