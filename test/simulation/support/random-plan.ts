import type { ReplicationReading } from '../../../shared/core/replication.ts';
import { sha256 } from '../../../shared/engine/canonical.ts';
import type { Clients } from './clients.ts';
import { KINDS } from './kinds.ts';
import { makeOperators } from './operators.ts';
import { makeOutside, type Task } from './outside.ts';
import { BINDINGS, makePlan } from './plan.ts';
import { makeProfile } from './profile.ts';
import { makeChance } from './random.ts';
import { inputIdOf } from './requests.ts';
import type { Ground, Scenario, Surroundings } from './scenario.ts';

const MINUTE_MS = 60_000;

/** An automation that was asked calls back once or twice: at once, soon, or after minutes. */
const callingBack = ({ chance, agenda, faults }: Ground, clients: () => Clients) => {
  let calls = 0;
  return ({ cutoverId, stepId, attempt, token }: Task): void => {
    calls += 1;
    const result = chance.happens(faults.trouble.rate / 2) ? 'fail' : 'pass';
    const claim = { result, by: { id: 'automation', name: 'Automation' }, note: '' } as const;
    const id = inputIdOf({ type: 'complete' }, `callback-${stepId}-${attempt}-${calls}`);
    // A repeated effect has no token, as nobody awaits its report.
    const tokenSent = token === '' ? null : token;
    const tokenHash = tokenSent && sha256(tokenSent);
    const input = { id, type: 'complete', stepId, attempt, claim, tokenHash } as const;
    agenda.add(chance.pick([0, 0, 5_000, 5 * MINUTE_MS]), `${stepId} calls back`, () => {
      for (let copy = chance.below(2); copy < 2; copy += 1) clients().submit(cutoverId, input, tokenSent);
    });
  };
};

const unmetOf = ({ publications }: ReplicationReading) =>
  publications
    .filter(({ pendingCommands }) => pendingCommands !== 0)
    .map(({ name }) => ({ code: 'pending', message: name, who: 'DBA', next: 'Wait.' }));

const surround = (ground: Ground, clients: () => Clients): Surroundings => {
  const { chance, time, ledger, faults, scheduler } = ground;
  const onFired = callingBack(ground, clients);
  const { record, isCommitted } = ledger;
  const outside = makeOutside({ chance, time, scheduler, record, trouble: faults.trouble, onFired });
  const { look } = makeOperators({ chance, clients, outside, mood: faults.mood, isCommitted });
  return {
    ports: (owner) => ({
      outside: {
        sql: { query: () => Promise.reject(new Error('no kind of the simulation asks SQL')) },
        lcs: null,
        dynamics: outside.dynamics(owner),
        automation: outside.automation(owner),
      },
      look: outside.look(owner),
      conditions: unmetOf,
      stopwatch: () => () => 0,
    }),
    look,
    violations: () => [],
  };
};

/** A random plan of simulated kinds, so that every way a step can be asked and judged meets every fault. */
export const randomPlanScenario = (seed: number): Scenario => ({
  profile: makeProfile(makeChance(`${seed} profile`)),
  kinds: KINDS,
  bindings: BINDINGS,
  planOf: (cutoverId) => makePlan(makeChance(`${seed} ${cutoverId}`)),
  // A kind's own bug is simulated as a TypeError; anything else that is no promised error is the engine's.
  isSimulatedBug: (error) => error instanceof TypeError,
  mostActions: 60_000,
  livenessMs: 8 * 60 * MINUTE_MS,
  surround,
});
