import type { Scene } from './history.ts';
import { distributionExists } from './publications.ts';
import { isTroubled } from './troubles.ts';

/** A volume of the source server. */
export type Volume = { readonly name: string; readonly bytes: number; readonly freeBytes: number };

/** The transaction log of the source database, and what keeps it from being reused. */
export type LogState = { readonly reuseWait: string; readonly bytes: number; readonly usedBytes: number };

const GIB = 2 ** 30;
const BYTES_PER_ROW = 900;
/** The data volume has that much more room than the database needs, so that a distribution database fits beside it. */
const DATA_FREE_FACTOR = 3;
/** A distribution database of that share of the source: the page of the toolkit advises room for the whole. */
const DISTRIBUTION_SHARE = 0.1;
const LOG_BYTES = 64 * GIB;
const LOG_VOLUME_BYTES = 256 * GIB;
const ORDINARY_LOG_SHARE = 0.12;
const FULL_LOG_SHARE = 0.95;
const SHORT_FREE_SHARE = 0.05;

/** The size of the business database. */
export const dataBytesOf = ({ tables }: Scene): number =>
  tables.reduce((sum, { rows }) => sum + rows * BYTES_PER_ROW, 0);

/** The size of the distribution database; 0 where there is none. */
export const distributionBytesAt = (scene: Scene, now: number): number =>
  distributionExists(scene, now) ? Math.round(dataBytesOf(scene) * DISTRIBUTION_SHARE) : 0;

/** The log of the source database. */
export const logAt = (scene: Scene, now: number): LogState => {
  const fills = isTroubled(scene, 'log-fills', now);
  return {
    reuseWait: fills ? 'REPLICATION' : 'NOTHING',
    bytes: LOG_BYTES,
    usedBytes: Math.round(LOG_BYTES * (fills ? FULL_LOG_SHARE : ORDINARY_LOG_SHARE)),
  };
};

/** The volumes that hold the files of the source and of the distribution database. */
export const volumesAt = (scene: Scene, now: number): readonly Volume[] => {
  const dataBytes = dataBytesOf(scene);
  const freeBytes = dataBytes * DATA_FREE_FACTOR;
  return [
    { name: 'D:\\', bytes: dataBytes + freeBytes + distributionBytesAt(scene, now), freeBytes },
    {
      name: 'L:\\',
      bytes: LOG_VOLUME_BYTES,
      freeBytes: isTroubled(scene, 'disk-fills', now)
        ? Math.round(LOG_VOLUME_BYTES * SHORT_FREE_SHARE)
        : LOG_VOLUME_BYTES - LOG_BYTES,
    },
  ];
};
