import type { ErrorCode } from '../core/errors.ts';
import { ERRORS } from '../core/errors.ts';
import type { Unmet } from '../core/replication-agents.ts';
import type { ReadingSource, StepError } from '../core/state.ts';
import type { KindVerdict } from './kind.ts';

/** Done, with the words people read at the gate. */
export const done = (summary: string): KindVerdict => ({ verdict: 'done', summary });

/** Not yet, for want of these facts. */
export const notYet = (...unmet: readonly Unmet[]): KindVerdict => ({
  verdict: 'not-yet',
  unmet,
  again: false,
});

/** An error of the catalogue with the details of this case. */
export const errorOf = (code: ErrorCode, detail: string): Omit<StepError, 'at'> => ({
  code,
  message: `${ERRORS[code].title}: ${detail}`,
  next: ERRORS[code].next,
});

/** Failed, with an error of the catalogue. */
export const failed = (code: ErrorCode, detail: string): KindVerdict => ({
  verdict: 'failed',
  error: errorOf(code, detail),
});

const BEST_FIRST: readonly ReadingSource[] = ['pulled', 'pushed', 'file', 'stated'];

/** The weakest of the sources used; `pulled` where nothing was needed. */
export const weakest = (sources: readonly ReadingSource[]): ReadingSource =>
  BEST_FIRST.findLast((source) => sources.includes(source)) ?? 'pulled';

/** At most so many items, then how many more there are. */
export const listed = (items: readonly string[], most = 20): string =>
  items.length <= most
    ? items.join(', ')
    : `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
