const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
export const offsetMs = (zone: string, instant: number): number => {
  // The Swedish way of writing a time is that of ISO 8601.
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(instant);
  return Date.parse(`${clock.replace(' ', 'T')}Z`) - Math.floor(instant / SECOND_MS) * SECOND_MS;
};

const written = (ms: number): string => {
  const minutes = Math.abs(ms) / MINUTE_MS;
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

/** An instant as the clocks of a zone show it, with their offset: 2026-11-22T18:00:00+01:00. */
export const inZone = (zone: string, instant: number): string => {
  const ahead = offsetMs(zone, instant);
  return `${new Date(instant + ahead).toISOString().slice(0, 19)}${written(ahead)}`;
};
