import type { Mood } from './meddlers.ts';
import type { Profile } from './profile.ts';
import type { FaultRates } from './scheduler.ts';
import type { BusBehaviour } from './simulated-bus.ts';

/** What goes wrong at the moment; everything stops at once when the faults stop. */
export type Faults = {
  readonly rates: FaultRates;
  readonly mood: Mood;
  readonly behaviour: BusBehaviour;
  readonly trouble: { rate: number };
  readonly isQuiet: () => boolean;
  /** When the faults stopped; infinity while they have not. */
  readonly quietSince: () => number;
  readonly stop: (now: number) => void;
};

/** The faults of a profile, all at work. */
export const makeFaults = (profile: Profile): Faults => {
  const { fail, stall, chaos, denies, aborts, detectsDuplicates, maxDeliveries } = profile;
  let quietSince = Number.POSITIVE_INFINITY;
  const faults: Faults = {
    rates: { fail, stall, throttled: 0 },
    mood: { chaos, denies, aborts },
    behaviour: {
      detectsDuplicates,
      maxDeliveries,
      duplicateRate: profile.duplicate,
      delayRate: profile.delay,
      partialRate: profile.partial,
      lossRate: profile.loss,
    },
    trouble: { rate: profile.trouble },
    isQuiet: () => quietSince < Number.POSITIVE_INFINITY,
    quietSince: () => quietSince,
    stop: (now) => {
      quietSince = Math.min(quietSince, now);
      Object.assign(faults.rates, { fail: 0, stall: 0, throttled: 0 });
      Object.assign(faults.mood, { chaos: 0, denies: 0, aborts: 0 });
      Object.assign(faults.behaviour, { duplicateRate: 0, delayRate: 0, partialRate: 0, lossRate: 0 });
      faults.trouble.rate = 0;
    },
  };
  return faults;
};
