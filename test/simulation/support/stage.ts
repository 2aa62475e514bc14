import { makeEngine } from '../../../shared/engine/engine.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import type { App } from './app.ts';
import { makeApp } from './app.ts';
import type { Clients } from './clients.ts';
import { makeClients } from './clients.ts';
import { makeFaults } from './faults.ts';
import { makeLedger } from './ledger.ts';
import { makeProcesses } from './processes.ts';
import type { Profile } from './profile.ts';
import { makeChance } from './random.ts';
import { randomPlanScenario } from './random-plan.ts';
import type { Ground, Scenario, Surroundings } from './scenario.ts';
import type { Owner } from './scheduler.ts';
import { makeScheduler } from './scheduler.ts';
import { makeSimulatedBus } from './simulated-bus.ts';
import { makeAgenda, makeVirtualTime } from './virtual-time.ts';
import { makeWatchedTables } from './watched-tables.ts';

const layGround = (seed: number, profile: Profile, onLine: ((line: string) => void) | null): Ground => {
  const time = makeVirtualTime();
  const chance = makeChance(`${seed} run`);
  const ledger = makeLedger(time, onLine);
  const { note, record } = ledger;
  const faults = makeFaults(profile);
  const scheduler = makeScheduler({ chance, time, rates: faults.rates, note });
  const bus = makeSimulatedBus({ chance, time, behaviour: faults.behaviour, record });
  const tables = makeMemoryTables();
  return { chance, profile, time, agenda: makeAgenda(time), ledger, faults, tables, scheduler, bus };
};

const booting =
  (
    { chance, profile, time, ledger, tables, scheduler, bus }: Ground,
    { ports }: Surroundings,
    kinds: Scenario['kinds'],
  ) =>
  (owner: Owner): App => {
    const { skewMs } = profile;
    const offsetMs = skewMs === 0 ? 0 : chance.between(-skewMs, skewMs);
    const engine = makeEngine({
      tables: makeWatchedTables({ tables, scheduler, owner, time, record: ledger.record }),
      bus: bus.port(owner, scheduler),
      clock: { now: () => time.now() + offsetMs },
      random: { token: chance.token },
      telemetry: {
        log: ({ name }, fields) => {
          ledger.note(`  ${owner.name} ${name} ${JSON.stringify(fields)}`);
        },
      },
      ...ports(owner),
      callbackUrl: (...ids) => ids.join('/'),
    });
    return makeApp({ engine, kinds, onBug: ledger.bug });
  };

/** Sets the stage of one simulation: processes of the real engine, their ports, the world and the people around them. */
export const setStage = (seed: number, onLine: ((line: string) => void) | null) => {
  const scenario = randomPlanScenario(seed);
  const ground = layGround(seed, scenario.profile, onLine);
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
  const clients: Clients = makeClients({ chance, agenda, hosts: processes.alive, record, onBug });
  return { ...ground, scenario, surroundings, processes, clients };
};

/** See {@link setStage}. */
export type Stage = ReturnType<typeof setStage>;
