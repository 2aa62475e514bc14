import type { WaitingForView } from '../contract/status.ts';
import { isApproved } from '../core/approval.ts';
import { askedAboutAt, EFFECT_GRACE_MS, isInDoubt } from '../core/doubt.ts';
import { LOOKS_FOR_OUTCOME } from '../core/errors.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { allSteps, onlyWatches } from '../core/plan.ts';
import { skipExpiryOf, standsFor } from '../core/proposals.ts';
import type { Condition, CutoverState, StepState, Wait } from '../core/state.ts';
import { isFinal, isStepActive, isTerminal } from '../core/state.ts';
import { iso, isoOrNull } from './instant.ts';
import { stuckConditions } from './stuck.ts';
import { linesOfCutover } from './waiting-for-cutover.ts';
import type { WaitingLine } from './waiting-line.ts';
import { beside, inTheWay, line } from './waiting-line.ts';
import { hindrances, isEnding, loneSince } from './watch.ts';

/** How a step is passed without its proof. */
const skipCall = ({ dataGate }: PlanStep): string => (dataGate ? '/skip, which takes two people' : '/skip');

/** The call that answers "did it happen?"; null while the outside may still tell: that takes a look, which a hold delays. */
const effectCall = (
  { id, held }: CutoverState,
  stepId: string,
  { status, effect, attempt }: StepState,
): string | null => {
  const call = `POST /api/cutovers/${id}/steps/${stepId}/effect`;
  const said = `with whether it happened in attempt ${attempt}`;
  if (effect?.outcome === 'unknown') return `${call} ${said}`;
  if (effect?.outcome !== 'open') return null;
  const from = iso(effect.announcedAt + EFFECT_GRACE_MS);
  if (held === null) return null;
  const resume =
    status === 'failed' ? '' : `, or POST /api/cutovers/${id}/resume: then the product looks itself`;
  return `${call} from ${from} on ${said}${resume}`;
};

/** A failed step of which nobody knows what it did outside: it is neither retried nor passed before somebody has looked. */
const doubted = (state: CutoverState, planned: PlanStep, step: StepState): WaitingForView => {
  const answer = effectCall(state, planned.id, step);
  const arrived = `It is not known whether the request of "${planned.title}" arrived.`;
  const message = step.error === null ? arrived : `${step.error.message}. ${arrived}`;
  const since = step.error?.at ?? state.lastCommitAt;
  if (answer !== null) {
    return line(planned, step, { what: 'effect', who: planned.owner, message, since, next: answer });
  }
  const next = `Its answer may still come; at ${isoOrNull(askedAboutAt(step)) ?? ''} ${planned.owner} is asked to look`;
  return line(planned, step, { what: 'condition', who: 'nobody', message, since, next });
};

const failed = (state: CutoverState, planned: PlanStep, step: StepState): WaitingForView[] => {
  if (isInDoubt(step)) return [doubted(state, planned, step)];
  if (step.error === null) return [];
  const { id, held } = state;
  const { message, at } = step.error;
  const next = step.effect?.awaited === true ? LOOKS_FOR_OUTCOME : step.error.next;
  if (step.retryAt !== null) {
    // A hold freezes the retry: its instant is known, and not in the past, only after the resume.
    const when = held === null ? `at ${iso(step.retryAt)}` : 'after the resume';
    const again = `tried again by itself ${when}`;
    return [line(planned, step, { what: 'condition', who: 'nobody', message, since: at, next: again })];
  }
  const path = `POST /api/cutovers/${id}/steps/${planned.id}`;
  const ways = planned.required ? `${path}/retry` : `${path}/retry or ${skipCall(planned)}`;
  return [
    line(planned, step, {
      what: 'decision',
      who: 'cutover-manager',
      message,
      since: at,
      next: `${next} (${ways})`,
    }),
  ];
};

const lacking = (planned: PlanStep, step: StepState, unmet: readonly Condition[]): WaitingForView[] =>
  unmet.map(({ message, since, who, next }) =>
    line(planned, step, { what: 'condition', who, message, since, next }),
  );

/** An effect that is repeated because nobody knows whether it arrived. */
const unanswered = (planned: PlanStep, step: StepState, { openedAt }: Wait): WaitingForView[] => {
  const { effect, nextReadAt } = step;
  if (effect?.outcome !== 'open' || effect.announcedAt <= openedAt) return [];
  const message = `It is not known whether the request of "${planned.title}" arrived, although it was sent again.`;
  const again = nextReadAt === null ? '' : `: it is sent again by itself at ${iso(nextReadAt)}`;
  const next = `Find out why it is not answered${again}`;
  return [line(planned, step, { what: 'condition', who: planned.owner, message, since: openedAt, next })];
};

/** Where a signed-in person answers the question of this attempt. */
const attemptPath = ({ id }: CutoverState, planned: PlanStep, { attempt }: StepState): string =>
  `/api/cutovers/${id}/steps/${planned.id}/attempts/${attempt}`;

/** Approvers who can still bring the approval on, the ones who denied included: they may change their minds. */
const openApprovers = ({ startedBy }: CutoverState, { rule, votes }: Wait): readonly string[] =>
  (rule?.approvers ?? []).filter(
    (id) => id !== startedBy.id && !votes.some(({ by, decision }) => by.id === id && decision === 'approve'),
  );

const approval = (state: CutoverState, planned: PlanStep, step: StepState, wait: Wait): WaitingForView => {
  const approvals = wait.votes.filter(({ decision }) => decision === 'approve').length;
  const message = `${planned.title} (${approvals} of ${wait.rule?.quorum ?? 0} approvals)`;
  const open = openApprovers(state, wait);
  const next =
    open.length === 0
      ? `POST /api/cutovers/${state.id}/steps/${planned.id}/give-up: nobody is left who could approve it`
      : `POST ${attemptPath(state, planned, step)}/vote`;
  const who = open.length === 0 ? planned.owner : open.join(', ');
  return line(planned, step, { what: 'approval', who, message, since: wait.openedAt, next });
};

const completion = (state: CutoverState, planned: PlanStep, step: StepState, wait: Wait): WaitingForView => {
  const isPerson = wait.asks === 'person';
  return line(planned, step, {
    what: 'completion',
    who: isPerson ? planned.owner : `the automation, watched by ${planned.owner}`,
    message: planned.instruction === '' ? planned.title : planned.instruction,
    since: wait.openedAt,
    next: isPerson
      ? `POST ${attemptPath(state, planned, step)}/report`
      : `POST /api/callbacks/completions/${state.id}/${planned.id}/${step.attempt}`,
  });
};

/** A claim that leaves room for whoever tests it is lacking only as long as nobody has: the question says the same. */
const FOLLOWS_FROM_QUESTION = 'not-tested';

const asked = (state: CutoverState, planned: PlanStep, step: StepState): readonly WaitingLine[] => {
  const { wait, unmet } = step;
  if (wait === null) return inTheWay(lacking(planned, step, unmet));
  const answer = effectCall(state, planned.id, step);
  if (answer !== null) {
    const message = `It is not known whether the request of "${planned.title}" arrived.`;
    const about = {
      what: 'effect',
      who: planned.owner,
      message,
      since: wait.openedAt,
      next: answer,
    } as const;
    const lines = [line(planned, step, about)];
    // While the outside may still tell, only the hold keeps the product from looking.
    return step.effect?.outcome === 'open' ? beside(lines) : inTheWay(lines);
  }
  // What an approval lacked when it was last looked at is looked at again only once enough people approve.
  if (wait.asks === 'approval' && !isApproved(wait)) return inTheWay([approval(state, planned, step, wait)]);
  const isAnswered = wait.claim !== null && isFinal(wait.claim);
  const asks = (wait.asks === 'person' || wait.asks === 'automation') && !isAnswered;
  const follows = ({ code }: Condition): boolean => asks && code === FOLLOWS_FROM_QUESTION;
  return [
    ...inTheWay(unanswered(planned, step, wait)),
    ...inTheWay(asks ? [completion(state, planned, step, wait)] : []),
    ...unmet.flatMap((one) => {
      const lines = lacking(planned, step, [one]);
      return follows(one) ? beside(lines) : inTheWay(lines);
    }),
  ];
};

/** What asks for a decision about a watch that no step will end any more; nothing otherwise. */
const lonely = (plan: Plan, state: CutoverState, planned: PlanStep, step: StepState): WaitingForView[] => {
  const lone = loneSince(plan, state, planned, step);
  if (lone === null) return [];
  const { milestone, since } = lone;
  const message = `${planned.title}: it ends at the milestone "${milestone}", which no step will mark any more`;
  const path = `POST /api/cutovers/${state.id}`;
  const ways = [
    ...(state.rollback === null
      ? [`${path}/revisions with a step that marks it, recorded as done if it is`]
      : []),
    ...(planned.required ? [] : [`${path}/steps/${planned.id}${skipCall(planned)}`]),
    `${path}/rollback or /abort`,
  ];
  const about = {
    what: 'decision',
    who: 'cutover-manager',
    message,
    since,
    next: ways.join('; or '),
  } as const;
  return [line(planned, step, about)];
};

/** A watch holds nobody up before it is to end; what keeps it from looking then keeps it from ending. */
const watched = (
  plan: Plan,
  state: CutoverState,
  planned: PlanStep,
  step: StepState,
): readonly WaitingLine[] => {
  const hindered = lacking(planned, step, [...stuckConditions(state, planned, step), ...hindrances(step)]);
  return [
    ...(isEnding(state, planned) ? inTheWay(hindered) : beside(hindered)),
    ...inTheWay(lonely(plan, state, planned, step)),
  ];
};

/** The wish of the first of two people who want to pass a data gate without its proof. */
const skipWish = (
  { id, lastCommitAt }: CutoverState,
  planned: PlanStep,
  step: StepState,
): WaitingForView[] => {
  const { skipProposal } = step;
  if (!standsFor(skipProposal, step, lastCommitAt)) return [];
  const { by, reason, at } = skipProposal;
  const message = `${by.name} asks to skip "${planned.title}" without its proof: ${reason}`;
  const deadlineAt = iso(skipExpiryOf(skipProposal));
  const call = `POST /api/cutovers/${id}/steps/${planned.id}/skip`;
  const next = `${call} by ${deadlineAt}, or nothing: then it is void`;
  const about = { what: 'decision', who: `anybody but ${by.name}`, message, since: at, next } as const;
  return [{ ...line(planned, step, about), deadlineAt }];
};

/** The steps that could start and have no place. */
const placeless = (plan: Plan, state: CutoverState): WaitingForView[] => {
  const steps = allSteps(plan).flatMap((planned) => {
    const step = state.steps[planned.id];
    return step === undefined ? [] : [{ planned, step }];
  });
  const takers = steps.filter(({ planned, step }) => isStepActive(step) && !onlyWatches(planned));
  const since = Math.max(state.startedAt, ...takers.map(({ step }) => step.startedAt ?? 0));
  const message = `Ready: all ${state.concurrency} place(s) of the plan are taken`;
  const next =
    'It starts by itself when a step in hand ends; or a revision raises the concurrency of the plan';
  return steps
    .filter(({ step }) => step.status === 'ready')
    .map(({ planned, step }) =>
      line(planned, step, { what: 'condition', who: 'nobody', message, since, next }),
    );
};

const linesOf = (plan: Plan, state: CutoverState): readonly WaitingLine[] => {
  if (isTerminal(state)) return [];
  const ofSteps = allSteps(plan).flatMap((planned) => {
    const step = state.steps[planned.id];
    if (step === undefined) return [];
    const wish = beside(skipWish(state, planned, step));
    if (step.status === 'failed') return [...inTheWay(failed(state, planned, step)), ...wish];
    if (!isStepActive(step)) return wish;
    if (onlyWatches(planned)) return [...watched(plan, state, planned, step), ...wish];
    const stuck = inTheWay(lacking(planned, step, stuckConditions(state, planned, step)));
    return [...stuck, ...asked(state, planned, step), ...wish];
  });
  const all = [...linesOfCutover(state), ...ofSteps];
  return all.some(({ isInTheWay }) => isInTheWay) ? all : [...all, ...inTheWay(placeless(plan, state))];
};

/**
 * Every open question of a cutover, or else what has no place to start. Whatever neither goes on by itself nor waits for a
 * step that does has a line: the list is empty only when it has ended or everything in hand is being worked on.
 */
export const waitingFor = (plan: Plan, state: CutoverState): WaitingForView[] =>
  linesOf(plan, state).map(({ line: one }) => one);

/**
 * The lines of {@link waitingFor} that something waits for, without those that only follow from another one: whoever clears
 * all of them has the cutover moving again. Empty only when it has ended or everything in hand is being worked on.
 */
export const inTheWayOf = (plan: Plan, state: CutoverState): WaitingForView[] =>
  linesOf(plan, state).flatMap(({ line: one, isInTheWay }) => (isInTheWay ? [one] : []));
