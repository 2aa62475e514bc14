import { describe, expect, it } from 'vitest';
import type { Promised } from '../../../shared/core/last-safe-abort.ts';
import { lastSafeAbort } from '../../../shared/core/last-safe-abort.ts';
import type { RollbackPlan } from '../../../shared/core/plan.ts';
import type { Samples } from '../../../shared/core/step-duration.ts';
import type { What } from '../../support/sample-inputs.ts';
import { abort, attempt, done, passPointOfNoReturn, rollback } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given } from '../../support/specification.ts';

const at = (text: string): number => Date.parse(text);

const way = (id: string, differs: Partial<RollbackPlan>): RollbackPlan => ({
  id,
  title: id,
  availableFrom: 'downtime-started',
  availableUntil: 'point-of-no-return',
  dataLossStatement: null,
  steps: [],
  ...differs,
});

/** The ways back and the rehearsals of docs/forecast.md. */
const RESTART = way('restart', {
  steps: chain(
    step('rb.restart-approve', { plannedMs: 20 * MINUTE }),
    step('rb.restart-prove', { plannedMs: 30 * MINUTE }),
    step('rb.restart-start', { plannedMs: 45 * MINUTE }),
  ),
});
const RESTORE = way('restore', {
  availableFrom: 'backup-proven',
  steps: chain(
    step('rb.restore-approve', { plannedMs: 20 * MINUTE }),
    step('rb.restore-database', { plannedMs: 4 * HOUR }),
    step('rb.restore-start', { plannedMs: 45 * MINUTE }),
  ),
});
const LATE = way('late', {
  availableFrom: 'point-of-no-return',
  availableUntil: null,
  dataLossStatement: 'Lost.',
});
const PLAN = planOf(
  [
    step('stop', { marks: 'downtime-started' }),
    step('backup', { after: ['stop'], marks: 'backup-proven' }),
    step('open', { after: ['backup'], marks: 'access-opened' }),
  ],
  { rollbacks: [RESTART, RESTORE, LATE] },
);
const REHEARSED: Samples = new Map([
  ['rb.restore-approve', [10 * MINUTE, 25 * MINUTE]],
  ['rb.restore-database', [3 * HOUR, 5 * HOUR]],
  ['rb.restore-start', [40 * MINUTE, 50 * MINUTE]],
]);
const PROMISED: Promised = {
  endsAt: at('2026-11-22T18:00:00+01:00'),
  marginMs: HOUR,
  waves: [{ stepId: 'open', opensAt: at('2026-11-22T15:00:00+01:00') }],
  waysBack: [
    { id: 'restart', estimate: null },
    { id: 'restore', estimate: null },
  ],
};

const STOP = attempt('stop');
const STOPPED: readonly Moment[] = [STOP.asksWorld(), (now) => STOP.isJudged(done(now))];

const asked = (
  now: string,
  {
    promised = PROMISED,
    samples = REHEARSED,
    moments = STOPPED,
    plan = PLAN,
  }: { promised?: Promised | null; samples?: Samples; moments?: readonly Moment[]; plan?: typeof PLAN } = {},
) => {
  const state = given(plan, ...moments.slice(0, -1)).when(moments.at(-1) as What).after!;
  const { at: safeAt, ...rest } = lastSafeAbort(plan, state, { promised, samples, now: at(now) });
  return { at: safeAt === null ? null : new Date(safeAt).toISOString(), ...rest };
};

const of = (id: string, differs: Partial<Promised['waysBack'][number]>): Promised => ({
  ...PROMISED,
  waysBack: PROMISED.waysBack.map((one) => (one.id === id ? { ...one, ...differs } : one)),
});

describe('the examples of docs/forecast.md', () => {
  it('7: the earliest wave, less the margin, less the longest rehearsed way back', () => {
    const answer = asked('2026-11-21T12:00:00Z');
    expect(answer).toMatchObject({
      at: '2026-11-22T06:45:00.000Z',
      state: 'open',
      neededAt: at('2026-11-22T14:00:00Z'),
    });
    expect(
      answer.ways.map(({ id, takesMs, basis, lastSafeAt }) => [
        id,
        takesMs / MINUTE,
        basis,
        new Date(lastSafeAt).toISOString(),
      ]),
    ).toEqual([
      ['restart', 95, 'planned', '2026-11-22T11:25:00.000Z'],
      ['restore', 375, 'rehearsed', '2026-11-22T06:45:00.000Z'],
    ]);
  });

  it('8: an estimate of somebody that is longer than what was rehearsed', () => {
    const promised = of('restore', { estimate: { takesMs: 8 * HOUR, by: 'Dirk' } });
    const answer = asked('2026-11-21T12:00:00Z', { promised });
    expect(answer.at).toBe('2026-11-22T05:00:00.000Z');
    expect(answer.ways[1]).toMatchObject({ basis: 'named', by: 'Dirk' });
  });

  it('9: a night in which the clocks are put forward is an hour shorter', () => {
    const promised = { ...PROMISED, marginMs: 0, waves: [], endsAt: at('2026-03-29T08:00:00+02:00') };
    expect(asked('2026-03-28T21:00:00Z', { promised }).at).toBe('2026-03-28T23:45:00.000Z');
  });
});

describe('the last safe moment to give up', () => {
  it.each<[string, string, string, string]>([
    ['is open', '2026-11-22T04:44:59Z', 'open', 'after it "restore" would end too late'],
    ['is soon', '2026-11-22T04:45:00Z', 'soon', 'after it "restore" would end too late'],
    ['is still soon', '2026-11-22T06:14:59Z', 'soon', 'after it "restore" would end too late'],
    ['is urgent', '2026-11-22T06:15:00Z', 'urgent', 'after it "restore" would end too late'],
    ['is still urgent', '2026-11-22T06:45:00Z', 'urgent', 'after it "restore" would end too late'],
    [
      'has passed for the longest way',
      '2026-11-22T06:45:01Z',
      'passed',
      '"restore" would end too late; still in time: "restart"',
    ],
    [
      'has passed for it until the last one',
      '2026-11-22T11:25:00Z',
      'passed',
      '"restore" would end too late; still in time: "restart"',
    ],
    ['leaves the way forward only', '2026-11-22T11:25:01Z', 'forward-only', '"restore" would end too late'],
  ])('%s at %s', (_, now, state, reason) => {
    expect(asked(now)).toMatchObject({ state, reason, at: '2026-11-22T06:45:00.000Z' });
  });

  it.each<[string, Parameters<typeof asked>[1], object]>([
    [
      'is unknown without a promised downtime',
      { promised: null },
      { state: 'unknown', reason: 'the bindings name no downtime', at: null },
    ],
    [
      'is unknown where the bindings name no way back',
      { promised: { ...PROMISED, waysBack: [] } },
      { state: 'unknown', reason: 'the bindings name no way back to AX 2012', at: null },
    ],
    [
      'is no question while a way back is taken',
      { moments: [...STOPPED, rollback('restart')] },
      { state: 'going-back', at: null, neededAt: at('2026-11-22T14:00:00Z') },
    ],
    [
      'is no question once the cutover has ended',
      { moments: [abort()] },
      { state: 'over', reason: 'the cutover is aborted' },
    ],
    [
      'is gone with the point of no return',
      { moments: [...STOPPED, (now: number) => passPointOfNoReturn(now)] },
      { state: 'forward-only', reason: 'the point of no return is passed', at: null },
    ],
    [
      'does not count a way that loses data',
      { promised: { ...PROMISED, waysBack: [{ id: 'late', estimate: null }] } },
      { state: 'forward-only', reason: 'no way back to AX 2012 without loss is left' },
    ],
    [
      'does not count a way that the plan does not have',
      { promised: { ...PROMISED, waysBack: [{ id: 'x', estimate: null }] } },
      { state: 'forward-only' },
    ],
  ])('%s', (_, differs, expected) => {
    expect(asked('2026-11-22T01:00:00Z', differs)).toMatchObject(expected);
  });

  it('is that of the end of the window where that comes before every wave', () => {
    const promised = { ...PROMISED, endsAt: at('2026-11-22T13:00:00Z') };
    expect(asked('2026-11-22T01:00:00Z', { promised }).neededAt).toBe(promised.endsAt);
  });

  it('is that of the longest way, in whatever order they are named', () => {
    const promised = { ...PROMISED, waysBack: PROMISED.waysBack.toReversed() };
    expect(asked('2026-11-22T01:00:00Z', { promised }).at).toBe('2026-11-22T06:45:00.000Z');
  });

  it('says of each way whether it is possible now', () => {
    const whys = asked('2026-11-22T01:00:00Z').ways.map(({ why }) => why);
    expect(whys).toEqual([null, 'not before backup-proven']);
  });

  it('does not count a way that is closed for good', () => {
    const closed = planOf(PLAN.steps, {
      rollbacks: [RESTART, { ...RESTORE, availableUntil: 'downtime-started' }],
    });
    expect(asked('2026-11-22T01:00:00Z', { plan: closed }).ways.map(({ id }) => id)).toEqual(['restart']);
  });

  it('counts a way that nothing closes', () => {
    const open = planOf(PLAN.steps, { rollbacks: [{ ...RESTART, availableUntil: null }, RESTORE] });
    expect(asked('2026-11-22T01:00:00Z', { plan: open }).ways.map(({ id }) => id)).toEqual([
      'restart',
      'restore',
    ]);
  });

  it('takes an estimate where not every step was rehearsed, and not where the rehearsals took longer', () => {
    const promised: Promised = {
      ...PROMISED,
      waysBack: PROMISED.waysBack.map(({ id }) => ({ id, estimate: { takesMs: HOUR, by: 'Dirk' } })),
    };
    const ways = asked('2026-11-22T01:00:00Z', { promised }).ways;
    expect(ways.map(({ takesMs, basis, by }) => [takesMs / MINUTE, basis, by])).toEqual([
      [60, 'named', 'Dirk'],
      [375, 'rehearsed', null],
    ]);
  });

  it('takes no time for a way without steps, and none for its watches', () => {
    const plan = planOf(PLAN.steps, {
      rollbacks: [{ ...RESTART, steps: [step('rb.w', { kind: 'replication-watch' })] }],
    });
    expect(asked('2026-11-22T01:00:00Z', { plan }).ways).toMatchObject([{ takesMs: 0 }]);
  });
});
