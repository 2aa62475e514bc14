import type { DoneOutside, CutoverState, StepState } from '../../../shared/core/state.ts';
import { isStepActive } from '../../../shared/core/state.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import { stepsInForce } from '../../../shared/core/plan.ts';
import type { What } from '../sample-inputs.ts';
import {
  abort,
  ANNA,
  attempt,
  BERT,
  DBA,
  deadLetter,
  done,
  failed,
  giveUp,
  hold,
  MANAGER,
  notYet,
  observe,
  regressed,
  passPointOfNoReturn,
  redrive,
  resume,
  retry,
  rollback,
  skip,
  wake,
} from '../sample-inputs.ts';
import { startOf, T0 } from '../specification.ts';
import { question } from './plans.ts';

/** The state in which something is chosen. */
export type Situation = {
  readonly state: CutoverState;
  /** The plan in force. */
  readonly plan: Plan;
  readonly now: number;
};

const again = { ...notYet('pending 7'), again: true } as never;

/** What the function of a step may find, also too late, too early and for a question that is over. */
const fromFunction = (planned: PlanStep, step: StepState, now: number): readonly What[] => {
  const { wait, effect } = step;
  const { attempt: number } = step;
  const of = attempt(planned.id, number);
  const hash = wait?.evidenceHash ?? 'seen';
  const settled = (['accepted', 'refused', 'unknown'] as const).map((outcome) => of.settles(outcome));
  return [
    question(planned, number),
    of.isJudged(done(now, hash)),
    of.isJudged(done((wait?.openedAt ?? now) - 1, hash)),
    of.isJudged(failed()),
    of.isJudged(notYet('pending 7')),
    of.isJudged(again),
    ...(effect === null ? settled.slice(0, 1) : [...settled, of.firesAgain()]),
    ...(planned.kind === 'approval' ? [of.isVoided(hash === 'seen' ? 'new' : 'seen')] : []),
  ];
};

const REPORTS = [
  ['pass', DBA],
  ['pass', ANNA],
  ['fail', DBA],
  ['not-tested', DBA],
] as const;

/** What people and automations may answer, in and out of turn. */
const answers = (planned: PlanStep, { attempt: number, wait }: StepState): readonly What[] => {
  const of = attempt(planned.id, Math.max(number, 1));
  const next = attempt(planned.id, number + 1);
  const hash = wait?.evidenceHash ?? 'seen';
  if (planned.kind === 'approval') {
    return [
      of.isVoted('approve', ANNA, hash),
      of.isVoted('approve', BERT, hash),
      of.isVoted('deny', BERT, hash),
      of.isVoted('approve', MANAGER, hash),
      of.isVoted('approve', ANNA, 'another'),
      next.isVoted('approve', ANNA, hash),
      of.isReported(),
    ];
  }
  const reports = REPORTS.map(([result, by]) => of.isReported(result, by));
  const calls = [of.callsBack('pass'), of.callsBack('fail'), of.callsBack('pass', 'a guess')];
  return [
    ...(planned.kind === 'automation' ? [...calls, ...reports.slice(0, 1)] : reports),
    next.isReported(),
    of.isVoted('approve', ANNA, hash),
    of.happened(true),
    of.happened(false),
  ];
};

/** Whatever still comes of an attempt that is over. */
const ofOlder = (stepId: string, number: number, now: number): readonly What[] => {
  if (number < 1) return [];
  const of = attempt(stepId, number);
  return [of.isReported(), of.isJudged(done(now)), of.isJudged(notYet('pending 7')), of.settles('accepted')];
};

const onStep = (planned: PlanStep, step: StepState, now: number): readonly What[] => {
  const { id, dataGate } = planned;
  return [
    ...fromFunction(planned, step, now),
    ...answers(planned, step),
    ...ofOlder(id, step.attempt - 1, now),
    retry(id),
    skip(id),
    ...(dataGate ? [skip(id, DBA)] : []),
    giveUp(id),
    redrive(id, 'd1'),
    ...(isStepActive(step) ? [deadLetter(id, step)] : []),
  ];
};

const PROPOSED = 'proposed';

/** The first step that has not begun, said to be done outside. */
const doneOutside = ({ steps }: CutoverState, plan: Plan): readonly DoneOutside[] =>
  plan.steps
    .filter(({ id }) => (steps[id]?.attempt ?? 0) === 0)
    .slice(0, 1)
    .map(({ id }) => ({ stepId: id, doneAt: T0, by: DBA, note: 'by hand', evidenceHash: 'proof' }));

const onPlan = ({ state, plan }: Situation, revised: Plan): readonly What[] => {
  const propose = (hash: string, to: Plan, outside: readonly DoneOutside[]): What => ({
    type: 'propose-revision',
    asked: hash,
    plan: to,
    ref: {
      hash: to === plan ? state.plan.hash : 'revised-hash',
      procedureHash: 'procedure-hash',
      revision: state.plan.revision + 1,
    },
    bindings: [],
    done: outside,
    hash,
    by: MANAGER,
    reason: 'a step was missing',
  });
  const proposal = state.proposal?.hash ?? PROPOSED;
  const decided = (decision: 'approve' | 'reject', by = DBA, hash = proposal): What => ({
    type: 'decide-revision',
    bindings: [],
    hash,
    decision,
    plan: proposal === PROPOSED ? revised : plan,
    by,
    comment: 'seen',
  });
  return [
    propose(PROPOSED, revised, []),
    propose('recorded', plan, doneOutside(state, plan)),
    decided('approve'),
    decided('approve', MANAGER),
    decided('reject'),
    decided('approve', DBA, 'another'),
  ];
};

const STATEMENT = 'Every order since the opening is lost.';

const onWaysBack = ({ plan, now }: Situation): readonly What[] => [
  ...plan.rollbacks.flatMap(({ id, dataLossStatement }) => [
    rollback(id, dataLossStatement),
    rollback(id, dataLossStatement === null ? STATEMENT : null),
  ]),
  ...(plan.rollbacks.length === 0 ? [] : [rollback('nowhere'), passPointOfNoReturn(now)]),
];

/** Everything that may happen in a situation but that time passes: every input, in turn and out of turn. */
export const choices = (situation: Situation, revised: Plan | null): readonly What[] => {
  const { state, plan, now } = situation;
  const steps = stepsInForce(plan, state.rollback?.id ?? null).flatMap((planned) => {
    const step = state.steps[planned.id];
    return step === undefined ? [] : onStep(planned, step, now);
  });
  const { by, code } = { by: MANAGER, code: 'C207' } as const;
  return [
    wake,
    ...steps,
    hold(),
    resume(),
    abort(),
    redrive(null),
    // Both lack the same: one poll with a regression, one without, and no situation more.
    observe('pending 7'),
    regressed('pending 7'),
    observe(),
    deadLetter(null),
    { type: 'wake', overslept: true },
    { type: 'refuse', what: 'start-cutover', stepId: null, by, code },
    startOf(plan),
    retry('no-step'),
    ...onWaysBack(situation),
    ...(revised === null ? [] : onPlan(situation, revised)),
  ];
};
