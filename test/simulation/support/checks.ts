import { DELIVERY_CHECKS } from './check-delivery.ts';
import { EFFECT_CHECKS } from './check-effects.ts';
import { LOG_CHECKS } from './check-log.ts';
import { STEP_CHECKS } from './check-steps.ts';
import type { Fact, Violation } from './facts.ts';
import { historiesOf } from './history.ts';

const CHECKS = [...LOG_CHECKS, ...STEP_CHECKS, ...EFFECT_CHECKS, ...DELIVERY_CHECKS];

/** Checks every invariant over the whole log of facts; promises of "in the end" only if the log has one. */
export const checkFacts = (facts: readonly Fact[], isComplete: boolean): readonly Violation[] =>
  historiesOf(facts, isComplete).flatMap((history) => CHECKS.flatMap((check) => check(history)));
