import type { Chance } from './random.ts';
import type { Agenda, VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The timers of a machine that sleeps come only once in so many periods. */
const SLEEPING_PERIODS = 30;

/**
 * For a while nobody looks, the functions of the steps are dead, or all functions but the timers are and nobody looks;
 * instants are milliseconds after the start.
 */
export type Lull = {
  readonly of: 'people' | 'steps' | 'functions';
  readonly afterMs: number;
  readonly forMs: number;
};

/** Draws one lull for a few of many seeds: longer than a proposal lasts, or than silence may. */
export const drawLull = (chance: Chance): Lull | null => {
  const minutes = (low: number, high: number): number => chance.between(low, high) * MINUTE_MS;
  switch (chance.below(25)) {
    case 0:
      return { of: 'people', afterMs: minutes(1, 10), forMs: chance.between(25, 30) * HOUR_MS };
    case 1:
      return { of: 'steps', afterMs: minutes(0, 3), forMs: minutes(25, 90) };
    case 2:
      return { of: 'functions', afterMs: minutes(1, 10), forMs: minutes(20, 60) };
    default:
      return null;
  }
};

/** What rests at present. */
export const makeLulls = ({ time, agenda }: { readonly time: VirtualTime; readonly agenda: Agenda }) => {
  let present: Lull | null = null;
  let endsAt = time.now();
  const leftMs = (): number => endsAt - time.now();
  return {
    begin: (lull: Lull): void => {
      present = lull;
      endsAt = time.now() + lull.forMs;
      agenda.add(lull.forMs, `the ${lull.of} are back`, () => {
        present = null;
        endsAt = time.now();
      });
    },
    /** How long it still lasts; 0 without one. */
    leftMs: (): number => (present === null ? 0 : leftMs()),
    /** Whether no function takes what is on this queue. */
    isDead: (queue: string): boolean =>
      present?.of === 'functions' || (present?.of === 'steps' && queue.startsWith('step-')),
    /** When somebody looks who would have looked after `delayMs`. */
    lookAfterMs: (delayMs: number): number =>
      present === null || present.of === 'steps' ? delayMs : Math.max(delayMs, leftMs()),
    /** When a timer comes that would have come after `periodMs`. */
    timerAfterMs: (periodMs: number): number =>
      present?.of === 'people'
        ? Math.max(periodMs, Math.min(leftMs(), periodMs * SLEEPING_PERIODS))
        : periodMs,
  };
};
