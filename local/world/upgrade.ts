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

/** A row of DBSyncExecStats; `endedAt` is null until it ends. */
export type DatabaseSync = {
  readonly id: number;
  readonly step: string;
  readonly activityId: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
};

/** The upgrade as the target database and Lifecycle Services show it. */
export type Upgrade = {
  readonly lcsState: 'Data upgrade in progress' | 'Deployed' | 'Failed';
  readonly steps: readonly UpgradeStep[];
  /** Rows of DBUPGRADE.SERVICINGSTEP: 2 is done. */
  readonly servicing: readonly {
    readonly path: string;
    readonly status: number;
    readonly modifiedAt: number;
  }[];
  /** The newest last. */
  readonly syncs: readonly DatabaseSync[];
  /** The status of the batch job "Data upgrade", and how many of its tasks have which; null before PreSync. */
  readonly batch: {
    readonly job: number;
    readonly tasks: readonly { readonly status: number; readonly count: number }[];
  } | null;
  /** What the host that upgrades does: requests under way, and when the last one ended. */
  readonly work: { readonly requests: number; readonly lastAt: number };
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
/** How DBSyncExecStats calls the synchronisation within a step. */
const SYNC_STEPS: Readonly<Record<string, string>> = {
  AdditiveTableSync: 'LegacyIds, AdditiveTableSync',
  PartialTableSync: 'PartialList, LegacyIds',
  FullTableSync: 'FullAll',
};
/** The steps that DBUPGRADE.SERVICINGSTEP has too, by the sub-step they are. */
const SERVICING: Readonly<Record<string, string>> = {
  'PreSync scripts': '/DataUpgrade/PreSync',
  'PostSync scripts': '/DataUpgrade/PostSync',
  DisableDataUpgradeFlag: '/DataUpgrade/FinalDbSync/DisableDataUpgradeFlag',
};
const UPGRADE_TASKS = 40;
const FAILING_STEP = 'PostSync';
const FAILS_AFTER_SHARE = 0.4;
const STALLING_STEP = 'DbSync-SyncSchema';
const STALLS_AFTER_SHARE = 0.1;
const STALL_MS = 45 * 60_000;

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
    const endsAt: number =
      failedAt ?? afterStalls(stallsOf(scene, { step, subStep, startedAt }, now), startedAt + plannedMs);
    steps.push(rowOf(step, subStep, startedAt, endsAt, failedAt, now));
    startedAt = failedAt === null ? endsAt : Number.POSITIVE_INFINITY;
  }
  const begun = steps.filter(isBegun);
  return {
    lcsState: lcsStateOf(steps),
    steps,
    servicing: servicingOf(begun),
    syncs: syncsOf(begun),
    batch: batchOf(begun),
    work: workOf(scene, begun, now),
  };
};

type Begun = UpgradeStep & { readonly startedAt: number };

const isBegun = (step: UpgradeStep): step is Begun => step.startedAt !== null;

type Stall = { readonly from: number; readonly to: number };

/** When the synchronisation of a step stood still, oldest first; a stall that lasts has no end. */
const stallsOf = (scene: Scene, { step, subStep, startedAt }: StepBegin, now: number): readonly Stall[] => {
  if (SYNC_STEPS[subStep] === undefined) return [];
  const { durations, faults } = scene.options;
  const stalls: Stall[] = [];
  if (step === STALLING_STEP && faults.has('sync-stalls-once') && isFirstUpgrade(scene)) {
    const from = startedAt + durations.upgradeMs * STALLS_AFTER_SHARE;
    stalls.push({ from, to: from + STALL_MS });
  }
  let since: number | null = null;
  for (const event of scene.history) {
    if (!('trouble' in event) || event.trouble !== 'sync-stalls' || event.at > now) continue;
    if (event.type === 'trouble-begun') since ??= Math.max(event.at, startedAt);
    else if (since !== null) {
      stalls.push({ from: since, to: event.at });
      since = null;
    }
  }
  return since === null ? stalls : [...stalls, { from: since, to: Number.POSITIVE_INFINITY }];
};

type StepBegin = { readonly step: string; readonly subStep: string; readonly startedAt: number };

/** When a step ends that would have at `plannedEnd`, had it not stood still. */
const afterStalls = (stalls: readonly Stall[], plannedEnd: number): number =>
  stalls.reduce((end, { from, to }) => (from < end ? end + Math.max(0, to - from) : end), plannedEnd);

const servicingOf = (begun: readonly Begun[]): Upgrade['servicing'] =>
  begun.flatMap(({ subStep, status, startedAt, endedAt }) => {
    const path = SERVICING[subStep];
    if (path === undefined) return [];
    return { path, status: status === 'Completed' ? 2 : 1, modifiedAt: endedAt ?? startedAt };
  });

const syncsOf = (begun: readonly Begun[]): readonly DatabaseSync[] =>
  begun.flatMap(({ subStep, startedAt, endedAt }, index) => {
    const step = SYNC_STEPS[subStep];
    if (step === undefined) return [];
    const id = 5_637_144_576 + index;
    return {
      id,
      step,
      activityId: `7c1d9f3e-52b0-4a6d-8e17-${id.toString(16).padStart(12, '0')}`,
      startedAt,
      endedAt,
    };
  });

/** The scripts of PreSync and PostSync are tasks of one batch job. */
const batchOf = (begun: readonly Begun[]): Upgrade['batch'] => {
  const scripts = begun.findLast(({ subStep }) => subStep.endsWith('scripts'));
  if (scripts === undefined) return null;
  const [finished, executing, error, waiting] = [4, 2, 3, 1];
  if (scripts.status === 'Completed') {
    return { job: finished, tasks: [{ status: finished, count: UPGRADE_TASKS }] };
  }
  const half = UPGRADE_TASKS / 2;
  const one = scripts.status === 'Failed' ? error : executing;
  // A job that has failed waits no more: what was to come is not run.
  const rest = scripts.status === 'Failed' ? 6 : waiting;
  const tasks = [
    { status: rest, count: half - 1 },
    { status: one, count: 1 },
    { status: finished, count: half },
  ];
  return { job: one, tasks };
};

const workOf = (scene: Scene, begun: readonly Begun[], now: number): Upgrade['work'] => {
  const last = begun.at(-1);
  const ended = last?.endedAt ?? null;
  if (ended !== null) return { requests: 0, lastAt: ended };
  const stalls = last === undefined ? [] : stallsOf(scene, last, now);
  const stall = stalls.find(({ from, to }) => from <= now && now < to);
  return stall === undefined ? { requests: 1, lastAt: now } : { requests: 0, lastAt: stall.from };
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
