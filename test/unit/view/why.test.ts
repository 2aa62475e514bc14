import { describe, expect, it } from 'vitest';
import { whySchema } from '../../../shared/contract/why.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import { waitingFor } from '../../../shared/view/waiting-for.ts';
import { whyOf } from '../../../shared/view/why.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  attempt,
  DBA,
  deadLetter,
  done,
  hold,
  notYet,
  resume,
  retry,
  failed,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, givenStarted, pass, startOf } from '../../support/specification.ts';

const A = attempt('a');
const B = attempt('b');
const UNREADABLE = { code: 'C401', message: 'unreadable', who: 'platform engineer', next: 'wait' };

const whyAfter = (plan: Plan, moments: readonly Moment[]) => {
  const { after } = given(plan, ...moments.slice(0, -1)).when(moments.at(-1) as What);
  const why = whyOf(plan, after!);
  whySchema.parse(why);
  const { conditions, workedOn, moving, summary } = why;
  return {
    conditions: conditions.map(({ stepId, what }) => `${stepId ?? 'cutover'} ${what}`),
    workedOn: workedOn.map(({ stepId }) => stepId),
    moving,
    summary,
    asked: waitingFor(plan, after!).length,
  };
};

const two = planOf([step('a', { dataGate: true }), step('b')]);
const one = planOf([step('a')]);
const watch = planOf([
  step('a', { kind: 'replication-watch' }),
  step('b', { marks: 'replication-removed' }),
  step('c', { after: ['b'] }),
]);
const REVISION: What = {
  type: 'propose-revision',
  asked: 'x',
  plan: planOf([...two.steps, step('c')]),
  ref: { hash: 'p2', procedureHash: 'q', revision: 2 },
  bindings: [],
  done: [],
  hash: 'h1',
  by: DBA,
  reason: 'c was forgotten',
};

describe('what is in the way of a cutover', () => {
  it.each<[string, Plan, readonly Moment[], readonly string[], readonly string[], string]>([
    [
      'is nothing while its steps are being worked on',
      two,
      [A.asksWorld(), B.asksWorld()],
      [],
      ['a', 'b'],
      'It is moving. Worked on: Step a; Step b.',
    ],
    [
      'is a question, beside which the rest is worked on',
      two,
      [A.asksPerson(), B.asksWorld()],
      ['a completion'],
      ['b'],
      'It waits for dba: Step a. Worked on meanwhile: Step b.',
    ],
    [
      'is every question, and the first is told',
      two,
      [A.asksPerson(), B.asksPerson()],
      ['a completion', 'b completion'],
      [],
      'It waits for dba: Step a. And 1 more.',
    ],
    [
      'is the hold alone while nothing else would be',
      one,
      [A.asksWorld(), hold()],
      ['cutover resume'],
      [],
      'It waits for Mona: Held: a pause.',
    ],
    [
      'is the hold and what a gate lacks, because each keeps it',
      one,
      [A.asksWorld(), A.isJudged(notYet('pending 7')), hold()],
      ['cutover resume', 'a condition'],
      [],
      'It waits for Mona: Held: a pause. And 1 more.',
    ],
    [
      'is not whether a request arrived while only the hold keeps the product from looking',
      one,
      [A.asksWorld({ repeatable: false }), hold()],
      ['cutover resume'],
      [],
      'It waits for Mona: Held: a pause.',
    ],
    [
      'is whether a request arrived once nobody else can tell',
      one,
      [A.asksAutomation(), pass(10 * MINUTE), A.settles('unknown'), hold()],
      ['cutover resume', 'a effect'],
      [],
      'It waits for Mona: Held: a pause. And 1 more.',
    ],
    [
      'is the question alone, not also that nobody has tested yet',
      one,
      [A.asksPerson(), A.isReported('not-tested'), A.isJudged(notYet('not-tested', 'sessions 2'))],
      ['a completion', 'a condition'],
      [],
      'It waits for dba: Step a. And 1 more.',
    ],
    [
      'is a failure that waits for a decision',
      one,
      [A.asksWorld(), A.isJudged(failed())],
      ['a decision'],
      [],
      'It waits for cutover-manager: it runs.',
    ],
    [
      'is nothing any more once it is tried again',
      one,
      [A.asksWorld(), A.isJudged(failed()), retry('a')],
      [],
      ['a'],
      'It is moving. Worked on: Step a.',
    ],
    [
      'is a message that died',
      one,
      [deadLetter('a', { attempt: 1, dispatch: 1 })],
      ['a condition'],
      [],
      'It waits for cutover-manager: Stuck: its message could not be handled (delivered ten times).',
    ],
    [
      'is not a proposed change of the plan',
      two,
      [A.asksWorld(), B.asksPerson(), REVISION],
      ['b completion'],
      ['a'],
      'It waits for dba: Step b. Worked on meanwhile: Step a.',
    ],
    [
      'is not the wish to skip a gate that is being read',
      two,
      [A.asksWorld(), B.asksPerson(), skip('a')],
      ['b completion'],
      ['a'],
      'It waits for dba: Step b. Worked on meanwhile: Step a.',
    ],
    [
      'is not what a watch cannot see as long as it is not to end',
      watch,
      [A.isJudged({ verdict: 'not-yet', unmet: [UNREADABLE], again: false }), B.asksPerson()],
      ['b completion'],
      [],
      'It waits for dba: Step b.',
    ],
    [
      'is what keeps a watch from ending once it is to end',
      watch,
      [
        A.asksWorld(),
        A.isJudged({ verdict: 'not-yet', unmet: [UNREADABLE], again: false }),
        B.asksWorld(),
        (now) => B.isJudged(done(now)),
        attempt('c').asksWorld(),
      ],
      ['a condition'],
      ['c'],
      'It waits for platform engineer: unreadable. Worked on meanwhile: Step c.',
    ],
    [
      'is nothing once the watch can end',
      watch,
      [A.asksWorld(), B.asksWorld(), (now) => B.isJudged(done(now)), skip('c')],
      [],
      ['a'],
      'It is moving. Worked on: Step a.',
    ],
    [
      'is the watch itself once no step will end it',
      watch,
      [A.asksWorld(), skip('b')],
      ['a decision'],
      ['c'],
      'It waits for cutover-manager: Step a: it ends at the milestone "replication-removed", which no step will mark any more. Worked on meanwhile: Step c.',
    ],
    [
      'is the lack of a place, for a step that could start',
      planOf([step('a'), step('b')], { concurrency: 1 }),
      [A.asksWorld()],
      ['b condition'],
      ['a'],
      'It goes on by itself: Ready: all 1 place(s) of the plan are taken. Worked on meanwhile: Step a.',
    ],
    [
      'is nothing once it has ended',
      planOf(chain(step('a'), step('b'))),
      [skip('a'), skip('b')],
      [],
      [],
      'It has ended: completed.',
    ],
    [
      'is nothing once the hold is over',
      one,
      [A.asksWorld(), hold(), resume()],
      [],
      ['a'],
      'It is moving. Worked on: Step a.',
    ],
  ])('%s', (_, plan, moments, conditions, workedOn, summary) => {
    const why = whyAfter(plan, moments);
    expect(why).toMatchObject({ conditions, workedOn, summary, moving: workedOn.length > 0 });
  });

  it('is less than what people are asked, where somebody is asked for what holds nothing up', () => {
    const why = whyAfter(two, [A.asksWorld(), B.asksPerson(), REVISION]);
    expect([why.conditions.length, why.asked]).toEqual([1, 2]);
  });

  it('is the time for which it is scheduled', () => {
    const startAt = Date.parse('2026-11-21T00:00:00Z');
    const { after } = givenStarted({ ...startOf(one), startAt } as What, one).when(wake);
    const { conditions, summary, moving } = whyOf(one, after!);
    expect(conditions).toMatchObject([{ what: 'start', who: 'nobody' }]);
    expect([summary, moving]).toEqual([
      'It goes on by itself: Scheduled: it begins by itself at 2026-11-21T00:00:00.000Z.',
      false,
    ]);
  });
});
