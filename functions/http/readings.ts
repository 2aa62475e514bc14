import { placeOf } from '../../shared/engine/places.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { readingView } from '../../shared/view/reading.ts';
import { headOf } from './cutovers.ts';
import type { Handlers } from './register.ts';

/** What was seen of replication. */
export const readingHandlers = (engine: Engine): Pick<Handlers, 'list-readings'> => ({
  'list-readings': async ({ params: { cutoverId }, query: { limit, next: token = null } }) => {
    const { state } = await headOf(engine, cutoverId);
    const { bindings } = await engine.store.readPlan(cutoverId, state.plan);
    const place = await placeOf(engine.store, state, bindings);
    const { readings, next } = await engine.readings.page(cutoverId, place, limit, token);
    return { jsonBody: { readings: readings.map(readingView), next } };
  },
});
