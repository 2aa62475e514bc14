import { isApproved } from '../../../shared/core/approval.ts';
import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
import { earliestDue } from '../../../shared/core/due.ts';
import type { CutoverEvent } from '../../../shared/core/events.ts';
import type { WaitingForView } from '../../../shared/contract/status.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import { isStepActive, isTerminal } from '../../../shared/core/state.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import type { What } from '../sample-inputs.ts';
import { APPROVERS, attempt, done, resume, retry, wake } from '../sample-inputs.ts';
import type { Situation } from './choices.ts';
import { keyOf } from './key.ts';
import { question } from './plans.ts';
import { step } from './walk.ts';

/** Follows one way from a situation on; `told` is what happened on the way. */
type Next = (at: Situation) => { readonly to: Situation; readonly told: readonly CutoverEvent[] };

const sleep: Next = (at) => {
  const now = Math.max(earliestDue(at.state) ?? at.now, at.now);
  const { to, events } = step(at.plan, at, wake, now);
  return { to, told: events };
};

/** What whoever is named by what the cutover waits for would answer; null where nobody is asked. */
const answerTo = (
  { what, stepId, attempt: number, who, evidenceHash }: WaitingForView,
  at: Situation,
): What | null => {
  if (what === 'resume') return resume(at.state.held?.by);
  if (stepId === null || number === null) return null;
  const of = attempt(stepId, number);
  switch (what) {
    case 'decision':
      // Whoever is asked to join in passing a gate may leave it: the wish is void after an hour.
      return at.state.steps[stepId]?.status === 'failed' ? retry(stepId) : null;
    case 'effect':
      return of.happened(true);
    case 'completion':
      return at.state.steps[stepId]?.wait?.tokenHash === null ? of.isReported() : of.callsBack();
    case 'approval': {
      const votes = at.state.steps[stepId]?.wait?.votes ?? [];
      const hasApproved = (id: string) =>
        votes.some(({ by, decision }) => by.id === id && decision === 'approve');
      const person = APPROVERS.find(({ id }) => who.split(', ').includes(id) && !hasApproved(id));
      return person === undefined ? null : of.isVoted('approve', person, evidenceHash ?? '');
    }
    default:
      return null;
  }
};

/** What the function of a step does when its dispatch arrives; null when there is nothing to do. */
const workOn = ({ state, plan, now }: Situation, stepId: string): What | null => {
  const found = state.steps[stepId];
  const planned = allSteps(plan).find(({ id }) => id === stepId);
  if (found === undefined || planned === undefined || !isStepActive(found) || state.held !== null)
    return null;
  const { wait, effect, attempt: number } = found;
  const of = attempt(stepId, number);
  if (wait === null) return question(planned, number);
  if (effect?.outcome === 'open') {
    const isOverdue = effect.announcedAt + EFFECT_GRACE_MS <= now;
    return isOverdue && effect.repeatable ? of.firesAgain() : of.settles('accepted');
  }
  if (effect?.outcome === 'unknown') return null;
  const isReadable = wait.asks === 'world' || wait.claim !== null || isApproved(wait);
  return isReadable ? of.isJudged(done(now, wait.evidenceHash ?? 'seen')) : null;
};

/**
 * One answer of whoever is named by what the cutover waits for; where nobody is, time passes until the next thing is
 * due. The functions then do what this dispatched. Every earlier message is taken for lost.
 */
const goOn: Next = (at) => {
  const first = waitingFor(at.plan, at.state)
    .map((item) => answerTo(item, at))
    .find((what) => what !== null);
  let { to, told } = first === undefined ? sleep(at) : { to: at, told: [] as readonly CutoverEvent[] };
  if (first !== undefined) {
    const edge = step(at.plan, at, first, at.now);
    [to, told] = [edge.to, edge.events];
  }
  const all = [...told];
  const dispatched = (events: readonly CutoverEvent[]): string[] =>
    events.flatMap((event) =>
      event.type === 'step-dispatched' || event.type === 'step-opened' || event.type === 'effect-repeated'
        ? [event.stepId]
        : [],
    );
  const open = dispatched(told);
  for (let stepId = open.shift(); stepId !== undefined; stepId = open.shift()) {
    const what = workOn(to, stepId);
    if (what === null) continue;
    const edge = step(to.plan, to, what, to.now);
    to = edge.to;
    all.push(...edge.events);
    open.push(...dispatched(edge.events));
  }
  return { to, told: all };
};

/** Follows a way until it ends, comes to where it has been found to be right before, or turns in a circle. */
const follow = (
  next: Next,
  right: Set<string>,
  at: Situation,
  judgeCircle: (states: readonly Situation[], told: readonly CutoverEvent[]) => string | undefined,
): string | undefined => {
  const way: { key: string; at: Situation; told: readonly CutoverEvent[] }[] = [];
  const known = new Map<string, number>();
  for (let here = at; !isTerminal(here.state);) {
    const key = keyOf(here);
    if (right.has(key)) break;
    const circle = known.get(key);
    if (circle !== undefined) {
      const turns = way.slice(circle);
      const wrong = judgeCircle(
        turns.map((turn) => turn.at),
        turns.flatMap(({ told }) => told),
      );
      if (wrong !== undefined) return wrong;
      break;
    }
    known.set(key, way.length);
    const { to, told } = next(here);
    way.push({ key, at: here, told });
    here = to;
  }
  for (const { key } of way) right.add(key);
  return undefined;
};

/** Whether a question is still open for which nobody will do anything: only a hold may keep one so. */
const isLeftOpen = ({ state }: Situation): boolean =>
  state.held === null && Object.values(state.steps).some(isStepActive);

/**
 * When nobody ever says anything again and every message is lost, each question comes to its outcome, and somebody is
 * told again and again of what is left to decide (I11).
 */
export const makeSilence = () => {
  const right = new Set<string>();
  return (at: Situation): string | undefined =>
    follow(sleep, right, at, (states, told) => {
      if (states.some(isLeftOpen)) return 'in silence a question stays open for ever';
      const isReminded = told.some(({ type }) => type === 'reminder-due' || type === 'hold-reminded');
      return isReminded ? undefined : 'in silence nobody is told of what is left to decide';
    });
};

/** From everywhere the end can be reached: by time, and by the answers of those who are named as being waited for. */
export const makeWayToEnd = () => {
  const right = new Set<string>();
  return (at: Situation): string | undefined =>
    follow(goOn, right, at, (states) => {
      const waited = waitingFor(states[0]!.plan, states[0]!.state).map(
        ({ what, who }) => `${what} of ${who}`,
      );
      return `time and answers lead in a circle of ${states.length}: ${waited.join(', ')}`;
    });
};
