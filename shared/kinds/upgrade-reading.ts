import type { DataUpgradeRow } from '../contract/statements/data-upgrade-status.ts';
import { dataUpgradeStatus } from '../contract/statements/data-upgrade-status.ts';
import { stepsInReport } from '../contract/upgrade-report.ts';
import { CutoverError } from '../core/errors.ts';
import type { UpgradeActivity } from '../core/upgrade-activity.ts';
import type { UpgradeStep } from '../core/upgrade-completion.ts';
import type { TimedStep } from '../core/upgrade-pace.ts';
import type { ReadingSource } from '../core/state.ts';
import type { StepContext } from './kind.ts';
import type { Asked } from './reading-gap.ts';
import { askOrGap } from './reading-gap.ts';
import { onClockOf } from './server-time.ts';
import { isAccessRefused, isRead } from './sources.ts';
import { unaccepted } from './stated.ts';

/** What the target database says of the upgrade. */
type Watched = { readonly steps: readonly TimedStep[]; readonly activity: UpgradeActivity };

/** The pasted report `ds`, and the people who answer for it. */
type Report = {
  /** When it was so, by whoever gave it. */
  readonly takenAt: number;
  readonly by: string;
  readonly confirmedBy: string | null;
  /** Whether it was so during this attempt, and not after it was given. */
  readonly isOfAttempt: boolean;
  readonly topology: string | null;
  readonly steps: readonly UpgradeStep[];
};

/** What is known of the upgrade. */
export type UpgradeReading = {
  /** The state in Lifecycle Services; null where there is no access to it. */
  readonly lcs: string | null;
  /** Null where the database lets nobody in; `refused` then says why. */
  readonly watched: Watched | null;
  readonly refused: { readonly code: string; readonly message: string } | null;
  readonly report: Report | null;
};

/** What is of this upgrade: that of an earlier one in the same database began before replication was removed. */
const watchedOf = (row: DataUpgradeRow, takenAt: number, since: number | undefined): Watched => {
  const { serverTime } = row;
  const begin = since === undefined ? 0 : onClockOf({ serverTime, takenAt }, since);
  const steps = (row.steps ?? [])
    .filter(({ startedAt }) => startedAt === null || startedAt >= begin)
    .map(({ step, subStep, status, startedAt, endedAt }) => ({
      name: subStep === null || subStep === '' ? step : `${step} / ${subStep}`,
      status: status ?? '',
      startedAt,
      endedAt,
    }));
  const newest = (row.syncs ?? []).find(({ startedAt }) => startedAt >= begin);
  const [first] = row.batch ?? [];
  return {
    steps,
    activity: {
      serverTime,
      servicing: (row.servicing ?? [])
        .filter(({ modifiedAt }) => modifiedAt === null || modifiedAt >= begin)
        .map(({ path, status }) => ({ path, status })),
      sync: newest ?? null,
      batch: first === undefined ? null : { job: first.job, tasks: tasksOf(row.batch ?? []) },
      work: row.work?.[0] ?? null,
    },
  };
};

const tasksOf = (rows: NonNullable<DataUpgradeRow['batch']>) =>
  rows.flatMap(({ task, tasks }) => (task === null ? [] : [{ status: task, count: tasks }]));

const readReport = async ({ given, step }: StepContext<unknown>): Promise<Report | null> => {
  const found = await given('upgrade-status');
  if (found === null) return null;
  const { takenAt, topology, text } = found.document;
  const { by, at, confirmed } = found.upload;
  return {
    takenAt,
    by: by.name,
    confirmedBy: confirmed?.by.name ?? null,
    isOfAttempt: takenAt >= (step.wait?.openedAt ?? 0) && takenAt <= at,
    topology,
    steps: stepsInReport(text),
  };
};

const askTarget = async (
  context: StepContext<unknown>,
  accepts: readonly ReadingSource[],
): Promise<Asked<DataUpgradeRow>> => {
  if (!isRead(accepts)) {
    const message = unaccepted(context, accepts, ['target']) ?? '';
    return { rows: null, gap: { statement: dataUpgradeStatus.name, code: 'C501', message } };
  }
  return await askOrGap(context.ports.sql, dataUpgradeStatus, null, (error) => !isAccessRefused(error));
};

/** Asks the target database, Lifecycle Services and the people; throws CutoverError for what is no matter of access. */
export const readUpgrade = async (
  context: StepContext<unknown>,
  accepts: readonly ReadingSource[],
): Promise<UpgradeReading> => {
  const { ports, bindings, state, now } = context;
  const { rows, gap } = await askTarget(context, accepts);
  const [row] = rows ?? [];
  if (gap === null && row === undefined) {
    throw new CutoverError('C505', `${dataUpgradeStatus.name} gave no row`);
  }
  const environment =
    ports.lcs === null || bindings.lcs === null
      ? null
      : await ports.lcs.environment(bindings.lcs.sandboxEnvironmentId);
  return {
    lcs: environment?.state ?? null,
    watched: row === undefined ? null : watchedOf(row, now, state.milestones['replication-removed']),
    refused: gap && { code: gap.code, message: gap.message },
    report: await readReport(context),
  };
};
