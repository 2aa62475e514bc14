import { makeClock } from '../../../shared/adapters/clock.ts';
import { makeEngine } from '../../../shared/engine/engine.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import type { App } from './app.ts';
import { makeApp } from './app.ts';
import type { Clients } from './clients.ts';
import { makeClients } from './clients.ts';
import { makeClocks } from './clocks.ts';
import { makeFaults } from './faults.ts';
import { makeHindsight } from './hindsight.ts';
import { makeHolder } from './holder.ts';
import { makeLedger } from './ledger.ts';
import { makeLulls } from './lulls.ts';
import { makeProcesses } from './processes.ts';
import { makeChance } from './random.ts';
import type { Ground, Play, Surroundings } from './scenario.ts';
import type { Owner } from './scheduler.ts';
import { makeScheduler } from './scheduler.ts';
import { makeSimulatedBus } from './simulated-bus.ts';
import { makeAgenda, makeVirtualTime } from './virtual-time.ts';
import { makeWatchedTables } from './watched-tables.ts';

/** Takes each line of the trace; null where nobody reads it. */
export type OnLine = ((line: string) => void) | null;

const layGround = (
  { seed, scenario, crashPoint }: Play,
  onCrash: (owner: Owner) => void,
  onLine: OnLine,
): Ground => {
  const { profile } = scenario;
  const time = makeVirtualTime();
  const chance = makeChance(`${seed} run`);
  const ledger = makeLedger(time, onLine);
  const { note, record } = ledger;
  const faults = makeFaults(profile);
  const { rates, behaviour } = faults;
  const scheduler = makeScheduler({ chance, time, rates, note, crashPoint, onCrash });
  const bus = makeSimulatedBus({ chance, time, behaviour, record });
  const { skewMs, wrongByHours } = profile;
  const clocks = makeClocks({ chance, time, skewMs, wrongByHours, note });
  const tables = makeMemoryTables();
  return { chance, profile, time, clocks, agenda: makeAgenda(time), ledger, faults, tables, scheduler, bus };
};

const booting =
  (
    { chance, time, clocks, ledger, tables, scheduler, bus, profile }: Ground,
    { ports }: Surroundings,
    kinds: Play['scenario']['kinds'],
  ) =>
  (owner: Owner): App => {
    const { now, asks } = clocks.of(owner);
    const engine = makeEngine({
      tables: makeWatchedTables({ tables, scheduler, owner, time, asks, record: ledger.record }),
      bus: bus.port(owner, scheduler),
      clock: makeClock(1, 0, now),
      random: { token: chance.token },
      telemetry: {
        log: ({ name }, fields) => {
          ledger.note(`  ${owner.name} ${name} ${JSON.stringify(fields)}`);
        },
      },
      ...ports(owner),
      timerPeriodMs: Math.max(60_000, profile.pollEveryMs),
      callbackUrl: (...ids) => ids.join('/'),
      eventsOut: null,
    });
    return makeApp({ engine, kinds, onBug: ledger.bug });
  };

/** Sets the stage of one simulation: processes of the real engine, their ports, the world and the people around them. */
export const setStage = (play: Play, onLine: OnLine) => {
  const { scenario } = play;
  const onCrash = (owner: Owner): void => {
    processes.crash(owner);
  };
  const ground = layGround(play, onCrash, onLine);
  const { chance, profile, time, agenda, ledger, scheduler, bus } = ground;
  const { note, record, bug: onBug } = ledger;
  const surroundings = scenario.surround(ground, () => clients);
  const processes = makeProcesses({
    count: profile.processes,
    isSimulatedBug: scenario.isSimulatedBug,
    ...{ chance, time, agenda, scheduler, bus, note, onBug },
    boot: booting(ground, surroundings, scenario.kinds),
    onDeath: (owner) => {
      clients.processDied(owner);
    },
  });
  const clients: Clients = makeClients({ chance, time, agenda, hosts: processes.alive, record, onBug });
  const holder = makeHolder(ground, () => clients, play.holdBefore);
  const lulls = makeLulls(ground);
  const hindsight = makeHindsight(ground, clients);
  return { ...ground, scenario, surroundings, processes, clients, holder, lulls, hindsight };
};

/** See {@link setStage}. */
export type Stage = ReturnType<typeof setStage>;
