import { stepsInForce } from '../../../shared/core/plan.ts';
import type { CutoverState, StepState, Wait } from '../../../shared/core/state.ts';
import { isTerminal } from '../../../shared/core/state.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import type { Check, History } from './history.ts';
import { onChapter, plannedIn } from './history.ts';

/** Whether an open question has been answered, so that what follows is the product's to do; said in other words than the core's. */
const isAnswered = ({ asks, claim, votes, rule }: Wait): boolean => {
  if (asks === 'world') return true;
  if (asks !== 'approval') return claim !== null && claim.result !== 'not-tested';
  return votes.filter(({ decision }) => decision === 'approve').length >= (rule?.quorum ?? Infinity);
};

/** A watch goes on until what it watches is over, as long as something is left that will end it. */
const isEnded = ({ plan }: History, { milestones, rollback, steps }: CutoverState): boolean =>
  milestones['replication-removed'] !== undefined ||
  stepsInForce(plan, rollback?.id ?? null).some(
    ({ id, marks }) =>
      marks === 'replication-removed' && !/^(?:succeeded|skipped|cancelled)$/.test(steps[id]?.status ?? ''),
  );

/** Whether a step in hand goes on without anybody, and lacks nothing that anybody could tell. */
const goesOn = (history: History, state: CutoverState, id: string, step: StepState): boolean => {
  const { wait, effect, unmet, stuck, nextReadAt } = step;
  if (stuck !== null || nextReadAt === null || effect?.outcome === 'unknown') return false;
  if (plannedIn(history, id).kind === 'replication-watch') return isEnded(history, state);
  if (unmet.length > 0) return false;
  return wait === null || isAnswered(wait);
};

type Question = ReturnType<typeof waitingFor>[number];

/** What is missing of a line that somebody who knows nothing yet must be able to act upon. */
const lackOf = ({ who, message, next, since }: Question, now: number): string | null => {
  if (who === '' || message === '' || next === '') return 'tells not who, what or how';
  return Date.parse(since) > now ? 'is asked only later' : null;
};

/** Whether a step that has stopped names somebody: itself, or by a hold that is all it has stopped for. */
const isNamed = (
  history: History,
  after: CutoverState,
  questions: readonly Question[],
  id: string,
): boolean => {
  const { status, retryAt, wait, effect } = after.steps[id]!;
  const own = questions.filter(({ stepId }) => stepId === id).map(({ what }) => what);
  if (effect?.outcome === 'unknown') return own.includes('effect');
  if (status === 'failed') {
    // Its request may still be answered; nobody decides about the step before that is known.
    const isDoubtful = effect?.outcome === 'open' && !effect.repeatable;
    if (isDoubtful) return own.includes(after.held === null ? 'condition' : 'effect');
    return own.includes(retryAt === null ? 'decision' : 'condition');
  }
  if (wait !== null && !isAnswered(wait))
    return own.includes(wait.asks === 'approval' ? 'approval' : 'completion') || own.includes('effect');
  const goesOnOnceResumed = goesOn(history, after, id, {
    ...after.steps[id]!,
    nextReadAt: after.lastCommitAt,
  });
  return own.length > 0 || (after.held !== null && goesOnOnceResumed);
};

/** I11: whatever has stopped names somebody who can bring it on, and what is asked of the cutover itself does so as well. */
const checkNamed = onChapter(({ number, after }, history, fail) => {
  if (isTerminal(after)) return;
  const questions = waitingFor(history.plan, after);
  const asks = (what: string): boolean => questions.some((question) => question.what === what);
  const broken = (message: string): void => {
    fail('I11', `after commit ${number} ${message}`);
  };
  for (const question of questions) {
    const lack = lackOf(question, after.lastCommitAt);
    if (lack !== null) broken(`the ${question.what} of ${question.stepId} ${lack}`);
  }
  if (after.held !== null && !asks('resume')) broken('nobody is asked to resume');
  if (after.status === 'scheduled' && !asks('start')) broken('nobody is told when it begins');
  if (after.proposal !== null && !asks('revision')) broken('nobody is asked about the proposal');
  let inHand = 0;
  for (const [id, step] of Object.entries(after.steps)) {
    if (!/^(?:running|waiting|failed)$/.test(step.status)) continue;
    inHand += 1;
    const isGoing = after.held === null && step.status !== 'failed' && goesOn(history, after, id, step);
    if (!isGoing && !isNamed(history, after, questions, id))
      broken(`${id} is ${step.status} and names nobody`);
  }
  // What is neither in hand nor over waits for what is: an empty list means that all of it goes on.
  if (inHand === 0 && questions.length === 0) broken('nothing is in hand, and nobody is named');
});

/** What an operator must be able to read. */
export const WAITING_FOR_CHECKS: readonly Check[] = [checkNamed];
