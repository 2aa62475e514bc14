import { CutoverError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { hashOf } from './canonical.ts';
import type { Tables } from './ports.ts';
import { unpackBody } from './rows.ts';

/** The table of readings, snapshots and evidence. */
export const READINGS = 'readings';

/** The row of a body of evidence. */
export const evidenceKey = (hash: string): string => `evidence-${hash}`;

/**
 * Reads what a gate looked at; null where nothing is stored under this hash. Throws C404 when its rows cannot be read, or
 * are not what the hash was made of: a vote counts for what was seen (I8), so nobody may be shown anything else.
 */
export const readEvidenceRows = async (
  tables: Tables,
  cutoverId: string,
  hash: string,
): Promise<Json | null> => {
  const key = evidenceKey(hash);
  const body = unpackBody(await tables.range(READINGS, cutoverId, key, `${key}/`), null) as Json | null;
  if (body !== null && hashOf(body) !== hash) {
    throw new CutoverError('C404', `${cutoverId}/${key} is not what its hash was made of`);
  }
  return body;
};
