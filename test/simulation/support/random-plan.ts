import { watchConditions } from '../../../shared/core/replication-watch.ts';
import { sha256 } from '../../../shared/engine/canonical.ts';
import { lookAtReplication } from '../../../shared/kinds/replication-reading.ts';
import { SERVER_CHECKS } from './check-servers.ts';
import type { Clients } from './clients.ts';
import { KINDS } from './kinds.ts';
import type { Deed } from './operators.ts';
import { makeOperators } from './operators.ts';
import { makeOutside, type Task } from './outside.ts';
import { BINDINGS, makePlan } from './plan.ts';
import type { Profile } from './profile.ts';
import { makeProfile } from './profile.ts';
import { makeChance } from './random.ts';
import { inputIdOf } from './requests.ts';
import type { Ground, Scenario, Surroundings } from './scenario.ts';
import type { Owner } from './scheduler.ts';
import { makeSqlServers } from './sql-servers.ts';
import type { Temper } from './temper.ts';
import { drawnTemper } from './temper.ts';
import { START_OF_TIME } from './virtual-time.ts';

const MINUTE_MS = 60_000;
/** So much faster than the cutover's clock the machine's runs, so that long countings meet their budget. */
const MACHINE_HASTE = 50;

/** An automation that was asked calls back, once or more. */
const callingBack = ({ agenda }: Ground, temper: Temper, clients: () => Clients) => {
  let calls = 0;
  return (task: Task): void => {
    const { cutoverId, stepId, attempt } = task;
    // A repeated effect has no token, as nobody awaits its report.
    const token = task.token === '' ? null : task.token;
    calls += 1;
    const result = temper.fails(task) ? 'fail' : 'pass';
    const claim = { result, by: { id: 'automation', name: 'Automation' }, note: '' } as const;
    const id = inputIdOf({ type: 'complete' }, `callback-${stepId}-${attempt}-${calls}`);
    const input = {
      id,
      type: 'complete',
      stepId,
      attempt,
      claim,
      tokenHash: token && sha256(token),
    } as const;
    for (const delayMs of temper.callsBackAfterMs(task)) {
      agenda.add(delayMs, `${stepId} calls back`, () => {
        clients().submit(cutoverId, input, token);
      });
    }
  };
};

/** The simulated outside, the servers and the people; `temper` says how all of it behaves. */
export const surroundWith =
  (temperOf: (ground: Ground) => Temper, deeds: readonly Deed[]) =>
  (ground: Ground, clients: () => Clients): Surroundings => {
    const { profile, time, ledger, scheduler } = ground;
    const temper = temperOf(ground);
    const onFired = callingBack(ground, temper, clients);
    const outside = makeOutside({ time, scheduler, record: ledger.record, temper, onFired });
    const clockChange = {
      at: START_OF_TIME + profile.clockChangeAfterMs,
      hours: profile.clockChangeHours,
    };
    const servers = makeSqlServers({
      servers: { tables: profile.tables, clockChange },
      time,
      scheduler,
      record: ledger.record,
      temper,
    });
    for (const check of SERVER_CHECKS) ledger.alsoCheck(check);
    const { isCommitted, planOf, formerIdsOf } = ledger;
    const { mood } = ground.faults;
    const people = makeOperators({
      ...ground,
      clients,
      outside,
      servers,
      mood,
      isCommitted,
      planOf,
      formerIdsOf,
      deeds,
    });
    return {
      ports: (owner: Owner) => {
        const sql = servers.sql(owner);
        return {
          outside: {
            sql,
            lcs: null,
            dynamics: outside.dynamics(owner),
            automation: outside.automation(owner),
          },
          look: (slot, now, source, depth) => lookAtReplication(sql, slot, now, source, depth),
          conditions: watchConditions,
          stopwatch: () => {
            const startedAt = time.now();
            return () => (time.now() - startedAt) * MACHINE_HASTE;
          },
        };
      },
      ...people,
    };
  };

/** What every scenario of simulated kinds has in common. */
export const simulatedScenario = (
  profile: Profile,
  parts: Pick<Scenario, 'planOf' | 'surround'>,
): Scenario => ({
  profile,
  kinds: KINDS,
  bindings: BINDINGS,
  // A kind's own bug is simulated as a TypeError; anything else that is no promised error is the engine's.
  isSimulatedBug: (error) => error instanceof TypeError,
  mostActions: 80_000,
  livenessMs: 8 * 60 * MINUTE_MS,
  ...parts,
});

/** A random plan of simulated kinds, so that every way a step can be asked and judged meets every fault. */
export const randomPlanScenario = (seed: number): Scenario =>
  simulatedScenario(makeProfile(makeChance(`${seed} profile`)), {
    planOf: (key) => makePlan(makeChance(`${seed} ${key}`)),
    surround: surroundWith(({ chance, faults }) => drawnTemper(chance, faults.trouble), []),
  });
