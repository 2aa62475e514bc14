import { describe, expect, test } from 'vitest';
import { makeAxTables, DEFAULT_CENSUS } from '../../../local/world/ax-tables.ts';
import { isOnline, operationsAt } from '../../../local/world/environments.ts';
import { worldOptions } from '../../../local/world/options.ts';
import { batchJobsAt, usersAt } from '../../../local/world/production.ts';
import { axSessionsAt, backupsAt, serverLocalTime } from '../../../local/world/servers.ts';
import { sandboxStateAt } from '../../../local/world/toolkit.ts';
import { upgradeAt } from '../../../local/world/upgrade.ts';
import { makeWorld } from '../../../local/world/world.ts';
import { BEGUN_AT, makeTestClock, makeTestWorld, MINUTE, type TestWorld } from '../../support/test-world.ts';

const stateOf = ({ world, clock }: TestWorld): string => sandboxStateAt(world.scene(), clock.now());

describe('the tables of the source', () => {
  test('are five thousand with long-tailed row counts, and no two have one name', () => {
    const tables = makeAxTables(DEFAULT_CENSUS, 1);
    const rows = tables.map((table) => table.rows).sort((a, b) => a - b);
    expect(tables).toHaveLength(5_000);
    expect(new Set(tables.map(({ name }) => name)).size).toBe(5_000);
    expect(rows[2_000]).toBe(0);
    expect(rows.at(-1)).toBeGreaterThan(50_000_000);
    expect(tables.filter((table) => table.class === 'non-keyed')).toHaveLength(60);
  });

  test('are the same for the same seed and others for another', () => {
    expect(makeAxTables(DEFAULT_CENSUS, 7)).toEqual(makeAxTables(DEFAULT_CENSUS, 7));
    expect(makeAxTables(DEFAULT_CENSUS, 7)).not.toEqual(makeAxTables(DEFAULT_CENSUS, 8));
  });
});

describe('the toolkit', () => {
  test('moves the sandbox through the states of its menu', () => {
    const test = makeTestWorld();
    const states = [stateOf(test)];
    for (const entry of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const) {
      test.finish(test.world.act.toolkit(entry));
      states.push(stateOf(test));
    }
    test.clock.advance(test.world.scene().options.durations.upgradeMs);
    states.push(stateOf(test));
    expect(states).toEqual([
      'Deployed',
      'Deployed',
      'Ready for replication',
      ...Array.from({ length: 6 }, () => 'Replication in progress'),
      'Replication completed',
      'Data upgrade in progress',
      'Deployed',
    ]);
  });

  test('refuses an entry whose predecessor is missing, running, or that is completed already', () => {
    const { world, clock, finish } = makeTestWorld();
    expect(world.act.toolkit(2)).toEqual({
      accepted: false,
      message: '"Environment setup activity" has to be Completed first.',
    });
    const first = world.act.toolkit(1);
    expect(world.act.toolkit(2)).toEqual({
      accepted: false,
      message: '"Environment setup activity" is still running.',
    });
    finish(first);
    clock.advance(1);
    expect(world.act.toolkit(1)).toEqual({
      accepted: false,
      message: '"Environment setup activity" is Completed already.',
    });
    expect(world.act.toolkit(11)).toMatchObject({ accepted: false });
  });

  test('begins again at entry 3 after a reset', () => {
    const test = makeTestWorld();
    test.setUpDistributor();
    test.replicate();
    test.finish(test.world.act.resetReplication());
    expect(test.world.act.toolkit(7)).toMatchObject({ accepted: false });
    expect(test.world.act.toolkit(3)).toMatchObject({ accepted: true });
  });
});

describe('the data upgrade', () => {
  const upTo10 = (test: TestWorld): TestWorld => {
    test.setUpDistributor();
    test.replicate();
    test.stopAx();
    test.completeReplication();
    return test;
  };

  test('has no steps before it is triggered, and runs them one after the other', () => {
    const { world, clock, finish } = upTo10(makeTestWorld());
    expect(upgradeAt(world.scene(), clock.now())).toBeNull();
    finish(world.act.toolkit(10));
    clock.advance(75 * MINUTE);
    expect(upgradeAt(world.scene(), clock.now())?.steps.map(({ status }) => status)).toEqual([
      'Completed',
      'Completed',
      'Completed',
      'In Progress',
      'Not Started',
      'Not Started',
      'Not Started',
    ]);
  });

  test('is Deployed in Lifecycle Services while its last step still runs', () => {
    const { world, clock, finish } = upTo10(makeTestWorld());
    finish(world.act.toolkit(10));
    clock.advance(149 * MINUTE);
    const upgrade = upgradeAt(world.scene(), clock.now());
    expect(upgrade?.lcsState).toBe('Deployed');
    expect(upgrade?.steps.at(-1)?.status).toBe('In Progress');
    clock.advance(2 * MINUTE);
    expect(upgradeAt(world.scene(), clock.now())?.steps.at(-1)?.status).toBe('Completed');
  });

  test('fails once under "upgrade-fails-once" and completes after Resume', () => {
    const test = upTo10(makeTestWorld(['upgrade-fails-once']));
    test.upgrade();
    expect(stateOf(test)).toBe('Failed');
    test.finish(test.world.act.toolkit(10));
    expect(stateOf(test)).toBe('Data upgrade in progress');
    test.clock.advance(80 * MINUTE);
    expect(stateOf(test)).toBe('Deployed');
    expect(test.world.act.resumeUpgrade()).toMatchObject({ accepted: false });
  });

  test('can be rolled back when it failed, and triggered again', () => {
    const test = upTo10(makeTestWorld(['upgrade-fails-once']));
    test.upgrade();
    const rollback = test.world.act.toolkit(11);
    expect(stateOf(test)).toBe('Failed');
    test.finish(rollback);
    expect(stateOf(test)).toBe('Replicated');
    test.upgrade();
    expect(stateOf(test)).toBe('Deployed');
  });
});

describe('the servers', () => {
  test('show sessions of an AOS until its service has stopped', () => {
    const { world, clock } = makeTestWorld();
    const hosts = (): readonly string[] => [
      ...new Set(axSessionsAt(world.scene(), clock.now()).map(({ host }) => host)),
    ];
    expect(hosts()).toEqual(['AXAOS01', 'AXAOS02', 'AXBATCH01']);
    world.act.stopAos('AXAOS01');
    expect(hosts()).toContain('AXAOS01');
    clock.advance(3 * MINUTE);
    expect(hosts()).toEqual(['AXAOS02', 'AXBATCH01']);
    expect(world.act.startAos('AXAOS02')).toMatchObject({ accepted: false });
    world.act.startAos('AXAOS01');
    clock.advance(4 * MINUTE);
    expect(hosts()).toHaveLength(3);
  });

  test('know a backup only when it has finished', () => {
    const { world, clock, finish } = makeTestWorld();
    const before = backupsAt(world.scene(), clock.now()).length;
    const startedAt = clock.now();
    const outcome = world.act.takeBackup();
    expect(backupsAt(world.scene(), clock.now())).toHaveLength(before);
    finish(outcome);
    expect(backupsAt(world.scene(), clock.now()).at(-1)).toMatchObject({
      startedAt,
      finishedAt: clock.now(),
    });
    expect(serverLocalTime(world.scene(), startedAt)).toBe(startedAt + 60 * MINUTE + 2_300);
  });
});

describe('a refresh', () => {
  const upgraded = (): TestWorld => {
    const test = makeTestWorld();
    test.setUpDistributor();
    test.replicate();
    test.stopAx();
    test.completeReplication();
    test.upgrade();
    return test;
  };

  test('is refused until the sandbox is Deployed, and one at a time', () => {
    const { world, setUpDistributor } = makeTestWorld();
    setUpDistributor();
    expect(world.act.startRefresh('production', 'person')).toMatchObject({ accepted: false });
    const { world: other } = upgraded();
    expect(other.act.startRefresh('production', 'person')).toMatchObject({ accepted: true });
    expect(other.act.startRefresh('production', 'person')).toMatchObject({ accepted: false });
  });

  test('goes from NotStarted over InProgress and Completed to SignedOff, off line in between', () => {
    const { world, clock } = upgraded();
    const seen = (): readonly (string | boolean | undefined)[] => [
      operationsAt(world.scene(), 'production', clock.now())[0]?.status,
      isOnline(world.scene(), 'production', clock.now()),
    ];
    world.act.startRefresh('production', 'person');
    expect(seen()).toEqual(['NotStarted', true]);
    clock.advance(80 * MINUTE);
    expect(seen()).toEqual(['InProgress', false]);
    clock.advance(31 * MINUTE);
    expect(seen()).toEqual(['Completed', true]);
    world.act.signOff('production');
    expect(seen()).toEqual(['SignedOff', true]);
  });

  test('leaves users disabled and batch jobs withheld until people change that', () => {
    const { world, clock, finish } = upgraded();
    expect(world.act.openAccess('wave-1', ['dkmf'])).toMatchObject({ accepted: false });
    finish(world.act.startRefresh('production', 'person'));
    const enabled = (): readonly string[] => [
      ...new Set(
        usersAt(world.scene(), clock.now())
          .filter(({ isEnabled }) => isEnabled)
          .map(({ company }) => company),
      ),
    ];
    const statuses = (): ReadonlySet<string> =>
      new Set(batchJobsAt(world.scene(), clock.now()).map(({ status }) => status));
    expect(enabled()).toEqual(['DAT']);
    expect(statuses()).toEqual(new Set(['Withhold']));
    finish(world.act.openAccess('wave-1', ['dkmf', 'semf']));
    finish(world.act.releaseBatch());
    expect(enabled()).toEqual(['DAT', 'dkmf', 'semf']);
    expect(statuses()).toEqual(new Set(['Waiting']));
  });
});

test('a world taken up from its history shows what the first one showed', () => {
  const test = makeTestWorld();
  test.setUpDistributor();
  test.replicate();
  const again = makeWorld(
    makeTestClock(test.clock.now()),
    worldOptions({ ...test.world.scene().options, begunAt: BEGUN_AT }),
    test.world.scene().history,
  );
  expect(again.scene()).toEqual(test.world.scene());
  expect(again.act.toolkit(7)).toEqual(test.world.act.toolkit(7));
});
