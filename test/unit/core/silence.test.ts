import { describe, expect, it } from 'vitest';
import { SILENCE_AFTER_MS } from '../../../shared/core/decide-time.ts';
import { REDISPATCH_MS } from '../../../shared/core/unanswered.ts';
import type { What } from '../../support/sample-inputs.ts';
import { abort, attempt, hold, notYet, POLL_MS, redrive, resume, wake } from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf([step('a')]);
/** What the watchdog does when nobody else did. */
const overslept: What = { type: 'wake', overslept: true };

/**
 * The first reading is due after two minutes; only the watchdog has it done, again and again. It finds nothing new, and
 * says so every fifth time.
 */
const SINCE = T0 + 2 * MINUTE;
const onlyWatchdog = (times: number): readonly Moment[] => [
  A.asksWorld(),
  ...Array.from({ length: times }, (_, index) => [
    ...[pass(3 * MINUTE), overslept],
    ...(index % 5 === 4 ? [A.isJudged(notYet())] : []),
  ]).flat(),
];
const told = { type: 'overslept', since: SINCE } as const;
const read = { type: 'step-dispatched', stepId: 'a', reason: 'read' } as const;

describe('silence', () => {
  it('begins with what the watchdog had to do because nobody did', () => {
    given(plan, ...onlyWatchdog(0))
      .when(pass(3 * MINUTE), overslept)
      .then([told, read])
      .cutover({ silence: { since: SINCE, alarmedAt: null } });
  });

  it('is alarmed when only the watchdog has moved for a quarter of an hour, with what is overdue', () => {
    given(plan, ...onlyWatchdog(4))
      .when(pass(3 * MINUTE), overslept)
      .then([told, read]);
    given(plan, ...onlyWatchdog(5))
      .when(pass(3 * MINUTE), overslept)
      .then([
        told,
        {
          type: 'silence-alarmed',
          silentSince: SINCE,
          overdue: [{ what: 'read', stepId: 'a', at: T0 + 17 * MINUTE }],
        },
        read,
      ])
      .cutover({ silence: { since: SINCE, alarmedAt: T0 + 18 * MINUTE } });
  });

  it('is alarmed again every quarter of an hour while it lasts', () => {
    const alarmed = onlyWatchdog(6);
    given(plan, ...alarmed, pass(12 * MINUTE), overslept)
      .when(pass(2 * MINUTE), overslept)
      .then([told, read]);
    given(plan, ...alarmed, pass(12 * MINUTE), overslept)
      .when(pass(3 * MINUTE), overslept)
      .then([told, { type: 'silence-alarmed', silentSince: SINCE }, read]);
  });

  it('is alarmed at once when the watchdog itself was away so long, and counts from the last commit', () => {
    given(plan, ...onlyWatchdog(0))
      .when(pass(2 * MINUTE + SILENCE_AFTER_MS), overslept)
      .then([told, { type: 'silence-alarmed', silentSince: SINCE }, read]);
    given(plan, ...onlyWatchdog(0), pass(HOUR), hold())
      .when(pass(HOUR), overslept)
      .then([{ type: 'overslept', since: T0 + 2 * HOUR }, { type: 'hold-reminded' }]);
  });

  it('ends with whatever else happens', () => {
    const over = (what: What): void => {
      const { after } = given(plan, ...onlyWatchdog(6), pass(2 * MINUTE)).when(what);
      expect(after).not.toHaveProperty('silence');
    };
    over(wake);
    over(A.isJudged(notYet('pending 7')));
    over(hold());
  });

  it('is none where nothing is due', () => {
    given(plan, ...onlyWatchdog(0))
      .when(pass(MINUTE), overslept)
      .thenNothing('nothing is due');
  });
});

describe('a function that does not answer', () => {
  const again = [pass(REDISPATCH_MS), wake] as const;
  /** Looks, two minutes apart, of which nothing is heard. */
  const looks = (times: number): readonly Moment[] =>
    Array.from({ length: times }, () => [pass(POLL_MS), wake]).flat();
  const nothingNew = A.isJudged(notYet());
  const alarm = (at: number) =>
    ({ type: 'silence-alarmed', silentSince: at, overdue: [{ what: 'answer', stepId: 'a', at }] }) as const;
  const patient = planOf([step('a', { deadlineMs: 12 * HOUR })]);

  it('is dispatched again, and told of after twenty minutes', () => {
    given(plan)
      .when(...again)
      .then([read])
      .step('a', { unanswered: { since: T0, isSilent: false } });
    given(plan, ...again)
      .when(...again)
      .then([alarm(T0), read])
      .step('a', { unanswered: { since: T0, isSilent: true } });
  });

  it('is dispatched ever more rarely, down to once an hour, and told of each time', () => {
    const next = (afterMinutes: number) => ({ ...read, nextReadAt: T0 + afterMinutes * MINUTE });
    given(patient, ...again)
      .when(...again)
      .then([alarm(T0), next(40)]);
    given(patient, ...again, ...again)
      .when(pass(20 * MINUTE), wake)
      .then([alarm(T0), next(80)]);
    given(patient, ...again, ...again, pass(20 * MINUTE), wake)
      .when(pass(40 * MINUTE), wake)
      .then([alarm(T0), next(140)]);
    given(patient, ...again, ...again, pass(20 * MINUTE), wake, pass(40 * MINUTE), wake)
      .when(pass(HOUR), wake)
      .then([alarm(T0), next(200)]);
  });

  it('is told of by how long it is silent, however often somebody has it dispatched again', () => {
    given(plan, redrive('a'), redrive('a'))
      .when(...again)
      .then([read]);
  });

  it('is told of after it has asked its question as well, from the first look on that it owes', () => {
    const since = T0 + POLL_MS;
    given(plan, A.asksWorld(), ...looks(10))
      .when(pass(POLL_MS), wake)
      .then([alarm(since), read]);
    given(plan, A.asksWorld(), ...looks(9))
      .when(pass(POLL_MS), wake)
      .then([read]);
  });

  it('is told of after a person has reported, who may have taken their time', () => {
    const reported = [A.asksPerson(), pass(HOUR), A.isReported()];
    given(plan, ...reported, ...looks(9))
      .when(pass(POLL_MS), wake)
      .then([alarm(T0 + HOUR), read]);
    given(plan, ...reported, ...looks(8))
      .when(pass(POLL_MS), wake)
      .then([read]);
  });

  it('owes nothing while a person is asked, whoever has it dispatched', () => {
    const { after } = given(plan, A.asksPerson()).when(redrive('a'));
    expect(after?.steps.a).not.toHaveProperty('unanswered');
  });

  it('is told of after it has said what it lacks and no more', () => {
    given(plan, A.isJudged(notYet('no rights')), ...again)
      .when(...again)
      .then([read]);
    given(plan, A.isJudged(notYet('no rights')), ...again, ...again)
      .when(...again)
      .then([alarm(T0 + REDISPATCH_MS), read]);
  });

  it('is heard when it finds nothing new, but not at each look', () => {
    given(plan, A.asksWorld(), ...looks(5))
      .when(nothingNew)
      .thenNothing();
    given(plan, A.asksWorld(), ...looks(6))
      .when(nothingNew)
      .then([{ type: 'step-heard', stepId: 'a', attempt: 1, nextReadAt: T0 + 14 * MINUTE }]);
    given(plan, A.asksWorld(), ...looks(6), nothingNew, ...looks(10))
      .when(pass(POLL_MS), wake)
      .then([{ type: 'silence-alarmed' }, read]);
    given(plan, A.asksWorld(), ...looks(6), nothingNew, ...looks(6), nothingNew, ...looks(4))
      .when(pass(POLL_MS), wake)
      .then([read]);
  });

  it('is silent no more once it answers, and looks in its usual time', () => {
    const silent = [A.asksWorld(), ...looks(11)];
    const { after } = given(plan, ...silent, pass(MINUTE))
      .when(nothingNew)
      .then([{ type: 'step-heard', nextReadAt: T0 + 25 * MINUTE }]);
    expect(after?.steps.a).not.toHaveProperty('unanswered');
    given(plan, ...silent, pass(MINUTE))
      .when(A.isJudged(notYet('pending 7')))
      .then([{ type: 'step-checked', nextReadAt: T0 + 25 * MINUTE }]);
  });

  it('is heard when it repeats an effect that nobody takes', () => {
    given(plan, A.asksWorld({ repeatable: true }), ...again)
      .when(A.firesAgain())
      .then([{ type: 'effect-repeated' }]);
    given(plan, A.asksWorld({ repeatable: true }), ...again, ...again)
      .when(A.firesAgain())
      .then([{ type: 'effect-repeated' }, { type: 'step-heard', nextReadAt: T0 + 3 * REDISPATCH_MS }]);
  });

  it('owes nothing during a hold, nor after the end', () => {
    given(plan, A.asksWorld(), ...looks(6), hold(), pass(HOUR))
      .when(resume())
      .step('a', { unanswered: { since: T0 + HOUR + POLL_MS, isSilent: false } });
    const { after } = given(plan, A.asksWorld(), ...looks(1)).when(abort());
    expect(after?.steps.a).not.toHaveProperty('unanswered');
  });
});
