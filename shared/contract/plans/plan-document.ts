import type { PlanDocument, StepDocument } from '../plan.ts';
import { prerequisites } from './phase-1-prerequisites.ts';
import { toolkitSetUp } from './phase-2-toolkit.ts';
import { replication } from './phase-3-replication.ts';
import { axOff } from './phase-4-ax-off.ts';
import { replicationCompletes } from './phase-5-replication-completes.ts';
import { cutoverSteps } from './phase-6-cutover-steps.ts';
import { dataUpgrade } from './phase-7-data-upgrade.ts';
import { refresh } from './phase-8-refresh.ts';
import { configurationAndSmokeTest } from './phase-9-configuration.ts';
import type { Variant } from './step-builders.ts';
import { waysBack } from './ways-back.ts';

/** A plan of the common phases 1 to 9 and the given last phase. */
export const planDocument = (
  variant: Variant,
  told: Pick<PlanDocument, 'id' | 'title'>,
  lastPhase: readonly StepDocument[],
): PlanDocument => ({
  schema: 1,
  ...told,
  ...variant,
  concurrency: 100,
  steps: [
    ...prerequisites(variant),
    ...toolkitSetUp(),
    ...replication(),
    ...axOff(variant),
    ...replicationCompletes(),
    ...cutoverSteps(),
    ...dataUpgrade(),
    ...refresh(),
    ...configurationAndSmokeTest(variant),
    ...lastPhase,
  ],
  rollbacks: [...waysBack(variant)],
});
