import { formatDuration } from './duration.ts';
import type { Unmet } from './replication-agents.ts';
import { DBA } from './replication-agents.ts';
import type { UpgradeStep } from './upgrade-completion.ts';
import { isCompleted } from './upgrade-completion.ts';

/** A sub-step as the target database times it, on its own clock; null where it says nothing. */
export type TimedStep = UpgradeStep & { readonly startedAt: number | null; readonly endedAt: number | null };

/** How long each sub-step took in each rehearsal, in milliseconds, by its name. */
export type RehearsalTimes = Readonly<Record<string, readonly number[]>>;

/** A sub-step against its rehearsals. */
export type SubStepPace = {
  readonly name: string;
  /** Whether it has not ended. */
  readonly isOpen: boolean;
  readonly elapsedMs: number;
  /** What the rehearsals say; null where none has it. */
  readonly rehearsed: {
    readonly count: number;
    /** The 90th percentile of five rehearsals or more, else their maximum. */
    readonly limitMs: number;
    readonly mostMs: number;
  } | null;
};

/** With fewer rehearsals a percentile says nothing that their maximum does not. */
const ENOUGH_FOR_P90 = 5;
const MINUTE_MS = 60_000;

const rehearsedIn = (timesMs: readonly number[] | undefined): SubStepPace['rehearsed'] => {
  const sorted = (timesMs ?? []).toSorted((a, b) => a - b);
  const count = sorted.length;
  const rank = count < ENOUGH_FOR_P90 ? count : Math.ceil(0.9 * count);
  const [mostMs, limitMs] = [sorted.at(-1), sorted[rank - 1]];
  return mostMs === undefined || limitMs === undefined ? null : { count, limitMs, mostMs };
};

const overMs = ({ elapsedMs, rehearsed }: SubStepPace): number =>
  rehearsed === null ? Number.NEGATIVE_INFINITY : elapsedMs - rehearsed.limitMs;

/** Every sub-step that has begun, the slowest against its rehearsals first; those nobody rehearsed last. */
export const paceOf = (
  steps: readonly TimedStep[],
  rehearsalMs: RehearsalTimes,
  serverTime: number,
): readonly SubStepPace[] =>
  steps
    .flatMap((step): readonly SubStepPace[] => {
      const { name, startedAt, endedAt } = step;
      if (startedAt === null) return [];
      const isOpen = endedAt === null && !isCompleted(step);
      const elapsedMs = Math.max(0, (endedAt ?? serverTime) - startedAt);
      const own = Object.hasOwn(rehearsalMs, name) ? rehearsalMs[name] : undefined;
      return [{ name, isOpen, elapsedMs, rehearsed: rehearsedIn(own) }];
    })
    .toSorted((a, b) => (overMs(b) === overMs(a) ? b.elapsedMs - a.elapsedMs : overMs(b) - overMs(a)));

/**
 * An alarm for every open sub-step that has passed its rehearsals, the slowest first: `pace-warning` beyond the 90th
 * percentile, `pace-critical` beyond all of them. The words stay the same while it lasts.
 */
export const paceConditions = (pace: readonly SubStepPace[]): readonly Unmet[] =>
  pace.flatMap(({ name, isOpen, elapsedMs, rehearsed }) => {
    if (!isOpen || rehearsed === null || elapsedMs <= rehearsed.limitMs) return [];
    const { count, limitMs, mostMs } = rehearsed;
    const isCritical = elapsedMs > mostMs;
    const than = isCritical
      ? `in any of ${count} rehearsal(s) (${formatDuration(mostMs)})`
      : `in nine of ten rehearsals (${formatDuration(limitMs)})`;
    return {
      code: `${isCritical ? 'pace-critical' : 'pace-warning'}:${name}`,
      message: `${name} takes longer than ${than}`,
      who: DBA,
      next: 'Compare it with the rehearsal, look for what the sandbox waits for, and tell whoever decides on the time that is left.',
    };
  });

/** What the rehearsals let expect of the sub-steps that are open, to follow the name of the only one; empty without any. */
export const expectationOf = (pace: readonly SubStepPace[]): string => {
  const open = pace.filter(({ isOpen }) => isOpen);
  return open
    .map(({ name, rehearsed }) => {
      const what = open.length === 1 ? 'it' : name;
      if (rehearsed === null) return `; no rehearsal says how long ${what} takes`;
      return `; ${what} took at most ${formatDuration(rehearsed.mostMs)} in ${rehearsed.count} rehearsal(s)`;
    })
    .join('');
};

/** The sub-steps that took longer than rehearsed, the slowest first, in whole minutes; empty where none did. */
export const lateInWords = (pace: readonly SubStepPace[]): string => {
  const late = pace.filter((step) => overMs(step) >= MINUTE_MS);
  if (late.length === 0) return '';
  const named = late.map(
    (step) => `${step.name} by ${formatDuration(Math.floor(overMs(step) / MINUTE_MS) * MINUTE_MS)}`,
  );
  return `; longer than rehearsed: ${named.join(', ')}`;
};
