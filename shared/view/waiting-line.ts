import type { WaitingForView } from '../contract/status.ts';
import type { PlanStep } from '../core/plan.ts';
import type { StepState } from '../core/state.ts';
import { iso, isoOrNull } from './instant.ts';

/** A line of what a cutover waits for. */
export type WaitingLine = {
  readonly line: WaitingForView;
  /** Whether the next step, or the end, waits for it; otherwise somebody is asked for something that holds nothing up. */
  readonly isInTheWay: boolean;
};

/** Lines that something waits for. */
export const inTheWay = (lines: readonly WaitingForView[]): readonly WaitingLine[] =>
  lines.map((one) => ({ line: one, isInTheWay: true }));

/** Lines that nothing waits for: what they ask for may come or not, or follows from another line. */
export const beside = (lines: readonly WaitingForView[]): readonly WaitingLine[] =>
  lines.map((one) => ({ line: one, isInTheWay: false }));

/** A line about a step; `since` is epoch milliseconds. */
export const line = (
  planned: PlanStep,
  step: StepState,
  rest: Pick<WaitingForView, 'what' | 'who' | 'message' | 'next'> & { readonly since: number },
): WaitingForView => ({
  stepId: planned.id,
  attempt: step.attempt,
  kind: planned.kind,
  deadlineAt: isoOrNull(step.deadlineAt),
  evidenceHash: step.wait?.evidenceHash ?? null,
  ...rest,
  since: iso(rest.since),
});
