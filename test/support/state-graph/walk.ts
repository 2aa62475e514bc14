import { decide } from '../../../shared/core/decide.ts';
import type { Answer } from '../../../shared/core/draft.ts';
import { earliestDue } from '../../../shared/core/due.ts';
import type { CutoverEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import { expiryOf } from '../../../shared/core/proposals.ts';
import type { What } from '../sample-inputs.ts';
import { wake } from '../sample-inputs.ts';
import { HOUR } from '../sample-plan.ts';
import { startOf, T0 } from '../specification.ts';
import type { Situation } from './choices.ts';
import { choices } from './choices.ts';
import { keyOf } from './key.ts';
import type { Walked } from './plans.ts';

/** One input in one situation, and what follows from it; the situation before the start is null. */
export type Edge = {
  readonly from: Situation | null;
  readonly what: What;
  readonly now: number;
  readonly events: readonly CutoverEvent[];
  readonly answer: Answer;
  /** Where it leads; the same situation when nothing followed. */
  readonly to: Situation;
};

/** A situation that was found, with the way on which it was found first; no edge: only time has passed. */
export type Found = Situation & { readonly cameFrom: Found | null; readonly edge: Edge | null };

/** What a walk has seen; `closed`: there is nothing else to see. */
export type Seen = { readonly found: readonly Found[]; readonly closed: boolean };

const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
};

const planAfter = (plan: Plan, input: What, events: readonly CutoverEvent[]): Plan =>
  input.type === 'decide-revision' && events.some(({ type }) => type === 'revision-adopted')
    ? (input.plan ?? plan)
    : plan;

/** What one input does in a situation. */
export const step = (plan: Plan, from: Situation | null, what: What, now: number): Edge => {
  const input = { id: 'input', ...what } as Input;
  const state = from?.state ?? null;
  const { events, answer } = decide(from === null ? null : plan, state, input, now);
  const after = events.length === 0 ? state : evolve(state, events, now);
  if (after === null) throw new Error(`${what.type} begins nothing: ${answer.message}`);
  return { from, what, now, events, answer, to: { state: after, plan: planAfter(plan, what, events), now } };
};

/** Instants well after what is due next, and when what is proposed has expired: much may be due at once then. */
const overslept = ({ proposal }: CutoverState, due: number): readonly number[] => [
  due + HOUR,
  ...(proposal === null ? [] : [Math.max(due, expiryOf(proposal))]),
];

/**
 * Walks breadth first through every situation that the inputs and the passing of time can bring about, up to a number
 * of situations, and shows every edge on the way.
 */
export const walk = ({ plan, revised }: Walked, most: number, show: (edge: Edge) => void): Seen => {
  frozen([plan, revised]);
  const found: Found[] = [];
  const known = new Set<string>();
  let closed = true;
  const enter = (to: Situation, cameFrom: Found | null, edge: Edge | null): void => {
    const key = keyOf(to);
    if (known.has(key)) return;
    if (found.length >= most) closed = false;
    else {
      known.add(key);
      // Whatever changes a state instead of giving a new one throws from here on.
      found.push({ ...to, state: frozen(to.state), cameFrom, edge });
    }
  };
  const take = (edge: Edge, cameFrom: Found | null): void => {
    show(edge);
    if (edge.events.length > 0) enter(edge.to, cameFrom, edge);
  };
  for (const start of [startOf(plan), { ...startOf(plan), hold: 'not before ten' } as What])
    take(step(plan, null, start, T0), null);
  // It grows while it is walked through.
  for (const at of found) {
    for (const what of choices(at, revised)) take(step(at.plan, at, what, at.now), at);
    const due = earliestDue(at.state);
    if (due === null) continue;
    const next = Math.max(due, at.now);
    enter({ ...at, now: next }, at, null);
    for (const later of overslept(at.state, next)) take(step(at.plan, at, wake, later), at);
  }
  return { found, closed };
};

/** The way to a situation in words, for whoever has to find out why it is wrong. */
export const wayTo = (at: Found): string => {
  const way: string[] = [];
  for (let here: Found | null = at; here !== null; here = here.cameFrom) {
    const { type, ...rest } = here.edge?.what ?? { type: 'time passes' };
    const words = type === 'start' ? '' : ` ${JSON.stringify(rest)}`;
    way.unshift(`${new Date(here.now).toISOString()} ${type}${words}`);
  }
  return way.join('\n');
};
