import type { Errands } from '../../shared/engine/errands.ts';
import type { Handlers } from '../http/register.ts';

/** What collectors ask and tell, signed by Standard Webhooks. */
export const collectorHandlers = (
  errands: Pick<Errands, 'take' | 'answer'>,
): Pick<Handlers, 'take-errands' | 'answer-errand'> => ({
  'take-errands': async ({ body: { servers, room } }) => ({
    jsonBody: { errands: await errands.take(servers, room) },
  }),
  'answer-errand': async ({ body: { nonce, serverTime, outcome } }) => {
    await errands.answer(nonce, Date.parse(serverTime), outcome);
    return { jsonBody: {} };
  },
});
