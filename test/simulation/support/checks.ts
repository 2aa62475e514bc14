import { AS_OF_CHECKS } from './check-as-of.ts';
import { DELIVERY_CHECKS } from './check-delivery.ts';
import { EFFECT_CHECKS } from './check-effects.ts';
import { LOG_CHECKS } from './check-log.ts';
import { REVISION_CHECKS } from './check-revisions.ts';
import { SILENCE_CHECKS } from './check-silence.ts';
import { STEP_CHECKS } from './check-steps.ts';
import { TIME_CHECKS } from './check-time.ts';
import { WAITING_FOR_CHECKS } from './check-waiting-for.ts';
import { WAYS_OFF_CHECKS } from './check-ways-back.ts';
import type { Fact } from './facts.ts';
import type { Chapter, Check, Fail, History } from './history.ts';

const CHECKS = [
  ...LOG_CHECKS,
  ...STEP_CHECKS,
  ...EFFECT_CHECKS,
  ...DELIVERY_CHECKS,
  ...WAITING_FOR_CHECKS,
  ...TIME_CHECKS,
  ...SILENCE_CHECKS,
  ...WAYS_OFF_CHECKS,
  ...REVISION_CHECKS,
  ...AS_OF_CHECKS,
];

/** Watches every invariant over one cutover, fact by fact, and what else the scenario wants to be so. */
export const makeWatch = (
  history: History,
  fail: Fail,
  more: readonly Check[],
): ((fact: Fact, chapter: Chapter | null) => void) => {
  const watches = [...CHECKS, ...more].map((check) => check(history, fail));
  return (fact, chapter) => {
    for (const watch of watches) watch(fact, chapter);
  };
};
