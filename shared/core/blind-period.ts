import type { ReplicationReading } from './replication.ts';

/** Between two readings so far apart nobody looked: more than two slots of the pace then in force (A7). */
export const isBlindBetween = (
  earlier: Pick<ReplicationReading, 'slot' | 'paceMs'>,
  later: Pick<ReplicationReading, 'slot' | 'paceMs'>,
): boolean => later.slot - earlier.slot > 2 * Math.max(earlier.paceMs, later.paceMs);

/** A poll of a slow server ends that long after its slot began; its reading is as old then. */
const LONGEST_POLL_MS = 2 * 60_000;

/** Whether nobody has looked since for so long that the reading tells nothing of now. */
export const isTooOld = (
  { takenAt, paceMs }: Pick<ReplicationReading, 'takenAt' | 'paceMs'>,
  now: number,
): boolean => now - takenAt > 2 * paceMs + LONGEST_POLL_MS;
