import type { Engine } from '../../shared/engine/engine.ts';
import { openApiDocument } from '../../shared/contract/openapi.ts';
import { iso } from '../../shared/view/instant.ts';
import type { Handlers } from './register.ts';

type Names = 'get-health' | 'get-openapi' | 'list-dead-letters';

/** Whether the app answers, what it offers, and what it could not handle. */
export const healthHandlers = (engine: Engine): Pick<Handlers, Names> => ({
  'get-health': async () => {
    const active = await engine.directory.active();
    return { jsonBody: { status: 'ok', activeCutovers: active.length } };
  },
  'get-openapi': () => Promise.resolve({ jsonBody: openApiDocument() }),
  'list-dead-letters': async ({ query }) => {
    const { letters, next } = await engine.deadLetters.list(query.limit, query.next ?? null);
    return { jsonBody: { deadLetters: letters.map((letter) => ({ ...letter, at: iso(letter.at) })), next } };
  },
});
