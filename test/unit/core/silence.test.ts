import { describe, expect, it } from 'vitest';
import { SILENCE_AFTER_MS } from '../../../shared/core/decide-time.ts';
import { REDISPATCH_MS } from '../../../shared/core/dispatch.ts';
import type { What } from '../../support/sample-inputs.ts';
import { attempt, hold, notYet, redrive, wake } from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const A = attempt('a');
const plan = planOf([step('a')]);
/** What the watchdog does when nobody else did. */
const overslept: What = { type: 'wake', overslept: true };

/** The first reading is due after two minutes; only the watchdog has it done, again and again. */
const SINCE = T0 + 2 * MINUTE;
const onlyWatchdog = (times: number): readonly Moment[] => [
  A.asksWorld(),
  ...Array.from({ length: times }, () => [pass(3 * MINUTE), overslept]).flat(),
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
  const alarm = {
    type: 'silence-alarmed',
    silentSince: T0,
    overdue: [{ what: 'answer', stepId: 'a', at: T0 }],
  } as const;

  it('is dispatched again, and from a quarter of an hour on somebody is told each time', () => {
    given(plan)
      .when(...again)
      .then([read]);
    given(plan, ...again)
      .when(...again)
      .then([alarm, read]);
    given(plan, ...again, ...again)
      .when(...again)
      .then([alarm, read]);
  });

  it('is told of by how long it is silent, however often somebody has it dispatched again', () => {
    given(plan, redrive('a'), redrive('a'))
      .when(...again)
      .then([read]);
  });

  it('is not silent when it says what it lacks, or has asked its question', () => {
    given(plan, A.isJudged(notYet('no rights')), ...again)
      .when(...again)
      .then([read]);
    given(plan, A.asksWorld(), ...again)
      .when(...again)
      .then([read]);
  });
});
