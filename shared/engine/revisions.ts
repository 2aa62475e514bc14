import { changedBindings } from '../contract/bindings.ts';
import type { Answer } from '../core/draft.ts';
import { refused } from '../core/draft.ts';
import type { InputOf } from '../core/inputs.ts';
import type { Actor, DoneOutside } from '../core/state.ts';
import type { Advance } from './advance.ts';
import { hashOf } from './canonical.ts';
import type { CutoverStore, StoredPlan } from './cutover-store.ts';
import { planRef } from './plan-ref.ts';
import type { ReadingsStore } from './readings-store.ts';

/** A step done outside as it is told: its evidence is a text or a link. */
export type ToldOutside = Omit<DoneOutside, 'evidenceHash'> & { readonly evidence: string };

/** What somebody wants changed, and what was done outside. */
type Wish = {
  readonly cutoverId: string;
  readonly inputId: string;
  /** SHA-256 of the request as it was sent. */
  readonly asked: string;
  /** The plan and bindings wanted instead of the present ones; throws C301 when they are not usable. */
  readonly change: (present: StoredPlan) => StoredPlan;
  readonly done: readonly ToldOutside[];
  readonly by: Actor;
  readonly reason: string;
};

/** What somebody says to the proposal of this hash. */
type Decision = Pick<InputOf<'decide-revision'>, 'hash' | 'decision' | 'by' | 'comment'> & {
  readonly cutoverId: string;
  readonly inputId: string;
};

/** Puts a change of a running cutover's plan before a second person, and takes the decision about it. */
export type Revisions = {
  readonly propose: (wish: Wish) => Promise<Answer>;
  readonly decide: (decision: Decision) => Promise<Answer>;
};

/** See {@link Revisions}. */
export const makeRevisions = ({
  store,
  readings,
  advance,
}: {
  readonly store: CutoverStore;
  readonly readings: Pick<ReadingsStore, 'storeEvidence'>;
  readonly advance: Advance;
}): Revisions => ({
  propose: async ({ cutoverId, inputId, asked, change, done: told, by, reason }) => {
    const [head, known] = await Promise.all([store.readHead(cutoverId), store.readInput(cutoverId, inputId)]);
    if (head === null) return refused('C206', `cutover ${cutoverId}`);
    const { revision } = head.state.plan;
    const present = await store.readPlan(cutoverId, head.state.plan);
    // A request that was answered gets its answer, even if what it asks for would not be usable any more (I3).
    const wanted = known === null ? change(present) : present;
    const done = await Promise.all(
      told.map(async ({ evidence, ...step }) => ({
        ...step,
        evidenceHash: await readings.storeEvidence(cutoverId, { ...step, evidence }),
      })),
    );
    const ref = planRef(wanted, revision + 1);
    // Written before the commit that names it: a crash in between leaves a row nobody asks for.
    if (known === null) await store.insertPlan(cutoverId, ref, wanted);
    const { plan } = wanted;
    const bindings = changedBindings(present.bindings, wanted.bindings);
    const hash = hashOf({ ref, done, by, reason });
    const what = { plan, ref, bindings, done, hash, by, reason, asked };
    return await advance(cutoverId, { id: inputId, type: 'propose-revision', ...what });
  },

  decide: async ({ cutoverId, inputId, ...decision }) => {
    const head = await store.readHead(cutoverId);
    if (head === null) return refused('C206', `cutover ${cutoverId}`);
    const { proposal, plan: ref } = head.state;
    const input = { id: inputId, type: 'decide-revision', ...decision } as const;
    // Of another proposal than the one that was seen nothing must be adopted.
    if (proposal?.hash !== decision.hash)
      return await advance(cutoverId, { ...input, plan: null, bindings: [] });
    const [present, wanted] = await Promise.all([
      store.readPlan(cutoverId, ref),
      store.readPlan(cutoverId, proposal.ref),
    ]);
    const bindings = changedBindings(present.bindings, wanted.bindings);
    return await advance(cutoverId, { ...input, plan: wanted.plan, bindings });
  },
});
