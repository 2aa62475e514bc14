import { eventsOf, type Scene } from './history.ts';
import { isFirstUpgrade, upgradeTriggeredAt } from './toolkit-runs.ts';

/** A row of DBUPGRADE.DATAUPGRADESTATUS; times are those of the world. */
export type UpgradeStep = {
  readonly step: string;
  readonly subStep: string;
  readonly status: 'Not Started' | 'In Progress' | 'Completed' | 'Failed';
  readonly startedAt: number | null;
  readonly endedAt: number | null;
};

/** The upgrade as the target database and Lifecycle Services show it. */
export type Upgrade = {
  readonly lcsState: 'Data upgrade in progress' | 'Deployed' | 'Failed';
  readonly steps: readonly UpgradeStep[];
};

/** Shares of the whole duration. The last sub-step still runs when Lifecycle Services says Deployed already. */
const STEPS: readonly (readonly [step: string, subStep: string, share: number])[] = [
  ['PreReqs-AdditiveDbSync', 'AdditiveTableSync', 0.05],
  ['PreReqs-PartialDbSync', 'PartialTableSync', 0.07],
  ['PreSync', 'PreSync scripts', 0.18],
  ['DbSync-SyncSchema', 'FullTableSync', 0.3],
  ['PostSync', 'PostSync scripts', 0.3],
  ['FinalDbSync-SyncSchema', 'FullTableSync', 0.08],
  ['FinalDbSync-SyncSchema', 'DisableDataUpgradeFlag', 0.02],
];
const FAILING_STEP = 'PostSync';
const FAILS_AFTER_SHARE = 0.4;

/** Where the upgrade stands; null while none was triggered. */
export const upgradeAt = (scene: Scene, now: number): Upgrade | null => {
  const triggeredAt = upgradeTriggeredAt(scene, now);
  if (triggeredAt === null || triggeredAt > now) return null;
  const { durations, faults } = scene.options;
  let startedAt = triggeredAt;
  let failedAt: number | null = null;
  const steps: UpgradeStep[] = [];
  for (const [step, subStep, share] of STEPS) {
    const plannedMs = durations.upgradeMs * share;
    if (step === FAILING_STEP && faults.has('upgrade-fails-once') && isFirstUpgrade(scene)) {
      const end = startedAt + plannedMs * FAILS_AFTER_SHARE;
      const resumed = eventsOf(scene, 'upgrade-resumed').find(({ at }) => at >= end);
      if (resumed === undefined) failedAt = end;
      else startedAt = resumed.at;
    }
    const endsAt: number = failedAt ?? startedAt + plannedMs;
    steps.push(rowOf(step, subStep, startedAt, endsAt, failedAt, now));
    startedAt = failedAt === null ? endsAt : Number.POSITIVE_INFINITY;
  }
  return { lcsState: lcsStateOf(steps), steps };
};

const rowOf = (
  step: string,
  subStep: string,
  startedAt: number,
  endsAt: number,
  failedAt: number | null,
  now: number,
): UpgradeStep => {
  if (startedAt > now) return { step, subStep, status: 'Not Started', startedAt: null, endedAt: null };
  if (endsAt > now) return { step, subStep, status: 'In Progress', startedAt, endedAt: null };
  return { step, subStep, status: failedAt === null ? 'Completed' : 'Failed', startedAt, endedAt: endsAt };
};

const lcsStateOf = (steps: readonly UpgradeStep[]): Upgrade['lcsState'] => {
  if (steps.some(({ status }) => status === 'Failed')) return 'Failed';
  return steps.at(-1)?.status === 'Not Started' ? 'Data upgrade in progress' : 'Deployed';
};
