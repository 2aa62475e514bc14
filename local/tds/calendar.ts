const DAY_MS = 86_400_000;
/** Days from 0001-01-01 to 1970-01-01. */
const DAYS_TO_UNIX_EPOCH = 719_162;
/** Days from 0001-01-01 to 1900-01-01, where datetime begins to count. */
export const DATETIME_EPOCH_DAY = 693_595;
/** Days from 0001-01-01 to 1753-01-01, the first day of datetime. */
export const DATETIME_FIRST_DAY = 639_905;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,7}))?)?Z?$/;
const LAST_DAY = 3_652_058;

/** A calendar day (since 0001-01-01) and the time in it, in units of 100 ns: what SQL Server's date types hold. */
export type DayTime = { readonly day: number; readonly ticks: number };

/** Reads a Date (its UTC fields) or an ISO text without offset and with up to seven decimals. */
export function toDayTime(value: Date | string): DayTime {
  const { milliseconds, extraTicks } = typeof value === 'string' ? parse(value) : fromDate(value);
  const day = Math.floor(milliseconds / DAY_MS) + DAYS_TO_UNIX_EPOCH;
  if (!Number.isFinite(day) || day < 0 || day > LAST_DAY)
    throw new RangeError(`${String(value)} is not a date.`);
  const inDay = milliseconds - (day - DAYS_TO_UNIX_EPOCH) * DAY_MS;
  return { day, ticks: inDay * 10_000 + extraTicks };
}

/** The Date of a day and time; what is finer than a millisecond is cut off. */
export function toDate({ day, ticks }: DayTime): Date {
  return new Date((day - DAYS_TO_UNIX_EPOCH) * DAY_MS + Math.floor(ticks / 10_000));
}

function fromDate(value: Date): { milliseconds: number; extraTicks: number } {
  return { milliseconds: value.getTime(), extraTicks: 0 };
}

function parse(value: string): { milliseconds: number; extraTicks: number } {
  const match = ISO.exec(value);
  if (match === null) throw new RangeError(`'${value}' is not an ISO date without offset.`);
  const fraction = (match[3] ?? '').padEnd(7, '0');
  return {
    milliseconds: Date.parse(`${match[1] ?? ''}T${match[2] ?? '00:00:00'}.${fraction.slice(0, 3)}Z`),
    extraTicks: Number(fraction.slice(3)),
  };
}
