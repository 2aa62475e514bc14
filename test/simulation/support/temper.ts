import type { Chance } from './random.ts';

/** What is said of the outside for one call of it. */
type Asked = { readonly stepId: string; readonly attempt: number };

/** How the outside answers, besides how it is meant to: seeds draw it, stories say it. */
export type Temper = {
  /** An automation declines the task. */
  readonly refuses: (task: Asked) => boolean;
  /** The request to an automation, or its reply, gets lost. */
  readonly loses: (task: Asked) => 'request' | 'reply' | null;
  /** An automation reports that it failed. */
  readonly fails: (task: Asked) => boolean;
  /** When an automation calls back, one entry for each call. */
  readonly callsBackAfterMs: (task: Asked) => readonly number[];
  /** A kind stumbles over what it meets: its own bug. */
  readonly isBug: (step: string) => boolean;
  /** A system answers in a shape nobody understands. */
  readonly isGarbage: (what: string) => boolean;
  /** A system does not answer in time, or resets the connection. */
  readonly isCutOff: (what: string) => boolean;
  /** Whoever is asked whether something happened knows it. */
  readonly knows: (step: string) => boolean;
  /** What voters decide on changes. */
  readonly changes: (step: string) => boolean;
  /** A table has lost rows on its way, and has to be replicated anew. */
  readonly mismatches: (counting: number) => boolean;
  /** How long the world takes until it is as a step wants it. */
  readonly takesMs: (what: string) => number;
};

const MINUTE_MS = 60_000;
/** Longest time after which the world is as a step wants it. */
const LONGEST_WORK_MS = 4 * MINUTE_MS;

/** Draws everything; `trouble` says how often something goes wrong, changed when the faults stop. */
export const drawnTemper = (chance: Chance, trouble: { readonly rate: number }): Temper => ({
  refuses: () => chance.happens(trouble.rate),
  loses: () => (chance.happens(trouble.rate) ? chance.pick(['request', 'reply']) : null),
  fails: () => chance.happens(trouble.rate / 2),
  callsBackAfterMs: () => {
    const delayMs = chance.pick([0, 0, 5_000, 5 * MINUTE_MS]);
    return chance.happens(0.5) ? [delayMs, delayMs] : [delayMs];
  },
  isBug: () => chance.happens(trouble.rate / 4),
  isGarbage: () => chance.happens(trouble.rate / 4),
  isCutOff: () => chance.happens(trouble.rate / 4),
  knows: () => !chance.happens(trouble.rate * 2),
  changes: () => chance.happens(trouble.rate * 4),
  mismatches: () => chance.happens(trouble.rate * 2),
  takesMs: () => chance.below(LONGEST_WORK_MS),
});

/** Everything goes as it is meant to, within seconds. */
export const CALM: Temper = {
  refuses: () => false,
  loses: () => null,
  fails: () => false,
  callsBackAfterMs: () => [5_000],
  isBug: () => false,
  isGarbage: () => false,
  isCutOff: () => false,
  knows: () => true,
  changes: () => false,
  mismatches: () => false,
  takesMs: () => 20_000,
};
