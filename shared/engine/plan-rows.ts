import { CutoverError } from '../core/errors.ts';
import type { PlanRef } from '../core/state.ts';
import { canonical, sha256 } from './canonical.ts';
import type { StoredPlan } from './cutover-store.ts';
import { CUTOVERS } from './event-rows.ts';
import type { Tables } from './ports.ts';
import { schemaOf, unpackBody } from './rows.ts';
import { upcast } from './upcast.ts';

/** The row of one revision of a plan and its bindings. */
export const planKey = ({ hash, revision }: PlanRef): string => `plan-${hash}-${revision}`;

/**
 * Reads a plan and its bindings from their rows. Throws C404 when they are not there or cannot be read, and C407 when
 * they are not what the log names: the hash is of the body as some version wrote it, not as it is brought up.
 */
export const readPlanRows = async (tables: Tables, cutoverId: string, ref: PlanRef): Promise<StoredPlan> => {
  const key = planKey(ref);
  const rows = await tables.range(CUTOVERS, cutoverId, key, `${key}/`);
  const written = unpackBody(rows, null) as Readonly<Record<string, unknown>> | null;
  const [first] = rows;
  if (first === undefined || written === null) {
    throw new CutoverError('C404', `the plan ${ref.hash} of ${cutoverId} is missing`);
  }
  if (sha256(canonical(written)) !== ref.hash) throw new CutoverError('C407', `${cutoverId}/${key}`);
  return upcast('plan', written, schemaOf(first)) as StoredPlan;
};
