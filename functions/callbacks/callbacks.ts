import type { Engine } from '../../shared/engine/engine.ts';
import { REQUEST } from '../../shared/engine/advance.ts';
import { sha256 } from '../../shared/engine/canonical.ts';
import { replyOf } from '../http/problem.ts';
import type { Handlers } from '../http/register.ts';

type Names = 'complete-step' | 'decide-approval' | 'report-step' | 'vote';

/**
 * The answers to the questions of steps, bound to cutover, step and attempt by their path: of people who are signed in, and
 * signed by Standard Webhooks, where the sender says who answered.
 */
export const callbackHandlers = ({ advance }: Engine): Pick<Handlers, Names> => ({
  'report-step': async ({ params: { cutoverId, stepId, attempt }, body, by, key }) =>
    replyOf(
      await advance(cutoverId, {
        id: `${REQUEST}${key}`,
        type: 'complete',
        stepId,
        attempt,
        claim: { ...body, by },
        tokenHash: null,
      }),
    ),
  vote: async ({ params: { cutoverId, stepId, attempt }, body, by, key }) =>
    replyOf(
      await advance(cutoverId, {
        id: `${REQUEST}${key}`,
        type: 'vote',
        stepId,
        attempt,
        vote: { ...body, by },
      }),
    ),
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
