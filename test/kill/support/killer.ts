import type { Chance } from '../../simulation/support/random.ts';
import type { Instance } from './instances.ts';

/** What the moment of a kill is counted in. */
export type Beat = 'answer' | 'storage' | 'call' | 'line' | 'time';

/** One kill: who, and after how many beats of what since the one before. */
export type Kill = {
  readonly victims: readonly string[];
  readonly beat: Beat;
  readonly after: number;
  readonly atMs: number;
};

/** Kills instances at seeded moments, again and again. */
export type Killer = {
  /** Something happened that moments are counted in; a kill comes before it goes on. Gives whether one came. */
  readonly beat: (beat: Exclude<Beat, 'time'>) => boolean;
  readonly kills: readonly Kill[];
  /** How many processes were killed. */
  readonly killed: () => number;
  readonly stop: () => void;
};

/**
 * A beat of time passes only while every instance serves: however busy the machine is, there is work between two kills.
 */
const TIME_MS = 100;
/** So many beats at most from one kill to the next. */
const LONGEST = { answer: 30, storage: 250, line: 5, time: 20 } as const;
const BEATS = ['answer', 'storage', 'storage', 'line', 'time'] as const;
/** So often a call of the outside is answered by a kill: nobody knows then whether it arrived. */
const AT_CALL = 0.3;
/** So often all of them die at once. */
const ALL = 0.15;
/** So often one dies that still starts: on a busy machine nothing would ever serve otherwise. */
const STARTING = 0.2;

/** Begins to kill. */
export const startKiller = (instances: readonly Instance[], chance: Chance): Killer => {
  const kills: Kill[] = [];
  const begun = performance.now();
  let isStopped = false;
  let next: { beat: keyof typeof LONGEST; after: number; left: number } = { beat: 'time', after: 0, left: 0 };
  /** Beats of time since the last kill; nothing lets the next wait for longer than the longest. */
  let waited = 0;
  const strike = (beat: Beat, after: number): void => {
    const chosen = chance.happens(ALL) ? instances : [chance.pick(instances)];
    const picked = chosen.filter((instance) => instance.isReady() || chance.happens(STARTING));
    const victims = picked.filter((instance) => instance.kill());
    const atMs = Math.round(performance.now() - begun);
    if (victims.length > 0) kills.push({ victims: victims.map(({ name }) => name), beat, after, atMs });
    choose();
  };
  const choose = (): void => {
    const beat = chance.pick(BEATS);
    const after = chance.between(1, LONGEST[beat]);
    next = { beat, after, left: after };
    waited = 0;
  };
  choose();
  const timer = setInterval(() => {
    if (!instances.every((instance) => instance.isReady())) return;
    waited += 1;
    if (waited >= (next.beat === 'time' ? next.after : LONGEST.time)) strike('time', waited);
  }, TIME_MS);
  return {
    beat: (beat) => {
      if (isStopped) return false;
      if (beat === 'call') {
        const strikes = chance.happens(AT_CALL);
        if (strikes) strike(beat, 1);
        return strikes;
      }
      if (next.beat !== beat) return false;
      next.left -= 1;
      if (next.left > 0) return false;
      strike(beat, next.after);
      return true;
    },
    kills,
    killed: () => kills.reduce((sum, { victims }) => sum + victims.length, 0),
    stop: () => {
      isStopped = true;
      clearInterval(timer);
    },
  };
};
