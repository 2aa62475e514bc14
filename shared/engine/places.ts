import type { Bindings } from '../contract/bindings.ts';
import { allSteps } from '../core/plan.ts';
import type { CutoverState, PlanRef } from '../core/state.ts';
import { planOfAttempt } from '../core/state.ts';
import { hashOf } from './canonical.ts';
import type { CutoverStore } from './cutover-store.ts';
import { GATE } from './pace.ts';

/**
 * Where the readings of one source are kept: '' for the source a cutover was started with, otherwise the hash of the
 * source, so that a gate never counts readings of two databases in a row (I8).
 */
export type Place = string;

type Plans = Pick<CutoverStore, 'readPlan'>;

/** A source, and where its readings are kept. */
export type SourceInHand = { readonly place: Place; readonly source: Bindings['source'] };

/** The kinds that go by the readings of polls. */
const READERS: ReadonlySet<string> = new Set([GATE, 'replication-watch']);

/** The place of the source of these bindings. */
export const placeOf = async (store: Plans, state: CutoverState, { source }: Bindings): Promise<Place> => {
  const [first = state.plan] = state.earlierPlans;
  const { bindings } = await store.readPlan(state.id, first);
  const hash = hashOf(source);
  return hash === hashOf(bindings.source) ? '' : hash;
};

/**
 * The sources a poll looks at, each once: first the one of the plan in force, then those of the attempts in hand that go
 * by readings, because an attempt ends under the bindings it was dispatched under.
 */
export const sourcesInHand = async (
  store: Plans,
  state: CutoverState,
): Promise<readonly [SourceInHand, ...SourceInHand[]]> => {
  const sourceOf = async (ref: PlanRef): Promise<SourceInHand> => {
    const { bindings } = await store.readPlan(state.id, ref);
    return { place: await placeOf(store, state, bindings), source: bindings.source };
  };
  const { plan } = await store.readPlan(state.id, state.plan);
  const inForce = await sourceOf(state.plan);
  const others = new Map<Place, SourceInHand>();
  for (const { id, kind } of allSteps(plan)) {
    const step = state.steps[id];
    if (!READERS.has(kind) || step?.status !== 'waiting') continue;
    const own = await sourceOf(planOfAttempt(state, step));
    if (own.place !== inForce.place) others.set(own.place, own);
  }
  return [inForce, ...others.values()];
};
