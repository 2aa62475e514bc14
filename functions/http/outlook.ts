import type { Bindings } from '../../shared/contract/bindings.ts';
import type { ForecastView } from '../../shared/contract/forecast.ts';
import type { Plan } from '../../shared/core/plan.ts';
import type { CutoverState } from '../../shared/core/state.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { NamedRehearsal } from '../../shared/view/forecast.ts';
import { forecastView } from '../../shared/view/forecast.ts';
import { whyOf } from '../../shared/view/why.ts';
import { situationOf } from './cutovers.ts';
import type { Handlers } from './register.ts';

/** How the cutovers stand that the bindings name as rehearsals, each once, and never the cutover itself. */
const rehearsalsOf = async (
  { store }: Engine,
  { id }: CutoverState,
  { rehearsal, rehearsals = [] }: Bindings,
): Promise<readonly NamedRehearsal[]> => {
  const named = new Set([...(rehearsal === undefined ? [] : [rehearsal]), ...rehearsals]);
  named.delete(id);
  return await Promise.all(
    [...named].map(async (one): Promise<NamedRehearsal> => {
      const head = await store.readHead(one);
      if (head === null) return { id: one, found: null };
      const { plan } = await store.readPlan(one, head.state.plan);
      return { id: one, found: { plan, state: head.state } };
    }),
  );
};

/** The forecast of a cutover as it stands, made for an instant. */
export const forecastAt = async (
  engine: Engine,
  {
    state,
    plan,
    bindings,
  }: { readonly state: CutoverState; readonly plan: Plan; readonly bindings: Bindings },
  now: number,
): Promise<ForecastView> =>
  forecastView(plan, state, {
    downtime: bindings.downtime ?? null,
    rehearsals: await rehearsalsOf(engine, state, bindings),
    now,
  });

/** What is in the way of a cutover, and how the rest of it goes. */
export const outlookHandlers = (engine: Engine): Pick<Handlers, 'get-why' | 'get-forecast'> => ({
  'get-why': async ({ params: { cutoverId }, query }) => {
    const { state, asOf, plan } = await situationOf(engine, cutoverId, query.at);
    return { jsonBody: whyOf(plan, state, asOf) };
  },

  'get-forecast': async ({ params: { cutoverId }, query }) => {
    const situation = await situationOf(engine, cutoverId, query.at);
    return { jsonBody: await forecastAt(engine, situation, situation.asOf ?? engine.now()) };
  },
});
