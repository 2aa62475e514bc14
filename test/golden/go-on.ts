import type { CutoverState, StepState } from '../../shared/core/state.ts';
import { isTerminal } from '../../shared/core/state.ts';
import type { What } from '../support/sample-inputs.ts';
import { APPROVERS, attempt, DBA, resume, retry } from '../support/sample-inputs.ts';
import { MINUTE } from '../support/sample-plan.ts';
import type { Stage } from './stage.ts';

const TURNS = 200;

/** What somebody would answer to a step that asks; null while it asks nobody. */
const answerTo = (stepId: string, step: StepState): What | null => {
  const { status, attempt: number, wait, effect, retryAt } = step;
  const of = attempt(stepId, number);
  if (status === 'failed') return retryAt === null ? retry(stepId) : null;
  if (status !== 'waiting' || wait === null) return null;
  if (effect?.outcome === 'unknown') return of.happened(true);
  if (wait.asks === 'approval') {
    const voter = APPROVERS.find(({ id }) => wait.votes.every(({ by }) => by.id !== id));
    return voter === undefined ? null : of.isVoted('approve', voter, wait.evidenceHash ?? '');
  }
  if (wait.asks === 'world' || wait.claim?.result === 'pass') return null;
  return { ...of.isReported('pass', DBA), tokenHash: wait.tokenHash } as What;
};

const answersOf = ({ held, steps }: CutoverState): readonly What[] =>
  held === null
    ? Object.entries(steps).flatMap(([stepId, step]) => answerTo(stepId, step) ?? [])
    : [resume()];

/**
 * Leads a cutover to its end: the outside gets well, people answer what they are asked, the timers run. No message of
 * before is on the bus: what is stored must suffice (I4, I11).
 */
export const goOn = async (stage: Stage, cutoverId: string): Promise<CutoverState> => {
  Object.assign(stage.outside, { isWell: true, isBlind: false, isSqlDown: false, pendingCommands: 0 });
  for (let turn = 0; turn < TURNS; turn += 1) {
    await stage.engine.sweep();
    await stage.poll();
    const state = await stage.stateOf(cutoverId);
    if (isTerminal(state)) return state;
    for (const what of answersOf(state)) await stage.ask(cutoverId, what);
    await stage.pass(2 * MINUTE);
  }
  return await stage.stateOf(cutoverId);
};
