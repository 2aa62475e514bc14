import {
  decideAbort,
  decideHold,
  decideRedrive,
  decideResume,
  decideRetry,
  decideSkip,
} from './decide-control.ts';
import { decideComplete, decideVoidApproval, decideVote } from './decide-claims.ts';
import {
  decideAnswerEffect,
  decideJudge,
  decideOpen,
  decideRepeatEffect,
  decideSettleEffect,
} from './decide-step.ts';
import { decideAlarmSilence, decideDeadLetter, decideObserve, decideWake } from './decide-time.ts';
import { dispatchReady } from './dispatch.ts';
import type { Answer, Decision, Draft } from './draft.ts';
import { applied, makeDraft, refused } from './draft.ts';
import { startState } from './evolve.ts';
import type { CutoverEvent } from './events.ts';
import type { Input, InputOf } from './inputs.ts';
import type { Plan } from './plan.ts';
import type { CutoverState } from './state.ts';
import { isTerminal } from './state.ts';

const decideStart = (input: InputOf<'start'>, now: number): Decision => {
  const { plan, ref, cutoverId, by } = input;
  const started: CutoverEvent & { type: 'cutover-started' } = {
    type: 'cutover-started',
    id: cutoverId,
    title: plan.title,
    mode: plan.mode,
    by,
    plan: ref,
    concurrency: plan.concurrency,
    stepIds: plan.steps.map(({ id }) => id),
  };
  const draft = makeDraft(plan, startState(started, now), now);
  dispatchReady(draft);
  return { events: [started, ...draft.events()], answer: applied(`${cutoverId} is started`) };
};

/** Inputs that are recorded even after the end (I6). */
const AFTER_THE_END: ReadonlySet<Input['type']> = new Set([
  'complete',
  'vote',
  'judge',
  'settle-effect',
  'dead-letter',
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
    case 'redrive':
      return decideRedrive(draft, input);
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
      return decideWake(draft);
    case 'observe':
      return decideObserve(draft, input);
    case 'dead-letter':
      return decideDeadLetter(draft, input);
    case 'alarm-silence':
      return decideAlarmSilence(draft, input);
  }
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
  if (input.type === 'start') {
    return state === null ? decideStart(input, now) : { events: [], answer: refused('C302', state.id) };
  }
  if (state === null || plan === null) return { events: [], answer: refused('C206', 'cutover') };
  if ('stepId' in input && input.stepId !== null && !Object.hasOwn(state.steps, input.stepId)) {
    return { events: [], answer: refused('C206', `step ${input.stepId}`) };
  }
  if (isTerminal(state) && !AFTER_THE_END.has(input.type)) {
    return { events: [], answer: refused('C303', `${state.id} is ${state.status}`) };
  }
  const draft = makeDraft(plan, state, now);
  const answer = decideLater(draft, input);
  return { events: draft.events(), answer };
};
