/** Hours of every day in which a source is asked for as little as possible: "HH:MM", over midnight where `to` is earlier. */
export type QuietHours = { readonly from: string; readonly to: string; readonly zone: string };

const MINUTES_PER_HOUR = 60;

const minuteOf = (clockTime: string): number => {
  const [hours = 0, minutes = 0] = clockTime.split(':').map(Number);
  return hours * MINUTES_PER_HOUR + minutes;
};

/** Wall-clock minutes since midnight in a zone, so that daylight saving moves the hours as it moves people. */
const minuteIn = (zone: string, instant: number): number =>
  minuteOf(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(instant),
  );

/** Whether an instant lies in one of the ranges; `from` is in it, `to` is not. */
export const isQuiet = (ranges: readonly QuietHours[], instant: number): boolean =>
  ranges.some(({ from, to, zone }) => {
    const [minute, begins, ends] = [minuteIn(zone, instant), minuteOf(from), minuteOf(to)];
    return begins <= ends ? minute >= begins && minute < ends : minute >= begins || minute < ends;
  });

/** Whether there is such a time zone. */
export const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
