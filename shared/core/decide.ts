import {
  decideAbort,
  decideGiveUp,
  decideHold,
  decideRedrive,
  decideResume,
  decideRetry,
  decideSkip,
} from './decide-control.ts';
import { decideComplete, decideVoidApproval, decideVote } from './decide-claims.ts';
import { decideDrillDown } from './decide-drill-down.ts';
import { decideAnswerEffect, decideRepeatEffect, decideSettleEffect } from './decide-effect.ts';
import { decideJudge, decideOpen } from './decide-step.ts';
import { decideDecideRevision, decideProposeRevision } from './decide-revision.ts';
import { decidePassPointOfNoReturn, decideRollback } from './decide-rollback.ts';
import { decideDeadLetter, decideObserve, decideWake } from './decide-time.ts';
import { decideConfirmUpload, decideUpload } from './decide-upload.ts';
import { dispatchReady, HOLD_REMINDER_MS } from './dispatch.ts';
import type { Answer, Decision, Draft } from './draft.ts';
import { applied, isRefused, makeDraft, refused } from './draft.ts';
import { startState } from './evolve-cutover.ts';
import type { CutoverEvent } from './events.ts';
import type { Input, InputOf } from './inputs.ts';
import type { Plan } from './plan.ts';
import type { Actor, CutoverState } from './state.ts';
import { isTerminal } from './state.ts';

const decideStart = (input: InputOf<'start'>, now: number): Decision => {
  const { plan, ref, cutoverId, by, hold, startAt } = input;
  const started: CutoverEvent & { type: 'cutover-started' } = {
    type: 'cutover-started',
    id: cutoverId,
    title: plan.title,
    mode: plan.mode,
    by,
    plan: ref,
    concurrency: plan.concurrency,
    stepIds: plan.steps.map(({ id }) => id),
    // One that arrives late begins at once.
    ...(startAt === null || startAt <= now ? {} : { startAt }),
  };
  const draft = makeDraft(plan, startState(started, now), now);
  if (hold !== null) draft.emit({ type: 'cutover-held', by, reason: hold, remindAt: now + HOLD_REMINDER_MS });
  dispatchReady(draft);
  const how = started.startAt === undefined ? 'is started' : 'is scheduled';
  const answer = applied(`${cutoverId} ${how}${hold === null ? '' : ' and held'}`);
  return { events: [started, ...draft.events()], answer };
};

/** Inputs that are recorded even after the end (I6). */
const AFTER_THE_END: ReadonlySet<Input['type']> = new Set([
  'complete',
  'vote',
  'judge',
  'settle-effect',
  'dead-letter',
  'refuse',
]);

type Later = Exclude<Input, { type: 'start' }>;

const decideLater = (draft: Draft, input: Later): Answer => {
  switch (input.type) {
    case 'hold':
      return decideHold(draft, input);
    case 'resume':
      return decideResume(draft, input);
    case 'abort':
      return decideAbort(draft, input);
    case 'retry':
      return decideRetry(draft, input);
    case 'skip':
      return decideSkip(draft, input);
    case 'give-up':
      return decideGiveUp(draft, input);
    case 'redrive':
      return decideRedrive(draft, input);
    case 'rollback':
      return decideRollback(draft, input);
    case 'pass-point-of-no-return':
      return decidePassPointOfNoReturn(draft, input);
    case 'propose-revision':
      return decideProposeRevision(draft, input);
    case 'decide-revision':
      return decideDecideRevision(draft, input);
    case 'upload':
      return decideUpload(draft, input);
    case 'confirm-upload':
      return decideConfirmUpload(draft, input);
    case 'drill-down':
      return decideDrillDown(draft, input);
    case 'refuse':
      return {
        ...refused(input.code, input.what),
        ...(input.message !== undefined && { message: input.message }),
      };
    case 'open':
      return decideOpen(draft, input);
    case 'settle-effect':
      return decideSettleEffect(draft, input);
    case 'repeat-effect':
      return decideRepeatEffect(draft, input);
    case 'answer-effect':
      return decideAnswerEffect(draft, input);
    case 'complete':
      return decideComplete(draft, input);
    case 'vote':
      return decideVote(draft, input);
    case 'judge':
      return decideJudge(draft, input);
    case 'void-approval':
      return decideVoidApproval(draft, input);
    case 'wake':
      return decideWake(draft, input.overslept);
    case 'observe':
      return decideObserve(draft, input);
    case 'dead-letter':
      return decideDeadLetter(draft, input);
  }
};

const decideOn = (plan: Plan, state: CutoverState, input: Input, now: number): Decision => {
  const no = (answer: Answer): Decision => ({ events: [], answer });
  if (input.type === 'start') return no(refused('C302', state.id));
  if ('stepId' in input && input.stepId !== null && !Object.hasOwn(state.steps, input.stepId)) {
    return no(refused('C206', `step ${input.stepId}`));
  }
  if (isTerminal(state) && !AFTER_THE_END.has(input.type)) {
    return no(refused('C303', `${state.id} is ${state.status}`));
  }
  const draft = makeDraft(plan, state, now);
  const answer = decideLater(draft, input);
  return { events: draft.events(), answer };
};

/** Whoever asked, known by name; null for what the product asks itself. */
export const askerOf = (input: Input): Actor | null => {
  if (input.type === 'complete') return input.claim.by;
  if (input.type === 'vote') return input.vote.by;
  return 'by' in input ? input.by : null;
};

/** Who tried what and why not is part of the log (E2), also after the end; what is recorded as late is recorded. */
const refusals = (state: CutoverState, input: Input, { events, answer }: Decision): Decision => {
  const by = askerOf(input);
  if (events.length > 0 || by === null || !isRefused(answer)) return { events, answer };
  const named = 'stepId' in input ? input.stepId : null;
  const stepId = named !== null && Object.hasOwn(state.steps, named) ? named : null;
  const { code, message } = answer;
  const what = input.type === 'refuse' ? input.what : input.type;
  return { events: [{ type: 'request-refused', what, stepId, by, code, message }], answer };
};

/**
 * What one input means for a cutover at the instant `now`: events and the answer to whoever sent it.
 * Pure; `plan` is the one the state names, and null only together with a null state.
 */
export const decide = (
  plan: Plan | null,
  state: CutoverState | null,
  input: Input,
  now: number,
): Decision => {
  if (input.type === 'start' && state === null) return decideStart(input, now);
  if (state === null || plan === null) return { events: [], answer: refused('C206', 'cutover') };
  return refusals(state, input, decideOn(plan, state, input, now));
};
