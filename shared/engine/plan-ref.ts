import type { PlanRef } from '../core/state.ts';
import { canonical, sha256 } from './canonical.ts';
import type { StoredPlan } from './cutover-store.ts';
import { procedureHash } from './procedure-hash.ts';

/** Names a plan and its bindings by their hash, as one revision of a cutover's plan. */
export const planRef = ({ plan, bindings }: StoredPlan, revision: number): PlanRef => ({
  hash: sha256(canonical({ plan, bindings })),
  procedureHash: procedureHash(plan),
  revision,
});
