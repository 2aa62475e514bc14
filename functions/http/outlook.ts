import type { Engine } from '../../shared/engine/engine.ts';
import { whyOf } from '../../shared/view/why.ts';
import { situationOf } from './cutovers.ts';
import type { Handlers } from './register.ts';

/** What is in the way of a cutover. */
export const outlookHandlers = (engine: Engine): Pick<Handlers, 'get-why'> => ({
  'get-why': async ({ params: { cutoverId }, query }) => {
    const { state, asOf, plan } = await situationOf(engine, cutoverId, query.at);
    return { jsonBody: whyOf(plan, state, asOf) };
  },
});
