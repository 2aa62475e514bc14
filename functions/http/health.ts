import type { Engine } from '../../shared/engine/engine.ts';
import { openApiDocument } from '../../shared/contract/openapi.ts';
import type { Handlers } from './register.ts';

type Names = 'get-health' | 'get-openapi';

/** Whether the app answers, and what it offers. */
export const healthHandlers = (engine: Engine): Pick<Handlers, Names> => ({
  'get-health': async () => {
    const active = await engine.directory.active();
    return { jsonBody: { status: 'ok', activeCutovers: active.length } };
  },
  'get-openapi': () => Promise.resolve({ jsonBody: openApiDocument() }),
});
