import type { Clock } from '../../../shared/engine/ports.ts';
import type { Chance } from './random.ts';
import type { Owner } from './scheduler.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A clock that is set right steps back by at most so much. */
const LONGEST_STEP_MS = 20 * 60_000;

/** The clocks of the processes: each is a little off, and one may step back. */
export const makeClocks = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly skewMs: number;
  readonly note: (line: string) => void;
}) => {
  const { chance, time, skewMs, note } = parts;
  const offsets = new Map<Owner, number>();
  return {
    of: (owner: Owner): Clock => {
      offsets.set(owner, skewMs === 0 ? 0 : chance.between(-skewMs, skewMs));
      return { now: () => time.now() + (offsets.get(owner) ?? 0) };
    },
    /** The clock of this process runs on from an earlier time. */
    stepBack: (owner: Owner): void => {
      const byMs = chance.below(LONGEST_STEP_MS);
      offsets.set(owner, (offsets.get(owner) ?? 0) - byMs);
      note(`the clock of ${owner.name} steps back by ${byMs} ms`);
    },
    /** All clocks are right again. */
    setRight: (): void => {
      for (const [owner, offset] of offsets) if (offset < -skewMs) offsets.set(owner, 0);
    },
  };
};

/** See {@link makeClocks}. */
export type Clocks = ReturnType<typeof makeClocks>;
