import type { WaitingForView } from '../contract/status.ts';
import { EFFECT_GRACE_MS } from '../core/dispatch.ts';
import type { Plan, PlanStep } from '../core/plan.ts';
import { allSteps, onlyWatches } from '../core/plan.ts';
import type { Condition, CutoverState, StepState } from '../core/state.ts';
import { expiryOf, isStepActive, isTerminal } from '../core/state.ts';
import { iso, isoOrNull } from './instant.ts';
import { stuckConditions } from './stuck.ts';

const line = (
  planned: PlanStep,
  step: StepState,
  rest: Pick<WaitingForView, 'what' | 'who' | 'message' | 'next'> & { readonly since: number },
): WaitingForView => ({
  stepId: planned.id,
  attempt: step.attempt,
  kind: planned.kind,
  deadlineAt: isoOrNull(step.wait?.deadlineAt ?? null),
  evidenceHash: step.wait?.evidenceHash ?? null,
  ...rest,
  since: iso(rest.since),
});

const failed = ({ id, held }: CutoverState, planned: PlanStep, step: StepState): WaitingForView[] => {
  if (step.error === null) return [];
  const { message, at, next } = step.error;
  if (step.retryAt !== null) {
    // A hold freezes the retry: its instant is known, and not in the past, only after the resume.
    const when = held === null ? `at ${iso(step.retryAt)}` : 'after the resume';
    const again = `tried again by itself ${when}`;
    return [line(planned, step, { what: 'condition', who: 'nobody', message, since: at, next: again })];
  }
  const path = `POST /api/cutovers/${id}/steps/${planned.id}`;
  const ways = planned.required ? `${path}/retry` : `${path}/retry or /skip`;
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

/** The call that answers "did it happen?"; null while the outside may still tell: that takes a look, which a hold delays. */
const effectCall = (
  { id, held }: CutoverState,
  stepId: string,
  { effect, attempt }: StepState,
): string | null => {
  const call = `POST /api/cutovers/${id}/steps/${stepId}/effect`;
  const said = `with whether it happened in attempt ${attempt}`;
  if (effect?.outcome === 'unknown') return `${call} ${said}`;
  if (effect?.outcome !== 'open' || held === null) return null;
  const from = iso(effect.announcedAt + EFFECT_GRACE_MS);
  return `${call} from ${from} on ${said}, or POST /api/cutovers/${id}/resume: then the product looks itself`;
};

const asked = (state: CutoverState, planned: PlanStep, step: StepState): WaitingForView[] => {
  const { id: cutoverId } = state;
  const { wait } = step;
  if (wait === null) return lacking(planned, step, step.unmet);
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
    return [line(planned, step, about)];
  }
  if (wait.asks === 'approval' && step.unmet.length === 0) {
    const approvals = wait.votes.filter(({ decision }) => decision === 'approve').length;
    const message = `${planned.title} (${approvals} of ${wait.rule?.quorum ?? 0} approvals)`;
    const who = wait.rule?.approvers.join(', ') ?? planned.owner;
    const next = `POST /api/callbacks/approvals/${cutoverId}/${planned.id}/${step.attempt}`;
    return [line(planned, step, { what: 'approval', who, message, since: wait.openedAt, next })];
  }
  if ((wait.asks === 'person' || wait.asks === 'automation') && wait.claim === null) {
    const who = wait.asks === 'person' ? planned.owner : `the automation, watched by ${planned.owner}`;
    const next = `POST /api/callbacks/completions/${cutoverId}/${planned.id}/${step.attempt}`;
    return [
      line(planned, step, {
        what: 'completion',
        who,
        message: planned.instruction,
        since: wait.openedAt,
        next,
      }),
    ];
  }
  return lacking(planned, step, step.unmet);
};

const ofNoStep = { stepId: null, attempt: null, kind: null } as const;

/** What is asked of people about the cutover itself. */
const ofCutover = (state: CutoverState): WaitingForView[] => {
  const { id, held, proposal, startAt } = state;
  const start: WaitingForView[] =
    state.status !== 'scheduled' || startAt === undefined
      ? []
      : [
          {
            ...ofNoStep,
            what: 'start',
            who: 'nobody',
            message: `Scheduled: it begins by itself at ${iso(startAt)}`,
            since: iso(state.startedAt),
            deadlineAt: iso(startAt),
            evidenceHash: null,
            next: `Wait; POST /api/cutovers/${id}/hold keeps it from beginning, /abort ends it`,
          },
        ];
  const resume: WaitingForView[] =
    held === null
      ? []
      : [
          {
            ...ofNoStep,
            what: 'resume',
            who: held.by.name,
            message: `Held: ${held.reason}`,
            since: iso(held.since),
            deadlineAt: null,
            evidenceHash: null,
            next: `POST /api/cutovers/${id}/resume`,
          },
        ];
  if (proposal === null) return [...start, ...resume];
  const { hash, by, reason, changes } = proposal;
  const path = `/api/cutovers/${id}/revisions/${hash}`;
  return [
    ...start,
    ...resume,
    {
      ...ofNoStep,
      what: 'revision',
      who: `anybody but ${by.name}`,
      message: `${by.name} proposes ${changes.length} change(s) of the plan: ${reason}`,
      since: iso(proposal.at),
      deadlineAt: iso(expiryOf(proposal)),
      evidenceHash: hash,
      next: `GET ${path} to see them, then POST ${path}/decision`,
    },
  ];
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

/** Every open question of a cutover, or else what has no place to start; empty only when it has ended or everything in hand is being worked on. */
export const waitingFor = (plan: Plan, state: CutoverState): WaitingForView[] => {
  if (isTerminal(state)) return [];
  const questions = allSteps(plan).flatMap((planned) => {
    const step = state.steps[planned.id];
    if (step === undefined) return [];
    const stuck = lacking(planned, step, stuckConditions(state, step));
    if (step.status === 'failed') return failed(state, planned, step);
    // What a watch lacks is shown with the replication, it holds nobody up; its failure does.
    if (onlyWatches(planned)) return stuck;
    return isStepActive(step) ? [...stuck, ...asked(state, planned, step)] : [];
  });
  const all = [...ofCutover(state), ...questions];
  return all.length === 0 ? placeless(plan, state) : all;
};
