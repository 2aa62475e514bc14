import { deadLetterIdSchema } from '../../shared/contract/dead-letter.ts';
import { cutoverIdSchema, stepIdSchema } from '../../shared/contract/http.ts';
import { ROUTES } from '../../shared/contract/routes.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { Gatekeeper } from './request.ts';

type Book = Pick<Engine, 'log' | 'recordRefusal' | 'deadLetters'>;

/**
 * Keeps the book of requests that were refused before anything was decided: each is a log line, and who is known and
 * wanted to change a cutover is in its log, also where only a dead letter names it. Refused reading changes nothing and
 * is a log line only. Never throws: whoever was refused is told so, also where it could not be recorded.
 */
export const bookOfRefusals =
  ({ log, recordRefusal, deadLetters }: Book): Gatekeeper['refused'] =>
  async ({ what, params, by, code }) => {
    const cutoverId = cutoverIdSchema.safeParse(params.cutoverId).data ?? null;
    const stepId = stepIdSchema.safeParse(params.stepId).data ?? null;
    log.requestRefused(what, cutoverId, by !== null, code);
    if (by === null || ROUTES[what].method === 'GET') return;
    if (cutoverId !== null) {
      await recordRefusal(cutoverId, { what, stepId, by, code });
      return;
    }
    const letterId = deadLetterIdSchema.safeParse(params.deadLetterId).data;
    if (letterId === undefined) return;
    try {
      const letter = await deadLetters.get(letterId);
      if (letter?.cutoverId == null) return;
      await recordRefusal(letter.cutoverId, { what, stepId: letter.stepId, by, code });
    } catch (error) {
      log.refusalUnrecorded(null, what, code, error);
    }
  };
