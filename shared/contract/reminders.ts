const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** As exact as people speak of a limit of this length. */
const exactMs = (deadlineMs: number): number => {
  if (deadlineMs > 24 * HOUR_MS) return HOUR_MS;
  if (deadlineMs > HOUR_MS) return 5 * MINUTE_MS;
  return deadlineMs > MINUTE_MS ? 1_000 : 1;
};

/**
 * When the owner of a step is reminded where the plan does not say: when the planned time is over, half-way from there
 * to the deadline, and shortly before it, so that nothing waits without a reminder (I11). Milliseconds, earliest first.
 */
export const usualReminders = (plannedMs: number, deadlineMs: number): readonly number[] => {
  const roundMs = exactMs(deadlineMs);
  const round = (ms: number): number => Math.round(ms / roundMs) * roundMs;
  const rungs = [plannedMs, round((plannedMs + deadlineMs) / 2), round(deadlineMs * 0.9)];
  return [...new Set(rungs)].filter((ms) => ms > 0 && ms < deadlineMs).sort((a, b) => a - b);
};
