import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../shared/core/plan.ts';
import { comparePlans } from '../../../shared/core/plan-difference.ts';
import type { DoneOutside, PlanRef } from '../../../shared/core/state.ts';
import { planOfAttempt } from '../../../shared/core/state.ts';
import type { What } from '../../support/sample-inputs.ts';
import {
  abort,
  ANNA,
  attempt,
  DBA,
  done,
  failed,
  giveUp,
  hold,
  MANAGER,
  resume,
  retry,
  rollback,
  skip,
  wake,
} from '../../support/sample-inputs.ts';
import { chain, HOUR, MINUTE, planOf, step } from '../../support/sample-plan.ts';
import type { Moment } from '../../support/specification.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const DAY = 24 * HOUR;
const A = attempt('a');
const FIRST = { hash: 'plan-hash', procedureHash: 'procedure-hash', revision: 1 };
const SECOND = { hash: 'plan-2', procedureHash: 'procedure-hash', revision: 2 };

const [a, b, c] = chain(step('a'), step('b'), step('c')) as [
  Plan['steps'][0],
  Plan['steps'][0],
  Plan['steps'][0],
];
const back = {
  id: 'back',
  title: 'Back',
  availableFrom: null,
  availableUntil: null,
  dataLossStatement: null,
  steps: [step('rb.1')],
};
const plan = planOf([a, b, c], { rollbacks: [back] });
const like = (steps: readonly Plan['steps'][0][], differs: Partial<Plan> = {}): Plan => ({
  ...plan,
  steps,
  ...differs,
});
/** The change most of these tests speak of: c goes, d comes after b. */
const changed = like([a, b, step('d', { after: ['b'] })]);

type More = {
  readonly hash?: string;
  readonly ref?: PlanRef;
  readonly bindings?: readonly string[];
  readonly done?: readonly DoneOutside[];
};
const propose = (
  to: Plan,
  { hash = 'h1', ref = SECOND, bindings = [], done: outside = [] }: More = {},
): What => ({
  type: 'propose-revision',
  asked: 'as sent',
  plan: to,
  ref,
  bindings,
  done: outside,
  hash,
  by: MANAGER,
  reason: 'a step was missing',
});
const decides = (
  decision: 'approve' | 'reject',
  to: Plan | null,
  hash = 'h1',
  by = DBA,
  bindings: readonly string[] = [],
): What => ({
  type: 'decide-revision',
  bindings,
  hash,
  decision,
  plan: to,
  by,
  comment: 'seen',
});
const approve = (to: Plan | null, hash = 'h1', by = DBA): What => decides('approve', to, hash, by);
const outside = (stepId: string, doneAt = T0): DoneOutside => ({
  stepId,
  doneAt,
  by: DBA,
  note: 'by hand',
  evidenceHash: `proof-${stepId}`,
});
const succeeds = (stepId: string): readonly Moment[] => [
  attempt(stepId).asksWorld(),
  (now) => attempt(stepId).isJudged(done(now)),
];

describe('a proposal', () => {
  it('changes nothing yet, and shows a second person what would change', () => {
    const changes = ['d is added', 'c is removed'];
    given(plan, pass(MINUTE))
      .when(propose(changed))
      .then(
        [
          {
            type: 'revision-proposed',
            proposal: {
              hash: 'h1',
              ref: SECOND,
              by: MANAGER,
              reason: 'a step was missing',
              changes,
              done: [],
              remindAt: [1, 12, 23].map((hours) => T0 + MINUTE + hours * HOUR),
            },
          },
        ],
        { code: 'applied', detail: { hash: 'h1', changes, expiresAt: T0 + MINUTE + DAY } },
      )
      .step('c', { status: 'pending' })
      .cutover({ plan: FIRST, proposal: expect.objectContaining({ hash: 'h1', at: T0 + MINUTE }) });
  });

  it.each<[string, Plan, More, readonly string[]]>([
    ['a step', like([a, { ...b, title: 'B', plannedMs: 1 }, c]), {}, ['b changes its title, plannedMs']],
    [
      'the plan itself',
      like(plan.steps, { title: 'New', source: 'restored-copy', concurrency: 2 }),
      {},
      ['title becomes New', 'source becomes restored-copy', 'concurrency becomes 2'],
    ],
    [
      'ways back',
      like(plan.steps, { rollbacks: [{ ...back, id: 'other', steps: [] }] }),
      {},
      ['way back other is added', 'way back back is removed'],
    ],
    [
      'a way back',
      like(plan.steps, { rollbacks: [{ ...back, title: 'Home' }] }),
      {},
      ['way back back is changed'],
    ],
    ['the bindings', plan, { bindings: ['databases'] }, ['the bindings change their databases']],
  ])('tells in words how %s would change', (_, to, more, changes) => {
    given(plan)
      .when(propose(to, more))
      .then([{ type: 'revision-proposed' }], { detail: expect.objectContaining({ hash: 'h1', changes }) });
  });

  it('of the same plan, in whatever order it lists its steps, is none', () => {
    given(plan)
      .when(propose(like([c, b, a])))
      .thenNothing('the plan is the same');
  });

  it('takes the place of the one before, which can then not be approved', () => {
    const other = like([a, b]);
    given(plan, propose(changed), propose(other, { hash: 'h2' }))
      .when(approve(other))
      .thenRefused('C324');
  });

  it.each([
    ['a way back', rollback('back')],
    ['an abort', abort()],
  ])('falls with %s', (_, what) => {
    given(plan, propose(changed)).when(what).cutover({ proposal: null });
  });

  it('is refused once the cutover has ended', () => {
    given(plan, abort()).when(propose(changed)).thenRefused('C303');
  });
});

describe('a change is refused', () => {
  const refusal = (to: Plan, problems: readonly string[], ...moments: readonly Moment[]) =>
    given(plan, ...moments)
      .when(propose(to))
      .thenRefused('C323', { problems })
      .saying(problems.join('; '));

  it('of a step that runs, waits, failed or has ended', () => {
    const to = like([{ ...a, title: 'A' }, b, c]);
    refusal(to, ['a is running: it cannot change']);
    refusal(to, ['a is waiting: it cannot change'], A.asksPerson());
    refusal(to, ['a is failed: it cannot change'], A.asksPerson(), A.isReported('fail'));
    refusal(to, ['a is skipped: it cannot change'], skip('a'));
  });

  it('that removes a step that has begun', () => {
    refusal(
      like([{ ...b, after: [] }, c]),
      ['b is running: it cannot change', 'a is succeeded: it cannot be removed'],
      ...succeeds('a'),
    );
  });

  it('that uses the id of a removed step again', () => {
    given(plan, propose(changed), approve(changed))
      .when(propose(plan, { ref: { ...SECOND, revision: 3 } }))
      .thenRefused('C323')
      .saying('c was the id of another step: choose another');
  });

  it('that gives the id of a step to a way back, or that of a way back to a step, also of one that is gone', () => {
    const third = { ...SECOND, revision: 3 };
    const taken = (id: string) => ({ problems: [`${id} was the id of another step: choose another`] });
    given(plan, propose(changed), approve(changed))
      .when(propose({ ...changed, rollbacks: [{ ...back, steps: [step('c')] }] }, { ref: third }))
      .thenRefused('C323', taken('c'));
    const without = like(plan.steps, { rollbacks: [] });
    const forward = { ...without, steps: [...plan.steps, step('rb.1')] };
    given(plan).when(propose(forward)).thenRefused('C323', taken('rb.1'));
    given(plan, propose(without), approve(without))
      .when(propose(forward, { ref: third }))
      .thenRefused('C323', taken('rb.1'));
    given(plan, propose(without))
      .when(approve(without))
      .cutover({ retiredIds: ['rb.1'] });
  });

  it('that loses a required data gate, but not one that changes what it asks for', () => {
    const gate = { ...c, required: true, dataGate: true };
    const gated = like([a, b, gate]);
    const lost = { problems: ['c is a required data gate: it stays one, change what it asks for instead'] };
    given(gated)
      .when(propose(like([a, b])))
      .thenRefused('C323', lost);
    given(gated)
      .when(propose(like([a, b, { ...gate, required: false }])))
      .thenRefused('C323', lost);
    given(gated)
      .when(propose(like([a, b, { ...gate, kind: 'other', dataGate: false }])))
      .thenRefused('C323', lost);
    given(gated)
      .when(propose(like([a, b, { ...gate, params: { polls: 3 } }])))
      .then([{ type: 'revision-proposed' }]);
  });

  it('that loses a required data gate of a way back, also with the way back itself', () => {
    const gate = step('rb.gate', { required: true, dataGate: true });
    const withGates = (...steps: readonly Plan['steps'][0][]) =>
      like(plan.steps, { rollbacks: [{ ...back, steps }] });
    const gated = withGates(step('rb.1'), gate);
    const lost = {
      problems: ['rb.gate is a required data gate: it stays one, change what it asks for instead'],
    };
    for (const without of [
      withGates(step('rb.1')),
      withGates(step('rb.1'), { ...gate, required: false }),
      withGates(step('rb.1'), { ...gate, kind: 'other', dataGate: false }),
      like(plan.steps, { rollbacks: [] }),
    ]) {
      given(gated).when(propose(without)).thenRefused('C323', lost);
    }
    given(gated)
      .when(propose(withGates({ ...gate, params: { polls: 3 } })))
      .then([{ type: 'revision-proposed' }]);
  });

  it('but not of what the product says of a kind, which a newer version does otherwise', () => {
    const filled = like([{ ...a, dataGate: true }, b, c]);
    given(plan, A.asksPerson(), propose(filled)).when(approve(filled)).cutover({ plan: SECOND });
  });

  it('that gives other reminders to an attempt that was dispatched already', () => {
    const later = like([{ ...a, remindAfterMs: [3 * HOUR] }, b, c]);
    const problems = ['a is running: it cannot change'];
    given(plan).when(propose(later)).thenRefused('C323', { problems });
    given(plan, A.asksPerson())
      .when(propose(later))
      .thenRefused('C323', { problems: ['a is waiting: it cannot change'] });
  });

  it('that was made of a plan which has been replaced meanwhile', () => {
    given(plan, propose(changed), approve(changed))
      .when(propose(like([a, b])))
      .thenRefused('C323')
      .saying('revision 2 of the plan has been adopted meanwhile');
  });

  it('that makes it another plan or another mode', () => {
    refusal({ ...plan, id: 'other', mode: 'production' }, [
      'it is another plan: other instead of plan',
      'a mock cutover cannot become a production one',
    ]);
  });

  it('while the cutover rolls back', () => {
    refusal(changed, ['go-live is rolling back: its plan no longer changes'], rollback('back'));
  });

  it('but not of a step that is ready again and waits for its turn', () => {
    given(plan, A.asksPerson(), A.isReported('fail'), hold(), retry('a'))
      .when(propose(like([{ ...a, title: 'A' }, b, c])))
      .then([{ type: 'revision-proposed' }]);
  });
});

describe('a decision', () => {
  it('to reject leaves the plan as it is', () => {
    given(plan, propose(changed))
      .when(decides('reject', changed))
      .then([{ type: 'revision-rejected', proposalHash: 'h1', by: DBA, comment: 'seen' }])
      .saying('go-live keeps its plan')
      .cutover({ proposal: null, plan: FIRST, earlierPlans: [] });
  });

  it('to reject is also taken from who proposed it', () => {
    given(plan, propose(changed))
      .when(decides('reject', changed, 'h1', MANAGER))
      .then([{ type: 'revision-rejected', by: MANAGER }]);
  });

  it('to approve adopts the plan, cancels what is removed, and what is new begins in its turn', () => {
    const to = like([a, b, step('d')], { title: 'New', concurrency: 5 });
    given(plan, propose(to), pass(MINUTE))
      .when(approve(to))
      .then([
        {
          type: 'revision-adopted',
          proposalHash: 'h1',
          ref: SECOND,
          by: DBA,
          comment: 'seen',
          title: 'New',
          concurrency: 5,
          added: ['d'],
          removed: ['c'],
        },
        { type: 'step-dispatched', stepId: 'd' },
      ])
      .saying('go-live goes on with revision 2 of its plan')
      .cutover({ title: 'New', concurrency: 5, proposal: null, plan: SECOND, earlierPlans: [FIRST] })
      .step('a', { status: 'running' })
      .step('c', { status: 'cancelled', endedAt: T0 + MINUTE })
      .step('d', { status: 'running' });
  });

  it('to approve ends what is removed for good: it is neither passed nor tried again', () => {
    given(plan, propose(changed), approve(changed)).when(skip('c')).thenRefused('C308');
    given(plan, propose(changed), approve(changed)).when(retry('c')).thenRefused('C308');
  });

  it('to approve is refused from who proposed it', () => {
    given(plan, propose(changed))
      .when(approve(changed, 'h1', MANAGER))
      .thenRefused('C318')
      .saying('Mona proposed it');
  });

  it('to approve is possible for a day', () => {
    const proposed = given(plan, A.asksPerson(), hold(), propose(changed));
    proposed.when(pass(DAY - 1), approve(changed)).cutover({ plan: SECOND });
    proposed.when(pass(DAY), approve(changed)).thenRefused('C324').saying('h1 has expired');
  });

  it('that nobody takes lets the proposal expire, also while the cutover is held', () => {
    const item = { at: T0 + DAY, what: 'proposal-expiry' };
    given(plan, propose(changed))
      .when(hold())
      .due({ at: T0 + HOUR, what: 'hold-reminder' }, item);
    given(plan, propose(changed), hold(), pass(HOUR), wake, pass(DAY - HOUR))
      .when(wake)
      .then([{ type: 'hold-reminded' }, { type: 'revision-expired' }])
      .cutover({ proposal: null, plan: FIRST });
  });

  it('is called to mind after an hour, half a day and shortly before the end, as long as it is open', () => {
    const patient = like([{ ...a, deadlineMs: 9 * DAY }]);
    const to = { ...patient, title: 'New' };
    const END = { at: T0 + DAY, what: 'proposal-expiry' };
    const LIMIT = { at: T0 + 9 * DAY, what: 'deadline' };
    const reminderAt = (hours: number) => ({ at: T0 + hours * HOUR, what: 'proposal-reminder' });
    const proposed = [A.asksPerson(), propose(to)];
    given(patient, A.asksPerson()).when(propose(to)).due(reminderAt(1), END, LIMIT);
    given(patient, ...proposed, pass(HOUR))
      .when(wake)
      .then([{ type: 'revision-reminded' }])
      .due(reminderAt(12), END, LIMIT);
    given(patient, ...proposed, pass(12 * HOUR))
      .when(wake)
      .then([{ type: 'revision-reminded' }])
      .due(reminderAt(23), END, LIMIT);
    given(patient, ...proposed, pass(23 * HOUR))
      .when(wake)
      .then([{ type: 'revision-reminded' }])
      .due(END, LIMIT);
    given(patient, ...proposed)
      .when(decides('reject', to))
      .due(LIMIT);
  });

  it('is called to mind after the resume, where its time came during a hold', () => {
    given(plan, A.asksPerson(), propose(changed), hold(), pass(HOUR - 1), resume(), pass(1))
      .when(wake)
      .then([{ type: 'revision-reminded' }]);
    given(plan, A.asksPerson(), propose(changed), hold(), pass(13 * HOUR), resume())
      .when(wake)
      .then([{ type: 'revision-reminded' }])
      .cutover({ proposal: expect.objectContaining({ remindAt: [T0 + 23 * HOUR] }) });
  });

  it('on another proposal than the one that stands is refused, either way', () => {
    const proposed = given(plan, propose(changed));
    const other = 'what is proposed now is h1, not h2';
    proposed.when(approve(changed, 'h2')).thenRefused('C324').saying(other);
    proposed
      .when(decides('reject', changed, 'h2'))
      .thenRefused('C324')
      .saying(other);
    proposed.when(approve(null)).thenRefused('C324').saying('h1 was proposed only now');
    given(plan).when(approve(changed)).thenRefused('C324').saying('nothing is proposed');
  });

  it('checks anew, for the cutover has gone on', () => {
    const to = like([a, { ...b, title: 'B' }, c]);
    given(plan, propose(to), ...succeeds('a'))
      .when(approve(to))
      .thenRefused('C323', { problems: ['b is running: it cannot change'] });
    const both = like([{ ...a, title: 'A' }, { ...b, title: 'B' }, c]);
    given(plan, A.asksWorld(), A.isJudged(failed()), hold(), retry('a'), propose(both), resume(), skip('b'))
      .when(approve(both))
      .thenRefused('C323')
      .saying(': a is running: it cannot change; b is skipped: it cannot change');
  });
});

describe('a step that may start but for a hold', () => {
  const to = like([a, b, { ...c, after: ['a'] }, step('d', { after: [] })]);
  const ready = [A.asksWorld(), hold(), (now: number) => A.isJudged(done(now))] as const;

  it('waits again when the new plan lets it wait for more, and stays ready when it does not', () => {
    const later = like([a, { ...b, after: ['a', 'd'] }, c, step('d', { after: ['a'] })]);
    given(plan, ...ready, propose(later))
      .when(approve(later))
      .then([{ type: 'revision-adopted' }, { type: 'step-ready', stepId: 'd' }])
      .step('b', { status: 'pending' });
    given(plan, ...ready, propose(to))
      .when(approve(to))
      .then([
        { type: 'revision-adopted' },
        { type: 'step-ready', stepId: 'b' },
        { type: 'step-ready', stepId: 'c' },
        { type: 'step-ready', stepId: 'd' },
      ])
      .step('b', { status: 'ready' });
  });
});

describe('what was said of a step before a revision changed it', () => {
  const optional = like([a, { ...b, dataGate: true }, c]);
  const said = [attempt('b').isReported('pass', DBA), skip('b', MANAGER)];
  const differs = like([a, { ...b, dataGate: true, instruction: 'do something else' }, c]);

  it('counts no more, and the log tells whose word has to be given again', () => {
    given(optional, ...said, propose(differs))
      .when(approve(differs))
      .then([
        { type: 'revision-adopted' },
        { type: 'statement-voided', stepId: 'b', what: 'completion', by: DBA },
        { type: 'statement-voided', stepId: 'b', what: 'skip-proposal', by: MANAGER },
      ])
      .step('b', { earlyClaim: null, skipProposal: null });
  });

  it('stands for a step that is not changed', () => {
    const other = like([a, { ...b, dataGate: true }, { ...c, title: 'C' }]);
    given(optional, ...said, propose(other))
      .when(approve(other))
      .then([{ type: 'revision-adopted' }])
      .step('b', {
        earlyClaim: expect.objectContaining({ by: DBA }),
        skipProposal: expect.objectContaining({ by: MANAGER }),
      });
  });
});

describe('an attempt', () => {
  it('keeps the revision it was dispatched under; the next one has the new plan', () => {
    const adopted = [propose(changed), approve(changed)];
    const { after } = given(plan, ...adopted).when(A.asksPerson());
    expect(planOfAttempt(after!, after!.steps.a!)).toEqual(FIRST);
    const { after: later } = given(plan, ...adopted, A.asksPerson(), A.isReported('fail')).when(retry('a'));
    expect(planOfAttempt(later!, later!.steps.a!)).toEqual(SECOND);
  });
});

describe('steps done outside', () => {
  const marking = planOf([
    a,
    { ...b, dataGate: true, marks: 'tracer-posted' as const },
    { ...c, marks: 'aos-stopped' as const },
    step('d', { after: ['c'] }),
  ]);
  const both = { done: [outside('b', T0 + 2 * MINUTE), outside('c', T0 + 3 * MINUTE)] };
  const aDone = succeeds('a');
  /** While held, what is ready has not begun. */
  const held = [A.asksWorld(), hold(), (now: number) => A.isJudged(done(now)), pass(HOUR)];

  it('are recorded in two names with their time, evidence and milestone; a data gate keeps a waiver', () => {
    given(marking, ...held, propose(marking, both))
      .when(approve(marking))
      .then([
        { type: 'revision-adopted', added: [], removed: [] },
        {
          type: 'step-recorded',
          stepId: 'b',
          marks: 'tracer-posted',
          waiver: { by: MANAGER, reason: 'a step was missing', second: { by: DBA, reason: 'seen' } },
        },
        { type: 'step-recorded', stepId: 'c', marks: 'aos-stopped', waiver: null },
        { type: 'step-ready', stepId: 'd' },
      ])
      .step('b', {
        status: 'succeeded',
        startedAt: T0 + 2 * MINUTE,
        endedAt: T0 + 2 * MINUTE,
        evidence: { hash: 'proof-b', source: 'stated', takenAt: T0 + 2 * MINUTE, summary: 'by hand' },
        waiver: expect.objectContaining({ by: MANAGER, at: T0 + HOUR }),
      })
      .step('c', { status: 'succeeded', waiver: null })
      .cutover({
        milestones: { 'tracer-posted': T0 + 2 * MINUTE, 'aos-stopped': T0 + 3 * MINUTE },
        held: expect.anything(),
      });
  });

  it('are told before they are approved, and let what follows begin after', () => {
    given(marking, ...held)
      .when(propose(marking, both))
      .then([{ type: 'revision-proposed' }], {
        detail: expect.objectContaining({
          changes: ['b is recorded as done by Dirk', 'c is recorded as done by Dirk'],
        }),
      });
    given(marking, ...held, propose(marking, both), approve(marking))
      .when(resume())
      .step('d', { status: 'running' });
  });

  it('mark nothing where the plan marks nothing, and may be steps that the plan only now names', () => {
    const to = { ...plan, steps: [a, b, c, step('e')] };
    given(plan, propose(to, { done: [outside('e')] }))
      .when(approve(to))
      .then([
        { type: 'revision-adopted', added: ['e'] },
        { type: 'step-recorded', stepId: 'e', marks: null },
      ])
      .step('e', { status: 'succeeded' })
      .cutover({ milestones: {} });
  });

  it('can be what ends the cutover', () => {
    given(
      plan,
      skip('b'),
      skip('c'),
      A.asksPerson(),
      A.isReported('fail'),
      hold(),
      retry('a'),
      propose(plan, { done: [outside('a')] }),
      approve(plan),
    )
      .when(resume())
      .cutover({ status: 'completed' });
  });

  it('keep the earlier time of the point of no return', () => {
    const to = planOf([step('a'), step('b', { after: ['a'], marks: 'point-of-no-return' as const })]);
    const first: What = { type: 'pass-point-of-no-return', happenedAt: T0, by: DBA, reason: 'invoice' };
    given(
      to,
      ...[A.asksWorld(), first, hold(), (now: number) => A.isJudged(done(now)), pass(HOUR)],
      propose(to, { done: [outside('b', T0 + MINUTE)] }),
    )
      .when(approve(to))
      .cutover({ milestones: { 'point-of-no-return': T0 } });
  });

  it('let the point of no return lie as early as what was done', () => {
    const passes = (happenedAt: number): What => ({
      type: 'pass-point-of-no-return',
      happenedAt,
      by: DBA,
      reason: 'invoice',
    });
    const failedOnce = [A.asksPerson(), A.isReported('fail'), hold(), retry('a')];
    for (const [before, stepId] of [
      [held, 'b'],
      [failedOnce, 'a'],
    ] as const) {
      const late = { done: [outside(stepId, T0 - DAY)] };
      const joined = given(plan, ...before, propose(plan, late), approve(plan));
      joined.when(passes(T0 - DAY)).cutover({ milestones: { 'point-of-no-return': T0 - DAY } });
      joined.when(passes(T0 - DAY - 1)).thenRefused('C325');
    }
  });

  it('may have been done half a year before the start, and no earlier', () => {
    given(plan, ...held)
      .when(propose(plan, { done: [outside('b', T0 - 180 * DAY)] }))
      .then([{ type: 'revision-proposed' }]);
    given(plan, ...held)
      .when(propose(plan, { done: [outside('b', T0 - 180 * DAY - 1), outside('c', 0)] }))
      .thenRefused('C323', {
        problems: [
          'b would be done more than 180 days before the cutover was started',
          'c would be done more than 180 days before the cutover was started',
        ],
      });
  });

  it('are refused out of order, in the future, too long ago, twice, begun or unknown: all in one answer', () => {
    given(marking, ...aDone)
      .when(
        propose(marking, {
          done: [outside('d', 0), outside('d'), outside('a'), outside('c', T0 + 1), outside('zz')],
        }),
      )
      .thenRefused('C323', {
        problems: [
          'd is recorded twice',
          'd would be done more than 180 days before the cutover was started',
          'a is succeeded: it cannot be recorded',
          'c would be done in the future',
          'c waits for b, which has not passed',
          'zz is no step of the plan',
        ],
      });
  });

  it('may wait for a step that was skipped, but not for several that only the new plan names', () => {
    given(plan, hold(), skip('a'))
      .when(propose(plan, { done: [outside('b')] }))
      .then([{ type: 'revision-proposed' }]);
    const more = like([...plan.steps, step('d'), step('e'), step('f', { after: ['d', 'e'] })]);
    given(plan)
      .when(propose(more, { done: [outside('f')] }))
      .thenRefused('C323', { problems: ['f waits for d, e, which has not passed'] });
  });

  it('are refused where a skipped step still stands for one that has not passed', () => {
    given(plan, skip('b'))
      .when(propose(plan, { done: [outside('c')] }))
      .thenRefused('C323', { problems: ['c waits for b, which has not passed'] });
    given(plan, hold(), skip('b'), resume(), A.asksPerson(), A.isReported('fail'), hold(), retry('a'))
      .when(propose(plan, { done: [outside('a'), outside('c')] }))
      .then([{ type: 'revision-proposed' }]);
  });

  it('are no way around a denial: an approval that was denied is neither recorded nor removed', () => {
    const denied = [A.asksApproval(1, 1), A.isVoted('deny', ANNA), hold(), retry('a')];
    given(plan, ...denied)
      .when(propose(plan, { done: [outside('a')] }))
      .thenRefused('C323', {
        problems: ['a was denied by Anna: ask its approvers again, it cannot be recorded'],
      });
    given(plan, ...denied)
      .when(propose(like([{ ...b, after: [] }, c])))
      .thenRefused('C323', { problems: ['a was denied by Anna: it cannot be removed'] });
  });

  it.each<[string, object]>([
    ['kind', { kind: 'preflight' }],
    ['params', { params: { approvers: ['anybody'] } }],
    ['required', { required: !a.required }],
  ])('leave what an approval that was denied asks of whom as it is: its %s', (field, differs) => {
    const denied = [A.asksApproval(1, 1), A.isVoted('deny', ANNA), hold(), retry('a')];
    const bent = like([{ ...a, ...differs }, b, c]);
    given(plan, ...denied)
      .when(propose(bent))
      .thenRefused('C323', { problems: [`a was denied by Anna: its ${field} cannot change`] });
    given(plan, ...denied)
      .when(propose(like([{ ...a, title: 'Ask once more' }, b, c])))
      .then([{ type: 'revision-proposed' }]);
  });

  it('are refused when they have begun by the time of the approval', () => {
    given(
      plan,
      ...[A.asksWorld(), hold(), (now: number) => A.isJudged(done(now))],
      propose(plan, { done: [outside('b')] }),
      resume(),
    )
      .when(approve(plan))
      .thenRefused('C323', { problems: ['b is running: it cannot be recorded'] });
  });
});

describe('after a denial, other people for the role that was asked', () => {
  const asking = like([
    { ...a, params: { approvers: ['finance-lead', 'business-owner'] } },
    { ...b, params: { approvers: ['ax-admin'] } },
    { ...c, params: [] },
  ]);
  const denied = [A.asksApproval(1, 1), A.isVoted('deny', ANNA)];
  const others = (...roles: readonly string[]) => ({ bindings: roles.map((role) => `people.${role}`) });
  const swap = propose(asking, others('business-owner', 'ax-admin'));
  const problems = [
    'a was denied by Anna: who holds its role business-owner cannot change before its approvers are asked again, so retry it first',
  ];
  const again = attempt('a', 2);

  it.each<[string, readonly Moment[]]>([
    ['while it has failed', denied],
    ['while a retry waits for the end of a hold', [...denied, hold(), retry('a')]],
    ['while a retry has not asked yet', [...denied, retry('a')]],
    ['when the retry was given up before it asked', [...denied, retry('a'), giveUp('a')]],
  ])('are refused %s, naming the step and the role', (_, moments) => {
    given(asking, ...moments)
      .when(swap)
      .thenRefused('C323', { problems });
  });

  it.each<[string, readonly Moment[], readonly string[]]>([
    ['nobody has denied', [A.asksApproval(1, 1)], ['business-owner']],
    ['its approvers are asked again', [...denied, retry('a'), again.asksApproval(1, 1)], ['business-owner']],
    ['another role changes', denied, ['ax-admin', 'dba']],
    [
      'it has passed',
      [
        ...[...denied, retry('a'), again.asksApproval(1, 1), again.isVoted('approve', ANNA)],
        (now) => again.isJudged(done(now)),
      ],
      ['business-owner'],
    ],
  ])('are possible where %s', (_, moments, roles) => {
    given(asking, ...moments)
      .when(propose(asking, others(...roles)))
      .then([{ type: 'revision-proposed' }]);
  });

  it('are refused when the denial comes before the second person', () => {
    const { bindings } = others('business-owner');
    given(asking, A.asksApproval(1, 1), propose(asking, { bindings }), A.isVoted('deny', ANNA))
      .when(decides('approve', asking, 'h1', DBA, bindings))
      .thenRefused('C323', { problems });
  });

  it('are possible with the way out that is named: retry, adopt, give up, retry', () => {
    const { bindings } = others('business-owner');
    given(
      asking,
      ...[...denied, retry('a'), again.asksApproval(1, 1), propose(asking, { bindings })],
      ...[decides('approve', asking, 'h1', DBA, bindings), giveUp('a'), retry('a')],
    )
      .when(attempt('a', 3).asksApproval(1, 1))
      .step('a', { status: 'waiting', revision: 2 });
  });
});

describe('the difference of two plans', () => {
  it('names the one way back of several that is changed', () => {
    const other = { ...back, id: 'other' };
    const before = { ...plan, rollbacks: [back, other] };
    const after = { ...plan, rollbacks: [back, { ...other, title: 'Home' }] };
    expect(comparePlans(before, after).other).toEqual(['way back other is changed']);
  });

  it('names what is added, removed and changed by id, whatever the order', () => {
    expect(comparePlans(plan, like([step('d'), { ...b, params: { x: 1 } }, a]))).toEqual({
      added: ['d'],
      removed: ['c'],
      changed: [{ stepId: 'b', fields: ['params'] }],
      other: [],
    });
  });
});
