import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { PlanDocument } from '../../../shared/contract/plan.ts';
import { defaultPlanDocument } from '../../../shared/contract/plans/default-plan.ts';
import { mockPlanDocument } from '../../../shared/contract/plans/mock-plan.ts';
import { sampleBindings } from '../../../shared/contract/plans/sample-bindings.ts';
import { readPlan } from '../../../shared/contract/read-plan.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { watchConditions } from '../../../shared/core/replication-watch.ts';
import { lookAtReplication } from '../../../shared/kinds/replication-reading.ts';
import { KIND_BY_NAME, KINDS } from '../../../shared/kinds/registry.ts';
import type { Clients } from './clients.ts';
import { makePlanAutomation } from './default-plan-automation.ts';
import { makePlanPeople } from './default-plan-people.ts';
import type { System } from './default-plan-ports.ts';
import { dynamicsPort, lcsPort, sqlPort } from './default-plan-ports.ts';
import { truthChecks } from './default-plan-truth.ts';
import { makePlanWorld } from './default-plan-world.ts';
import { STARTER } from './kinds.ts';
import type { Profile } from './profile.ts';
import { CALM_PROFILE } from './profile.ts';
import type { Chance } from './random.ts';
import { makeChance } from './random.ts';
import type { Ground, Scenario, Surroundings } from './scenario.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** One seed in so many plays a plan of the product. */
const ONE_IN = 100;

/** Whether this seed plays one of the product's own plans with its own kinds, instead of a random one. */
export const playsDefaultPlan = (seed: number): boolean => seed % ONE_IN === 0;

/** So many seeds of that sort, from the `first` of them on. */
export const defaultPlanSeeds = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => (first + index) * ONE_IN);

const planFrom = (document: PlanDocument): Plan => {
  const reading = readPlan(document, KIND_BY_NAME);
  if ('problems' in reading) throw new Error(reading.problems.map(({ message }) => message).join('; '));
  return reading.plan;
};

/** Whoever starts the cutover is a DBA too, and must be refused as an approver all the same. */
const bindingsOf = (): Bindings => {
  const bindings = sampleBindings();
  const { dba = [], ...people } = bindings.people;
  return { ...bindings, people: { ...people, dba: [...dba, STARTER] } };
};

/** Draws a profile: a cutover takes a night, so its faults last for hours and are seldomer than those of a short one. */
const makePlanProfile = (chance: Chance): Profile => ({
  ...CALM_PROFILE,
  processes: chance.between(1, 3),
  detectsDuplicates: chance.happens(0.5),
  maxDeliveries: chance.pick([2, 5, 10]),
  quietAfterMs: chance.between(1, 16) * HOUR_MS,
  crash: chance.pick([0, 0.0005, 0.002, 0.006]),
  lockLoss: chance.pick([0, 0.001, 0.005]),
  malformed: chance.pick([0, 0.0005]),
  fail: chance.pick([0, 0.005, 0.02, 0.06]),
  stall: chance.pick([0, 0.005, 0.02]),
  duplicate: chance.pick([0, 0.05, 0.2]),
  delay: chance.pick([0, 0.1, 0.3]),
  partial: chance.pick([0, 0.02]),
  loss: chance.pick([0, 0, 0.02, 0.05]),
  trouble: chance.pick([0, 0.03, 0.12]),
  chaos: chance.pick([0, 0.03, 0.15]),
  denies: chance.pick([0, 0.05, 0.15]),
  aborts: chance.happens(0.1) ? 0.001 : 0,
  skewMs: chance.pick([0, 0, 2_000]),
  remembers: chance.pick([0, 0.002, 0.01]),
  clockSteps: chance.pick([0, 0, 0.00003]),
  throttle: chance.pick([0, 0, 0.0001]),
});

/** Whole systems go away for a while: a server restarts, a sign-in lapses, a network is mended. */
const outagesOf = ({ chance, time, agenda, ledger, faults }: Ground): ((system: System) => boolean) => {
  const awayUntil = new Map<System, number>();
  const strike = (): void => {
    if (faults.isQuiet()) return;
    const system = chance.pick<System>(['source', 'target', 'lcs', 'dynamics']);
    const durationMs = chance.between(1, 45) * MINUTE_MS;
    awayUntil.set(system, time.now() + durationMs);
    ledger.note(`${system} is away for ${durationMs} ms`);
    agenda.add(chance.between(10, 180) * MINUTE_MS, 'an outage', strike);
  };
  if (faults.trouble.rate > 0) agenda.add(chance.between(1, 60) * MINUTE_MS, 'an outage', strike);
  return (system) => !faults.isQuiet() && (awayUntil.get(system) ?? 0) > time.now();
};

const surrounding =
  (seed: number, bindings: Bindings) =>
  (ground: Ground, clients: () => Clients): Surroundings => {
    const { chance, time, ledger, faults } = ground;
    const { record, isCommitted, planOf, formerIdsOf } = ledger;
    const { trouble, mood } = faults;
    const world = makePlanWorld(seed, time);
    const parts = { ...ground, world, trouble, isAway: outagesOf(ground) };
    const [sql, lcs, dynamics] = [sqlPort(parts), lcsPort(parts), dynamicsPort(parts)];
    const handPosted = new Map<string, number>();
    for (const check of truthChecks(world.scene, handPosted)) ledger.alsoCheck(check);
    const automation = makePlanAutomation({ ...parts, record, clients });
    const people = makePlanPeople({
      ...{
        chance,
        time,
        clients,
        world,
        planOf,
        formerIdsOf,
        bindings,
        mood,
        isCommitted,
        automation,
        handPosted,
      },
    });
    return {
      ports: (owner) => ({
        outside: {
          sql: sql(owner),
          lcs: () => lcs(owner),
          dynamics: dynamics(owner),
          automation: automation.port(owner),
        },
        look: (slot, now, source, depth) => lookAtReplication(sql(owner), slot, now, source, depth),
        conditions: watchConditions,
        stopwatch: () => {
          const startedAt = time.now();
          return () => time.now() - startedAt;
        },
      }),
      ...people,
    };
  };

/** The plan of a production cutover or of a mock, in turns, with the real kinds against a whole simulated customer. */
export const defaultPlanScenario = (seed: number): Scenario => {
  const isMock = (seed / ONE_IN) % 2 === 0;
  const plan = planFrom(isMock ? mockPlanDocument() : defaultPlanDocument());
  const bindings = bindingsOf();
  return {
    profile: makePlanProfile(makeChance(`${seed} profile`)),
    kinds: KINDS,
    bindings,
    planOf: () => plan,
    isSimulatedBug: () => false,
    mostActions: 600_000,
    livenessMs: 72 * HOUR_MS,
    surround: surrounding(seed, bindings),
  };
};
