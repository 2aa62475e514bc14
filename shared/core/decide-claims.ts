import { isApproved, isDenied } from './approval.ts';
import { markOwed, takeClaim } from './decide-step.ts';
import { dispatchAgain, failStepWith } from './dispatch.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf } from './inputs.ts';
import type { Claim, StepState } from './state.ts';
import { isStepActive, isStepTerminal, isTerminal } from './state.ts';

const sameClaim = (a: Omit<Claim, 'at'>, b: Omit<Claim, 'at'>): boolean =>
  a.result === b.result && a.by.id === b.by.id;

const told = (claim: Claim): Answer['detail'] => ({ result: claim.result, by: claim.by.name, at: claim.at });

const late = (draft: Draft, input: InputOf<'complete'> | InputOf<'vote'>, step: StepState): Answer => {
  const { stepId, attempt } = input;
  const by = input.type === 'vote' ? input.vote.by : input.claim.by;
  const what = input.type === 'vote' ? input.vote.decision : input.claim.result;
  draft.emit({ type: 'result-late', stepId, attempt, what, by });
  return refused('C211', `${stepId} attempt ${attempt} is ${step.status}`, {
    status: step.status,
    endedAt: step.endedAt,
  });
};

const isOver = (draft: Draft, step: StepState, attempt: number): boolean =>
  isTerminal(draft.state()) || isStepTerminal(step) || attempt < step.attempt || step.status === 'failed';

/** Takes a completion: early ones are kept, the same again changes nothing, contradictory ones are refused (B5). */
export const decideComplete = (draft: Draft, input: InputOf<'complete'>): Answer => {
  const { stepId, attempt } = input;
  const step = draft.step(stepId);
  const claim: Claim = { ...input.claim, at: draft.now };
  const standing = step.wait?.claim ?? step.earlyClaim;
  if (standing !== null && attempt === Math.max(step.attempt, 1) && sameClaim(standing, claim)) {
    return unchanged(`${stepId} was completed so already`, told(standing));
  }
  if (isOver(draft, step, attempt)) return late(draft, input, step);
  if (attempt > Math.max(step.attempt, 1)) return refused('C216', `${stepId} is at attempt ${step.attempt}`);
  if (standing !== null) return refused('C210', stepId, told(standing));
  const { wait } = step;
  if (wait === null || !isStepActive(step)) {
    draft.emit({ type: 'completion-kept', stepId, claim });
    return applied(`${stepId} has not asked yet: the completion is kept and used when it does`, {
      status: step.status,
    });
  }
  if (wait.asks === 'approval' || wait.asks === 'world') return refused('C215', stepId);
  if (wait.tokenHash !== null && wait.tokenHash !== input.tokenHash) return refused('C209', stepId);
  takeClaim(draft, stepId, attempt, claim);
  return applied(`${stepId} is reported ${claim.result}; what it should have done is read next`);
};

/** Takes a vote on the evidence it saw (I8); the answer tells its effect (C6). */
export const decideVote = (draft: Draft, input: InputOf<'vote'>): Answer => {
  const { stepId, attempt } = input;
  const step = draft.step(stepId);
  const { wait } = step;
  const earlier = wait?.votes.find((vote) => vote.by.id === input.vote.by.id);
  if (earlier && attempt === step.attempt) {
    const same = earlier.decision === input.vote.decision;
    const detail = { decision: earlier.decision, by: earlier.by.name, at: earlier.at };
    if (same) return unchanged(`${earlier.by.name} decided so already`, detail);
    if (!isOver(draft, step, attempt)) return refused('C210', stepId, detail);
  }
  if (isOver(draft, step, attempt)) return late(draft, input, step);
  if (attempt > Math.max(step.attempt, 1)) return refused('C216', `${stepId} is at attempt ${step.attempt}`);
  if (wait === null || !isStepActive(step)) return refused('C212', stepId, { status: step.status });
  if (wait.rule === null) return refused('C215', stepId);
  if (input.vote.by.id === draft.state().startedBy.id)
    return refused('C214', `${input.vote.by.name} started the cutover`);
  if (!wait.rule.approvers.includes(input.vote.by.id)) return refused('C214', input.vote.by.name);
  if (input.vote.evidenceHash !== wait.evidenceHash) {
    return refused('C213', stepId, { evidenceHash: wait.evidenceHash });
  }
  draft.emit({ type: 'vote-counted', stepId, attempt, vote: { ...input.vote, at: draft.now } });
  return effectOfVote(draft, stepId, wait.rule.quorum);
};

const effectOfVote = (draft: Draft, stepId: string, quorum: number): Answer => {
  const { wait } = draft.step(stepId);
  if (wait === null) return unchanged(stepId);
  const approvals = wait.votes.filter(({ decision }) => decision === 'approve').length;
  const detail = { approvals, quorum };
  if (isDenied(wait)) {
    const denial = wait.votes.findLast(({ decision }) => decision === 'deny');
    failStepWith(draft, stepId, 'C311', `${stepId} by ${denial?.by.name ?? ''}: ${denial?.comment ?? ''}`);
    return applied('denied: the gate stays shut', detail);
  }
  if (!isApproved(wait)) return applied(`counted ${approvals} of ${quorum}`, detail);
  if (draft.state().held) markOwed(draft, stepId, draft.step(stepId).attempt);
  else dispatchAgain(draft, stepId, 'votes');
  return applied(
    `counted ${approvals} of ${quorum}: the evidence is read once more, then the gate opens`,
    detail,
  );
};

/** Voids the votes because the evidence they saw is not what stands now (C1); it is asked again. */
export const decideVoidApproval = (draft: Draft, input: InputOf<'void-approval'>): Answer => {
  const { stepId, attempt, evidenceHash } = input;
  const step = draft.step(stepId);
  const { wait } = step;
  if (
    !isStepActive(step) ||
    step.attempt !== attempt ||
    wait?.asks !== 'approval' ||
    wait.evidenceHash === evidenceHash
  ) {
    return unchanged(`${stepId} attempt ${attempt} asks about this evidence or not at all`);
  }
  draft.emit({ type: 'approval-voided', stepId, attempt, evidenceHash });
  return applied(`${stepId} is asked again with the new evidence`);
};
