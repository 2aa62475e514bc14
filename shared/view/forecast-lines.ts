import type { ForecastView, RangeView } from '../contract/forecast.ts';
import { formatDuration } from '../core/duration.ts';
import { inZone } from '../core/zoned.ts';

const MINUTE_MS = 60_000;
const UTC = 'UTC';

/** A time as people read it: to the minute, in the zone of the downtime. */
const told = (at: string, zone: string | null): string => {
  const shown = inZone(zone ?? UTC, Date.parse(at));
  const clock = `${shown.slice(0, 10)} ${shown.slice(11, 16)}`;
  return zone === null ? `${clock} UTC` : `${clock} ${shown.slice(19)}`;
};

/** A length of time to the minute. */
const length = (ms: number): string => formatDuration(Math.floor(Math.abs(ms) / MINUTE_MS) * MINUTE_MS);

const rangeText = ({ earliest, likely, latest }: RangeView, zone: string | null): string => {
  if (likely === null) return 'unknown';
  if (earliest === latest) return told(likely, zone);
  const from = earliest === null ? 'unknown' : told(earliest, zone);
  return `likely ${told(likely, zone)}, between ${from} and ${latest === null ? 'nobody knows when' : told(latest, zone)}`;
};

const VERDICTS = {
  'in-time': 'in time',
  'likely-in-time': 'likely in time',
  'likely-late': 'likely too late',
  late: 'too late',
  unknown: 'nobody knows whether in time',
} as const;

/** The finish against the window, in one line. */
export const finishLine = ({
  finish,
  deadlines,
  zone,
  steps,
}: Pick<ForecastView, 'finish' | 'deadlines' | 'zone' | 'steps'>): string => {
  if (finish === null) return 'Forecast: over';
  const [window] = deadlines;
  const held = window === undefined ? '' : `; ${VERDICTS[window.verdict]} for ${told(window.at, zone)}`;
  const unrehearsed = steps.filter(({ assumes }) => assumes.includes('never-rehearsed')).length;
  const basis = unrehearsed === 0 ? '' : `; ${unrehearsed} step(s) to come were never rehearsed`;
  return `Forecast finish: ${rangeText(finish, zone)}${held}${basis}`;
};

/** Until when the cutover may be given up, in one line. */
export const lastSafeAbortLine = ({
  lastSafeAbort: { state, reason, at, leftMs },
  zone,
}: Pick<ForecastView, 'lastSafeAbort' | 'zone'>): string => {
  const when = at === null ? '' : told(at, zone);
  switch (state) {
    case 'open':
    case 'soon':
    case 'urgent': {
      const alarm = { open: '', soon: 'SOON: ', urgent: 'NOW: ' }[state];
      return `${alarm}Last safe abort: ${when}, in ${length(leftMs ?? 0)}; ${reason}`;
    }
    case 'passed':
      return `Last safe abort: passed at ${when}; ${reason}`;
    case 'forward-only':
      return `Last safe abort: forward only; ${reason}`;
    case 'going-back':
    case 'over':
      return `Last safe abort: no question; ${reason}`;
    case 'unknown':
      return `Last safe abort: unknown; ${reason}`;
  }
};
