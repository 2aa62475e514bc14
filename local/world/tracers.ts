import { arrivedAt, deliveredRun, LOG_READER_LAG_MS } from './delivery.ts';
import { eventsOf, type Scene } from './history.ts';
import { publicationsAt, type Publication } from './publications.ts';

/** A tracer token on its way; times are the world's, null while it has not arrived. */
export type Tracer = {
  readonly tracerId: number;
  readonly publication: Publication;
  readonly postedAt: number;
  readonly distributorAt: number | null;
  readonly subscriberAt: number | null;
};

/** Numbers of tracer tokens begin there and count up, as SQL Server's do. */
const FIRST_TRACER_ID = -2_147_483_640;

/** The number that the next token gets. */
export const nextTracerId = (scene: Scene): number =>
  FIRST_TRACER_ID + eventsOf(scene, 'tracer-posted').length;

/** The tokens posted to publications that exist, oldest first. */
export const tracersAt = (scene: Scene, now: number): readonly Tracer[] => {
  const publications = publicationsAt(scene, now);
  return eventsOf(scene, 'tracer-posted').flatMap(
    ({ at, tracerId, publication: name }): readonly Tracer[] => {
      const publication = publications.find(
        (candidate) => candidate.name === name && candidate.createdAt <= at,
      );
      if (publication === undefined) return [];
      const isRead = at + LOG_READER_LAG_MS <= now;
      return [
        {
          tracerId,
          publication,
          postedAt: at,
          distributorAt: isRead ? at + LOG_READER_LAG_MS : null,
          subscriberAt: isRead ? arrivedAt(scene, publication, at, now) : null,
        },
      ];
    },
  );
};

/** Why no token can be posted to the publication, with the number of SQL Server's error; null if one can. */
export const refusalOfTracer = (
  scene: Scene,
  name: string,
  now: number,
): { readonly number: number; readonly message: string } | null => {
  const publication = publicationsAt(scene, now).find((candidate) => candidate.name === name);
  if (publication === undefined)
    return { number: 20_026, message: `The publication '${name}' does not exist.` };
  if (!publication.transactional || deliveredRun(scene, publication, now) === null) {
    return {
      number: 21_488,
      message:
        'No active subscriptions were found. The publication must have active subscriptions in order to post a tracer token.',
    };
  }
  return null;
};
