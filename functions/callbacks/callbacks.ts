import type { Engine } from '../../shared/engine/engine.ts';
import { sha256 } from '../../shared/engine/canonical.ts';
import { replyOf } from '../http/problem.ts';
import type { Handlers } from '../http/register.ts';

/** Completions and approvals, signed by Standard Webhooks and bound to cutover, step and attempt by their path. */
export const callbackHandlers = ({
  advance,
}: Engine): Pick<Handlers, 'complete-step' | 'decide-approval'> => ({
  'complete-step': async ({ params: { cutoverId, stepId, attempt }, body, key }) => {
    const { result, by, note, token } = body;
    const tokenHash = token === null ? null : sha256(token);
    const claim = { result, by, note };
    return replyOf(
      await advance(cutoverId, { id: key, type: 'complete', stepId, attempt, claim, tokenHash }),
    );
  },
  'decide-approval': async ({ params: { cutoverId, stepId, attempt }, body: vote, key }) =>
    replyOf(await advance(cutoverId, { id: key, type: 'vote', stepId, attempt, vote })),
});
