import { describe, expect, it } from 'vitest';
import { decide } from '../../../shared/core/decide.ts';
import type { Input } from '../../../shared/core/inputs.ts';
import type { Claim } from '../../../shared/core/state.ts';
import {
  abort,
  ANNA,
  attempt,
  DBA,
  done,
  hold,
  POLL_MS,
  retry,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import type { What } from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, playOut, T0 } from '../../support/specification.ts';

const A = attempt('a');
const B = attempt('b');
const plan = planOf(chain(step('a'), step('b')));
const claimOf = (result: Claim['result'], at: number): Claim => ({ result, by: DBA, at, note: '' });

describe('a completion of an open wait', () => {
  it('is a claim, which is read at once and then at the pace of the kind', () => {
    given(plan, A.asksPerson(), pass(MINUTE))
      .when(A.isReported('pass'))
      .then([
        { type: 'completion-received', claim: claimOf('pass', T0 + MINUTE) },
        { type: 'step-dispatched', dispatch: 2, reason: 'claim', nextReadAt: T0 + MINUTE + POLL_MS },
      ])
      .step('a', {
        status: 'waiting',
        wait: expect.objectContaining({ claim: claimOf('pass', T0 + MINUTE) }),
      });
  });

  it('ends the reminders', () => {
    given(planOf([step('a', { remindAfterMs: [HOUR] })]), A.asksPerson())
      .when(A.isReported())
      .step('a', { wait: expect.objectContaining({ remindAt: [] }) });
  });

  it('that says not tested leaves the reminders to whoever is to test it', () => {
    const reminded = planOf([step('a', { remindAfterMs: [HOUR, 90 * MINUTE], onDeadline: 'hold' })]);
    const untested = [A.asksPerson(), pass(HOUR), wake, A.isReported('not-tested')] as const;
    given(reminded, A.asksPerson())
      .when(pass(HOUR), wake, A.isReported('not-tested'))
      .step('a', { wait: expect.objectContaining({ remindAt: [T0 + 90 * MINUTE] }) });
    given(reminded, ...untested)
      .when(A.isReported('pass', ANNA))
      .step('a', { wait: expect.objectContaining({ remindAt: [] }) });
    given(reminded, ...untested, pass(HOUR))
      .when(wake)
      .step('a', { wait: expect.objectContaining({ remindAt: [T0 + 3 * HOUR, T0 + 210 * MINUTE] }) });
  });

  it('is read also when what should have been tested was not', () => {
    given(plan, A.asksPerson())
      .when(A.isReported('not-tested'))
      .then([{ type: 'completion-received' }, { type: 'step-dispatched' }])
      .saying('reported not-tested');
  });

  it('that says not tested is no last word: what is said later takes its place', () => {
    const untested = [A.asksPerson(), A.isReported('not-tested'), pass(MINUTE)] as const;
    given(plan, ...untested)
      .when(A.isReported('pass', ANNA))
      .then([
        { type: 'completion-received', claim: { result: 'pass', by: ANNA, at: T0 + MINUTE, note: '' } },
        { type: 'step-dispatched', reason: 'claim', nextReadAt: T0 + MINUTE + POLL_MS },
      ]);
    given(plan, ...untested)
      .when(A.isReported('fail'))
      .then([{ type: 'completion-received' }, { type: 'step-failed' }]);
    given(plan, ...untested)
      .when(A.isReported('not-tested'))
      .thenNothing('completed so already');
    given(plan, ...untested, A.isReported())
      .when(A.isReported('not-tested'))
      .thenRefused('C210', { result: 'pass', at: T0 + MINUTE });
    given(plan, ...untested, A.isReported())
      .when(A.isReported('fail'))
      .thenRefused('C210');
  });

  it('that follows a word of not tested needs the token all the same', () => {
    given(plan, A.asksAutomation(), A.callsBack('not-tested')).when(A.isReported()).thenRefused('C209');
    given(plan, A.asksAutomation(), A.callsBack('not-tested'))
      .when(A.callsBack())
      .then([{ type: 'completion-received' }, { type: 'step-dispatched' }]);
  });

  it.each([
    ['', 'Reported as failed: a by Dirk'],
    ['the disk is full', 'Reported as failed: a by Dirk: the disk is full'],
  ])('that reports a failure ends the attempt with the note "%s"', (note, message) => {
    given(plan, A.asksPerson())
      .when(A.isReported('fail', DBA, note))
      .then([
        { type: 'completion-received' },
        { type: 'step-failed', error: expect.objectContaining({ code: 'C310', message }) },
      ]);
  });

  it('needs the token of this question where one was handed out', () => {
    given(plan, A.asksAutomation()).when(A.callsBack('pass', 'other')).thenRefused('C209');
    given(plan, A.asksAutomation()).when(A.isReported()).thenRefused('C209');
  });

  it('may carry a token where none was handed out', () => {
    given(plan, A.asksPerson())
      .when(A.callsBack())
      .then([{ type: 'completion-received' }, { type: 'step-dispatched' }]);
  });

  it('does not end what only the world or a vote can end', () => {
    given(plan, A.asksWorld()).when(A.isReported()).thenRefused('C215');
    given(plan, A.asksApproval()).when(A.isReported()).thenRefused('C215');
  });

  it('is recorded under a hold and read after it', () => {
    given(plan, A.asksPerson(), hold())
      .when(A.isReported())
      .then([{ type: 'completion-received' }, { type: 'step-checked', nextReadAt: T0 }])
      .due({ at: T0 + HOUR, what: 'hold-reminder' });
  });
});

describe('an early completion', () => {
  it('is kept, whoever waits for whom', () => {
    given(plan)
      .when(B.isReported())
      .then([{ type: 'completion-kept', stepId: 'b', claim: claimOf('pass', T0) }], {
        code: 'applied',
        detail: { status: 'pending' },
      })
      .saying(/has not asked yet: .* kept and used if it then asks a person/);
    given(plan)
      .when(A.isReported())
      .then([{ type: 'completion-kept', stepId: 'a' }]);
  });

  it('is used as soon as a person is asked', () => {
    given(plan, A.isReported())
      .when(A.asksPerson())
      .then([
        { type: 'step-opened' },
        { type: 'completion-received', claim: claimOf('pass', T0) },
        { type: 'step-dispatched', reason: 'claim' },
      ])
      .step('a', { earlyClaim: null });
  });

  it('with a token is refused, because none was handed out yet', () => {
    given(plan).when(A.callsBack()).thenRefused('C209').step('a', { earlyClaim: null });
    given(plan).when(B.callsBack('fail')).thenRefused('C209').step('b', { earlyClaim: null });
  });

  it('is dropped when an automation is asked, which has to answer for itself', () => {
    for (const result of ['pass', 'fail'] as const) {
      given(plan, A.isReported(result))
        .when(A.asksAutomation())
        .then([{ type: 'step-opened', effect: { repeatable: false } }], {
          code: 'applied',
          detail: { fires: true },
        })
        .step('a', {
          status: 'waiting',
          earlyClaim: null,
          wait: expect.objectContaining({ claim: null }),
          effect: expect.objectContaining({ outcome: 'open' }),
        });
    }
    given(plan, A.isReported(), A.asksAutomation())
      .when(A.callsBack('fail'))
      .then([{ type: 'completion-received' }, { type: 'effect-settled' }, { type: 'step-failed' }]);
  });

  it('makes firing the effect needless', () => {
    given(plan, A.isReported())
      .when(A.asksPerson({ repeatable: false }))
      .then(
        [
          { type: 'step-opened' },
          { type: 'completion-received' },
          { type: 'effect-settled' },
          { type: 'step-dispatched' },
        ],
        { code: 'applied', detail: { fires: false } },
      );
  });

  it('of a failure fails the attempt as soon as it asks', () => {
    given(plan, A.isReported('fail'))
      .when(A.asksPerson())
      .then([{ type: 'step-opened' }, { type: 'completion-received' }, { type: 'step-failed' }]);
  });

  it.each([
    ['the world', A.asksWorld()],
    ['approvers', A.asksApproval()],
  ])('is no answer to a question to %s', (_, asks) => {
    given(plan, A.isReported())
      .when(asks)
      .then([{ type: 'step-opened' }])
      .step('a', { earlyClaim: null });
  });

  it('the same again changes nothing, another one is refused with who said what when', () => {
    given(plan, B.isReported(), pass(MINUTE)).when(B.isReported()).thenNothing('completed so already');
    given(plan, B.isReported(), pass(MINUTE))
      .when(B.isReported('fail'))
      .thenRefused('C210', { result: 'pass', by: 'Dirk', at: T0 });
    given(plan, B.isReported()).when(B.isReported('pass', ANNA)).thenRefused('C210');
  });

  it('takes the place of one that says not tested', () => {
    given(plan, B.isReported('not-tested'), pass(MINUTE))
      .when(B.isReported())
      .then([{ type: 'completion-kept', stepId: 'b', claim: claimOf('pass', T0 + MINUTE) }])
      .step('b', { earlyClaim: claimOf('pass', T0 + MINUTE) });
    given(plan, A.isReported('not-tested'), A.asksPerson(), pass(MINUTE))
      .when(A.isReported())
      .then([{ type: 'completion-received' }, { type: 'step-dispatched' }]);
  });

  it('is not taken for a later attempt when its own ended before it asked', () => {
    const again = attempt('a', 2);
    given(plan, A.isReported(), pass(2 * HOUR), wake, retry('a'))
      .when(again.asksPerson())
      .then([{ type: 'step-opened', attempt: 2 }]);
  });

  it('is kept for the attempt that waits for its place after a retry', () => {
    const again = attempt('a', 2);
    const failedOnce = [A.asksPerson(), A.isReported('fail')] as const;
    given(plan, ...failedOnce, hold(), retry('a'))
      .when(again.isReported())
      .then([{ type: 'completion-kept', stepId: 'a' }]);
    given(plan, ...failedOnce, hold(), retry('a'))
      .when(A.isReported())
      .then([{ type: 'result-late', attempt: 1 }], 'C211');
  });

  it('is kept also where an earlier version made the step ready, which left the number of its last dispatch', () => {
    const { after } = given(plan, A.asksPerson(), A.isReported('fail'), hold()).when(retry('a'));
    const ready = { ...after!.steps.a!, dispatch: 1 };
    const report = { ...attempt('a', 2).isReported(), id: 'report' } as Input;
    const { events } = decide(plan, { ...after!, steps: { ...after!.steps, a: ready } }, report, T0);
    expect(events).toMatchObject([{ type: 'completion-kept', stepId: 'a' }]);
  });
});

describe('a completion that comes too late', () => {
  const late = { type: 'result-late', stepId: 'a', attempt: 1, what: 'pass', by: DBA } as const;
  const closed: readonly (readonly [string, readonly Moment[], string])[] = [
    ['skipped', [skip('a')], 'skipped'],
    ['succeeded', [A.asksWorld(), (now) => A.isJudged(done(now))], 'succeeded'],
    ['past its limit', [A.asksPerson(), pass(2 * HOUR), wake], 'failed'],
    ['at a later attempt', [A.asksPerson(), pass(2 * HOUR), wake, retry('a')], 'running'],
    ['aborted with the cutover', [abort()], 'cancelled'],
  ];

  it.each(closed)('is recorded and refused when the step is %s', (_, moments, status) => {
    given(plan, ...moments)
      .when(A.isReported())
      .then([late], { code: 'C211', detail: expect.objectContaining({ status }) })
      .saying(`a attempt 1 is ${status}`);
  });

  it('is late also when the present attempt was reported the same way', () => {
    const again = attempt('a', 2);
    given(plan, A.asksPerson(), A.isReported('fail'), retry('a'), again.asksPerson(), again.isReported())
      .when(A.isReported())
      .then([late], 'C211');
  });

  it('but says what stands gets the same answer as before the end', () => {
    given(plan, A.asksPerson(), A.isReported(), pass(1), (now) => A.isJudged(done(now)))
      .when(A.isReported())
      .thenNothing('completed so already');
  });
});

describe('a completion of an attempt that is not there', () => {
  it('is refused with the number that is', () => {
    given(plan, A.asksPerson())
      .when(attempt('a', 2).isReported())
      .thenRefused('C216')
      .saying('a is waiting, at attempt 1');
    given(plan).when(attempt('b', 2).isReported()).thenRefused('C216').saying('b is pending, at attempt 1');
  });

  it.each<[string, readonly Moment[]]>([
    ['succeeded', [A.asksWorld(), (now) => A.isJudged(done(now))]],
    ['skipped', [skip('a')]],
    ['failed', [A.asksPerson(), A.isReported('fail')]],
    ['cancelled', [abort()]],
  ])('is not late either when the step is %s: it never was', (status, moments) => {
    given(plan, ...moments)
      .when(attempt('a', 2).isReported())
      .thenRefused('C216')
      .saying(`a is ${status}, at attempt 1`);
    given(plan, ...moments)
      .when(attempt('a', 2).isVoted('approve', ANNA))
      .thenRefused('C216');
  });

  it('is late, not unheard of, when the step ended before its first attempt; so is a vote', () => {
    const late = [{ type: 'result-late', stepId: 'b', attempt: 1 }] as const;
    given(plan, skip('b')).when(B.isReported()).then(late, 'C211').saying('b attempt 1 is skipped');
    given(plan, skip('b')).when(B.isVoted('approve', ANNA)).then(late, 'C211');
    given(plan, abort()).when(B.isReported()).then(late, 'C211').saying('b attempt 1 is cancelled');
    given(plan, skip('b'))
      .when(attempt('b', 2).isReported())
      .thenRefused('C216')
      .saying('b is skipped, at attempt 1');
  });

  it.each<[string, What]>([
    ['skipped', skip('a')],
    ['cancelled', abort()],
  ])('is late too when the step was %s while it waited for the place of its next attempt', (status, ends) => {
    const again = attempt('a', 2);
    const ended = given(plan, A.asksPerson(), A.isReported('fail'), hold(), retry('a'), ends);
    const late = [{ type: 'result-late', stepId: 'a', attempt: 2 }] as const;
    ended.when(again.isReported()).then(late, 'C211').saying(`a attempt 2 is ${status}`);
    ended.when(again.isVoted('approve', ANNA)).then(late, 'C211');
    ended.when(A.isReported()).then([{ type: 'result-late', attempt: 1 }], 'C211');
    ended.when(attempt('a', 3).isReported()).thenRefused('C216').saying(`a is ${status}, at attempt 2`);
  });
});

describe('all orders of opening, a pass twice, a failure and the limit', () => {
  type Name = 'open' | 'pass' | 'pass again' | 'fail' | 'limit';
  const moments: Readonly<Record<Name, readonly Moment[]>> = {
    open: [A.asksPerson()],
    pass: [A.isReported('pass')],
    'pass again': [A.isReported('pass')],
    fail: [A.isReported('fail')],
    limit: [pass(2 * HOUR), wake],
  };

  const ordersOf = (names: readonly Name[]): readonly (readonly Name[])[] =>
    names.length === 0
      ? [[]]
      : names.flatMap((name) =>
          ordersOf(names.filter((other) => other !== name)).map((rest) => [name, ...rest]),
        );

  /** What has to come out, by the rules of an answer told in plain words. */
  const expectedOf = (order: readonly Name[]): { answers: readonly string[]; status: string } => {
    const told: { standing: Claim['result'] | null; open: boolean; over: boolean } = {
      standing: null,
      open: false,
      over: false,
    };
    const answers = order.map((name) => {
      if (name === 'open') {
        if (told.over) return 'C312';
        told.open = true;
        told.over = told.standing === 'fail';
        return 'applied';
      }
      if (name === 'limit') {
        // A claim nobody took up ends with its attempt; one that was taken up still stands.
        if (!told.open) told.standing = null;
        told.over = true;
        // After a failure the same time brings the reminder of the decision.
        return 'applied';
      }
      const result = name === 'fail' ? 'fail' : 'pass';
      if (told.standing === result) return 'unchanged';
      if (told.over) return 'C211';
      if (told.standing !== null) return 'C210';
      told.standing = result;
      told.over = told.open && result === 'fail';
      return 'applied';
    });
    const unfinished = told.open ? 'waiting' : 'running';
    return { answers, status: told.over ? 'failed' : unfinished };
  };

  it.each(
    ordersOf(['open', 'pass', 'pass again', 'fail', 'limit']).map(
      (order) => [order.join(', '), order] as const,
    ),
  )('%s', (_, order) => {
    const { answers, state } = playOut(
      planOf([step('a', { maxAttempts: 1 })]),
      order.map((name) => moments[name]),
    );
    expect({ answers, status: state.steps.a!.status }).toEqual(expectedOf(order));
  });
});
