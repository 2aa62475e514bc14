import type { ServerTime } from '../../../shared/adapters/clock.ts';
import { makeServerTime } from '../../../shared/adapters/clock.ts';
import type { Chance } from './random.ts';
import type { Owner } from './scheduler.ts';
import type { VirtualTime } from './virtual-time.ts';

const HOUR_MS = 60 * 60_000;
/** A clock that is set steps by at most so much. */
const LONGEST_STEP_MS = 20 * 60_000;
/** The storage dates its answers by whole seconds. */
const SECOND_MS = 1_000;

/** What the storage dates an answer with. */
export const dateOf = (at: number): number => Math.floor(at / SECOND_MS) * SECOND_MS;

/**
 * The clocks of the processes: each is a little off, some by hours, and one may be set while its process runs. Only the
 * storage knows what the time is, and its answers tell.
 */
export const makeClocks = (parts: {
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly skewMs: number;
  readonly wrongByHours: readonly number[];
  readonly note: (line: string) => void;
}) => {
  const { chance, time, skewMs, wrongByHours, note } = parts;
  const offsets = new Map<Owner, number>();
  return {
    /** A process asks for its tables before it does anything else. */
    of: (owner: Owner): ServerTime => {
      const hours = wrongByHours[offsets.size % wrongByHours.length] ?? 0;
      offsets.set(owner, hours * HOUR_MS + (skewMs === 0 ? 0 : chance.between(-skewMs, skewMs)));
      const bootedAt = time.now();
      const serverTime = makeServerTime(
        (aheadMs) => {
          note(`  ${owner.name} finds its clock ${aheadMs} ms ahead`);
        },
        {
          now: () => time.now() + (offsets.get(owner) ?? 0),
          elapsedMs: () => time.now() - bootedAt,
        },
      );
      serverTime.asks()(dateOf(time.now()));
      return serverTime;
    },
    /** The clock of this process is set, and runs on from another time. */
    step: (owner: Owner): void => {
      const byMs = chance.between(-LONGEST_STEP_MS, LONGEST_STEP_MS);
      offsets.set(owner, (offsets.get(owner) ?? 0) + byMs);
      note(`the clock of ${owner.name} steps by ${byMs} ms`);
    },
  };
};

/** See {@link makeClocks}. */
export type Clocks = ReturnType<typeof makeClocks>;
