import { eventsOf, type Scene, type ToolkitEntry } from './history.ts';

/** One run of a menu entry that still counts: those before a reset or a roll-back are undone by it. */
export type ToolkitRun = {
  readonly entry: ToolkitEntry;
  readonly startedAt: number;
  readonly finishesAt: number;
};

/** The runs that still count, in order. */
export const toolkitRuns = (scene: Scene, now: number): readonly ToolkitRun[] => {
  let runs: readonly ToolkitRun[] = [];
  for (const event of scene.history) {
    if (event.type === 'replication-reset') runs = runs.filter(({ entry }) => entry < 3);
    if (event.type !== 'toolkit-run') continue;
    const { entry, at } = event;
    const finishesAt = at + scene.options.durations.toolkitMs[entry];
    if (entry === 11 && finishesAt <= now) runs = runs.filter((run) => run.entry !== 10);
    runs = [...runs, { entry, startedAt: at, finishesAt }];
  }
  return runs;
};

/** When the upgrade that counts was triggered; null before, and again after a rollback. */
export const upgradeTriggeredAt = (scene: Scene, now: number): number | null =>
  toolkitRuns(scene, now).find(({ entry }) => entry === 10)?.finishesAt ?? null;

/** Whether this is the first upgrade ever triggered. */
export const isFirstUpgrade = (scene: Scene): boolean =>
  eventsOf(scene, 'toolkit-run').filter(({ entry }) => entry === 10).length <= 1;
