import type { CutoverState } from '../../../shared/core/state.ts';
import type { Clients } from './clients.ts';
import type { Ground } from './scenario.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Reading a log costs as much as it is long: more moments of one play show nothing new. */
const MOST_MOMENTS = 4;

/** Who wants to know afterwards how the cutover stood. */
const AUDITOR = { id: 'a1', name: 'Ada' };

/**
 * Somebody who now and then notes how a cutover stands and asks later how it stood at that moment, or when its last commit
 * was made: at once, about when an answer is due, and long after.
 */
export const makeHindsight = ({ chance, profile, time, agenda }: Ground, clients: Clients) => {
  let moments = 0;
  return {
    look: ({ id, lastCommitAt }: CutoverState): void => {
      if (moments >= MOST_MOMENTS || !chance.happens(profile.remembers)) return;
      moments += 1;
      clients.askStatus(id, null, AUDITOR);
      const moment = chance.happens(0.5) ? time.now() : lastCommitAt;
      const delays = [
        chance.below(MINUTE_MS),
        chance.between(590, 610) * SECOND_MS,
        chance.between(2, 20) * MINUTE_MS,
      ];
      for (const delayMs of delays) {
        agenda.add(delayMs, 'somebody asks how it stood', () => {
          clients.askStatus(id, moment, AUDITOR);
        });
      }
    },
  };
};
