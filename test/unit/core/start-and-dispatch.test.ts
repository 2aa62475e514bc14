import { describe, expect, it } from 'vitest';
import { decide } from '../../../shared/core/decide.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import type { Hold } from '../../../shared/core/state.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  abort,
  attempt,
  done,
  failed,
  hold,
  MANAGER,
  resume,
  rollback,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, givenNothing, givenStarted, pass, startOf, T0 } from '../../support/specification.ts';

const DAY = 24 * HOUR;
const A = attempt('a');
const B = attempt('b');
const ended = (of: ReturnType<typeof attempt>) =>
  [of.asksWorld(), (now: number) => of.isJudged(done(now))] as const;
const dispatched = (stepId: string, number = 1) =>
  ({ type: 'step-dispatched', stepId, attempt: number, dispatch: 1 }) as const;

describe('starting a cutover', () => {
  it('dispatches exactly the steps that wait for nothing', () => {
    givenNothing(planOf([...chain(step('a'), step('b')), step('c')]))
      .when(startOf(planOf([...chain(step('a'), step('b')), step('c')])))
      .then([
        { type: 'cutover-started', id: 'go-live', by: MANAGER, stepIds: ['a', 'b', 'c'] },
        { ...dispatched('a'), reason: 'start', deadlineAt: T0 + 2 * HOUR, nextReadAt: T0 + 10 * MINUTE },
        dispatched('c'),
      ])
      .step('a', { status: 'running', attempt: 1, startedAt: T0 })
      .step('b', { status: 'pending', attempt: 0, startedAt: null })
      .cutover({ status: 'running', commits: 1, events: 3, startedAt: T0, held: null });
  });

  it('is refused when the cutover exists', () => {
    const plan = planOf([step('a')]);
    given(plan).when(startOf(plan)).thenRefused('C302');
  });

  it('makes more steps than the limit ready instead of dispatching them', () => {
    const plan = planOf([step('a'), step('b'), step('c')], { concurrency: 2 });
    givenNothing(plan)
      .when(startOf(plan))
      .then([
        { type: 'cutover-started' },
        dispatched('a'),
        dispatched('b'),
        { type: 'step-ready', stepId: 'c' },
      ])
      .step('c', { status: 'ready', attempt: 0 });
  });

  it('ends a plan without steps at once', () => {
    givenNothing(planOf([]))
      .when(startOf(planOf([])))
      .then([{ type: 'cutover-started' }, { type: 'cutover-completed' }])
      .cutover({ status: 'completed', endedAt: T0 });
  });
});

describe('a cutover that is to begin later', () => {
  const plan = planOf([...chain(step('a', { required: false }), step('b')), step('c')]);
  const later = { ...startOf(plan), startAt: T0 + DAY } as What;
  const start = { at: T0 + DAY, what: 'start' };
  const given = (...moments: readonly Moment[]) => givenStarted(later, plan, ...moments);

  it('is scheduled: nothing is dispatched, and its start is what is due', () => {
    givenNothing(plan)
      .when(later)
      .then([
        { type: 'cutover-started', startAt: T0 + DAY },
        { type: 'step-ready', stepId: 'a' },
        { type: 'step-ready', stepId: 'c' },
      ])
      .saying('go-live is scheduled')
      .cutover({ status: 'scheduled', startAt: T0 + DAY, startedAt: T0 })
      .due(start)
      .sends((messages) => {
        expect(messages).toMatchObject([{ queue: 'wake', scheduledAt: T0 + DAY }]);
      });
  });

  it('begins when its time has come, not before', () => {
    given(pass(DAY - 1))
      .when(wake)
      .thenNothing();
    given(pass(DAY))
      .when(wake)
      .then([{ type: 'cutover-begun' }, dispatched('a'), dispatched('c')])
      .cutover({ status: 'running', startedAt: T0 })
      .step('a', { startedAt: T0 + DAY, deadlineAt: T0 + DAY + 2 * HOUR });
  });

  it('dispatches nothing before that, whatever is done to it, and does not end', () => {
    given()
      .when(skip('a'))
      .then([{ type: 'step-skipped' }, { type: 'step-ready', stepId: 'b' }]);
    given(hold('wait'))
      .when(resume())
      .then([{ type: 'cutover-resumed' }])
      .due(start);
    const small = planOf([step('a', { required: false })]);
    givenStarted({ ...startOf(small), startAt: T0 + DAY } as What, small)
      .when(skip('a'))
      .cutover({ status: 'scheduled' })
      .due(start);
  });

  it('begins to be held when its time comes during a hold', () => {
    given(hold(), pass(DAY))
      .when(wake)
      .then([{ type: 'hold-reminded' }, { type: 'cutover-begun' }])
      .cutover({ status: 'running', held: expect.anything() as Hold });
    given(hold(), pass(DAY), wake)
      .when(resume())
      .then([{ type: 'cutover-resumed' }, dispatched('a'), dispatched('c')]);
  });

  it('can be aborted, takes no way back, and begins at once if its start arrives too late', () => {
    given().when(abort()).cutover({ status: 'aborted' }).due();
    const rollbacks = [
      {
        id: 'back',
        title: 'Back',
        availableFrom: null,
        availableUntil: null,
        dataLossStatement: null,
        steps: [],
      },
    ];
    const wayed = planOf([step('a')], { rollbacks });
    givenStarted({ ...startOf(wayed), startAt: T0 + DAY } as What, wayed)
      .when(rollback('back'))
      .thenRefused('C320')
      .saying('the cutover is scheduled');
    givenNothing(plan)
      .when({ ...startOf(plan), startAt: T0, hold: 'wait' } as What)
      .cutover({ status: 'running' })
      .saying('is started and held');
  });
});

describe('what may start next', () => {
  const plan = planOf([...chain(step('a'), step('b')), step('c', { after: ['a', 'b'] })]);

  it('is the step whose last predecessor has passed', () => {
    given(plan, ...ended(A))
      .when(B.asksWorld(), (now) => B.isJudged(done(now)))
      .then([{ type: 'step-succeeded', stepId: 'b' }, dispatched('c')]);
  });

  it('is not a step of whose predecessors only one has passed', () => {
    given(plan, A.asksWorld())
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded', stepId: 'a' }, dispatched('b')])
      .step('c', { status: 'pending' });
  });

  it('is not a step behind one that was skipped before its turn', () => {
    given(planOf(chain(step('a'), step('b'), step('c'))))
      .when(skip('b'))
      .then([{ type: 'step-skipped', stepId: 'b' }])
      .step('c', { status: 'pending' });
  });

  it('is the step behind one that was skipped in advance once its turn has come', () => {
    given(planOf(chain(step('a'), step('b'), step('c'))), skip('b'), A.asksWorld())
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded', stepId: 'a' }, dispatched('c')]);
  });

  it('is a ready step as soon as another one succeeds and leaves its place', () => {
    const narrow = planOf([step('a'), step('b')], { concurrency: 1 });
    given(narrow, A.asksWorld())
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded', stepId: 'a' }, dispatched('b')]);
  });

  it('is a ready step as soon as another one fails and leaves its place', () => {
    const narrow = planOf([step('a'), step('b')], { concurrency: 1 });
    given(narrow, A.asksWorld())
      .when(A.isJudged(failed()))
      .then([{ type: 'step-failed', stepId: 'a' }, dispatched('b')]);
  });

  it('is the removal of the replication although a watch lasts until then and the plan has one place', () => {
    const watch = step('w', { kind: 'replication-watch' });
    const narrow = planOf([step('a'), watch, step('b')], { concurrency: 1 });
    given(narrow, attempt('w').asksWorld(), A.asksWorld())
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded', stepId: 'a' }, dispatched('b')])
      .step('w', { status: 'waiting' });
  });

  it('is nothing while the cutover is held: what could start becomes ready', () => {
    given(plan, A.asksWorld(), hold())
      .when((now) => A.isJudged(done(now)))
      .then([
        { type: 'step-succeeded', stepId: 'a' },
        { type: 'step-ready', stepId: 'b' },
      ]);
  });
});

describe('the end of a cutover', () => {
  const plan = planOf([step('a', { marks: 'aos-stopped' })]);

  it('comes with the end of its last step', () => {
    given(plan, A.asksWorld(), pass(MINUTE))
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded', marks: 'aos-stopped' }, { type: 'cutover-completed' }])
      .cutover({
        status: 'completed',
        endedAt: T0 + MINUTE,
        milestones: { 'aos-stopped': T0 + MINUTE },
      })
      .due();
  });

  it('does not come while the cutover is held, so that every way back stays open', () => {
    given(plan, A.asksWorld(), hold())
      .when((now) => A.isJudged(done(now)))
      .then([{ type: 'step-succeeded' }])
      .cutover({ status: 'running' });
  });

  it('comes with the resume when the last step ended under the hold', () => {
    given(plan, A.asksWorld(), hold(), (now) => A.isJudged(done(now)))
      .when(resume())
      .then([{ type: 'cutover-resumed' }, { type: 'cutover-completed' }])
      .cutover({ status: 'completed', held: null });
  });

  it.each([
    ['hold', hold()],
    ['resume', resume()],
    ['skip', skip('a')],
    ['wake', wake],
    ['open', A.asksPerson()],
  ])('refuses to %s afterwards', (_, what) => {
    given(plan, ...ended(A))
      .when(what)
      .thenRefused('C303');
  });
});

describe('an input that names what does not exist', () => {
  const plan = planOf([step('a')]);

  it('is refused for an unknown step', () => {
    given(plan).when(skip('nobody')).thenRefused('C206').saying('step nobody');
  });

  it('is refused for a word that every object of the language knows', () => {
    given(plan).when(attempt('constructor').isReported()).thenRefused('C206');
  });

  it('is refused for an unknown cutover', () => {
    givenNothing(plan).when(hold()).thenRefused('C206').saying('cutover');
  });

  it('stops with a bug report when the plan is not the one of the cutover', () => {
    const state = evolve(null, decide(null, null, { id: '1', ...startOf(plan) }, T0).events, T0);
    expect(() => decide(planOf([]), state, { id: '2', ...skip('a') }, T0)).toThrow(
      'step a is not in the plan of go-live',
    );
  });
});
