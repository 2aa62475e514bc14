import type { Unmet } from './replication-agents.ts';
import { DBA, NOBODY } from './replication-agents.ts';
import type { Condition } from './state.ts';

/** What the target database says of the work behind the steps of its data upgrade; instants are of its own clock. */
export type UpgradeActivity = {
  readonly serverTime: number;
  /** What of `DBUPGRADE.SERVICINGSTEP` belongs to this upgrade. */
  readonly servicing: readonly { readonly path: string; readonly status: number | null }[];
  /** The newest database synchronisation of this upgrade; null before the first. `finishedAt` is null until it ends. */
  readonly sync: {
    readonly step: string | null;
    readonly activityId: string | null;
    readonly startedAt: number;
    readonly finishedAt: number | null;
    readonly succeeded: boolean | null;
  } | null;
  /** Status of the batch job "Data upgrade" and of its tasks; null while there is none. */
  readonly batch: {
    readonly job: number;
    readonly tasks: readonly { readonly status: number; readonly count: number }[];
  } | null;
  /** What the host that upgrades does; null where the login may not see it. */
  readonly work: {
    readonly sessions: number;
    readonly requests: number;
    readonly lastAt: number | null;
  } | null;
};

/** Without activity for so long a synchronisation is presumed to stand still (page "Monitor data upgrade"). */
const STALLED_AFTER_MS = 30 * 60_000;
/** Between two requests of a synchronisation that works. */
const PAUSE_MS = 60_000;
/** The status of `DBUPGRADE.SERVICINGSTEP` of a step that is done. */
const SERVICED = 2;
/** The status of a batch task that has ended with an error. */
const ERROR = 3;

/** The status of a batch job or task, by the number that BATCHJOB and BATCH have. */
const BATCH_WORDS = [
  'Hold',
  'Waiting',
  'Executing',
  'Error',
  'Finished',
  'Ready',
  'NotRun',
  'Cancelling',
  'Cancelled',
  'Scheduled',
];

const wordOf = (status: number): string => BATCH_WORDS[status] ?? `status ${status}`;

/** The servicing steps of the upgrade that are not done. */
export const openServicing = ({ servicing }: Pick<UpgradeActivity, 'servicing'>): readonly string[] =>
  servicing.filter(({ status }) => status !== SERVICED).map(({ path }) => path);

/** For how long the host has done nothing, in milliseconds; null where it works, or nobody can tell. */
const quietMs = (
  { work, serverTime }: UpgradeActivity,
  earlier: readonly Condition[],
  takenAt: number,
): number | null => {
  if (work === null || work.requests > 0) return null;
  // Without a session nothing tells since when: what was found at an earlier look does.
  const seen = earlier.find(({ code }) => code === 'sync-quiet' || code === 'sync-stalled');
  if (seen?.code === 'sync-stalled' && work.lastAt === null) return STALLED_AFTER_MS;
  const sinceMs = work.lastAt === null ? takenAt - (seen?.since ?? takenAt) : serverTime - work.lastAt;
  return work.lastAt !== null && sinceMs < PAUSE_MS ? null : sinceMs;
};

const syncConditions = (
  activity: UpgradeActivity,
  earlier: readonly Condition[],
  takenAt: number,
): readonly Unmet[] => {
  const { sync, work } = activity;
  if (sync === null) return [];
  const name = `The database synchronisation ${sync.step ?? ''} (DBSyncActivityId ${sync.activityId ?? 'unknown'})`;
  if (sync.finishedAt !== null) {
    if (sync.succeeded !== false) return [];
    return [
      {
        code: 'sync-failed',
        message: `${name} has ended without success`,
        who: DBA,
        next: 'Run the report ds of the toolkit and read the log of the step; press Resume (entry 10) once it offers it.',
      },
    ];
  }
  if (work === null) {
    return [
      {
        code: 'sync-unseen',
        message: `${name} has no end yet, and whether it works or stands still cannot be seen`,
        who: DBA,
        next: 'Grant VIEW DATABASE STATE in the sandbox database to the login of the app.',
      },
    ];
  }
  const quiet = quietMs(activity, earlier, takenAt);
  if (quiet === null) return [];
  if (quiet < STALLED_AFTER_MS) {
    return [
      {
        code: 'sync-quiet',
        message: `${name} has no end yet, and the host SERVICING1 does nothing`,
        who: NOBODY,
        next: 'Wait: after 30 minutes without activity it is presumed to stand still.',
      },
    ];
  }
  return [
    {
      code: 'sync-stalled',
      message: `${name} is presumed stalled: the host SERVICING1 has done nothing for 30 minutes`,
      who: DBA,
      next: `Call Microsoft support and name the DBSyncActivityId ${sync.activityId ?? 'in DBSyncExecStats'}.`,
    },
  ];
};

const batchConditions = ({ batch }: UpgradeActivity): readonly Unmet[] => {
  if (batch?.tasks.some(({ status, count }) => status === ERROR && count > 0) !== true) return [];
  const counts = batch.tasks.map(({ status, count }) => `${count} ${wordOf(status)}`).join(', ');
  return [
    {
      code: 'upgrade-batch-errors',
      message: `The batch job "Data upgrade" (${wordOf(batch.job)}) has tasks in Error: ${counts}`,
      who: DBA,
      next: 'Read RELEASEUPDATESCRIPTSERRORLOG in the sandbox database for the script and its company.',
    },
  ];
};

/** What keeps a data upgrade that runs from getting on; `earlier` is what the last look found, at `takenAt` on the cutover's clock. */
export const activityConditions = (
  activity: UpgradeActivity,
  earlier: readonly Condition[],
  takenAt: number,
): readonly Unmet[] => [...syncConditions(activity, earlier, takenAt), ...batchConditions(activity)];
