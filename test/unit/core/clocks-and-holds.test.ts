import { describe, expect, it } from 'vitest';
import type { EventPart, Moment } from '../../support/specification.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  attempt,
  failed,
  giveUp,
  hold,
  MANAGER,
  POLL_MS,
  resume,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, givenStarted, pass, startOf, T0 } from '../../support/specification.ts';

const A = attempt('a');
const DAY = 24 * HOUR;
const plan = planOf([step('a', { remindAfterMs: [HOUR], maxAttempts: 3 })]);
const longer = planOf([step('a', { deadlineMs: 40 * HOUR })]);

const gated = planOf([step('a', { deadlineMs: 40 * HOUR, dataGate: true })]);

const propose: What = {
  type: 'propose-revision',
  asked: 'as sent',
  plan: { ...longer, title: 'Another title', steps: [...longer.steps, step('b')] },
  ref: { hash: 'plan-2', procedureHash: 'procedure-hash', revision: 2 },
  bindings: [],
  done: [],
  hash: 'h2',
  by: MANAGER,
  reason: 'b was missing',
};

/** One clock: what set it going at T0, when it rings if nobody holds, and what it then does. */
type Clock = {
  readonly clock: string;
  readonly plan?: Plan;
  readonly startAt?: number;
  readonly story: readonly Moment[];
  /** Milliseconds after T0. */
  readonly rings: number;
  readonly does: EventPart['type'];
  readonly duringHold: 'stands still' | 'goes on' | 'is done by the resume' | 'goes on, unheard,';
};

const CLOCKS: readonly Clock[] = [
  {
    clock: 'the limit of a step',
    story: [A.asksPerson()],
    rings: 2 * HOUR,
    does: 'step-failed',
    duringHold: 'stands still',
  },
  {
    clock: 'the reminder of a question',
    story: [A.asksPerson()],
    rings: HOUR,
    does: 'reminder-due',
    duringHold: 'stands still',
  },
  {
    clock: 'the delay of a retry',
    story: [A.asksWorld(), A.isJudged(failed())],
    rings: 5 * MINUTE,
    does: 'step-ready',
    duringHold: 'stands still',
  },
  {
    clock: 'the decision about a failed step',
    plan: longer,
    story: [A.asksWorld(), A.isJudged(failed())],
    rings: 30 * MINUTE,
    does: 'reminder-due',
    duringHold: 'stands still',
  },
  {
    clock: 'the decision about an effect in doubt',
    plan: longer,
    story: [A.asksAutomation(), A.settles('unknown')],
    rings: 30 * MINUTE,
    does: 'reminder-due',
    duringHold: 'stands still',
  },
  {
    clock: 'the look after an announced effect',
    plan: longer,
    story: [A.asksAutomation()],
    rings: 10 * MINUTE,
    does: 'step-dispatched',
    duringHold: 'stands still',
  },
  {
    // From then on a person can be asked, also during the hold.
    clock: 'the doubt that an announced effect leaves of a failed step',
    plan: longer,
    story: [A.asksAutomation({ repeatable: false }), giveUp('a')],
    rings: 10 * MINUTE,
    does: 'effect-settled',
    duringHold: 'goes on, unheard,',
  },
  {
    clock: 'a dispatch that nobody answers',
    plan: longer,
    story: [],
    rings: 10 * MINUTE,
    does: 'step-dispatched',
    duringHold: 'is done by the resume',
  },
  {
    clock: 'the next look at the world',
    plan: longer,
    story: [A.asksWorld()],
    rings: POLL_MS,
    does: 'step-dispatched',
    duringHold: 'is done by the resume',
  },
  {
    clock: 'the expiry of an approval',
    story: [A.asksApproval()],
    rings: 2 * HOUR,
    does: 'step-failed',
    duringHold: 'goes on',
  },
  {
    clock: 'the expiry of a proposal',
    plan: longer,
    story: [A.asksPerson(), propose],
    rings: DAY,
    does: 'revision-expired',
    duringHold: 'goes on',
  },
  {
    clock: 'the reminder of a proposal',
    plan: longer,
    story: [A.asksPerson(), propose],
    rings: HOUR,
    does: 'revision-reminded',
    duringHold: 'goes on, unheard,',
  },
  {
    clock: 'the hour of a wish to pass a data gate',
    plan: gated,
    story: [A.asksPerson(), skip('a')],
    rings: HOUR,
    does: 'statement-voided',
    duringHold: 'goes on',
  },
  {
    clock: 'the reminder of a wish to pass a data gate',
    plan: gated,
    story: [A.asksPerson(), skip('a')],
    rings: 15 * MINUTE,
    does: 'reminder-due',
    duringHold: 'goes on, unheard,',
  },
  {
    clock: 'the start of a scheduled cutover',
    startAt: HOUR,
    story: [],
    rings: HOUR,
    does: 'cutover-begun',
    duringHold: 'goes on',
  },
];

/** When the hold begins, and how long it lasts where it is over before the clock would have rung. */
const HELD_AFTER = MINUTE;
const HELD_FOR = MINUTE / 2;

const begins = ({ plan: of = plan, startAt, story }: Clock, ...more: readonly Moment[]) =>
  givenStarted(
    { ...startOf(of), startAt: startAt === undefined ? null : T0 + startAt } as What,
    of,
    ...story,
    ...more,
  );
const typesAt = (clock: Clock, at: number, ...before: readonly Moment[]): readonly string[] => {
  const passed = before.reduce(
    (sum, moment) => (typeof moment === 'object' && 'passMs' in moment ? sum + moment.passMs : sum),
    0,
  );
  return begins(clock, ...before)
    .when(pass(at - passed), wake)
    .events.map(({ type }) => type);
};

describe.each(CLOCKS)('$clock', (clock) => {
  const { rings, does, duringHold } = clock;
  const held = [pass(HELD_AFTER), hold()] as const;

  it(`rings after ${rings / MINUTE} minutes, and not before, while nobody holds`, () => {
    expect(typesAt(clock, rings - 1)).not.toContain(does);
    expect(typesAt(clock, rings)).toContain(does);
  });

  it(`${duringHold} during a hold`, () => {
    expect(typesAt(clock, rings, ...held).includes(does)).toBe(duringHold === 'goes on');
  });

  it.each([
    ['a short hold', HELD_FOR],
    ['a hold that outlasts it', rings + HOUR],
  ])('after %s', (_, heldForMs) => {
    const resumed = [...held, pass(heldForMs), resume()];
    const over = HELD_AFTER + heldForMs;
    if (duringHold === 'is done by the resume') {
      expect(
        begins(clock, ...held, pass(heldForMs))
          .when(resume())
          .events.map(({ type }) => type),
      ).toContain(does);
      return;
    }
    const at = Math.max(over, duringHold === 'stands still' ? rings + heldForMs : rings);
    if (at > over) expect(typesAt(clock, at - 1, ...resumed)).not.toContain(does);
    expect(typesAt(clock, at, ...resumed)).toContain(does);
  });
});

describe('the clocks of a hold itself', () => {
  it('remind the holder every hour while it lasts, and end with it', () => {
    given(longer, A.asksPerson(), hold(), pass(HOUR), wake, pass(HOUR))
      .when(wake)
      .then([{ type: 'hold-reminded', remindAt: T0 + 3 * HOUR }]);
    given(longer, A.asksPerson(), hold(), resume()).when(pass(HOUR), wake).thenNothing('nothing is due');
  });

  it('raise no alarm of silence about what stands still', () => {
    const watchdog: What = { type: 'wake', overslept: true };
    given(plan, A.asksWorld(), hold())
      .when(pass(50 * MINUTE), watchdog)
      .thenNothing('nothing is due');
  });

  it('give an approval no time, but keep its reminders until the resume', () => {
    given(plan, A.asksApproval(), hold(), pass(90 * MINUTE))
      .when(resume())
      .due({ at: T0 + HOUR, what: 'reminder' }, { at: T0 + 2 * HOUR, what: 'deadline' });
  });

  it('freeze the limit of an approval that was not asked yet', () => {
    given(plan)
      .when(hold())
      .due({ at: T0 + HOUR, what: 'hold-reminder' });
  });
});
