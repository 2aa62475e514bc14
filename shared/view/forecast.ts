import type { Downtime } from '../contract/downtime.ts';
import { promisedBy } from '../contract/downtime.ts';
import type { ForecastView, RangeView } from '../contract/forecast.ts';
import type { Range } from '../core/forecast.ts';
import { forecastOf } from '../core/forecast.ts';
import { lastSafeAbort } from '../core/last-safe-abort.ts';
import type { Plan } from '../core/plan.ts';
import { allSteps } from '../core/plan.ts';
import type { CutoverState } from '../core/state.ts';
import type { Rehearsal } from '../core/step-duration.ts';
import { samplesOf } from '../core/step-duration.ts';
import { inZone } from '../core/zoned.ts';
import { finishLine, lastSafeAbortLine } from './forecast-lines.ts';
import { iso, isoOrNull } from './instant.ts';

/** A cutover that the bindings name as a rehearsal, or why nothing can be taken from it. */
export type NamedRehearsal = { readonly id: string; readonly found: Rehearsal | null };

const rangeView = ({ earliest, likely, latest }: Range): RangeView => ({
  earliest: isoOrNull(earliest),
  likely: isoOrNull(likely),
  latest: isoOrNull(latest),
});

type Verdict = ForecastView['deadlines'][number]['verdict'];

/** A range against an instant that it must not pass. */
const verdictOf = ({ earliest, likely, latest }: Range, at: number): Verdict => {
  if (earliest === null || likely === null) return 'unknown';
  if (latest !== null && latest <= at) return 'in-time';
  if (likely <= at) return 'likely-in-time';
  return earliest <= at ? 'likely-late' : 'late';
};

const rehearsalView = ({ id, found }: NamedRehearsal): ForecastView['rehearsals'][number] => ({
  id,
  representative: found !== null && found.plan.source === 'live-ax',
  why: found === null ? 'there is no such cutover' : null,
});

/** How the rest of a cutover goes as of an instant, held against what the bindings promise. */
export const forecastView = (
  plan: Plan,
  state: CutoverState,
  {
    downtime,
    rehearsals,
    now,
  }: {
    readonly downtime: Downtime | null;
    readonly rehearsals: readonly NamedRehearsal[];
    readonly now: number;
  },
): ForecastView => {
  const samples = samplesOf(
    plan,
    rehearsals.flatMap(({ found }) => found ?? []),
    now,
  );
  const forecast = forecastOf(plan, state, { samples, now, endsWith: downtime?.endsWith ?? null });
  const promised = downtime === null ? null : promisedBy(downtime);
  const abort = lastSafeAbort(plan, state, { promised, samples, now });
  const zone = downtime?.zone ?? null;
  const byId = new Map(forecast.steps.map((step) => [step.id, step]));

  const deadline = (stepId: string | null, at: number, own: string, range: Range | null | undefined) =>
    range == null
      ? []
      : [
          {
            stepId,
            at: iso(at),
            zone: own,
            local: inZone(own, at),
            forecast: rangeView(range),
            verdict: verdictOf(range, at),
          },
        ];
  const deadlines =
    downtime === null
      ? []
      : [
          ...deadline(null, Date.parse(downtime.endsAt), downtime.zone, forecast.finish),
          ...(downtime.waves ?? []).flatMap(({ step, opensAt, zone: own }) =>
            deadline(step, Date.parse(opensAt), own ?? downtime.zone, byId.get(step)?.finish),
          ),
        ];
  const planned = new Map(allSteps(plan).map((step) => [step.id, step]));
  const steps = forecast.steps.flatMap(({ id, start, finish, duration, isCritical, assumes }) => {
    const [step, known] = [planned.get(id), state.steps[id]];
    if (step === undefined || known === undefined) return [];
    const { title, owner, plannedMs } = step;
    return [
      {
        ...{ id, title, owner, status: known.status, plannedMs, duration, isCritical },
        start: rangeView(start),
        finish: rangeView(finish),
        assumes: [...assumes],
      },
    ];
  });
  const view = {
    id: state.id,
    at: iso(now),
    zone,
    finish: forecast.finish && rangeView(forecast.finish),
    deadlines,
    criticalPath: [...forecast.criticalPath],
    leverage: forecast.leverage,
    lastSafeAbort: {
      state: abort.state,
      reason: abort.reason,
      at: isoOrNull(abort.at),
      local: abort.at === null || zone === null ? null : inZone(zone, abort.at),
      leftMs: abort.at === null ? null : abort.at - now,
      neededAt: isoOrNull(abort.neededAt),
      marginMs: promised?.marginMs ?? 0,
      ways: abort.ways.map((way) => ({ ...way, lastSafeAt: iso(way.lastSafeAt) })),
    },
    rehearsals: rehearsals.map(rehearsalView),
    steps,
  };
  return { ...view, lines: { finish: finishLine(view), lastSafeAbort: lastSafeAbortLine(view) } };
};
