import type { PlanDocument } from '../plan.ts';
import { open } from './phase-10-open.ts';
import { planDocument } from './plan-document.ts';

/** The plan of a production cutover, from the prerequisites to the close-down; customers begin with a copy of it. */
export const defaultPlanDocument = (): PlanDocument =>
  planDocument(
    { mode: 'production', source: 'live-ax' },
    { id: 'default-production', title: 'Go-live: AX 2012 to Dynamics 365 finance and operations' },
    open(),
  );
