import type { Condition } from './state.ts';

/** Gives each condition the time since which it is unmet, kept from the earlier list where its code stands there. */
export const stamp = (
  unmet: readonly Omit<Condition, 'since'>[],
  earlier: readonly Condition[],
  now: number,
): readonly Condition[] =>
  unmet.map((condition) => ({
    ...condition,
    since: earlier.find(({ code }) => code === condition.code)?.since ?? now,
  }));

/** Whether two lists say the same, whatever their times. */
export const sameConditions = (a: readonly Condition[], b: readonly Condition[]): boolean =>
  a.length === b.length &&
  a.every(({ code, message }, index) => b[index]?.code === code && b[index].message === message);
