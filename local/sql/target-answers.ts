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

/** Answers `data-upgrade-status`: the table appears when the upgrade is triggered, its rows when their steps begin. */
export const dataUpgradeStatusAnswer = (world: World): SqlAnswer => {
  const now = world.clock.now();
  const upgrade = upgradeAt(world.scene(), now);
  const serverTime = utcText(now);
  const nothing = { step: null, subStep: null, status: null, startedAt: null, endedAt: null, serverTime };
  const rows = (upgrade?.steps ?? [])
    .filter(({ startedAt }) => startedAt !== null)
    .map(({ step, subStep, status, startedAt, endedAt }) => ({
      present: 1,
      step,
      subStep,
      status,
      startedAt: utcTextOrNull(startedAt),
      endedAt: utcTextOrNull(endedAt),
      serverTime,
    }));
  return answerRows(
    {
      present: 'int',
      step: 'nvarchar(256)',
      subStep: 'nvarchar(256)',
      status: 'nvarchar(64)',
      startedAt: INSTANT_TYPE,
      endedAt: INSTANT_TYPE,
      serverTime: INSTANT_TYPE,
    },
    rows.length > 0 ? rows : [{ present: upgrade === null ? 0 : 1, ...nothing }],
  );
};
