import { isApproved } from '../../../shared/core/approval.ts';
import { isRefused } from '../../../shared/core/draft.ts';
import { dueItems } from '../../../shared/core/due.ts';
import type { CutoverEvent } from '../../../shared/core/events.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { allSteps } from '../../../shared/core/plan.ts';
import type { CutoverState, StepState, Wait } from '../../../shared/core/state.ts';
import { isStepActive, isTerminal } from '../../../shared/core/state.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import { whyOf } from '../../../shared/view/why.ts';
import type { Situation } from './choices.ts';
import { keyOf } from './key.ts';
import type { Edge } from './walk.ts';

/** What is promised of every edge and of every situation; each tells in words what is broken, nothing otherwise. */
export type Broken = string | undefined;

/** Events that are only told: they change nothing but the length of the log. */
const TOLD: ReadonlySet<CutoverEvent['type']> = new Set([
  'request-refused',
  'result-late',
  'message-dead-lettered',
]);

const stepsOf = ({ steps }: CutoverState): readonly (readonly [string, StepState])[] => Object.entries(steps);

/** Whether somebody still has to answer; that it was not tested is no answer yet. */
const isUnanswered = ({ asks, claim, ...wait }: Wait): boolean =>
  asks === 'approval'
    ? !isApproved({ asks, claim, ...wait })
    : claim === null || claim.result === 'not-tested';

/** An input that is taken leaves events, one that changes nothing leaves none, and a refusal at most a line in the log. */
const answersTruly = ({ events, answer }: Edge): Broken => {
  if (answer.code === 'applied') return events.length > 0 ? undefined : 'it is applied and leaves no event';
  if (answer.code === 'unchanged')
    return events.length === 0 ? undefined : 'it changes nothing and leaves events';
  if (answer.next === '') return 'the refusal does not say what to do next';
  // A report that comes too late still tells that its request arrived.
  const isLate = events.some(({ type }) => type === 'result-late');
  const isTold = ({ type }: CutoverEvent): boolean => TOLD.has(type) || (isLate && type === 'effect-settled');
  return isRefused(answer) && events.every(isTold) ? undefined : 'a refusal does something';
};

/** What is over stays as it was (I6). */
const staysOver = ({ from, to, events }: Edge): Broken => {
  if (from === null) return undefined;
  if (isTerminal(from.state) && keyOf(to) !== keyOf(from)) return 'the end was undone';
  if (isTerminal(from.state) && events.some(({ type }) => !TOLD.has(type)))
    return 'something happens after the end';
  const undone = stepsOf(from.state).find(
    ([id, { status }]) =>
      ['succeeded', 'skipped', 'cancelled'].includes(status) && to.state.steps[id]?.status !== status,
  );
  return undone && `${undone[0]} was ${undone[1].status} and is not any more`;
};

/** While held nothing is dispatched (I7). */
const holds = ({ from, what, events }: Edge): Broken => {
  const released = what.type === 'resume' || what.type === 'rollback';
  if (from?.state.held == null || released) return undefined;
  return events.some(({ type }) => type === 'step-dispatched')
    ? 'something is dispatched while held'
    : undefined;
};

/** A wake does all that is due: nothing is overdue after it. */
const wakesFully = ({ what, to }: Edge): Broken => {
  if (what.type !== 'wake') return undefined;
  const left = dueItems(to.state).find(({ at }) => at <= to.now);
  return left && `${left.what} of ${left.stepId ?? 'the cutover'} is due and was not served`;
};

/** The reminders a question begins with, as the plan says. */
const ladderOf = (plan: Plan, stepId: string, from: number, deadlineAt: number): readonly number[] => {
  const planned = allSteps(plan).find(({ id }) => id === stepId);
  return (planned?.remindAfterMs ?? []).map((afterMs) => from + afterMs).filter((at) => at < deadlineAt);
};

const sameTimes = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

/** The reminders of the question after this event, as they must be; null when nobody need be reminded any more. */
const remindersAfter = (
  event: CutoverEvent,
  left: readonly number[],
  { plan, now, heldMs, asks }: { plan: Plan; now: number; heldMs: number; asks: Wait['asks'] },
): readonly number[] | null => {
  switch (event.type) {
    case 'completion-received':
      return event.claim.result === 'not-tested' ? left : null;
    case 'cutover-resumed':
      return asks === 'approval' ? left : left.map((at) => at + heldMs);
    case 'reminder-due':
      return event.subject === 'wait' ? left.filter((at) => at > now) : left;
    case 'deadline-renewed':
      return ladderOf(plan, event.stepId, now, event.deadlineAt);
    default:
      return left;
  }
};

/** A reminder goes away only by being sent, or because there is nothing to remind of any more (I11). */
const keepsReminders = ({ from, to, now, events }: Edge): Broken => {
  const { plan } = to;
  for (const event of events) {
    if (event.type !== 'step-opened') continue;
    const ladder = ladderOf(plan, event.stepId, now, event.wait.deadlineAt);
    if (!sameTimes(event.wait.remindAt, ladder)) return `${event.stepId} opens without its reminders`;
  }
  if (from === null) return undefined;
  const heldMs = now - (from.state.held?.since ?? now);
  for (const [id, { attempt, wait }] of stepsOf(from.state)) {
    const after = to.state.steps[id];
    if (wait === null || after?.wait == null) continue;
    if (wait.claim !== null && wait.claim.result !== 'not-tested') continue;
    if (after.attempt !== attempt || !isStepActive(after)) continue;
    let left: readonly number[] | null = wait.remindAt;
    for (const event of events) {
      const concerns = !('stepId' in event) || event.stepId === id;
      if (left !== null && concerns)
        left = remindersAfter(event, left, { plan, now, heldMs, asks: wait.asks });
    }
    if (left !== null && !sameTimes(left, after.wait.remindAt)) return `${id} loses a reminder`;
  }
  return undefined;
};

/** What is promised of every edge. */
export const brokenByEdge = (edge: Edge): Broken =>
  [answersTruly, staysOver, holds, wakesFully, keepsReminders].map((check) => check(edge)).find((one) => one);

/** A step that waits has a limit that comes by itself, and so has one whose function is silent; a failure has its reminder. */
const stepIsDue = ({ state }: Situation, id: string, step: StepState): Broken => {
  const { deadlineAt, wait, status } = step;
  const what = dueItems(state).flatMap((item) => (item.stepId === id ? [item.what] : []));
  const isFrozen = state.held !== null && wait?.asks !== 'approval';
  if (isStepActive(step)) {
    if (typeof deadlineAt !== 'number') return `${id} is ${status} without a limit`;
    if (wait !== null && wait.deadlineAt !== deadlineAt) return `${id} tells another limit than it has`;
    if (!isFrozen && !what.includes('deadline')) return `nothing is due at the limit of ${id}`;
    const reminds = wait !== null && isUnanswered(wait) && wait.remindAt.length > 0;
    if (reminds && state.held === null && !what.includes('reminder')) return `nobody is reminded of ${id}`;
    const isInDoubt = step.effect?.outcome === 'unknown' && state.held === null;
    return isInDoubt && !what.includes('decision-reminder')
      ? `nobody is reminded of the doubt about ${id}`
      : undefined;
  }
  if (status !== 'failed' || state.held !== null) return undefined;
  return what.some((one) => one === 'retry' || one === 'decision-reminder')
    ? undefined
    : `${id} has failed and nothing comes of it`;
};

/** A wish to skip lapses by itself, and as long as somebody could join in, they are reminded. */
const wishIsDue = ({ state }: Situation, id: string, { skipProposal, unmet }: StepState): Broken => {
  if (skipProposal === null) return undefined;
  const what = dueItems(state).flatMap((item) => (item.stepId === id ? [item.what] : []));
  if (!what.includes('skip-expiry')) return `the wish to skip ${id} never lapses`;
  const lacked = [...new Set(unmet.map(({ code }) => code))].toSorted().join();
  const isOpen = state.held === null && lacked === (skipProposal.unmet ?? []).join();
  return isOpen && skipProposal.remindAt.length > 0 && !what.includes('skip-reminder')
    ? `nobody is reminded of the wish to skip ${id}`
    : undefined;
};

/** Every question that is open is told to whoever can answer it. */
const isTold = ({ plan, state }: Situation, id: string, { wait, effect }: StepState): Broken => {
  if (wait === null || wait.asks === 'world' || wait.claim !== null || !isUnanswered(wait)) return undefined;
  if (effect?.outcome === 'open') return undefined;
  const told = waitingFor(plan, state).some(
    ({ stepId, what }) => stepId === id && ['completion', 'approval', 'effect'].includes(what),
  );
  return told ? undefined : `nobody is told of the question of ${id}`;
};

/** A cutover that does not move says why. */
const tellsWhy = ({ plan, state }: Situation): Broken => {
  const { conditions, moving } = whyOf(plan, state);
  const looks = state.held === null && dueItems(state).some(({ what }) => what === 'read');
  if (conditions.length === 0 && !looks) return 'it does not move, and nothing is said to be in the way';
  return moving || conditions.length > 0 ? undefined : 'nothing is said to move, or to be in the way';
};

/** What is promised of every situation: until the end something is due, and whoever waits has a limit (I11). */
export const brokenInSituation = (at: Situation): Broken => {
  const { state } = at;
  const isOver = isTerminal(state);
  if (dueItems(state).length > 0 === isOver)
    return isOver ? 'something is due after the end' : 'nothing is due';
  if (isOver) return undefined;
  const ofCutover = dueItems(state).flatMap(({ stepId, what }) => (stepId === null ? [what] : []));
  const reminds = state.held === null && (state.proposal?.remindAt.length ?? 0) > 0;
  if (reminds && !ofCutover.includes('proposal-reminder')) return 'nobody is reminded of the proposal';
  const ofSteps = stepsOf(state).flatMap(([id, step]) => [
    stepIsDue(at, id, step),
    wishIsDue(at, id, step),
    isStepActive(step) ? isTold(at, id, step) : undefined,
  ]);
  return [...ofSteps, tellsWhy(at)].find((one) => one);
};
