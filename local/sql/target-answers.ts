import type { SqlAnswer } from '../tds/sql-handler.ts';
import { upgradeAt } from '../world/upgrade.ts';
import type { World } from '../world/world.ts';
import { answerRows, INSTANT_TYPE, NAME_TYPE, utcText, utcTextOrNull } from './result.ts';

/** The version that Azure SQL Database says it has. */
export const TARGET_VERSION = '12.0.2000';

/** Answers `target-facts`. Azure's clock is right. */
export const targetFactsAnswer = (world: World): SqlAnswer =>
  answerRows({ version: 'nvarchar(64)', database: NAME_TYPE, seesTables: 'int', serverTime: INSTANT_TYPE }, [
    {
      version: `${TARGET_VERSION}.8`,
      database: world.scene().options.target.database,
      seesTables: 1,
      serverTime: utcText(world.clock.now()),
    },
  ]);

/** FOR JSON of a table that is there; null of one that is not. */
const json = (rows: readonly object[] | undefined): string | null => (rows ? JSON.stringify(rows) : null);

/** How the target writes a time that has not come. */
const NEVER = '1900-01-01T00:00:00Z';

/** Answers `data-upgrade-status`: the tables appear when the upgrade is triggered, their rows when steps begin. */
export const dataUpgradeStatusAnswer = (world: World): SqlAnswer => {
  const now = world.clock.now();
  const upgrade = upgradeAt(world.scene(), now);
  const steps = upgrade?.steps
    .filter(({ startedAt }) => startedAt !== null)
    .map(({ startedAt, endedAt, ...step }) => ({
      ...step,
      startedAt: utcTextOrNull(startedAt),
      endedAt: utcTextOrNull(endedAt),
    }));
  const servicing = upgrade?.servicing.map((step) => ({ ...step, modifiedAt: utcText(step.modifiedAt) }));
  // DBSyncExecStats and the batch tables are there without an upgrade too.
  const syncs = (upgrade?.syncs ?? []).toReversed().map(({ id, startedAt, endedAt, ...sync }) => ({
    ...sync,
    id: String(id),
    startedAt: utcText(startedAt),
    finishedAt: endedAt === null ? NEVER : utcText(endedAt),
    succeeded: endedAt === null ? 0 : 1,
  }));
  const { job = 0, tasks = [] } = upgrade?.batch ?? {};
  const batch = tasks.map(({ status, count }) => ({ job, task: status, tasks: count }));
  const work =
    upgrade === null
      ? { sessions: 0, requests: 0, lastAt: null }
      : { sessions: 1, requests: upgrade.work.requests, lastAt: utcText(upgrade.work.lastAt) };
  return answerRows(
    {
      serverTime: INSTANT_TYPE,
      steps: 'nvarchar(max)',
      servicing: 'nvarchar(max)',
      syncs: 'nvarchar(max)',
      batch: 'nvarchar(max)',
      work: 'nvarchar(max)',
    },
    [
      {
        serverTime: utcText(now),
        steps: json(steps),
        servicing: json(servicing),
        syncs: JSON.stringify(syncs),
        batch: JSON.stringify(batch),
        work: JSON.stringify([work]),
      },
    ],
  );
};
