import { describe, expect, it } from 'vitest';
import type { Downtime } from '../../../shared/contract/downtime.ts';
import { forecastSchema } from '../../../shared/contract/forecast.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { forecastView } from '../../../shared/view/forecast.ts';
import { statusPage } from '../../../shared/view/page.ts';
import { statusOf } from '../../../shared/view/status.ts';
import type { What } from '../../support/sample-inputs.ts';
import { abort, attempt, done, hold, rollback } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const B = attempt('b');
const PLAN = planOf(
  chain(
    step('a', { plannedMs: HOUR, deadlineMs: 2 * HOUR, marks: 'downtime-started' }),
    step('b', { plannedMs: 2 * HOUR, deadlineMs: 3 * HOUR, marks: 'access-opened' }),
  ),
  {
    rollbacks: [
      {
        ...{ id: 'restart', title: 'Start AX again', availableFrom: null, availableUntil: null },
        dataLossStatement: null,
        steps: [step('rb.a', { plannedMs: HOUR })],
      },
    ],
  },
);
// 02:00 UTC: between the likely finish, 01:00, and the latest, 03:00.
const DOWNTIME: Downtime = {
  endsAt: '2026-11-21T03:00:00+01:00',
  zone: 'Europe/Berlin',
  waves: [
    { step: 'b', opensAt: '2026-11-21T08:30:00+05:30', zone: 'Asia/Kolkata' },
    { step: 'b', opensAt: '2026-11-21T05:00:00+01:00' },
    { step: 'gone', opensAt: '2026-11-21T05:00:00+01:00' },
  ],
  margin: '30min',
  waysBack: [{ id: 'restart', estimate: { takes: '1h 30min', by: 'Dirk' } }],
};

const stateAfter = (plan: Plan, moments: readonly Moment[]) =>
  given(plan, ...moments.slice(0, -1)).when(moments.at(-1) as What).after!;

const viewed = (
  moments: readonly Moment[] = [A.asksWorld()],
  {
    downtime = DOWNTIME,
    afterMs = 0,
    found = [] as readonly Moment[],
  }: { downtime?: Downtime | null; afterMs?: number; found?: readonly Moment[] } = {},
) => {
  const rehearsals =
    found.length === 0
      ? []
      : [
          { id: 'mock-1', found: { plan: PLAN, state: stateAfter(PLAN, found) } },
          { id: 'mock-2', found: null },
        ];
  return forecastSchema.parse(
    forecastView(PLAN, stateAfter(PLAN, moments), { downtime, rehearsals, now: T0 + afterMs }),
  );
};

describe('a forecast as people see it', () => {
  it('is held against the window and every wave, each in its own zone', () => {
    expect(viewed().deadlines.map(({ stepId, at, local, verdict }) => [stepId, at, local, verdict])).toEqual([
      [null, '2026-11-21T02:00:00.000Z', '2026-11-21T03:00:00+01:00', 'likely-in-time'],
      ['b', '2026-11-21T03:00:00.000Z', '2026-11-21T08:30:00+05:30', 'in-time'],
      ['b', '2026-11-21T04:00:00.000Z', '2026-11-21T05:00:00+01:00', 'in-time'],
    ]);
  });

  it.each<[string, string]>([
    ['2026-11-21T03:00:00Z', 'in-time'],
    ['2026-11-21T02:59:59Z', 'likely-in-time'],
    ['2026-11-21T01:00:00Z', 'likely-in-time'],
    ['2026-11-21T00:59:59Z', 'late'],
  ])('a window that ends at %s is %s', (endsAt, verdict) => {
    expect(viewed([A.asksWorld()], { downtime: { endsAt, zone: 'UTC' } }).deadlines).toMatchObject([
      { verdict },
    ]);
  });

  it('is likely late where only the shortest rehearsal would be in time', () => {
    const rehearsals = [5, 25].map((minutes) => {
      const story: readonly Moment[] = [
        A.asksWorld(),
        (now) => A.isJudged(done(now)),
        B.asksWorld(),
        pass(minutes * MINUTE),
      ];
      const { after } = given(PLAN, ...story).when((now) => B.isJudged(done(now)));
      return { id: `mock-${minutes}`, found: { plan: PLAN, state: after! } };
    });
    const state = stateAfter(PLAN, [A.asksWorld()]);
    // The step before ends at 23:00; then it takes 5, 15 or 25 minutes.
    const downtime = { endsAt: '2026-11-20T23:10:00Z', zone: 'UTC' };
    const { deadlines } = forecastView(PLAN, state, { downtime, rehearsals, now: T0 + 30 * MINUTE });
    expect(deadlines).toMatchObject([{ verdict: 'likely-late' }]);
  });

  it('names the rehearsals, and those that are not there', () => {
    const found: readonly Moment[] = [A.asksWorld(), pass(5 * MINUTE), (now) => A.isJudged(done(now))];
    const { rehearsals, steps } = viewed([A.asksWorld()], { found, afterMs: HOUR });
    expect(rehearsals).toEqual([
      { id: 'mock-1', representative: true, why: null },
      { id: 'mock-2', representative: false, why: 'there is no such cutover' },
    ]);
    expect(steps[0]?.duration).toMatchObject({ basis: 'rehearsed', samples: 1, likelyMs: 5 * MINUTE });
  });

  it.each<[string, Parameters<typeof viewed>, readonly [string, string]]>([
    [
      'within the zone of the downtime',
      [],
      [
        'Forecast finish: likely 2026-11-21 02:00 +01:00, between 2026-11-21 02:00 +01:00 and 2026-11-21 04:00 +01:00; likely in time for 2026-11-21 03:00 +01:00; 2 step(s) to come were never rehearsed',
        'SOON: Last safe abort: 2026-11-21 01:00 +01:00, in 2h; after it "Start AX again" would end too late',
      ],
    ],
    [
      'in UTC where nothing was promised',
      [[A.asksWorld()], { downtime: null }],
      [
        'Forecast finish: likely 2026-11-21 01:00 UTC, between 2026-11-21 01:00 UTC and 2026-11-21 03:00 UTC; 2 step(s) to come were never rehearsed',
        'Last safe abort: unknown; the bindings name no downtime',
      ],
    ],
    [
      'while it is held',
      [[A.asksWorld(), hold()], { downtime: null }],
      [
        'Forecast finish: likely 2026-11-21 01:00 UTC, between 2026-11-21 01:00 UTC and nobody knows when; 2 step(s) to come were never rehearsed',
        'Last safe abort: unknown; the bindings name no downtime',
      ],
    ],
    [
      'half an hour before it',
      [[A.asksWorld()], { afterMs: 90 * MINUTE }],
      [
        'Forecast finish: likely 2026-11-21 02:30 +01:00, between 2026-11-21 02:30 +01:00 and 2026-11-21 04:00 +01:00; likely in time for 2026-11-21 03:00 +01:00; 2 step(s) to come were never rehearsed',
        'NOW: Last safe abort: 2026-11-21 01:00 +01:00, in 30min; after it "Start AX again" would end too late',
      ],
    ],
    [
      'long before it',
      [[A.asksWorld()], { downtime: { ...DOWNTIME, waves: [], endsAt: '2026-11-22T03:00:00+01:00' } }],
      [
        'Forecast finish: likely 2026-11-21 02:00 +01:00, between 2026-11-21 02:00 +01:00 and 2026-11-21 04:00 +01:00; in time for 2026-11-22 03:00 +01:00; 2 step(s) to come were never rehearsed',
        'Last safe abort: 2026-11-22 01:00 +01:00, in 1d 2h; after it "Start AX again" would end too late',
      ],
    ],
    [
      'after it',
      [[A.asksWorld()], { afterMs: 121 * MINUTE }],
      [
        'Forecast finish: likely 2026-11-21 03:01 +01:00, between 2026-11-21 03:01 +01:00 and nobody knows when; too late for 2026-11-21 03:00 +01:00; 2 step(s) to come were never rehearsed',
        'Last safe abort: forward only; "Start AX again" would end too late',
      ],
    ],
    [
      'once it is over',
      [[abort()]],
      ['Forecast: over', 'Last safe abort: no question; the cutover is aborted'],
    ],
    [
      'on the way back',
      [[rollback('restart')]],
      [
        'Forecast finish: likely 2026-11-21 00:00 +01:00, between 2026-11-21 00:00 +01:00 and 2026-11-21 01:00 +01:00; in time for 2026-11-21 03:00 +01:00; 1 step(s) to come were never rehearsed',
        'Last safe abort: no question; a way back is being taken',
      ],
    ],
  ])('is told in two lines %s', (_, asked, [finish, safe]) => {
    expect(viewed(...asked).lines).toEqual({ finish, lastSafeAbort: safe });
  });

  it('stands on the page until the cutover has ended', () => {
    const lines = { finish: 'Forecast <1>', lastSafeAbort: 'Last safe abort' };
    const page = (moments: readonly Moment[]) => statusPage(statusOf(PLAN, stateAfter(PLAN, moments)), lines);
    expect(page([A.asksWorld()])).toContain('<p>Forecast &lt;1&gt;<br>Last safe abort</p>');
    expect(page([abort()])).not.toContain('Forecast');
  });
});
