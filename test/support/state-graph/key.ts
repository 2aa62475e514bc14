import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import { expiryOf, skipExpiryOf } from '../../../shared/core/proposals.ts';
import type { SkipProposal, StepState, Wait } from '../../../shared/core/state.ts';
import { isTerminal } from '../../../shared/core/state.ts';
import type { Situation } from './choices.ts';

/** How far away a due time is; once overdue it is served at the next wake, whatever its age. */
const upTo = (at: number | null, now: number): number | null => (at === null ? null : Math.max(at - now, 0));

const waitKey = (wait: Wait, now: number) => [
  wait.asks,
  wait.remindAt.map((at) => upTo(at, now)),
  wait.claim && [wait.claim.result, wait.claim.by.id],
  wait.votes.map(({ by, decision, evidenceHash }) => `${by.id} ${decision} ${evidenceHash}`).toSorted(),
  wait.evidenceHash,
];

const skipKey = (wish: SkipProposal, now: number) => [
  wish.by.id,
  wish.remindAt.length,
  skipExpiryOf(wish) <= now,
];

const stepKey = (step: StepState, maxAttempts: number, now: number, frozenAt: number) => {
  const { wait, effect } = step;
  const isOpen = effect?.outcome === 'open';
  const isApproval = wait?.asks === 'approval';
  // A resume has every step run again that owes an answer, whatever the time it owed it for.
  const owes = step.nextReadAt !== null && frozenAt !== now && !isOpen;
  return [
    step.status,
    // Attempts beyond those that are made without asking anybody do not differ.
    Math.min(step.attempt, maxAttempts + 1),
    step.dispatch === 0,
    upTo(step.deadlineAt, isApproval ? now : frozenAt),
    owes ? 'owes' : upTo(step.nextReadAt, frozenAt),
    upTo(step.retryAt, frozenAt),
    upTo(step.decideAt, frozenAt),
    wait && waitKey(wait, isApproval ? now : frozenAt),
    effect && [effect.outcome, isOpen && effect.announcedAt + EFFECT_GRACE_MS <= now],
    step.unmet.map(({ message }) => message),
    step.stuck !== null,
    step.unanswered?.isSilent,
    step.earlyClaim && [step.earlyClaim.result, step.earlyClaim.by.id],
    step.skipProposal && skipKey(step.skipProposal, now),
  ];
};

/**
 * What tells this state at this instant from every other. Instants count from now (what a hold freezes: from its
 * beginning), past ones only as far as a rule looks back, and what no rule reads is left out; so two states with the
 * same key answer every input alike. Of proposals no more is kept than whether they still count and how many reminders
 * are left, lest the walks find no end; and of silence nothing: it is only told.
 */
export const keyOf = ({ state, plan, now }: Situation): string => {
  const { held, proposal, replication } = state;
  const statuses = Object.entries(state.steps).map(([id, { status }]) => `${id} ${status}`);
  if (isTerminal(state)) return JSON.stringify([state.status, statuses]);
  return JSON.stringify([
    state.status,
    state.plan.hash,
    held && upTo(held.remindAt, now),
    proposal && [proposal.hash, proposal.remindAt.length, expiryOf(proposal) <= now],
    Object.keys(state.milestones).toSorted(),
    replication?.unmet.map(({ message }) => message),
    allSteps(plan).map(({ id, maxAttempts }) => {
      const step = state.steps[id];
      return step === undefined ? null : stepKey(step, maxAttempts, now, held?.since ?? now);
    }),
  ]);
};
