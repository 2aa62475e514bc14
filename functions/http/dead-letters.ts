import type { DeadLetterView } from '../../shared/contract/dead-letter.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import { REQUEST } from '../../shared/engine/advance.ts';
import type { DeadLetter } from '../../shared/engine/dead-letters.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { iso, isoOrNull } from '../../shared/view/instant.ts';
import { replyOf } from './problem.ts';
import type { Handlers } from './register.ts';

type Names = 'list-dead-letters' | 'get-dead-letter' | 'redrive-dead-letter';

const shown = ({ dispatched, redriven, at, claim: _, ...letter }: DeadLetter): DeadLetterView => ({
  ...letter,
  at: iso(at),
  attempt: dispatched?.attempt ?? null,
  dispatch: dispatched?.dispatch ?? null,
  redrivenAt: isoOrNull(redriven?.at ?? null),
  redrivenBy: redriven?.by.name ?? null,
});

/** What could not be handled, and making up for it. */
export const letterHandlers = ({ deadLetters, redriveLetter }: Engine): Pick<Handlers, Names> => ({
  'list-dead-letters': async ({ query: { cutover, limit, next: token } }) => {
    const query = { cutoverId: cutover ?? null, limit, token: token ?? null };
    const { letters, next } = await deadLetters.list(query);
    return { jsonBody: { deadLetters: letters.map(shown), next } };
  },
  'get-dead-letter': async ({ params: { deadLetterId } }) => {
    const letter = await deadLetters.get(deadLetterId);
    if (letter === null) throw new CutoverError('C206', `dead letter ${deadLetterId}`);
    return { jsonBody: shown(letter) };
  },
  'redrive-dead-letter': async ({ params: { deadLetterId }, by, key }) =>
    replyOf(await redriveLetter(deadLetterId, by, `${REQUEST}${key}`)),
});
