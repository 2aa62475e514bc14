import type { CutoverState } from '../core/state.ts';
import type { Clock } from './ports.ts';

/**
 * The time of a cutover: the clock's, but never before its last commit, which another process may have dated a little
 * ahead. Ask only after the state has been read: the answer of the storage is what sets a clock that is wrong.
 */
export const timeOf = (clock: Clock, state: Pick<CutoverState, 'lastCommitAt'> | null): number =>
  Math.max(clock.now(), state?.lastCommitAt ?? 0);
