import type { WhyView } from '../contract/why.ts';
import type { Plan } from '../core/plan.ts';
import { allSteps, endedBy } from '../core/plan.ts';
import type { CutoverState } from '../core/state.ts';
import { isStepActive, isTerminal } from '../core/state.ts';
import { isoOrNull } from './instant.ts';
import { inTheWayOf } from './waiting-for.ts';
import { isEnding } from './watch.ts';

/** What is being worked on: a watch is no work before it is to end, and nothing is while the cutover is held. */
const workedOn = (
  plan: Plan,
  state: CutoverState,
  hindered: ReadonlySet<string | null>,
): WhyView['workedOn'] => {
  if (state.held !== null || isTerminal(state)) return [];
  return allSteps(plan).flatMap((planned) => {
    const step = state.steps[planned.id];
    if (step === undefined || !isStepActive(step) || hindered.has(planned.id)) return [];
    if (endedBy(planned) !== null && !isEnding(state, planned)) return [];
    return [{ stepId: planned.id, title: planned.title, since: isoOrNull(step.startedAt) }];
  });
};

const summaryOf = (
  { status }: CutoverState,
  { workedOn: working, conditions }: Pick<WhyView, 'workedOn' | 'conditions'>,
): string => {
  const names = working.map(({ title }) => title).join('; ');
  const [first, ...others] = conditions;
  if (first === undefined) {
    return working.length === 0 ? `It has ended: ${status}.` : `It is moving. Worked on: ${names}.`;
  }
  const more = others.length === 0 ? '' : ` And ${others.length} more.`;
  const meanwhile = working.length === 0 ? '' : ` Worked on meanwhile: ${names}.`;
  const waits = first.who === 'nobody' ? 'It goes on by itself' : `It waits for ${first.who}`;
  return `${waits}: ${first.message}.${more}${meanwhile}`;
};

/** Why a cutover is not moving: everything that is in the way, and what is being worked on; `asOf` is a past moment. */
export const whyOf = (plan: Plan, state: CutoverState, asOf: number | null = null): WhyView => {
  const conditions = inTheWayOf(plan, state);
  const working = workedOn(plan, state, new Set(conditions.map(({ stepId }) => stepId)));
  return {
    id: state.id,
    status: state.status,
    asOf: isoOrNull(asOf),
    moving: working.length > 0,
    summary: summaryOf(state, { workedOn: working, conditions }),
    workedOn: working,
    conditions,
  };
};
