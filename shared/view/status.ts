import type { ConditionView, IgnoredView, StatusView, StepStatusView } from '../contract/status.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { allSteps, PHASES } from '../core/plan.ts';
import { standsFor } from '../core/proposals.ts';
import { waysBack } from '../core/rollback.ts';
import type { Condition, CutoverState, StepState } from '../core/state.ts';
import { isStepActive, isStepTerminal } from '../core/state.ts';
import { iso, isoOrNull } from './instant.ts';
import { proposalOf } from './proposal.ts';
import { stuckConditions } from './stuck.ts';
import { uploadViews } from './uploads.ts';
import { waitingFor } from './waiting-for.ts';

const condition = ({ since, ...rest }: Condition): ConditionView => ({ ...rest, since: iso(since) });

const stepStatus = (state: CutoverState, planned: PlanStep, step: StepState): StepStatusView => ({
  id: planned.id,
  title: planned.title,
  kind: planned.kind,
  owner: planned.owner,
  status: step.status,
  after: [...planned.after],
  attempts: step.attempt,
  revision: step.revision,
  plannedMs: planned.plannedMs,
  startedAt: isoOrNull(step.startedAt),
  endedAt: isoOrNull(step.endedAt),
  deadlineAt: isoOrNull(step.deadlineAt),
  unmet: [...stuckConditions(state, planned, step), ...step.unmet].map(condition),
  error: step.error && { ...step.error, at: iso(step.error.at) },
  evidence: step.evidence && { ...step.evidence, takenAt: iso(step.evidence.takenAt) },
  skipProposal: standsFor(step.skipProposal, step, state.lastCommitAt)
    ? {
        by: step.skipProposal.by.name,
        reason: step.skipProposal.reason,
        at: iso(step.skipProposal.at),
      }
    : null,
  waiver: step.waiver && {
    by: step.waiver.by.name,
    reason: step.waiver.reason,
    at: iso(step.waiver.at),
    second: step.waiver.second?.by.name ?? null,
    secondReason: step.waiver.second?.reason ?? null,
  },
});

type PhaseStatus = StatusView['phases'][number]['status'];

/** A phase without steps has nothing to prove: it is done when every phase before it is, never ahead of them. */
const phaseStatus = (steps: readonly StepState[], earlier: readonly PhaseStatus[]): PhaseStatus => {
  if (steps.length === 0) return earlier.every((status) => status === 'done') ? 'done' : 'pending';
  if (steps.every(isStepTerminal)) return 'done';
  if (steps.some(({ status }) => status === 'failed')) return 'failed';
  return steps.some((step) => isStepActive(step) || isStepTerminal(step)) ? 'running' : 'pending';
};

const phasesOf = (state: CutoverState, known: readonly [PlanStep, StepState][]): StatusView['phases'] => {
  const phases: StatusView['phases'] = [];
  for (const [index, name] of PHASES.entries()) {
    const own = known.filter(([{ phase }]) => phase === index + 1);
    phases.push({
      number: index + 1,
      name,
      status: phaseStatus(
        own.map(([, step]) => step),
        phases.map(({ status }) => status),
      ),
      steps: own.map(([planned, step]) => stepStatus(state, planned, step)),
    });
  }
  return phases;
};

/**
 * A cutover as people see it: phases, steps, and what it waits for; `asOf` is the past moment it is shown as of, `ignored`
 * what its newest list of ignored tables held then.
 */
export const statusOf = (
  plan: Plan,
  state: CutoverState,
  asOf: number | null = null,
  ignored: readonly IgnoredView[] = [],
): StatusView => {
  const of = (planned: PlanStep): [PlanStep, StepState][] => {
    const step = state.steps[planned.id];
    return step === undefined ? [] : [[planned, step]];
  };
  const known = allSteps(plan).flatMap(of);
  return {
    id: state.id,
    title: state.title,
    mode: state.mode,
    status: state.status,
    held: state.held && { since: iso(state.held.since), by: state.held.by.name, reason: state.held.reason },
    startedAt: iso(state.startedAt),
    startAt: isoOrNull(state.startAt ?? null),
    endedAt: isoOrNull(state.endedAt),
    startedBy: state.startedBy.name,
    asOf: isoOrNull(asOf),
    plan: state.plan,
    proposal: proposalOf(state),
    events: state.events,
    milestones: Object.fromEntries(Object.entries(state.milestones).map(([name, at]) => [name, iso(at)])),
    replication: state.replication && {
      at: iso(state.replication.at),
      unmet: state.replication.unmet.map(condition),
    },
    phases: phasesOf(state, known),
    rollback: state.rollback && {
      ...state.rollback,
      by: state.rollback.by.name,
      at: iso(state.rollback.at),
    },
    waysBack: [...waysBack(plan, state)],
    uploads: uploadViews(state),
    ignored: [...ignored],
    waitingFor: waitingFor(plan, state),
  };
};
