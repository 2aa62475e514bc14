import { eventsOf, type Scene } from './history.ts';
import type { Publication } from './publications.ts';
import { toolkitRuns } from './toolkit-runs.ts';

/** One run of a publication's snapshot agent and, if it succeeded, the delivery that follows; all times are planned ones. */
export type SnapshotRun = {
  readonly startedAt: number;
  /** When the agent ends: the snapshot is generated, or the agent fails. */
  readonly endsAt: number;
  readonly fails: boolean;
  readonly deliveredAt: number | null;
};

/** A publication of this many tables takes the whole of the durations; smaller ones take less. */
const ORDINARY_ARTICLES = 1_200;
const SMALLEST_SHARE = 0.2;
const FAILS_AFTER_SHARE = 0.4;

/** The publication whose snapshot agent fails once under the fault `snapshot-agent-fails`. */
const failingPublication = (scene: Scene): string | undefined =>
  scene.designs.filter((design) => design.class === 'keyed').at(1)?.name ?? scene.designs[0]?.name;

const startsOf = (scene: Scene, publication: Publication): readonly number[] => {
  const byHand = eventsOf(scene, 'snapshot-started')
    .filter((event) => event.publication === publication.name && event.at >= publication.createdAt)
    .map(({ at }) => at);
  return publication.startedByHand ? byHand : [publication.createdAt, ...byHand];
};

/** The runs of the publication's snapshot agent so far, oldest first. */
export const snapshotRuns = (scene: Scene, publication: Publication): readonly SnapshotRun[] => {
  const { durations, faults } = scene.options;
  const share = Math.min(1, Math.max(SMALLEST_SHARE, publication.articles.length / ORDINARY_ARTICLES));
  const isFaulty = faults.has('snapshot-agent-fails') && publication.name === failingPublication(scene);
  return startsOf(scene, publication).map((startedAt, index) => {
    const fails = isFaulty && index === 0;
    const generatedAt = startedAt + durations.snapshotMs * share;
    if (fails) {
      const endsAt = startedAt + durations.snapshotMs * share * FAILS_AFTER_SHARE;
      return { startedAt, endsAt, fails, deliveredAt: null };
    }
    return { startedAt, endsAt: generatedAt, fails, deliveredAt: generatedAt + durations.deliveryMs * share };
  });
};

/** Why the snapshot agent would not start now; null if it would. */
export const refusalOfSnapshot = (
  scene: Scene,
  publication: Publication | undefined,
  now: number,
): string | null => {
  if (publication === undefined) return 'The publication does not exist.';
  const last = snapshotRuns(scene, publication).at(-1);
  if (last !== undefined && last.endsAt > now) return 'The snapshot agent is running already.';
  if (last?.deliveredAt !== undefined && last.deliveredAt !== null && last.deliveredAt > now) {
    return 'The snapshot generated last is still being delivered.';
  }
  return null;
};

/** How much of a whole lies between two times, from 0 to 1. */
export const progressOf = (from: number, to: number, now: number): number =>
  to <= from ? 1 : Math.min(1, Math.max(0, (now - from) / (to - from)));

/** When the target was last cleaned: from then on it holds only what was delivered; null if it never was. */
export const targetCleanedAt = (scene: Scene, now: number): number | null =>
  toolkitRuns(scene, now).find(({ entry, finishesAt }) => entry === 3 && finishesAt <= now)?.finishesAt ??
  null;
