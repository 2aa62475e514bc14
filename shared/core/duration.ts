const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** The longest duration a plan may name: a year. */
export const LONGEST_MS = 366 * 86_400_000;

/** How a duration is written, largest unit first: `30min`, `2h`, `1d 4h`, `90s`. */
export const DURATION_PATTERN = /^\d{1,10}(?:d|h|min|s|ms)(?: \d{1,10}(?:d|h|min|s|ms)){0,4}$/;

/** Milliseconds of a written duration; null when it is not one, names a unit twice or out of order, or exceeds a year. */
export const parseDuration = (text: string): number | null => {
  if (!DURATION_PATTERN.test(text)) return null;
  let total = 0;
  let last = -1;
  for (const part of text.split(' ')) {
    const number = Number.parseInt(part, 10);
    const rank = UNITS.findIndex(([unit]) => part.replace(/^\d+/, '') === unit);
    const unit = UNITS[rank];
    if (unit === undefined || rank <= last) return null;
    total += number * unit[1];
    last = rank;
  }
  return total <= LONGEST_MS ? total : null;
};

/** Writes whole, non-negative milliseconds the way {@link parseDuration} reads them. */
export const formatDuration = (durationMs: number): string => {
  let rest = durationMs;
  const parts = UNITS.flatMap(([unit, sizeMs]) => {
    const number = Math.floor(rest / sizeMs);
    rest -= number * sizeMs;
    return number === 0 ? [] : [`${number}${unit}`];
  });
  return parts.length === 0 ? '0s' : parts.join(' ');
};
