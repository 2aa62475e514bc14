import { describe, expect, it } from 'vitest';
import { sqlHandlers } from '../../../local/sql-servers.ts';
import type { FaultName } from '../../../local/world/history.ts';
import { sandboxStateAt } from '../../../local/world/toolkit.ts';
import type { Condition } from '../../../shared/core/state.ts';
import { dataUpgrade } from '../../../shared/kinds/data-upgrade.ts';
import type { KindVerdict } from '../../../shared/kinds/kind.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import { makeTestWorld, MINUTE } from '../../support/test-world.ts';
import { contextFor, fakeLcs, short } from '../kinds/kind-context.ts';

/** A world whose upgrade is triggered, looked at by the kind itself, through the statement of the catalogue. */
const triggered = (...faults: FaultName[]) => {
  const test = makeTestWorld(faults);
  test.setUpDistributor();
  test.replicate();
  test.stopAx();
  test.completeReplication();
  test.finish(test.world.act.toolkit(10));
  const { database } = test.world.scene().options.target;
  const { target } = sqlHandlers({ world: test.world, logins: [] });
  const sql: Sql = {
    sourceOf: () => 'pulled',
    query: async (statement, parameters) => {
      const answer = await target({
        sql: statement.text(parameters),
        parameters: new Map(),
        procedure: null,
        login: 'monitor',
        database,
      } as never);
      const [set] = answer?.resultSets ?? [];
      return (set?.rows ?? []).map((row) =>
        statement.row.parse(
          Object.fromEntries(row.map((value: unknown, index) => [set?.columns[index]?.name, value])),
        ),
      );
    },
  };
  let unmet: readonly Condition[] = [];
  /** Looks after so many minutes more. */
  const look = async (minutes: number): Promise<KindVerdict> => {
    test.clock.advance(minutes * MINUTE);
    const now = test.clock.now();
    const lcs = fakeLcs({ state: sandboxStateAt(test.world.scene(), now) });
    const context = contextFor(dataUpgrade, { now, step: { unmet }, ports: { sql, lcs } });
    const verdict = dataUpgrade.judge(context, await dataUpgrade.read(context));
    unmet = verdict.verdict === 'not-yet' ? verdict.unmet.map((one) => ({ ...one, since: now })) : [];
    return verdict;
  };
  return { test, look };
};

describe('the data upgrade of the world, as its step sees it', () => {
  it('runs, goes on while Lifecycle Services says Deployed already, and ends', async () => {
    const { look } = triggered();
    expect(short(await look(0))).toBe('not-yet upgrade-running');
    expect(await look(149)).toMatchObject({
      unmet: [{ message: expect.stringContaining('although Lifecycle Services says Deployed') as string }],
    });
    expect(short(await look(2))).toBe('done');
  });

  it('that stands still is quiet, then presumed stalled, and ends later', async () => {
    const { look } = triggered('sync-stalls-once');
    // DbSync begins after 45 minutes and stands still after a quarter of an hour.
    expect(short(await look(59))).toBe('not-yet upgrade-running');
    expect(short(await look(15))).toBe('not-yet upgrade-running sync-quiet');
    const stalled = await look(16);
    expect(short(stalled)).toBe('not-yet upgrade-running sync-stalled');
    expect(stalled).toMatchObject({
      unmet: [{}, { next: expect.stringMatching(/[0-9a-f-]{36}/) as string }],
    });
    expect(short(await look(16))).toBe('not-yet upgrade-running');
    expect(short(await look(60))).toBe('not-yet upgrade-running');
    expect(short(await look(30))).toBe('done');
  });

  it('of which a sub-step fails names it, and is resumed', async () => {
    const { test, look } = triggered('upgrade-fails-once');
    const failed = await look(110);
    expect(short(failed)).toBe('failed C603');
    expect(failed).toMatchObject({
      error: {
        message: 'The data upgrade failed: PostSync / PostSync scripts, and Lifecycle Services says Failed',
      },
    });
    test.finish(test.world.act.resumeUpgrade());
    expect(short(await look(1))).toBe('not-yet upgrade-running');
    expect(short(await look(80))).toBe('done');
  });
});
