import { describe, expect, it } from 'vitest';
import type { Range } from '../../../shared/core/forecast.ts';
import { forecastOf } from '../../../shared/core/forecast.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { CutoverState } from '../../../shared/core/state.ts';
import type { Samples } from '../../../shared/core/step-duration.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  abort,
  ANNA,
  attempt,
  BERT,
  done,
  failed,
  hold,
  retry,
  rollback,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, givenStarted, pass, startOf, T0 } from '../../support/specification.ts';

/** The plan and the rehearsals of docs/forecast.md; the cutover starts on 20 November at 22:00 UTC. */
const STEPS = [
  step('stop', { title: 'Stop AX', plannedMs: HOUR, deadlineMs: 2 * HOUR }),
  step('backup', { after: ['stop'], plannedMs: HOUR, deadlineMs: 3 * HOUR }),
  step('upgrade', { after: ['stop'], plannedMs: 4 * HOUR, deadlineMs: 8 * HOUR, maxAttempts: 1 }),
  step('open', {
    after: ['backup', 'upgrade'],
    plannedMs: 30 * MINUTE,
    deadlineMs: 2 * HOUR,
    marks: 'access-opened',
  }),
  step('close', { after: ['open'], plannedMs: 48 * HOUR, deadlineMs: 96 * HOUR }),
];
const PLAN = planOf(STEPS);
const REHEARSED: Samples = new Map([
  ['stop', [50 * MINUTE, 80 * MINUTE, 60 * MINUTE]],
  ['backup', [40 * MINUTE, 60 * MINUTE]],
  ['upgrade', [4 * HOUR, 6 * HOUR, 5 * HOUR]],
]);

const STOP = attempt('stop');

const shown = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString().slice(8, 16).replace('T', ' ');
const range = ({ earliest, likely, latest }: Range): readonly (string | null)[] => [
  shown(earliest),
  shown(likely),
  shown(latest),
];

const stateAfter = (plan: Plan, moments: readonly Moment[]): CutoverState =>
  given(plan, ...moments.slice(0, -1)).when(moments.at(-1) as What).after!;

const asOf = (
  afterMs: number,
  moments: readonly Moment[] = [STOP.asksWorld()],
  {
    plan = PLAN,
    samples = REHEARSED,
    endsWith = null,
  }: { plan?: Plan; samples?: Samples; endsWith?: string | null } = {},
) => {
  const forecast = forecastOf(plan, stateAfter(plan, moments), { samples, now: T0 + afterMs, endsWith });
  const of = (id: string) => forecast.steps.find((one) => one.id === id)!;
  return { ...forecast, of, finishes: forecast.finish && range(forecast.finish) };
};

describe('the examples of docs/forecast.md', () => {
  it('1: at the start, by rehearsals and plan', () => {
    const { of, finishes, criticalPath, leverage } = asOf(0);
    expect(range(of('stop').finish)).toEqual(['20 22:50', '20 23:00', '20 23:20']);
    expect(range(of('backup').finish)).toEqual(['20 23:30', '20 23:50', '21 00:20']);
    expect(range(of('upgrade').finish)).toEqual(['21 02:50', '21 04:00', '21 05:20']);
    expect(range(of('open').finish)).toEqual(['21 03:20', '21 04:30', '21 07:20']);
    expect(finishes).toEqual(['21 03:20', '21 04:30', '21 07:20']);
    expect(criticalPath).toEqual(['stop', 'upgrade', 'open']);
    expect(leverage).toEqual({ stepId: 'upgrade', savesMs: 4 * HOUR + 10 * MINUTE });
  });

  it('2: at 23:10, when the stop takes longer than usual', () => {
    const { of, finishes } = asOf(70 * MINUTE);
    expect(range(of('stop').finish)).toEqual(['20 23:10', '20 23:10', '20 23:20']);
    expect(of('stop').assumes).toEqual([]);
    expect(finishes).toEqual(['21 03:40', '21 04:40', '21 07:20']);
  });

  it('3: at 23:30, when it takes longer than ever: at the latest until its limit', () => {
    const { of, finishes, criticalPath } = asOf(90 * MINUTE);
    expect(criticalPath).toEqual(['stop', 'upgrade', 'open']);
    expect(range(of('stop').finish)).toEqual(['20 23:30', '20 23:30', '21 00:00']);
    expect(of('stop').assumes).toEqual(['longer-than-ever']);
    expect(finishes).toEqual(['21 04:00', '21 05:00', '21 08:00']);
  });

  it('4: held at 23:10 and not resumed by 23:30: as if resumed now, and nobody knows the latest', () => {
    const { of, finishes } = asOf(90 * MINUTE, [STOP.asksWorld(), pass(70 * MINUTE), hold()]);
    expect(finishes).toEqual(['21 04:00', '21 05:00', null]);
    expect(of('open').assumes).toEqual(['never-rehearsed', 'resumed-now']);
    expect(range(of('open').start)).toEqual(['21 03:30', '21 04:30', null]);
  });

  it('5: the stop failed and waits for a decision at 23:30: as if retried now, and nobody knows the latest', () => {
    const { of, finishes } = asOf(90 * MINUTE, [
      STOP.asksWorld(),
      pass(20 * MINUTE),
      STOP.isJudged(failed()),
    ]);
    expect(range(of('stop').finish)).toEqual(['21 00:20', '21 00:30', null]);
    expect(of('stop').assumes).toEqual(['retried-now']);
    expect(finishes).toEqual(['21 04:50', '21 06:00', null]);
  });

  it('6: with one place the upgrade waits for the backup, and the backup is on the critical path', () => {
    const { of, finishes, criticalPath, leverage } = asOf(0, [STOP.asksWorld()], {
      plan: planOf(STEPS, { concurrency: 1 }),
    });
    expect(range(of('upgrade').start)).toEqual(['20 23:30', '20 23:50', '21 00:20']);
    expect(finishes).toEqual(['21 04:00', '21 05:20', '21 08:20']);
    expect(criticalPath).toEqual(['stop', 'backup', 'upgrade', 'open']);
    expect(leverage).toEqual({ stepId: 'upgrade', savesMs: 5 * HOUR });
  });
});

const two = chain(
  step('a', { plannedMs: HOUR, maxAttempts: 2, retryDelayMs: 30 * MINUTE }),
  step('b', { plannedMs: HOUR }),
);
const A = attempt('a');
const TWO = { plan: planOf(two), samples: new Map() };

describe('the forecast', () => {
  it('is exact for durations that never change', () => {
    const samples = new Map([
      ['a', [HOUR, HOUR]],
      ['b', [2 * HOUR]],
    ]);
    expect(asOf(0, [A.asksWorld()], { ...TWO, samples }).finishes).toEqual([
      '21 01:00',
      '21 01:00',
      '21 01:00',
    ]);
  });

  it('has what happened in place of what was expected', () => {
    const { of, criticalPath } = asOf(
      HOUR,
      [A.asksWorld(), pass(40 * MINUTE), (now) => A.isJudged(done(now)), attempt('b').asksWorld()],
      TWO,
    );
    expect(range(of('a').finish)).toEqual(['20 22:40', '20 22:40', '20 22:40']);
    expect(range(of('b').start)).toEqual(['20 22:40', '20 22:40', '20 22:40']);
    expect(of('b').finish).toMatchObject({ likely: T0 + 100 * MINUTE });
    expect(criticalPath).toEqual(['b']);
  });

  it('counts a later attempt from its own question', () => {
    const again = [
      A.asksWorld(),
      pass(50 * MINUTE),
      A.isJudged(failed()),
      retry('a'),
      pass(10 * MINUTE),
      attempt('a', 2).asksWorld(),
    ];
    expect(asOf(HOUR, again, TWO).of('a').finish.likely).toBe(T0 + 2 * HOUR);
  });

  it('counts a later attempt that has not asked yet from its dispatch', () => {
    const again = [A.asksWorld(), pass(50 * MINUTE), A.isJudged(failed()), retry('a')];
    expect(asOf(HOUR, again, TWO).of('a').finish.likely).toBe(T0 + 50 * MINUTE + HOUR);
  });

  it('lets a failed step begin when it is tried again by itself, and knows the latest', () => {
    const { of } = asOf(MINUTE, [A.asksWorld(), A.isJudged(failed())], TWO);
    expect(range(of('a').finish)).toEqual(['20 23:30', '20 23:30', '21 00:30']);
    expect(of('a').assumes).toEqual(['never-rehearsed']);
  });

  it('moves that time on while the cutover is held', () => {
    const { of } = asOf(HOUR, [A.asksWorld(), A.isJudged(failed()), hold()], TWO);
    expect(range(of('a').finish)).toEqual(['21 00:30', '21 00:30', null]);
  });

  it('says that it waits for a person, with the planned time and at the latest the limit', () => {
    const { of } = asOf(MINUTE, [A.asksPerson()], TWO);
    expect(of('a').assumes).toEqual(['never-rehearsed', 'waits-for-person']);
    expect(range(of('a').finish)).toEqual(['20 23:00', '20 23:00', '21 00:00']);
  });

  it('says so of an approval, not of what nobody has to answer', () => {
    expect(asOf(MINUTE, [A.asksApproval()], TWO).of('a').assumes).toContain('waits-for-person');
    expect(asOf(MINUTE, [A.asksWorld()], TWO).of('a').assumes).toEqual(['never-rehearsed']);
  });

  it('says so until somebody has answered, not only that it was not tested', () => {
    const assumes = (...moments: readonly Moment[]) =>
      asOf(MINUTE, [A.asksPerson(), ...moments], TWO).of('a').assumes;
    expect(assumes(A.isReported('not-tested'))).toEqual(['never-rehearsed', 'waits-for-person']);
    expect(assumes(A.isReported())).toEqual(['never-rehearsed']);
  });

  it('lets a step that was skipped before its turn begin and end then', () => {
    const { of } = asOf(HOUR, [A.asksWorld(), pass(MINUTE), skip('b')], TWO);
    expect([range(of('b').start), range(of('b').finish)]).toEqual([
      ['20 22:01', '20 22:01', '20 22:01'],
      ['20 22:01', '20 22:01', '20 22:01'],
    ]);
  });

  it('knows no latest of a step beyond its limit that nobody has looked at', () => {
    const { of } = asOf(3 * HOUR, [A.asksPerson()], TWO);
    expect(range(of('a').finish)).toEqual(['21 01:00', '21 01:00', null]);
    expect(of('a').assumes).toEqual(['never-rehearsed', 'waits-for-person', 'longer-than-ever']);
  });

  it('begins with the time for which the cutover is scheduled', () => {
    const plan = planOf(two);
    const { after } = givenStarted({ ...startOf(plan), startAt: T0 + 5 * HOUR } as What, plan).when(wake);
    const { steps } = forecastOf(plan, after!, { samples: new Map(), now: T0 + HOUR, endsWith: null });
    expect(range(steps[0]!.start)).toEqual(['21 03:00', '21 03:00', '21 03:00']);
  });

  it('lets a skipped step stand for what it waits for', () => {
    const plan = planOf(chain(step('a', { plannedMs: HOUR }), step('b'), step('c', { plannedMs: HOUR })));
    const { of } = asOf(MINUTE, [A.asksWorld(), skip('b')], { plan, samples: new Map() });
    expect(range(of('c').start)).toEqual(['20 23:00', '20 23:00', '21 00:00']);
  });

  it('ends with the step that is named', () => {
    const { finish, criticalPath } = asOf(0, [STOP.asksWorld()], { endsWith: 'backup' });
    expect([finish?.likely, criticalPath]).toEqual([T0 + 110 * MINUTE, ['stop', 'backup']]);
  });

  it('ends with the last step of a plan that opens no access, the first named of several', () => {
    const plan = planOf([step('a'), step('b')]);
    const { criticalPath, leverage } = asOf(0, [A.asksWorld()], { plan, samples: new Map() });
    expect([criticalPath, leverage]).toEqual([['a'], null]);
  });

  it('is over with the cutover', () => {
    const { finish, criticalPath, leverage, of } = asOf(HOUR, [A.asksWorld(), abort()], TWO);
    expect([finish, criticalPath, leverage]).toEqual([null, [], null]);
    expect(of('b').assumes).toEqual([]);
  });

  it('knows nothing of steps that wait for each other', () => {
    const plan = planOf([step('a', { after: ['b'] }), step('b', { after: ['a'] })]);
    const state = stateAfter(planOf([step('a'), step('b')]), [wake]);
    const pending = { ...state.steps.a!, status: 'pending', startedAt: null, wait: null } as const;
    const { finish } = forecastOf(
      plan,
      { ...state, steps: { a: pending, b: pending } },
      { samples: new Map(), now: T0, endsWith: null },
    );
    expect(finish).toEqual({ earliest: null, likely: null, latest: null });
  });

  it('knows nothing of steps that the cutover does not have', () => {
    const { steps, finish } = forecastOf(
      planOf([...two, step('new')]),
      stateAfter(planOf(two), [A.asksWorld()]),
      { samples: new Map(), now: T0, endsWith: null },
    );
    expect([steps.length, finish?.likely]).toEqual([2, null]);
  });

  it('is of the steps of a way back once that is taken', () => {
    const back = {
      id: 'back',
      title: 'Back',
      availableFrom: null,
      availableUntil: null,
      dataLossStatement: null,
      steps: [step('rb.a', { plannedMs: 3 * HOUR })],
    };
    const { steps, finishes } = asOf(0, [A.asksWorld(), rollback('back')], {
      plan: planOf(two, { rollbacks: [back] }),
      samples: new Map(),
    });
    expect(steps.map(({ id }) => id)).toEqual(['rb.a']);
    expect(finishes).toEqual(['21 01:00', '21 01:00', '21 01:00']);
  });

  it('is unknown in a way back of which nothing is known', () => {
    const state = { ...stateAfter(planOf(two), [A.asksWorld()]), rollback: { id: 'gone' } as never };
    const { finish, criticalPath } = forecastOf(planOf(two), state, {
      samples: new Map(),
      now: T0,
      endsWith: null,
    });
    expect([finish, criticalPath]).toEqual([{ earliest: null, likely: null, latest: null }, []]);
  });
});

describe('a watch', () => {
  const steps = [
    step('watch', { kind: 'replication-watch', plannedMs: 99 * HOUR }),
    step('removal', { marks: 'replication-removed', plannedMs: HOUR }),
    step('after', { after: ['watch'], plannedMs: HOUR }),
  ];
  const plan = planOf(steps, { concurrency: 1 });
  const samples = new Map();
  const WATCH = attempt('watch');
  const REMOVAL = attempt('removal');

  it('takes no time of its own: it ends with what ends it, and takes no place', () => {
    const { of } = asOf(0, [WATCH.asksWorld()], { plan, samples });
    expect(of('watch').finish.likely).toBe(T0 + HOUR);
    expect(of('after').finish.likely).toBe(T0 + 2 * HOUR);
    expect(of('watch').assumes).toEqual([]);
  });

  it('ends now once it is to end', () => {
    const { of } = asOf(
      2 * HOUR,
      [WATCH.asksWorld(), REMOVAL.asksWorld(), pass(HOUR), (now) => REMOVAL.isJudged(done(now))],
      { plan, samples },
    );
    expect(of('watch').finish.latest).toBe(T0 + 2 * HOUR);
  });

  it('never ends when no step will end it, and neither does what waits for it', () => {
    const { of, finish } = asOf(MINUTE, [WATCH.asksWorld(), skip('removal')], { plan, samples });
    expect(of('watch').assumes).toEqual(['never-ends']);
    expect([of('after').finish.latest, finish?.likely]).toEqual([null, null]);
  });
});

it('an approval that enough people gave is no more waited for than its reading', () => {
  const plan = planOf([step('a', { plannedMs: HOUR })]);
  const voted = [A.asksApproval(), A.isVoted('approve', ANNA), A.isVoted('approve', BERT)];
  expect(asOf(0, voted, { plan, samples: new Map() }).of('a').assumes).toEqual(['never-rehearsed']);
});
