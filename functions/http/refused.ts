import { cutoverIdSchema, stepIdSchema } from '../../shared/contract/http.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Gatekeeper } from './request.ts';

/**
 * Keeps the book of requests that were refused before anything was decided: each is a log line, and who is known and
 * wanted to change a cutover is in its log. Refused reading changes nothing and is a log line only.
 */
export const bookOfRefusals =
  ({ log, recordRefusal }: Pick<Engine, 'log' | 'recordRefusal'>): Gatekeeper['refused'] =>
  async ({ what, params, by, code }) => {
    const cutoverId = cutoverIdSchema.safeParse(params.cutoverId).data ?? null;
    const stepId = stepIdSchema.safeParse(params.stepId).data ?? null;
    log.requestRefused(what, cutoverId, by !== null, code);
    if (by === null || cutoverId === null || ROUTES[what].method === 'GET') return;
    await recordRefusal(cutoverId, { what, stepId, by, code });
  };
