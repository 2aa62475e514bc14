import type { PlanDocument } from '../plan.ts';
import { mockWayBack } from './phase-10-mock-way-back.ts';
import { planDocument } from './plan-document.ts';
import type { Variant } from './step-builders.ts';

/**
 * The plan of a mock cutover: the same up to the smoke test; then it rehearses the way back to AX 2012 instead of
 * opening access. A mock on a restored copy is not representative of the load on live AX.
 */
export const mockPlanDocument = (source: 'live-ax' | 'restored-copy' = 'live-ax'): PlanDocument => {
  const variant: Variant = { mode: 'mock', source };
  return planDocument(
    variant,
    { id: 'default-mock', title: 'Mock cutover: AX 2012 to Dynamics 365 finance and operations' },
    mockWayBack(variant),
  );
};
