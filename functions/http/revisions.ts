import { CutoverError } from '../../shared/core/errors.ts';
import { REQUEST } from '../../shared/engine/advance.ts';
import { canonical, sha256 } from '../../shared/engine/canonical.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { differenceOf, proposalOf } from '../../shared/view/proposal.ts';
import { headOf } from './cutovers.ts';
import type { PlanDesk } from './plan-desk.ts';
import { replyOf } from './problem.ts';
import type { Handlers } from './register.ts';

type Names = 'propose-revision' | 'get-proposal' | 'decide-revision';

/** Changing the plan of a running cutover, and recording what was done outside: one proposes, another one decides. */
export const revisionHandlers = (engine: Engine, desk: PlanDesk): Pick<Handlers, Names> => ({
  'propose-revision': async ({ params: { cutoverId }, body, by, key }) => {
    const { plan, bindings, done, reason } = body;
    return replyOf(
      await engine.revisions.propose({
        cutoverId,
        inputId: `${REQUEST}${key}`,
        asked: sha256(canonical(body)),
        change: (present) => desk.change(present, plan, bindings),
        done: done.map((step) => ({ ...step, doneAt: Date.parse(step.doneAt) })),
        by,
        reason,
      }),
    );
  },

  'get-proposal': async ({ params: { cutoverId, hash } }) => {
    const { state } = await headOf(engine, cutoverId);
    const { proposal } = state;
    if (proposal?.hash !== hash) throw new CutoverError('C206', `an open proposal ${hash}`);
    const [before, after] = await Promise.all([
      engine.store.readPlan(cutoverId, state.plan),
      engine.store.readPlan(cutoverId, proposal.ref),
    ]);
    return { jsonBody: { ...proposalOf(state), ...differenceOf(before.plan, after.plan) } };
  },

  'decide-revision': async ({ params: { cutoverId, hash }, body, by, key }) =>
    replyOf(await engine.revisions.decide({ cutoverId, inputId: `${REQUEST}${key}`, hash, by, ...body })),
});
