import { z } from 'zod';
import { isBlindness } from '../core/replication-access.ts';
import { NOBODY } from '../core/replication-agents.ts';
import type { Unmet } from '../core/replication-agents.ts';
import type { PlanStep } from '../core/plan.ts';
import { allSteps } from '../core/plan.ts';
import type { PublicationClass } from '../core/replication.ts';
import type { JudgeContext } from './kind.ts';
import { publicationClass, publicationClassesSchema } from './publication-class.ts';

const GATE = 'replication-gate';
/** What hinders the trend or the disks only, and leaves what a gate has proved as it is. */
const BESIDE = /^(?:access-target|access-source|disk):/;

/** The publication that a condition is about, by its code; null where it is about all of them. */
const publicationIn = (code: string): string | null =>
  /^[a-z-]+:(AX(?:DB)?_PUB_[^:]*)/i.exec(code)?.[1] ?? null;

/** Whose tables a gate speaks of; all classes where its parameters do not say. */
const classesOf = ({ params }: PlanStep): readonly PublicationClass[] | null =>
  z.object({ classes: publicationClassesSchema }).safeParse(params).data?.classes ?? null;

/** Whether a condition is about what a gate has proved: special tables, say, are delivered in the downtime only. */
const concerns = ({ code }: Unmet, gate: PlanStep): boolean => {
  const publication = publicationIn(code);
  return publication === null || (classesOf(gate)?.includes(publicationClass(publication)) ?? true);
};

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
 * somebody has to clear, and that is about what they speak of. Only until AX is off: what is passed after that is proved anew by gates of its own.
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
    .flatMap((gate) => {
      // What people have seen nobody could read before: that nobody can read it now is no news.
      const isStated = state.steps[gate.id]?.evidence?.source === 'stated';
      const own = trouble.filter(
        (condition) => concerns(condition, gate) && !(isStated && isBlindness(condition.code)),
      );
      const [first] = own;
      if (first === undefined) return [];
      const message = `What ${gate.id} has proved does not hold any more: ${own.map((one) => one.message).join('; ')}`;
      return [{ code: `stale:${gate.id}`, message, who: first.who, next: first.next }];
    });
};
