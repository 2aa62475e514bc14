/** Two clocks compared through one round trip are known only so well. */
const CLOCK_TOLERANCE_MS = 5_000;

/** An instant of the cutover's clock on the clock of a server that said `serverTime` at `takenAt`. */
export const onClockOf = (
  server: { readonly serverTime: number; readonly takenAt: number },
  instant: number,
): number => instant + (server.serverTime - server.takenAt) - CLOCK_TOLERANCE_MS;
