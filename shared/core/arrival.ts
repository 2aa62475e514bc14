import { grouped } from './grouped.ts';
import type { NumberedLook, TableLook } from './table-look.ts';
import { gapOf, isNumbered, sinceRestart } from './table-look.ts';

/** Why nobody can say when the rows of a table will have arrived. */
export type UnknownBecause = 'blind' | 'too-few-looks' | 'growing' | 'flat' | 'unsteady';

/** When all rows will have arrived, with an honest range; instants are epoch milliseconds. */
export type Arrival =
  | { readonly state: 'arrived'; readonly since: number }
  | { readonly state: 'expected'; readonly low: number; readonly likely: number; readonly high: number }
  | { readonly state: 'unknown'; readonly because: UnknownBecause; readonly reason: string };

/** Looks that count: older ones say little of the present pace (an assumption). */
export const TREND_LOOKS = 12;
/** Fewer looks since the target was last filled anew show no trend (an assumption). */
const FEWEST_LOOKS = 4;
/** Of the pairs of looks only those this share of the window apart: neighbours show the noise, not the pace. */
const PAIR_SPAN = 1 / 3;
/** The range leaves out this share of the paces at both ends. */
const TAIL = 0.1;
/** A gap that would take more than so many windows counts as flat. */
const HORIZON_WINDOWS = 200;

const unknown = (because: UnknownBecause, reason: string): Arrival => ({ state: 'unknown', because, reason });

/** The value below which this share of a sorted list lies. */
const quantile = (values: readonly number[], share: number): number => {
  const place = share * (values.length - 1);
  const [below = 0, above = below] = values.slice(Math.floor(place));
  return below + (above - below) * (place - Math.floor(place));
};

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** Rows a millisecond by which the gap falls, for each pair of looks that lie far enough apart, slowest first. */
const pacesOf = (looks: readonly NumberedLook[], spanMs: number): readonly number[] =>
  sorted(
    looks.flatMap((later, index) =>
      looks
        .slice(0, index)
        .filter((earlier) => later.at - earlier.at >= spanMs * PAIR_SPAN)
        .map((earlier) => (gapOf(earlier) - gapOf(later)) / (later.at - earlier.at)),
    ),
  );

/** What the pace leaves of the newest gap once the noise of single looks is taken out. */
const levelOf = (looks: readonly NumberedLook[], newest: NumberedLook, pace: number): number => {
  const levels = sorted(looks.map((look) => gapOf(look) - pace * (newest.at - look.at)));
  // However noisy the looks are, as long as there is a gap a row is missing.
  return Math.max(quantile(levels, 0.5), 1);
};

const expected = (
  looks: readonly NumberedLook[],
  newest: NumberedLook,
  spanMs: number,
  now: number,
): Arrival => {
  const paces = pacesOf(looks, spanMs);
  const [slow, pace, fast] = [quantile(paces, TAIL), quantile(paces, 0.5), quantile(paces, 1 - TAIL)];
  if (pace < 0) return unknown('growing', 'the gap is growing');
  const level = levelOf(looks, newest, pace);
  if (level >= pace * spanMs * HORIZON_WINDOWS) return unknown('flat', 'the gap does not shrink to speak of');
  if (slow <= 0) return unknown('unsteady', 'the gap shrinks and grows in turns');
  // Between two looks nobody sees at what moment the last row arrives.
  const intervalMs = spanMs / (looks.length - 1);
  const at = (rate: number, shiftMs: number): number =>
    Math.max(now, Math.round(newest.at + level / rate + shiftMs));
  return { state: 'expected', low: at(fast, -intervalMs), likely: at(pace, 0), high: at(slow, intervalMs) };
};

/**
 * When the gap will be closed, by the median pace of all pairs of the newest looks (oldest first). Unknown when the
 * newest look saw nothing or is older than `blindAfterMs`, and when there is no pace to go by.
 */
export const arrivalOf = (looks: readonly TableLook[], now: number, blindAfterMs: number): Arrival => {
  const last = looks.at(-1);
  if (last === undefined || !isNumbered(last))
    return unknown('blind', 'the newest look saw no number on both sides');
  if (now - last.at > blindAfterMs) return unknown('blind', 'nobody has looked for too long');
  const since = sinceRestart(looks);
  if (gapOf(last) <= 0) {
    const arrived = since.slice(since.findLastIndex((look) => gapOf(look) > 0) + 1);
    return { state: 'arrived', since: Math.min(...arrived.map(({ at }) => at)) };
  }
  const window = since.slice(-TREND_LOOKS);
  const spanMs = last.at - Math.min(...window.map(({ at }) => at));
  return window.length < FEWEST_LOOKS || spanMs === 0
    ? unknown(
        'too-few-looks',
        `${window.length} of ${FEWEST_LOOKS} looks since the target was last filled anew`,
      )
    : expected(window, last, spanMs, now);
};

/** The arrival of everything named: that of the slowest, unknown as long as one is. */
export type SlowestArrival = {
  readonly arrival: Arrival;
  /** Which one decides; null where nothing is named. */
  readonly name: string | null;
  /** Of how many nobody can say. */
  readonly unknown: number;
};

type Named = { readonly name: string; readonly arrival: Arrival };

const lateness = (arrival: Arrival): number => {
  if (arrival.state === 'arrived') return Number.NEGATIVE_INFINITY;
  return arrival.state === 'expected' ? arrival.likely : Number.POSITIVE_INFINITY;
};

/** Of tens of thousands: too many to be arguments of one call. */
const latest = (instants: readonly number[]): number => instants.reduce((a, b) => Math.max(a, b));

const ofAll = (
  { name, arrival }: Named,
  total: number,
  {
    unknowns,
    sinces,
    due,
  }: {
    readonly unknowns: number;
    readonly sinces: readonly number[];
    readonly due: readonly { readonly low: number; readonly high: number }[];
  },
): Arrival => {
  switch (arrival.state) {
    case 'unknown': {
      const reason = `${grouped(unknowns)} of ${grouped(total)} unknown, such as ${name}: ${arrival.reason}`;
      return { ...arrival, reason };
    }
    case 'arrived':
      return { ...arrival, since: latest(sinces) };
    case 'expected': {
      const low = Math.min(arrival.likely, latest(due.map((one) => one.low)));
      return { ...arrival, low, high: latest(due.map((one) => one.high)) };
    }
  }
};

/** The slowest of many arrivals; null where nothing is named. */
export const slowestOf = (named: readonly Named[]): SlowestArrival | null => {
  const [first, ...others] = named;
  if (first === undefined) return null;
  let slowest = first;
  for (const one of others) if (lateness(one.arrival) > lateness(slowest.arrival)) slowest = one;
  const unknowns = named.filter(({ arrival }) => arrival.state === 'unknown').length;
  const sinces = named.flatMap(({ arrival }) => (arrival.state === 'arrived' ? [arrival.since] : []));
  const due = named.flatMap(({ arrival }) => (arrival.state === 'expected' ? [arrival] : []));
  return {
    arrival: ofAll(slowest, named.length, { unknowns, sinces, due }),
    name: slowest.name,
    unknown: unknowns,
  };
};

/** How past arrivals came true: how many were tried by what happened, and how many had the truth inside their range. */
export type ArrivalScore = { readonly scored: number; readonly inside: number };

/** Whether what happened lies inside the range. */
export const isInside = (
  { low, high }: { readonly low: number; readonly high: number },
  arrivedAt: number,
): boolean => low <= arrivedAt && arrivedAt <= high;

/** Scores what would have been said at each look against the first look after it that lacked nothing. */
export const scoreOf = (looks: readonly TableLook[], blindAfterMs: number): ArrivalScore => {
  let [scored, inside] = [0, 0];
  for (const [index, look] of looks.entries()) {
    const said = arrivalOf(looks.slice(0, index + 1), look.at, blindAfterMs);
    const arrived = looks.slice(index + 1).find((later) => isNumbered(later) && gapOf(later) <= 0);
    if (said.state !== 'expected' || arrived === undefined) continue;
    scored += 1;
    if (isInside(said, arrived.at)) inside += 1;
  }
  return { scored, inside };
};
