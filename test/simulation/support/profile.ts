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
};

/** Draws a profile; each fault is absent from some seeds, so that the others are seen alone. */
export const makeProfile = (chance: Chance): Profile => ({
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
});
