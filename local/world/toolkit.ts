import type { Scene, ToolkitEntry } from './history.ts';
import { toolkitRuns } from './toolkit-runs.ts';
import { upgradeAt } from './upgrade.ts';

/** The state of the sandbox as Lifecycle Services and the toolkit's `ds` name it. */
export type SandboxState =
  | 'Deployed'
  | 'Ready for replication'
  | 'Replication in progress'
  | 'Replication completed'
  | 'Data upgrade in progress'
  | 'Failed'
  | 'Replicated';

/** The state of the sandbox; only the toolkit and the upgrade itself move it. */
export const sandboxStateAt = (scene: Scene, now: number): SandboxState => {
  const last = toolkitRuns(scene, now).findLast(({ finishesAt }) => finishesAt <= now)?.entry ?? 1;
  if (last < 2) return 'Deployed';
  if (last === 2) return 'Ready for replication';
  if (last < 9) return 'Replication in progress';
  if (last === 9) return 'Replication completed';
  if (last === 11) return 'Replicated';
  return upgradeAt(scene, now)?.lcsState ?? 'Data upgrade in progress';
};

const NAMES: Readonly<Record<ToolkitEntry, string>> = {
  1: 'Environment setup activity',
  2: 'Prepare the target environment for the data upgrade',
  3: 'Cleanup Target Database',
  4: 'Setup Distributor',
  5: 'Setup Publication for Primary Key (PK) Tables',
  6: 'Setup Publication for Other Objects (functions)',
  7: 'Setup Publication for Non PK Tables',
  8: 'Remove replication setup',
  9: 'Update environment state to Replicated',
  10: 'Trigger Transformation',
  11: 'Trigger rollback',
};

/** Why the toolkit would not run this entry now; null if it would. */
export const refusalOfEntry = (scene: Scene, entry: ToolkitEntry, now: number): string | null => {
  const runs = toolkitRuns(scene, now);
  const running = runs.find(({ finishesAt }) => finishesAt > now);
  if (running !== undefined) return `"${NAMES[running.entry]}" is still running.`;
  const state = sandboxStateAt(scene, now);
  if (entry === 11) {
    return state === 'Failed' ? null : `A rollback needs the state Failed; the environment is ${state}.`;
  }
  if (entry === 10 && state === 'Failed') return null;
  if (runs.some((run) => run.entry === entry)) return `"${NAMES[entry]}" is Completed already.`;
  const before = (entry - 1) as ToolkitEntry;
  if (entry > 1 && !runs.some((run) => run.entry === before)) {
    return `"${NAMES[before]}" has to be Completed first.`;
  }
  return null;
};

/** Why replication cannot be reset now; null if it can. */
export const refusalOfReset = (scene: Scene, now: number): string | null => {
  const state = sandboxStateAt(scene, now);
  return state === 'Replication in progress'
    ? null
    : `There is no replication to reset: the state is ${state}.`;
};
