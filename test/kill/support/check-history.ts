import { EFFECT_CHECKS } from './check-effects.ts';
import { FEED_CHECKS } from './check-feed.ts';
import { REQUEST_CHECKS } from './check-requests.ts';
import { STEP_CHECKS } from './check-steps.ts';
import { finalLog, type History, type Violation } from './history.ts';

/** Every promise that a history breaks; it knows nothing but what clients and the outside have seen. */
export const checkHistory = (history: History): readonly Violation[] => {
  const log = finalLog(history);
  return [...FEED_CHECKS, ...REQUEST_CHECKS, ...STEP_CHECKS, ...EFFECT_CHECKS].flatMap((check) =>
    check(history, log),
  );
};
