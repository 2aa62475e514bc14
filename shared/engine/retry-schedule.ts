const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long to wait after each failure of an event, in milliseconds: the schedule Standard Webhooks 1.0 recommends. */
export const RETRY_SCHEDULE_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** At most so much of a wait is added by chance, so that receivers that failed together do not come back together. */
const JITTER = 0.2;
/** A receiver cannot put itself off for longer. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

/** The wait after failure number `failures` (from 1) of an event, in milliseconds, for a chance in [0, 1); null: no more. */
export const retryDelayMs = (failures: number, chance: number): number | null => {
  const delay = RETRY_SCHEDULE_MS[failures - 1];
  return delay === undefined ? null : Math.floor(delay * (1 + JITTER * chance));
};

/** How long a header Retry-After (seconds, or an HTTP date; RFC 9110) asks to wait, in milliseconds; 0 where it does not. */
export const retryAfterMs = (header: string | null, now: number): number => {
  const text = header?.trim() ?? '';
  const asked = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(asked, 0), LONGEST_RETRY_AFTER_MS);
};
