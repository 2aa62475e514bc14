import { CutoverError } from '../../../shared/core/errors.ts';
import type { Json } from '../../../shared/core/json.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import type { Automation, Dynamics } from '../../../shared/kinds/kind-ports.ts';
import type { Fact } from './facts.ts';
import type { Chance } from './random.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the engine asks the outside to do. */
export type Task = {
  readonly cutoverId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly token: string;
  readonly repeatable: boolean;
};

const keyOf = ({ cutoverId, stepId, attempt }: Omit<Task, 'token' | 'repeatable'>): string =>
  `${cutoverId} ${stepId} ${attempt}`;

/** Longest time after which the world is as a step wants it. */
const LONGEST_WORK_MS = 4 * 60_000;
const unreachable = () => new CutoverError('C801', 'the simulated network');

/**
 * The world beyond the engine: it becomes what steps wait for after a while, does what it is asked to, counts how often
 * it was asked, and knows afterwards what really happened.
 */
export const makeOutside = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly scheduler: Scheduler;
  readonly record: (fact: Fact) => void;
  /** How often something is refused, unknowable, or answered with a bug; changed when the faults stop. */
  readonly trouble: { rate: number };
  readonly onFired: (task: Task) => void;
}) => {
  const { chance, time, scheduler, record, trouble, onFired } = parts;
  const trueAt = new Map<string, number>();
  const fired = new Set<string>();
  const evidence = new Map<string, { version: number; changesAt: number }>();
  const faults = { failure: unreachable, mayLandLate: true };

  const world = (step: string, now: number): Json => {
    const at = trueAt.get(step) ?? now + chance.below(LONGEST_WORK_MS);
    trueAt.set(step, at);
    return { ready: at <= now };
  };
  const seenEvidence = (step: string, now: number): Json => {
    const last = evidence.get(step) ?? { version: 1, changesAt: now + chance.below(LONGEST_WORK_MS) };
    const changes = last.changesAt <= now && chance.happens(trouble.rate * 4);
    const found = changes
      ? { version: last.version + 1, changesAt: now + chance.below(LONGEST_WORK_MS) }
      : last;
    evidence.set(step, found);
    return { version: found.version };
  };
  const answer = (path: string): { status: number; body: Json } => {
    const [what = '', ...rest] = path.split(' ');
    const key = rest.join(' ');
    if (chance.happens(trouble.rate / 4)) return { status: 500, body: null };
    if (what === 'world') return { status: 200, body: world(key, time.now()) };
    if (what === 'evidence') return { status: 200, body: seenEvidence(key, time.now()) };
    const knows = !chance.happens(trouble.rate * 2);
    return { status: 200, body: { happened: knows ? fired.has(key) : null } };
  };
  const act = (task: Task): { status: number; body: string } => {
    if (chance.happens(trouble.rate)) return { status: 409, body: 'not now' };
    const { cutoverId, stepId, attempt, repeatable } = task;
    const timesOut = chance.happens(trouble.rate);
    if (timesOut && chance.happens(0.5)) throw unreachable();
    record({ type: 'fired', cutoverId, stepId, attempt, repeatable });
    fired.add(keyOf(task));
    onFired(task);
    if (timesOut) throw unreachable();
    return { status: 202, body: keyOf(task) };
  };

  return {
    /** What a person who goes and looks finds out. */
    happened: (cutoverId: string, stepId: string, attempt: number): boolean =>
      fired.has(keyOf({ cutoverId, stepId, attempt })),
    dynamics: (owner: Owner): Dynamics => ({
      get: (path) =>
        scheduler.call(owner, `ask ${path}`, () => answer(path), { ...faults, mayLandLate: false }),
    }),
    automation: (owner: Owner): Automation => ({
      call: (endpoint, task) =>
        scheduler.call(owner, `fire ${endpoint}`, () => act(task as unknown as Task), faults),
    }),
    look: (owner: Owner) => (slot: number, now: number) =>
      scheduler.call(
        owner,
        'look',
        () => {
          const pending = (world('replication', time.now()) as { ready: boolean }).ready ? 0 : 1;
          return { reading: readingOf(slot, now, pending), snapshot: null };
        },
        null,
      ),
  };
};

const readingOf = (slot: number, takenAt: number, pendingCommands: number): ReplicationReading => ({
  schema: 1,
  slot,
  source: 'pulled',
  takenAt,
  serverTime: takenAt,
  blind: null,
  distributionExists: true,
  publications: [
    {
      name: 'keyed',
      class: 'keyed',
      transactional: true,
      articles: 1,
      subscriptions: { total: 1, active: 1 },
      snapshotDelivered: true,
      pendingCommands,
      agents: [],
      tracer: null,
    },
  ],
  estimates: null,
});

/** See {@link makeOutside}. */
export type Outside = ReturnType<typeof makeOutside>;
