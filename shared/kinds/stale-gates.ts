import { NOBODY } from '../core/replication-agents.ts';
import type { Unmet } from '../core/replication-agents.ts';
import { allSteps } from '../core/plan.ts';
import type { JudgeContext } from './kind.ts';

const GATE = 'replication-gate';
/** What hinders the trend or the disks only, and leaves what a gate has proved as it is. */
const BESIDE = /^(?:access-target|access-source|disk):/;

type Context = Pick<JudgeContext<unknown>, 'plan' | 'planned' | 'state'>;

/** All steps that the step waits for, directly or not. */
const before = ({ plan, planned }: Context): ReadonlySet<string> => {
  const afterOf = new Map(allSteps(plan).map(({ id, after }) => [id, after]));
  const found = new Set<string>();
  const open = [...planned.after];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(afterOf.get(id) ?? []));
  }
  return found;
};

/**
 * What makes the evidence of the passed replication gates before a step stale (I8): trouble with replication that
 * somebody has to clear. Only until AX is off: what is passed after that is proved anew by gates of its own.
 */
export const staleGates = (context: Context): readonly Unmet[] => {
  const { plan, state } = context;
  if (state.milestones['aos-stopped'] !== undefined) return [];
  const trouble = (state.replication?.unmet ?? []).filter(
    ({ who, code }) => who !== NOBODY && !BESIDE.test(code),
  );
  if (trouble.length === 0) return [];
  const earlier = before(context);
  return allSteps(plan)
    .filter(({ id, kind }) => kind === GATE && earlier.has(id) && state.steps[id]?.status === 'succeeded')
    .map(({ id }) => ({
      code: `stale:${id}`,
      message: `What ${id} has proved does not hold any more: ${trouble.map(({ message }) => message).join('; ')}`,
      who: trouble[0]?.who ?? NOBODY,
      next: trouble[0]?.next ?? '',
    }));
};
