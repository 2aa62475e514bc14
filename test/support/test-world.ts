import type { Clock } from '../../shared/adapters/clock.ts';
import type { FaultName, Outcome } from '../../local/world/history.ts';
import { worldOptions, type WorldSettings } from '../../local/world/options.ts';
import { publicationsAt } from '../../local/world/publications.ts';
import { makeWorld, type World } from '../../local/world/world.ts';

export const MINUTE = 60_000;
export const BEGUN_AT = Date.parse('2026-11-20T18:00:00Z');

/** A small customer, so that a test reads what it asserts. */
const SMALL = { keyed: 40, 'non-keyed': 6, locked: 1, special: 2, ignored: 2 };

/** A clock that a test moves. */
export type TestClock = Clock & {
  readonly advance: (ms: number) => void;
  readonly set: (at: number) => void;
};

export const makeTestClock = (startAt: number): TestClock => {
  let at = startAt;
  return {
    now: () => at,
    advance: (ms) => {
      at += ms;
    },
    set: (to) => {
      at = to;
    },
  };
};

/** A small world, the clock it runs on, and shortcuts through the procedure. */
export type TestWorld = {
  readonly world: World;
  readonly clock: TestClock;
  /** Lets time pass until what was accepted has finished; throws what was refused. */
  readonly finish: (outcome: Outcome) => void;
  /** Toolkit entries 1 to 4. */
  readonly setUpDistributor: () => void;
  /** Then 5 and 6, and all snapshots delivered and caught up with. */
  readonly replicate: () => void;
  readonly stopAx: () => void;
  /** Then 7 to 9. */
  readonly completeReplication: () => void;
  /** Then 10, until it is over. */
  readonly upgrade: () => void;
};

export const makeTestWorld = (
  faults: readonly FaultName[] = [],
  settings: Partial<WorldSettings> = {},
): TestWorld => {
  const clock = makeTestClock(settings.begunAt ?? BEGUN_AT);
  const options = worldOptions({
    begunAt: BEGUN_AT,
    census: SMALL,
    publishers: 2,
    faults: new Set(faults),
    ...settings,
  });
  const world = makeWorld(clock, options);
  const finish = (outcome: Outcome): void => {
    if (!outcome.accepted) throw new Error(outcome.message);
    clock.set(Math.max(clock.now(), outcome.finishesAt));
  };
  const { act } = world;
  return {
    world,
    clock,
    finish,
    setUpDistributor: () => {
      for (const entry of [1, 2, 3, 4] as const) finish(act.toolkit(entry));
    },
    replicate: () => {
      finish(act.toolkit(5));
      for (const { name } of publicationsAt(world.scene(), clock.now())) finish(act.startSnapshot(name));
      finish(act.toolkit(6));
      clock.advance(60 * MINUTE);
    },
    stopAx: () => {
      for (const host of world.scene().options.aosHosts) finish(act.stopAos(host));
      clock.advance(2 * MINUTE);
    },
    completeReplication: () => {
      finish(act.toolkit(7));
      clock.advance(30 * MINUTE);
      finish(act.toolkit(8));
      finish(act.toolkit(9));
    },
    upgrade: () => {
      finish(act.toolkit(10));
      clock.advance(world.scene().options.durations.upgradeMs);
    },
  };
};
