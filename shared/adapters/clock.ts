/** Where the cutover's time comes from: instants are epoch milliseconds. */
export type Clock = { readonly now: () => number };

/**
 * A clock that runs `factor` times as fast as `trueNow` since `originMs`; 1 in every real deployment.
 * Several processes given the same origin and factor agree, so a local cutover of days plays in minutes.
 */
export const makeClock = (factor = 1, originMs = 0, trueNow: () => number = Date.now): Clock => ({
  now: () => Math.floor(originMs + (trueNow() - originMs) * factor),
});

/** A server dates its answers by whole seconds. */
const DATE_RESOLUTION_MS = 1_000;
/** Servers of one service differ a little, and some date a second late: within so much nothing is corrected. */
const TOLERANCE_MS = 2_000;
/** A machine that is off by more than this is told of: something is wrong with it. */
const TELL_BEYOND_MS = 30_000;

/** What a process knows of its machine's time, in milliseconds. */
export type MachineTime = {
  /** What the machine says the time is: it may be wrong, and may be set at any moment. */
  readonly now: () => number;
  /** How long something has been running: whoever sets the clock does not change it. */
  readonly elapsedMs: () => number;
};

const MACHINE: MachineTime = { now: Date.now, elapsedMs: () => performance.now() };

/**
 * The time of a server whose answers are dated, kept by a process whose own clock may be hours off: taken from the machine
 * until the first answer, then passing as time does, and set by every answer that contradicts it. `onWrong` is told once
 * when the machine is found to be ahead (behind: below zero) by more than half a minute, and again if it was right between.
 */
export const makeServerTime = (
  onWrong: (aheadMs: number) => void,
  { now: machineNow, elapsedMs }: MachineTime = MACHINE,
) => {
  let zeroAt = machineNow() - elapsedMs();
  let isWrong = false;
  const now = (): number => zeroAt + elapsedMs();

  const compareMachine = (): void => {
    const aheadMs = Math.round(machineNow() - now());
    const wasWrong = isWrong;
    isWrong = Math.abs(aheadMs) > TELL_BEYOND_MS;
    if (isWrong && !wasWrong) onWrong(aheadMs);
  };

  return {
    now,
    /** Marks the sending of a request; whoever gets the answer hands its date (epoch milliseconds) to what this gives. */
    asks: () => {
      const sentMs = elapsedMs();
      return (date: number): void => {
        const earliest = date - elapsedMs();
        const latest = date + DATE_RESOLUTION_MS - sentMs;
        if (zeroAt < earliest - TOLERANCE_MS || zeroAt > latest + TOLERANCE_MS)
          zeroAt = (earliest + latest) / 2;
        compareMachine();
      };
    },
  };
};

/** See {@link makeServerTime}. */
export type ServerTime = ReturnType<typeof makeServerTime>;
