import type { CutoverError } from '../core/errors.ts';
import type { PlanStep } from '../core/plan.ts';
import type { Unmet } from '../core/replication-agents.ts';
import type { KindReading, KindVerdict } from '../kinds/kind.ts';
import type { Json } from '../core/json.ts';

/** Who clears what cannot be read, where it is not a matter of the platform. */
const WHO_CLEARS: Readonly<Record<string, (planned: PlanStep) => string>> = {
  C506: () => 'DBA',
  C507: () => 'DBA',
  C510: ({ owner }) => owner,
  C511: () => 'anybody but who gave it',
};

/** Who clears an error of this code that keeps a step from being read. */
export const whoClears = (code: string, planned: PlanStep): string =>
  WHO_CLEARS[code]?.(planned) ?? 'platform engineer';

/** Whether it is only people who are waited for: nothing has failed that a log should tell of. */
export const isForPeople = (code: string): boolean => code === 'C510' || code === 'C511';

/** What to do about it; a second person is told the very call. */
export const nextOf = ({ code, next, problems }: CutoverError): string =>
  code === 'C511' ? `${next} ${problems.join()}` : next;

const stateAgain = (cutoverId: string, { id, owner }: PlanStep): Unmet => ({
  code: 'stated-lacks',
  message: 'This is judged by a statement, and stays as it is until there is another',
  who: owner,
  next: `Look again once it has changed, give a new statement about ${id} (POST /api/cutovers/${cutoverId}/uploads), and have a second person confirm it.`,
});

/** The verdict, and where it rests on a statement that does not suffice, that another is wanted: waiting changes nothing. */
export const toldWhatIsStated = (
  verdict: Exclude<KindVerdict, { readonly verdict: 'done' }>,
  { said }: Pick<KindReading<Json>, 'said'>,
  cutoverId: string,
  planned: PlanStep,
): Exclude<KindVerdict, { readonly verdict: 'done' }> =>
  said === undefined || verdict.verdict === 'failed'
    ? verdict
    : { ...verdict, unmet: [...verdict.unmet, stateAgain(cutoverId, planned)] };
