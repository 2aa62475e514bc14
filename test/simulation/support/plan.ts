import type { Bindings } from '../../../shared/contract/bindings.ts';
import type { Plan, PlanStep } from '../../../shared/core/plan.ts';
import { APPROVERS, KINDS } from './kinds.ts';
import type { Chance } from './random.ts';

const MINUTE_MS = 60_000;

const stepOf = (chance: Chance, index: number, kind: string): PlanStep => ({
  id: `s${index}`,
  title: `Step ${index}`,
  phase: 1,
  kind,
  after: Array.from({ length: index }, (_, other) => `s${other}`).filter(() => chance.happens(0.8 / index)),
  owner: 'owner',
  plannedMs: MINUTE_MS,
  deadlineMs: chance.pick([2, 5, 15, 40]) * MINUTE_MS,
  onDeadline: chance.pick(['fail', 'hold']),
  remindAfterMs: chance.pick([[], [2 * MINUTE_MS], [MINUTE_MS, 5 * MINUTE_MS]]),
  maxAttempts: chance.between(1, 3),
  retryDelayMs: chance.pick([1, 10, 90]) * 1000,
  required: chance.happens(0.7),
  dataGate: false,
  marks: kind === 'world' && chance.happens(0.3) ? chance.pick(['replication-set-up', 'aos-stopped']) : null,
  instruction: '',
  params: kind === 'approval' ? { quorum: chance.between(1, 2) } : {},
});

/** A random plan of 3 to 12 steps without circles; few places to dispatch in, so that steps have to queue. */
export const makePlan = (chance: Chance): Plan => {
  const names = KINDS.map(({ name }) => name);
  return {
    schema: 1,
    id: 'simulated',
    title: 'Simulated plan',
    mode: 'mock',
    source: 'live-ax',
    concurrency: chance.between(1, 6),
    steps: Array.from({ length: chance.between(3, 12) }, (_, index) =>
      stepOf(chance, index, chance.pick(names)),
    ),
    rollbacks: [],
  };
};

/** The bindings of every simulated cutover. */
export const BINDINGS: Bindings = {
  lcs: null,
  source: { server: 'source', database: 'ax' },
  target: { server: 'target', database: 'd365' },
  aosHosts: [],
  people: { approver: APPROVERS },
  automations: {},
};
