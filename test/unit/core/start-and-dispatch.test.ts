import { describe, expect, it } from 'vitest';
import { decide } from '../../../shared/core/decide.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import { attempt, done, failed, hold, MANAGER, resume, skip, wake } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, givenNothing, pass, startOf, T0 } from '../../support/specification.ts';

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
