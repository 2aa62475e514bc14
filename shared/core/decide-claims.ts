import { isApproved, isDenied, withVote } from './approval.ts';
import { settle } from './decide-effect.ts';
import { takeClaim } from './decide-step.ts';
import { dispatchAgain, failStepWith, markOwed } from './dispatch.ts';
import { isInDoubt } from './doubt.ts';
import type { Answer, Draft } from './draft.ts';
import { applied, refused, unchanged } from './draft.ts';
import type { InputOf } from './inputs.ts';
import type { ApprovalRule, Claim, StepState, Vote, Wait } from './state.ts';
import { isFinal, isStepActive, isStepTerminal, isTerminal } from './state.ts';

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

/** Whether the step waits to begin its next attempt, or waited for that when it ended. */
const isToBegin = ({ status, dispatch }: StepState): boolean =>
  // Of what earlier versions made ready only the status says so.
  status === 'ready' || status === 'pending' || dispatch === 0;

/** The attempt that is asked about, or that is, or was, to be asked about next. */
const askedAttempt = (step: StepState): number => (isToBegin(step) ? step.attempt + 1 : step.attempt);

/** The refusal of an attempt that never was: not even late, so nothing of it is recorded. */
const unheardOf = (stepId: string, step: StepState): Answer =>
  refused('C216', `${stepId} is ${step.status}, at attempt ${askedAttempt(step)}`);

const isOver = (draft: Draft, step: StepState, attempt: number): boolean =>
  isTerminal(draft.state()) ||
  isStepTerminal(step) ||
  step.status === 'failed' ||
  attempt < askedAttempt(step);

/** Whether a report that comes too late answers at least the doubt: only what was asked for knows the token. */
const provesArrival = (step: StepState, { attempt, tokenHash }: InputOf<'complete'>): boolean =>
  isInDoubt(step) && step.attempt === attempt && tokenHash !== null && tokenHash === step.wait?.tokenHash;

/** Takes a completion: early ones without a token are kept, the same again changes nothing, contradictory ones are refused (B5). */
export const decideComplete = (draft: Draft, input: InputOf<'complete'>): Answer => {
  const { stepId, attempt } = input;
  const step = draft.step(stepId);
  const claim: Claim = { ...input.claim, at: draft.now };
  const standing = step.wait?.claim ?? step.earlyClaim;
  if (standing !== null && attempt === askedAttempt(step) && sameClaim(standing, claim)) {
    return unchanged(`${stepId} was completed so already`, told(standing));
  }
  if (attempt > askedAttempt(step)) return unheardOf(stepId, step);
  if (isOver(draft, step, attempt)) {
    if (provesArrival(step, input)) settle(draft, { stepId, attempt, outcome: 'accepted', reference: null });
    return late(draft, input, step);
  }
  if (standing !== null && isFinal(standing)) return refused('C210', stepId, told(standing));
  const { wait } = step;
  if (wait === null || !isStepActive(step)) {
    if (input.tokenHash !== null) return refused('C209', `${stepId} has handed out none yet`);
    draft.emit({ type: 'completion-kept', stepId, claim });
    return applied(`${stepId} has not asked yet: the completion is kept and used if it then asks a person`, {
      status: step.status,
    });
  }
  if (wait.asks === 'approval' || wait.asks === 'world') return refused('C215', stepId);
  if (wait.tokenHash !== null && wait.tokenHash !== input.tokenHash) return refused('C209', stepId);
  takeClaim(draft, { stepId, attempt, wait }, claim);
  return applied(`${stepId} is reported ${claim.result}; what it should have done is read next`);
};

/** Whether this person may vote on this evidence; otherwise why not. */
const objection = (
  draft: Draft,
  wait: Wait,
  rule: ApprovalRule,
  { stepId, vote }: InputOf<'vote'>,
): Answer | null => {
  const { id, name } = vote.by;
  if (id === draft.state().startedBy.id) return refused('C214', `${name} started the cutover`);
  if (!rule.approvers.includes(id)) return refused('C214', name);
  return vote.evidenceHash === wait.evidenceHash
    ? null
    : refused('C213', stepId, { evidenceHash: wait.evidenceHash });
};

/** Takes a vote on the evidence it saw (I8); it may be changed until the gate closes, and the answer tells its effect (C6). */
export const decideVote = (draft: Draft, input: InputOf<'vote'>): Answer => {
  const { stepId, attempt } = input;
  const step = draft.step(stepId);
  const { wait } = step;
  const earlier = wait?.votes.find((vote) => vote.by.id === input.vote.by.id);
  if (earlier?.decision === input.vote.decision && attempt === step.attempt) {
    const { decision, by, at } = earlier;
    return unchanged(`${by.name} decided so already`, { decision, by: by.name, at });
  }
  if (attempt > askedAttempt(step)) return unheardOf(stepId, step);
  if (isOver(draft, step, attempt)) return late(draft, input, step);
  if (wait === null) return refused('C212', stepId, { status: step.status });
  if (wait.rule === null) return refused('C215', stepId);
  const refusal = objection(draft, wait, wait.rule, input);
  if (refusal !== null) return refusal;
  const vote: Vote = { ...input.vote, at: draft.now };
  draft.emit({ type: 'vote-counted', stepId, attempt, vote });
  return effectOfVote(draft, input, withVote(wait, vote), wait.rule.quorum);
};

const effectOfVote = (
  draft: Draft,
  { stepId, attempt, vote }: InputOf<'vote'>,
  wait: Wait,
  quorum: number,
): Answer => {
  const approvals = wait.votes.filter(({ decision }) => decision === 'approve').length;
  const detail = { approvals, quorum };
  if (isDenied(wait)) {
    failStepWith(draft, stepId, 'C311', `${stepId} by ${vote.by.name}: ${vote.comment}`, 'person', vote.by);
    return applied('denied: the gate stays shut', detail);
  }
  if (!isApproved(wait)) return applied(`counted ${approvals} of ${quorum}`, detail);
  if (draft.state().held) markOwed(draft, stepId, attempt);
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
