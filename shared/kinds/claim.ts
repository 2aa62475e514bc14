import type { Json } from '../core/json.ts';
import type { Claim, StepState } from '../core/state.ts';
import type { KindVerdict } from './kind.ts';
import { notYet } from './verdicts.ts';

/** What somebody said about the step, as evidence keeps it. */
export type Statement = {
  readonly result: Claim['result'];
  readonly by: string;
  readonly at: number;
  readonly note: string;
} & Record<string, Json>;

/** The claim on the step's present question; null where nobody has answered. */
export const statementOf = (step: StepState): Statement | null => {
  const claim = step.wait?.claim ?? null;
  return claim && { result: claim.result, by: claim.by.name, at: claim.at, note: claim.note };
};

/** Why a statement does not suffice; null where it is a plain "done". */
export const lackOfStatement = (statement: Statement | null, owner: string): KindVerdict | null => {
  if (statement?.result === 'pass') return null;
  if (statement === null) {
    return notYet({
      code: 'not-reported',
      message: 'Nobody has reported it done',
      who: owner,
      next: 'Do it, then report the step complete.',
    });
  }
  return notYet({
    code: 'not-tested',
    message: `${statement.by} reported it as not tested`,
    who: owner,
    next: 'Have it tested, or decide at the deadline.',
  });
};
