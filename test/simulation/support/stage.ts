import { sha256 } from '../../../shared/engine/canonical.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { makeEngine } from '../../../shared/engine/engine.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import type { Clients } from './clients.ts';
import { makeClients } from './clients.ts';
import type { Faults } from './faults.ts';
import { makeFaults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { makeLedger } from './ledger.ts';
import { makeOperators } from './operators.ts';
import type { Outside, Task } from './outside.ts';
import { makeOutside } from './outside.ts';
import { makeProcesses } from './processes.ts';
import type { Profile } from './profile.ts';
import { makeProfile } from './profile.ts';
import type { Chance } from './random.ts';
import { makeChance } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import { makeScheduler } from './scheduler.ts';
import type { SimulatedBus } from './simulated-bus.ts';
import { makeSimulatedBus } from './simulated-bus.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';
import { makeAgenda, makeVirtualTime } from './virtual-time.ts';
import { makeWatchedTables } from './watched-tables.ts';

const MINUTE_MS = 60_000;

type Ground = {
  readonly chance: Chance;
  readonly profile: Profile;
  readonly time: VirtualTime;
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly tables: Tables;
  readonly scheduler: Scheduler;
  readonly bus: SimulatedBus;
};

const layGround = (seed: number, onLine: ((line: string) => void) | null): Ground => {
  const time = makeVirtualTime();
  const chance = makeChance(`${seed} run`);
  const profile = makeProfile(makeChance(`${seed} profile`));
  const ledger = makeLedger(time, onLine);
  const { note, record } = ledger;
  const faults = makeFaults(profile);
  const scheduler = makeScheduler({ chance, time, rates: faults.rates, note });
  const bus = makeSimulatedBus({ chance, time, behaviour: faults.behaviour, record });
  const tables = makeMemoryTables();
  return { chance, profile, time, agenda: makeAgenda(time), ledger, faults, tables, scheduler, bus };
};

/** An automation that was asked calls back once or twice: at once, soon, or after minutes. */
const callingBack =
  ({ chance, agenda, faults }: Ground, clients: () => Clients) =>
  ({ cutoverId, stepId, attempt, token }: Task): void => {
    const result = chance.happens(faults.trouble.rate / 2) ? 'fail' : 'pass';
    const claim = { result, by: { id: 'automation', name: 'Automation' }, note: '' } as const;
    const id = `callback-${stepId}-${attempt}-${sha256(token).slice(0, 8)}`;
    const input = { id, type: 'complete', stepId, attempt, claim, tokenHash: sha256(token) } as const;
    agenda.add(chance.pick([0, 0, 5_000, 5 * MINUTE_MS]), `${stepId} calls back`, () => {
      for (let copy = chance.below(2); copy < 2; copy += 1) clients().submit(cutoverId, input);
    });
  };

const unmetOf = ({ publications }: ReplicationReading) =>
  publications
    .filter(({ pendingCommands }) => pendingCommands !== 0)
    .map(({ name }) => ({ code: 'pending', message: name, who: 'DBA', next: 'Wait.' }));

const booting =
  ({ chance, profile, time, ledger, tables, scheduler, bus }: Ground, outside: Outside) =>
  (owner: Owner): Engine => {
    const { skewMs } = profile;
    const offsetMs = skewMs === 0 ? 0 : chance.between(-skewMs, skewMs);
    return makeEngine({
      tables: makeWatchedTables({ tables, scheduler, owner, time, record: ledger.record }),
      bus: bus.port(owner, scheduler),
      clock: { now: () => time.now() + offsetMs },
      random: { token: chance.token },
      telemetry: {
        log: ({ name }, fields) => {
          ledger.note(`  ${owner.name} ${name} ${JSON.stringify(fields)}`);
        },
      },
      stopwatch: () => () => 0,
      outside: {
        sql: { query: () => Promise.reject(new Error('no kind of the simulation asks SQL')) },
        lcs: null,
        dynamics: outside.dynamics(owner),
        automation: outside.automation(owner),
      },
      look: outside.look(owner),
      conditions: unmetOf,
      callbackUrl: (...ids) => ids.join('/'),
    });
  };

/** Sets the stage of one simulation: processes of the real engine, their ports, the world and the people around them. */
export const setStage = (seed: number, onLine: ((line: string) => void) | null) => {
  const ground = layGround(seed, onLine);
  const { chance, profile, time, agenda, ledger, faults, scheduler, bus } = ground;
  const { note, record, bug: onBug } = ledger;
  const onFired = callingBack(ground, () => clients);
  const outside = makeOutside({ chance, time, scheduler, record, trouble: faults.trouble, onFired });
  const processes = makeProcesses({
    count: profile.processes,
    ...{ chance, time, agenda, scheduler, bus, record, note, onBug },
    boot: booting(ground, outside),
    onDeath: (owner) => {
      clients.processDied(owner);
    },
  });
  const clients: Clients = makeClients({ chance, agenda, hosts: processes.alive, record, onBug });
  const { isCommitted } = ledger;
  const operators = makeOperators({ chance, clients, outside, mood: faults.mood, isCommitted });
  return { ...ground, processes, clients, operators };
};

/** See {@link setStage}. */
export type Stage = ReturnType<typeof setStage>;
