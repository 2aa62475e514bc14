import type { Plan, PlanStep } from '../shared/core/plan.ts';
import { PHASES } from '../shared/core/plan.ts';
import type { ShownEvent } from './api.ts';

/** Turns events into the lines a person follows: one line per thing that happens. */
export type Timeline = (event: ShownEvent) => readonly string[];

const pad = (n: number): string => String(n).padStart(2, '0');

/** Time since the start of the cutover as hours and minutes. */
export const clockOf = (elapsedMs: number): string => {
  const minutes = Math.floor(elapsedMs / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(3)}:${pad(minutes % 60)}`;
};

const STEP_WIDTH = 34;
const TEXT_WIDTH = 160;
const cut = (text: string): string =>
  text.length <= TEXT_WIDTH ? text : `${text.slice(0, TEXT_WIDTH - 1)}…`;

const asksWhom = (asks: string, planned: PlanStep): string | null => {
  if (asks === 'world') return null;
  if (asks === 'automation') return 'asks the automation';
  return asks === 'approval'
    ? `asks for approval: ${planned.title}`
    : `asks ${planned.owner}: ${planned.title}`;
};

const told = (event: ShownEvent, planned: PlanStep | undefined): string | null => {
  switch (event.type) {
    case 'step-dispatched':
      if (event.reason !== 'start' && event.reason !== 'retry') return null;
      return event.attempt === 1 ? 'starts' : `starts again, attempt ${event.attempt}`;
    case 'step-opened':
      return planned === undefined ? null : asksWhom(event.wait.asks, planned);
    case 'completion-received':
      return `${event.claim.by.name} reports ${event.claim.result}`;
    case 'vote-counted':
      return `${event.vote.by.name}: ${event.vote.decision}`;
    case 'approval-voided':
      return 'the evidence changed: the votes are void, it is asked again';
    case 'step-checked':
      return event.unmet.length === 0
        ? null
        : `not yet: ${event.unmet.map(({ message }) => message).join('; ')}`;
    case 'step-succeeded':
      return `done: ${event.evidence.summary} (${event.evidence.source})`;
    case 'step-failed':
      return `FAILED: ${event.error.message} ${event.error.next}`;
    case 'step-skipped':
      return `skipped by ${event.by.name}: ${event.reason}`;
    case 'effect-settled':
      return `the request was ${event.outcome}`;
    case 'reminder-due':
      if (event.subject === 'decision') return 'reminder: a decision is waited for';
      if (event.subject === 'skip-proposal') return 'reminder: a second person is waited for';
      return `reminder to ${planned?.owner ?? 'the owner'}`;
    case 'revision-reminded':
      return 'reminder: a second person is to decide about the proposed plan';
    case 'deadline-renewed':
      return 'the deadline passed';
    case 'cutover-held':
      return `held by ${event.by.name}: ${event.reason}`;
    case 'cutover-resumed':
      return `resumed by ${event.by.name}`;
    case 'cutover-aborted':
      return `aborted by ${event.by.name}: ${event.reason}`;
    case 'cutover-completed':
      return 'the cutover is completed';
    case 'replication-changed':
      return event.unmet.length === 0
        ? 'replication lacks nothing'
        : `replication: ${event.unmet.map(({ message }) => message).join('; ')}`;
    case 'replication-regressed':
      return event.regressions.map(({ severity, message }) => `${severity}: ${message}`).join('; ');
    case 'message-dead-lettered':
      return `a message of ${event.queue} could not be handled: ${event.reason}`;
    case 'message-redriven':
      return `driven again by ${event.by.name}`;
    case 'silence-alarmed':
      return `ALARM: nothing moves; overdue: ${(event.overdue ?? []).map(({ what }) => what).join(', ')}`;
    default:
      return null;
  }
};

/** See {@link Timeline}. */
export const makeTimeline = (plan: Plan): Timeline => {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  let startedAt: number | null = null;
  let phase = 0;
  return (event) => {
    const at = Date.parse(event.at);
    startedAt ??= at;
    const stepId = 'stepId' in event ? event.stepId : null;
    const planned = stepId === null ? undefined : steps.get(stepId);
    const text =
      event.type === 'cutover-started' ? `${event.title}: started by ${event.by.name}` : told(event, planned);
    if (text === null) return [];
    const lines: string[] = [];
    if (planned !== undefined && planned.phase > phase) {
      ({ phase } = planned);
      lines.push('', `Phase ${phase}: ${PHASES[phase - 1] ?? ''}`);
    }
    lines.push(`${clockOf(at - startedAt)}  ${(stepId ?? '').padEnd(STEP_WIDTH)} ${cut(text)}`);
    return lines;
  };
};
