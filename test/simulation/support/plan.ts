import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { Plan, PlanStep, RollbackPlan } from '../../../shared/core/plan.ts';
import { APPROVERS, KINDS, PARAMS } from './kinds.ts';
import type { Chance } from './random.ts';

const MINUTE_MS = 60_000;

/** A step of a kind, with what the plan says of it unless told otherwise. */
export const stepOf = (step: Pick<PlanStep, 'id' | 'kind' | 'after'> & Partial<PlanStep>): PlanStep => ({
  title: `Step ${step.id}`,
  phase: 1,
  owner: 'owner',
  plannedMs: MINUTE_MS,
  deadlineMs: 40 * MINUTE_MS,
  onDeadline: 'fail',
  remindAfterMs: [],
  maxAttempts: 2,
  retryDelayMs: 10_000,
  required: true,
  dataGate: KINDS.find(({ name }) => name === step.kind)?.dataGate ?? false,
  marks: null,
  instruction: '',
  params: PARAMS[step.kind]?.[0] ?? {},
  ...step,
});

/** A plan of these steps. */
export const planOf = (plan: Pick<Plan, 'steps'> & Partial<Plan>): Plan => ({
  schema: 1,
  id: 'simulated',
  title: 'Simulated plan',
  mode: 'mock',
  source: 'live-ax',
  concurrency: 3,
  rollbacks: [],
  ...plan,
});

const NAMES = KINDS.map(({ name }) => name);

/** A random step that may wait for any before it. */
export const drawStep = (chance: Chance, id: string, before: readonly string[]): PlanStep => {
  const kind = chance.pick(NAMES);
  return stepOf({
    id,
    kind,
    after: before.filter(() => chance.happens(0.8 / before.length)),
    deadlineMs: chance.pick([2, 5, 15, 40]) * MINUTE_MS,
    onDeadline: chance.pick(['fail', 'hold']),
    remindAfterMs: chance.pick([[], [2 * MINUTE_MS], [MINUTE_MS, 5 * MINUTE_MS]]),
    maxAttempts: chance.between(1, 3),
    retryDelayMs: chance.pick([1, 10, 90]) * 1000,
    required: chance.happens(0.7),
    marks:
      kind === 'world' && chance.happens(0.3) ? chance.pick(['replication-set-up', 'aos-stopped']) : null,
    params: chance.pick(PARAMS[kind] ?? [{}]),
  });
};

const drawSteps = (chance: Chance, prefix: string, count: number): readonly PlanStep[] => {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  return ids.map((id, index) => drawStep(chance, id, ids.slice(0, index)));
};

const drawRollback = (chance: Chance, id: string): RollbackPlan => ({
  id,
  title: `The way back ${id}`,
  availableFrom: chance.pick([null, null, 'replication-set-up']),
  availableUntil: chance.pick([null, null, 'aos-stopped']),
  dataLossStatement: chance.pick([null, 'Everything since the start is lost.']),
  steps: drawSteps(chance, `rb.${id}.`, chance.between(1, 3)),
});

/** A random plan of 3 to 15 steps without circles and up to two ways back; few places to dispatch in, so that steps have to queue. */
export const makePlan = (chance: Chance): Plan =>
  planOf({
    concurrency: chance.between(1, 6),
    steps: drawSteps(chance, 's', chance.between(3, 15)),
    rollbacks: ['early', 'late'].slice(0, chance.between(0, 2)).map((id) => drawRollback(chance, id)),
  });

/** The bindings of every simulated cutover. */
export const BINDINGS: Bindings = {
  lcs: null,
  source: { server: 'source', database: 'ax' },
  target: { server: 'target', database: 'd365' },
  aosHosts: [],
  people: { approver: APPROVERS },
  automations: {},
};
