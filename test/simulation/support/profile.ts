import type { Lull } from './lulls.ts';
import { drawLull } from './lulls.ts';
import type { Chance } from './random.ts';

const MINUTE_MS = 60_000;

/** What goes wrong in one simulation, and how often; every seed draws its own mixture. */
export type Profile = {
  readonly processes: number;
  readonly cutovers: number;
  readonly detectsDuplicates: boolean;
  readonly maxDeliveries: number;
  readonly quietAfterMs: number;
  readonly crash: number;
  readonly lockLoss: number;
  readonly malformed: number;
  readonly fail: number;
  readonly stall: number;
  readonly duplicate: number;
  readonly delay: number;
  readonly partial: number;
  readonly loss: number;
  readonly trouble: number;
  readonly chaos: number;
  readonly denies: number;
  readonly aborts: number;
  readonly skewMs: number;
  /** By how many hours the clocks of the processes are off, in the order in which they start, again and again. */
  readonly wrongByHours: readonly number[];
  /** How often the clock of a process is set while it runs. */
  readonly clockSteps: number;
  /** How often the storage is throttled for a while. */
  readonly throttle: number;
  /** How often whoever looks notes how the cutover stands, to ask later how it stood. */
  readonly remembers: number;
  /** Whether the cutovers are started held, to record first what was done outside. */
  readonly startsHeld: boolean;
  /** How long after they were started the cutovers begin; 0 for at once. */
  readonly startsAfterMs: number;
  /** What rests for a while; null for nothing. */
  readonly lull: Lull | null;
  /** How often the timer polls replication. */
  readonly pollEveryMs: number;
  /** Tables that are published. */
  readonly tables: number;
  /** When the clocks of the servers change, and by how many hours. */
  readonly clockChangeAfterMs: number;
  readonly clockChangeHours: number;
};

const drawProfile = (chance: Chance): Profile => ({
  processes: chance.between(1, 3),
  cutovers: chance.happens(0.15) ? 2 : 1,
  detectsDuplicates: chance.happens(0.5),
  maxDeliveries: chance.pick([2, 5, 10]),
  quietAfterMs: chance.between(4, 25) * MINUTE_MS,
  crash: chance.pick([0, 0.002, 0.01, 0.03]),
  lockLoss: chance.pick([0, 0.005, 0.02]),
  malformed: chance.pick([0, 0.001]),
  fail: chance.pick([0, 0.01, 0.05, 0.2]),
  stall: chance.pick([0, 0.01, 0.05]),
  duplicate: chance.pick([0, 0.05, 0.3]),
  delay: chance.pick([0, 0.1, 0.5]),
  partial: chance.pick([0, 0.05]),
  loss: chance.pick([0, 0, 0.02, 0.1]),
  trouble: chance.pick([0, 0.05, 0.25]),
  chaos: chance.pick([0, 0.3, 0.8]),
  denies: chance.pick([0, 0.1, 0.3]),
  aborts: chance.happens(0.1) ? 0.04 : 0,
  skewMs: chance.pick([0, 0, 2_000]),
  clockSteps: chance.pick([0, 0, 0.001]),
  throttle: chance.pick([0, 0, 0.0005]),
  remembers: chance.pick([0, 0.02, 0.1]),
  startsHeld: chance.happens(0.15),
  pollEveryMs: chance.pick([15_000, MINUTE_MS, MINUTE_MS]),
  tables: chance.between(1, 30),
  clockChangeAfterMs: chance.between(0, 60) * MINUTE_MS,
  clockChangeHours: chance.pick([0, 1, -1]),
  // Longer than a start needs however often it fails: one that comes too late is refused.
  startsAfterMs: chance.happens(0.1) ? chance.between(30, 60) * MINUTE_MS : 0,
  lull: drawLull(chance),
  wrongByHours: chance.pick([[0], [0], [6, 0], [-5, 0, 6]]),
});

/** The faults last longer than the start is put off, and than any lull. */
const prolonged = (profile: Profile): Profile => {
  const { quietAfterMs, startsAfterMs, lull } = profile;
  const lullMs = lull === null ? 0 : lull.afterMs + lull.forMs + MINUTE_MS;
  return { ...profile, quietAfterMs: Math.max(quietAfterMs + startsAfterMs, lullMs) };
};

/** Draws a profile; each fault is absent from some seeds, so that the others are seen alone. */
export const makeProfile = (chance: Chance): Profile => prolonged(drawProfile(chance));

/** Nothing goes wrong. */
export const CALM_PROFILE: Profile = {
  processes: 2,
  cutovers: 1,
  detectsDuplicates: false,
  maxDeliveries: 10,
  quietAfterMs: 0,
  crash: 0,
  lockLoss: 0,
  malformed: 0,
  fail: 0,
  stall: 0,
  duplicate: 0,
  delay: 0,
  partial: 0,
  loss: 0,
  trouble: 0,
  chaos: 0,
  denies: 0,
  aborts: 0,
  skewMs: 0,
  wrongByHours: [0],
  clockSteps: 0,
  throttle: 0,
  remembers: 0,
  startsHeld: false,
  startsAfterMs: 0,
  lull: null,
  pollEveryMs: MINUTE_MS,
  tables: 12,
  clockChangeAfterMs: 0,
  clockChangeHours: 0,
};
