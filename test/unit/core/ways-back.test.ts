import { describe, expect, it } from 'vitest';
import { stepsInForce } from '../../../shared/core/plan.ts';
import type { RollbackPlan } from '../../../shared/core/plan.ts';
import { waysBack } from '../../../shared/core/rollback.ts';
import {
  abort,
  attempt,
  DBA,
  done,
  failed,
  giveUp,
  hold,
  MANAGER,
  passPointOfNoReturn,
  resume,
  retry,
  rollback,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const STATEMENT = 'Every order since the opening is lost.';

const way = (id: string, differs: Partial<RollbackPlan> = {}): RollbackPlan => ({
  id,
  title: `Way ${id}`,
  availableFrom: null,
  availableUntil: null,
  dataLossStatement: null,
  steps: chain(step(`rb.${id}.1`), step(`rb.${id}.2`)),
  ...differs,
});

const plan = planOf(chain(step('a', { marks: 'aos-stopped' }), step('b'), step('c')), {
  rollbacks: [
    way('any'),
    way('from', { availableFrom: 'aos-stopped' }),
    way('until', { availableUntil: 'aos-stopped' }),
    way('lossy', { dataLossStatement: STATEMENT }),
  ],
});

const B = attempt('b');
const succeeds = (stepId: string): readonly Moment[] => [
  attempt(stepId).asksWorld(),
  (now) => attempt(stepId).isJudged(done(now)),
];
const aDone = succeeds('a');

describe('the ways back', () => {
  const reasons = (...moments: readonly Moment[]) => {
    const { after } = given(plan, ...moments).when(wake);
    return Object.fromEntries(waysBack(plan, after!).map(({ id, why }) => [id, why]));
  };

  it('tell what each is: its title, when it ends, and what it loses', () => {
    const { after } = given(plan).when(wake);
    expect(waysBack(plan, after!)).toContainEqual({
      id: 'until',
      title: 'Way until',
      why: null,
      until: 'aos-stopped',
      dataLossStatement: null,
    });
  });

  it('are possible only between their milestones', () => {
    expect(reasons()).toEqual({ any: null, from: 'not before aos-stopped', until: null, lossy: null });
    expect(reasons(...aDone)).toEqual({
      any: null,
      from: null,
      until: 'no longer after aos-stopped',
      lossy: null,
    });
  });

  describe('with a step they undo the failure of', () => {
    const upgrade = attempt('upgrade');
    const hasFailed = [upgrade.asksWorld(), upgrade.isJudged(failed())];
    const undo = planOf(chain(step('upgrade'), step('check')), {
      rollbacks: [way('undo', { availableWhileFailed: 'upgrade' })],
    });
    const closed = 'only while upgrade has failed';

    it.each<[string, readonly Moment[], string | null]>([
      ['closed before it was tried', [], closed],
      ['closed while it is in hand', [upgrade.asksWorld()], closed],
      ['possible once its last attempt has failed', hasFailed, null],
      ['possible once it was given up', [upgrade.asksWorld(), giveUp('upgrade')], null],
      ['closed when it is tried again', [...hasFailed, retry('upgrade')], closed],
      ['closed once it has succeeded', [upgrade.asksWorld(), (now) => upgrade.isJudged(done(now))], closed],
    ])('are %s', (_, moments, why) => {
      const { after } = given(undo, ...moments).when(hold());
      expect(waysBack(undo, after!)).toMatchObject([{ why }]);
    });

    it('are refused while it has not failed, with the reason', () => {
      given(undo, upgrade.asksWorld()).when(rollback('undo')).thenRefused('C320').saying(closed);
    });
  });

  it('are closed once taken, and the others stay', () => {
    expect(reasons(rollback('any'))).toMatchObject({ any: 'it has been taken', until: null });
  });

  it('are closed after the point of no return unless they say what is lost', () => {
    const closed = 'the point of no return is passed, and it does not say what would be lost';
    expect(reasons(passPointOfNoReturn(T0))).toMatchObject({ any: closed, until: closed, lossy: null });
  });

  it('are closed when the cutover has ended', () => {
    const { after } = given(plan).when(abort());
    for (const { why } of waysBack(plan, after!)) expect(why).toBe('the cutover is aborted');
  });

  it('have the steps that the plan names, and none if the plan names none such', () => {
    expect(stepsInForce(plan, 'any').map(({ id }) => id)).toEqual(['rb.any.1', 'rb.any.2']);
    expect(stepsInForce(plan, 'none')).toEqual([]);
  });
});

describe('a rollback', () => {
  it('cancels what has not ended, appends its steps and begins, all in one commit', () => {
    given(plan, ...aDone, B.asksPerson(), pass(MINUTE))
      .when(rollback('any'))
      .then([
        {
          type: 'rollback-started',
          rollbackId: 'any',
          title: 'Way any',
          by: MANAGER,
          reason: 'it went wrong',
          statement: null,
          stepIds: ['rb.any.1', 'rb.any.2'],
        },
        { type: 'step-dispatched', stepId: 'rb.any.1', attempt: 1, reason: 'start' },
      ])
      .saying('go-live rolls back: Way any')
      .step('a', { status: 'succeeded' })
      .step('b', { status: 'cancelled', endedAt: T0 + MINUTE, deadlineAt: null })
      .step('c', { status: 'cancelled' })
      .step('rb.any.1', { status: 'running' })
      .step('rb.any.2', { status: 'pending' })
      .cutover({
        status: 'rollingBack',
        rollback: {
          id: 'any',
          title: 'Way any',
          by: MANAGER,
          reason: 'it went wrong',
          statement: null,
          at: T0 + MINUTE,
        },
      });
  });

  it('goes on with its own steps and ends the cutover as rolled back', () => {
    const last = attempt('rb.any.2');
    given(plan, rollback('any'), ...succeeds('rb.any.1'), last.asksWorld(), pass(MINUTE))
      .when((now) => last.isJudged(done(now)))
      .then([{ type: 'step-succeeded', stepId: 'rb.any.2' }, { type: 'cutover-rolled-back' }])
      .cutover({ status: 'rolledBack', endedAt: T0 + MINUTE })
      .due();
  });

  it('leaves a result of a cancelled step to be recorded as late', () => {
    given(plan, ...aDone, B.asksWorld(), rollback('any'))
      .when((now) => B.isJudged(done(now)))
      .then([{ type: 'result-late', stepId: 'b' }], 'C211');
  });

  it('is refused for a way the plan does not name, or one that is not possible, with the reason', () => {
    given(plan).when(rollback('none')).thenRefused('C320').saying('there is none called none');
    given(plan).when(rollback('from')).thenRefused('C320').saying('from: not before aos-stopped');
    given(plan, rollback('any')).when(rollback('any')).thenRefused('C320').saying('it has been taken');
    given(plan, abort()).when(rollback('any')).thenRefused('C303');
  });

  it.each([null, '', STATEMENT.toLowerCase(), `${STATEMENT} `])(
    'that loses data is refused with %j instead of the sentence word for word',
    (said) => {
      given(plan).when(rollback('lossy', said)).thenRefused('C321', { statement: STATEMENT });
    },
  );

  it('that loses nothing goes whatever is confirmed, and nothing is recorded of it', () => {
    given(plan)
      .when(rollback('any', STATEMENT))
      .then([{ type: 'rollback-started', statement: null }, { type: 'step-dispatched' }]);
  });

  it('is refused with every step whose effect is in doubt', () => {
    const parallel = planOf([step('a'), step('b')], { rollbacks: [way('any')] });
    given(parallel, attempt('a').asksAutomation(), B.asksAutomation())
      .when(rollback('any'))
      .thenRefused('C322', { steps: ['a', 'b'] })
      .saying(': a, b');
  });

  it('that loses data goes with the sentence, which is recorded', () => {
    given(plan)
      .when(rollback('lossy', STATEMENT))
      .then([{ type: 'rollback-started', statement: STATEMENT }, { type: 'step-dispatched' }])
      .cutover({ rollback: expect.objectContaining({ statement: STATEMENT }) });
  });

  it.each([
    ['announced', []],
    ['of unknown outcome', [attempt('a').settles('unknown')]],
  ])('is refused while an effect is %s (I10)', (_, moments) => {
    given(plan, attempt('a').asksAutomation(), ...moments)
      .when(rollback('any'))
      .thenRefused('C322', { steps: ['a'] })
      .step('a', { status: 'waiting' });
  });

  it('goes when the effect is known', () => {
    given(plan, attempt('a').asksAutomation(), attempt('a').settles('accepted'))
      .when(rollback('any'))
      .step('a', { status: 'cancelled' });
  });

  it('lifts a hold, so that it begins at once', () => {
    given(plan, pass(MINUTE), hold(), pass(HOUR))
      .when(rollback('any'))
      .then([
        { type: 'cutover-resumed', by: MANAGER, heldForMs: HOUR },
        { type: 'rollback-started' },
        { type: 'step-dispatched', stepId: 'rb.any.1', deadlineAt: T0 + 3 * HOUR + MINUTE },
      ])
      .cutover({ held: null, status: 'rollingBack' });
  });

  it('gives way to another way back, whose steps alone are then in force', () => {
    const last = attempt('rb.until.2');
    given(plan, rollback('any'))
      .when(rollback('until'))
      .then([
        { type: 'rollback-started', rollbackId: 'until' },
        { type: 'step-dispatched', stepId: 'rb.until.1' },
      ])
      .step('rb.any.1', { status: 'cancelled' })
      .step('rb.any.2', { status: 'cancelled' });
    given(plan, rollback('any'), rollback('until'), ...succeeds('rb.until.1'), last.asksWorld())
      .when((now) => last.isJudged(done(now)))
      .cutover({ status: 'rolledBack' })
      .step('rb.until.1', { status: 'succeeded' });
  });
});

describe('the point of no return', () => {
  const marking = planOf(chain(step('a', { marks: 'point-of-no-return' }), step('b')));

  it('is recorded in a name with the time it happened', () => {
    given(plan, pass(HOUR))
      .when(passPointOfNoReturn(T0 + MINUTE))
      .then([
        {
          type: 'point-of-no-return-passed',
          happenedAt: T0 + MINUTE,
          by: DBA,
          reason: 'the first invoice',
        },
      ])
      .cutover({ milestones: { 'point-of-no-return': T0 + MINUTE } });
  });

  it('was passed at the earliest time anybody names', () => {
    const known = given(plan, pass(HOUR), passPointOfNoReturn(T0 + 2 * MINUTE));
    known
      .when(passPointOfNoReturn(T0 + 2 * MINUTE))
      .thenNothing('had passed the point of no return already')
      .then([], { code: 'unchanged', detail: { passedAt: T0 + 2 * MINUTE } });
    known.when(passPointOfNoReturn(T0 + 3 * MINUTE)).thenNothing();
    known
      .when(passPointOfNoReturn(T0 + MINUTE))
      .cutover({ milestones: { 'point-of-no-return': T0 + MINUTE } });
  });

  it('is not moved by a step that marks it later, and marked by the step otherwise', () => {
    const A = attempt('a');
    const atHour = (...before: readonly Moment[]) =>
      given(marking, ...before, A.asksWorld(), pass(HOUR)).when((now) => A.isJudged(done(now)));
    atHour().cutover({ milestones: { 'point-of-no-return': T0 + HOUR } });
    atHour(passPointOfNoReturn(T0)).cutover({ milestones: { 'point-of-no-return': T0 } });
  });

  it('cannot lie in the future', () => {
    given(plan)
      .when(passPointOfNoReturn(T0 + 1))
      .thenRefused('C325')
      .saying('lies in the future');
  });

  it('cannot lie before the start, if nothing was done before it', () => {
    given(plan, pass(HOUR), ...aDone)
      .when(passPointOfNoReturn(T0 - 1))
      .thenRefused('C325')
      .saying('lies before 2026-11-20T22:00:00.000Z');
  });

  it('closes the ways back that do not say what they lose', () => {
    given(plan, passPointOfNoReturn(T0)).when(rollback('any')).thenRefused('C320');
    given(plan, passPointOfNoReturn(T0))
      .when(rollback('lossy', STATEMENT))
      .cutover({ status: 'rollingBack' });
  });
});

describe('while a refresh that nobody can stop goes on', () => {
  const refreshing = planOf(
    chain(step('refresh', { kind: 'refresh-database', required: false }), step('b')),
    {
      rollbacks: [way('any'), way('lossy', { dataLossStatement: STATEMENT })],
    },
  );
  const refresh = attempt('refresh');
  const why = 'not while refresh goes on outside: nobody can stop it, and its end is not known';
  const deadline = [pass(4 * HOUR), wake];
  const second = attempt('refresh', 2);
  /** Asked for by the API, given up while nobody knew whether it had arrived, and then: it has. */
  const cameOut = [
    refresh.asksWorld({ repeatable: false }),
    ...[refresh.settles('unknown'), giveUp('refresh'), refresh.happened(true)],
  ];
  const taken = [refresh.asksWorld({ repeatable: false }), refresh.settles('accepted')];
  const readAsFailed = [
    ...[refresh.asksPerson(), refresh.isReported(), refresh.isJudged(failed('C703'))],
    ...[hold(), retry('refresh')],
  ];
  const waysAfter = (...moments: readonly Moment[]) => {
    const { after } = given(refreshing, ...moments).when(hold());
    return waysBack(refreshing, after!).map((one) => one.why);
  };

  it.each<[string, readonly Moment[]]>([
    ['a person was asked to start it', [refresh.asksPerson()]],
    ['a person has reported it as started', [refresh.asksPerson(), refresh.isReported('pass')]],
    ['the API has taken it', taken],
    [
      'the API has taken it, its deadline has passed, and a retry looks for its end',
      [...taken, ...deadline, retry('refresh'), second.asksWorld({ repeatable: false })],
    ],
    [
      'the attempt that looks for the outcome of a request has opened',
      [...cameOut, retry('refresh'), second.asksWorld({ repeatable: false })],
    ],
  ])('no way back begins, and each says why: %s', (_, moments) => {
    expect(waysAfter(...moments)).toEqual([why, why]);
    given(refreshing, ...moments)
      .when(rollback('any'))
      .thenRefused('C328', { steps: ['refresh'] })
      .saying('refresh')
      .cutover({ status: 'running' });
  });

  it.each<[string, readonly Moment[]]>([
    ['its deadline has passed and nobody has said anything', [refresh.asksPerson(), ...deadline]],
    ['the API has taken it, and its deadline has passed', [...taken, ...deadline]],
    [
      'the API has taken it, and the deadline of the attempt that looks for its end has passed too',
      [
        ...[...taken, ...deadline, retry('refresh'), second.asksWorld({ repeatable: false })],
        ...[pass(4 * HOUR), wake],
      ],
    ],
    ['it was given up in doubt, and somebody said that it happened', cameOut],
    [
      'it was given up in doubt, and its answer came late',
      [refresh.asksWorld({ repeatable: false }), giveUp('refresh'), refresh.settles('accepted')],
    ],
    [
      'the attempt that was to look for its outcome failed before it could',
      [...cameOut, retry('refresh'), pass(4 * HOUR), wake],
    ],
  ])('no way back begins, and each says that a retry is the way out: %s', (_, moments) => {
    const wayOut = `${why}; retry refresh, then wait for its end or give it up with what you saw`;
    expect(waysAfter(...moments)).toEqual([wayOut, wayOut]);
    given(refreshing, ...moments)
      .when(rollback('any'))
      .thenRefused('C328', { steps: ['refresh'] })
      .saying('refresh')
      .cutover({ status: 'running' });
  });

  it.each<[string, readonly Moment[]]>([
    ['before anybody is asked', []],
    ['once the first attempt has failed before anybody was asked', deadline],
    ['during a hold, once a retry of what was read as failed is to come', readAsFailed],
    ['once it was passed in the name of who answers for it', [...cameOut, skip('refresh')]],
    ['once it is reported as failed or not started', [refresh.asksPerson(), refresh.isReported('fail')]],
    [
      'once its failure was read',
      [refresh.asksPerson(), refresh.isReported(), refresh.isJudged(failed('C703'))],
    ],
    [
      'once its end was read',
      [refresh.asksPerson(), refresh.isReported(), (now) => refresh.isJudged(done(now))],
    ],
    ['once somebody gives it up', [refresh.asksPerson(), refresh.isReported('pass'), giveUp('refresh')]],
    [
      'once somebody gives it up, also during a hold',
      [refresh.asksPerson(), hold(), giveUp('refresh'), resume()],
    ],
    [
      'once the attempt after its deadline is given up',
      [refresh.asksPerson(), ...deadline, retry('refresh'), second.asksPerson(), giveUp('refresh')],
    ],
    [
      'once a request in doubt is known not to have happened',
      [
        ...[refresh.asksWorld({ repeatable: false }), refresh.settles('unknown'), giveUp('refresh')],
        refresh.happened(false),
      ],
    ],
    [
      'once the attempt that looks for its outcome is given up',
      [...cameOut, retry('refresh'), second.asksWorld({ repeatable: false }), giveUp('refresh')],
    ],
    [
      'once that attempt is given up before its function has looked',
      [...cameOut, retry('refresh'), giveUp('refresh')],
    ],
    [
      'once that attempt has read that it failed',
      [
        ...[...cameOut, retry('refresh'), second.asksWorld({ repeatable: false })],
        second.isJudged(failed('C703')),
      ],
    ],
    [
      'once that attempt has read that it succeeded',
      [
        ...[...cameOut, retry('refresh'), second.asksWorld({ repeatable: false })],
        (now) => second.isJudged(done(now)),
      ],
    ],
  ])('a way back is possible %s', (_, moments) => {
    expect(waysAfter(...moments)).toEqual([null, null]);
    given(refreshing, ...moments)
      .when(rollback('any'))
      .cutover({ status: 'rollingBack' });
  });

  it.each<[string, readonly Moment[]]>([
    ['of what came out afterwards', [...cameOut, retry('refresh')]],
    ['of what came out afterwards, during a hold', [...cameOut, hold(), retry('refresh')]],
    ['after its deadline', [refresh.asksPerson(), ...deadline, retry('refresh')]],
    ['after the deadline of what the API has taken', [...taken, ...deadline, retry('refresh')]],
    [
      'after the deadline of what the API has taken, during a hold',
      [...taken, ...deadline, hold(), retry('refresh')],
    ],
    ['after its deadline, during a hold', [refresh.asksPerson(), ...deadline, hold(), retry('refresh')]],
  ])('none begins between a retry and its question either: %s', (_, moments) => {
    expect(waysAfter(...moments)).toEqual([why, why]);
    given(refreshing, ...moments)
      .when(rollback('any'))
      .thenRefused('C328', { steps: ['refresh'] });
  });

  it('a retry after its deadline looks for the end of what the API has taken, and asks for nothing again', () => {
    given(refreshing, ...taken, ...deadline, retry('refresh'))
      .when(second.asksWorld({ repeatable: false }))
      .then([{ type: 'step-opened', effect: null }], { code: 'applied', detail: { fires: false } });
  });

  it('a retry of what was read as failed asks for it again, and so does one of what was given up', () => {
    for (const ends of [refresh.isJudged(failed('C703')), giveUp('refresh')]) {
      given(refreshing, ...taken, ends, retry('refresh'))
        .when(second.asksWorld({ repeatable: false }))
        .then([{ type: 'step-opened', effect: { repeatable: false } }], {
          code: 'applied',
          detail: { fires: true },
        });
    }
  });

  it('in a way back, another one does not begin either', () => {
    const again = planOf([step('a')], {
      rollbacks: [way('repeat', { steps: [step('rb.refresh', { kind: 'refresh-database' })] }), way('any')],
    });
    given(again, rollback('repeat')).when(rollback('any')).step('rb.refresh', { status: 'cancelled' });
    given(again, rollback('repeat'), attempt('rb.refresh').asksPerson())
      .when(rollback('any'))
      .thenRefused('C328', { steps: ['rb.refresh'] });
  });

  it('what is not known of its request is asked first (I10)', () => {
    given(refreshing, refresh.asksWorld({ repeatable: false }))
      .when(rollback('any'))
      .thenRefused('C322', { steps: ['refresh'] });
  });

  it('a way back that is closed for good says so', () => {
    const closed = planOf(refreshing.steps, { rollbacks: [way('from', { availableFrom: 'aos-stopped' })] });
    given(closed, refresh.asksPerson()).when(rollback('from')).thenRefused('C320').saying('not before');
  });
});
