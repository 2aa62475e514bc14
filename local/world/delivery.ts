import { workOf } from './activity.ts';
import type { Scene } from './history.ts';
import type { Publication } from './publications.ts';
import { isTroubled, troubledSince } from './troubles.ts';
import { rowsByWriter, WRITER } from './writer.ts';
import { progressOf, snapshotRuns, type SnapshotRun } from './snapshots.ts';

/** The log reader is that far behind AX. */
export const LOG_READER_LAG_MS = 3_000;

const SMALLEST_LAG_MS = LOG_READER_LAG_MS + 2_000;
const LAG_SWING_MS = 24_000;
const LAG_PERIOD_MS = 11 * 60_000;
/** While it catches up, the distribution agent applies this many hours of work in one hour, and one more. */
const CATCH_UP_SPEED = 2.5;
/** The schema of all tables is created first, then the rows are copied table by table. */
export const SCHEMA_SHARE = 0.05;
/** A snapshot is itself some commands per article: drop, create, copy, index. */
const SNAPSHOT_COMMANDS_PER_ARTICLE = 4;
/** Each publication's lag swings at its own time. */
const PHASE_STEP = 1.7;

/** The newest run whose snapshot is in the target as a whole; null if none is. */
export const deliveredRun = (scene: Scene, publication: Publication, now: number): SnapshotRun | null =>
  snapshotRuns(scene, publication).findLast(
    ({ deliveredAt }) => deliveredAt !== null && deliveredAt <= now,
  ) ?? null;

/** The delivery of a generated snapshot that is under way; null if none is. */
export const deliveryInProgress = (
  scene: Scene,
  publication: Publication,
  now: number,
): { readonly from: number; readonly to: number } | null => {
  const last = snapshotRuns(scene, publication).at(-1);
  if (last === undefined || last.deliveredAt === null || last.endsAt > now) return null;
  return last.deliveredAt > now ? { from: last.endsAt, to: last.deliveredAt } : null;
};

const ordinaryLagMs = (publication: Publication, now: number): number => {
  const swing = 1 + Math.sin((2 * Math.PI * now) / LAG_PERIOD_MS + publication.id * PHASE_STEP);
  return SMALLEST_LAG_MS + (LAG_SWING_MS * swing) / 2;
};

/**
 * The time up to which the target shows the work of AX; null before the first delivery. A snapshot publication stays at
 * its snapshot, a transactional one follows with a lag: long after the delivery, then shrinking to the ordinary one; under
 * `delivery-stalls` it follows no more.
 */
export const appliedUntil = (scene: Scene, publication: Publication, now: number): number | null => {
  const run = deliveredRun(scene, publication, now);
  if (run?.deliveredAt === undefined || run.deliveredAt === null) return null;
  if (!publication.transactional) return run.endsAt;
  const at = troubledSince(scene, 'delivery-stalls', now) ?? now;
  const backlogMs = run.deliveredAt - run.endsAt - (at - run.deliveredAt) * CATCH_UP_SPEED;
  return at - Math.max(ordinaryLagMs(publication, at), backlogMs);
};

const commandsPerHour = (publication: Publication): number =>
  publication.articles.reduce(
    (sum, { rowsPerHour, updatesPerHour }) => sum + rowsPerHour + updatesPerHour,
    0,
  );

const commandsBetween = (scene: Scene, publication: Publication, from: number, to: number): number => {
  const workAt = workOf(scene);
  const until = Math.max(from, to);
  const others = publication.articles.some(({ name }) => name === WRITER.table)
    ? rowsByWriter(scene, until) - rowsByWriter(scene, from)
    : 0;
  return others + Math.ceil((workAt(until) - workAt(from)) * commandsPerHour(publication));
};

const AGED_COMMANDS = 40_000;

/** Commands in the distribution database that are not yet at the target. */
export const pendingCommands = (scene: Scene, publication: Publication, now: number): number => {
  if (isTroubled(scene, 'commands-age', now)) return AGED_COMMANDS;
  const readUntil = now - LOG_READER_LAG_MS;
  const delivery = deliveryInProgress(scene, publication, now);
  if (delivery !== null) {
    const left = 1 - progressOf(delivery.from, delivery.to, now);
    const changes = publication.transactional
      ? commandsBetween(scene, publication, delivery.from, readUntil)
      : 0;
    return changes + Math.ceil(publication.articles.length * SNAPSHOT_COMMANDS_PER_ARTICLE * left);
  }
  const applied = appliedUntil(scene, publication, now);
  return applied === null || !publication.transactional
    ? 0
    : commandsBetween(scene, publication, applied, readUntil);
};

/** So old are commands that nobody has delivered since Friday. */
const AGED_MS = 60 * 3_600_000;

/** Since when the oldest command that is not yet at the target is under way; null where none is. */
export const undeliveredSince = (scene: Scene, publication: Publication, now: number): number | null =>
  pendingCommands(scene, publication, now) === 0
    ? null
    : isTroubled(scene, 'commands-age', now)
      ? now - AGED_MS
      : (deliveryInProgress(scene, publication, now)?.from ?? appliedUntil(scene, publication, now));

/** When something that the log reader met at `at` reached the target; null if it has not yet. */
export const arrivedAt = (scene: Scene, publication: Publication, at: number, now: number): number | null => {
  const hasArrived = (time: number): boolean => (appliedUntil(scene, publication, time) ?? at - 1) >= at;
  if (!hasArrived(now)) return null;
  let before = at;
  let after = now;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (hasArrived(middle)) after = middle;
    else before = middle;
  }
  return after;
};
