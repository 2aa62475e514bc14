import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CutoverEvent, StoredEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import { DBA, evidence, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { givenNothing, startOf, T0 } from '../../support/specification.ts';

const plan = planOf([step('a'), step('b')]);
const three = planOf([step('a'), step('b'), step('c')]);
const { events: startEvents } = givenNothing(plan).when(startOf(plan));
const started = evolve(null, startEvents, T0)!;
const of = { stepId: 'a', attempt: 1 } as const;
const vote = { decision: 'approve', by: DBA, at: T0, comment: '', evidenceHash: 'seen' } as const;

type FieldOf<T> = T extends unknown ? keyof T : never;

describe('an event', () => {
  it('has no field of a name that the log uses itself, for it would be overwritten and its hash be wrong', () => {
    type Stamp = Exclude<keyof StoredEvent, keyof CutoverEvent>;
    expectTypeOf<Stamp>().toEqualTypeOf<'n' | 'at' | 'inputId' | 'hash'>();
    expectTypeOf<Extract<FieldOf<CutoverEvent>, Stamp>>().toBeNever();
  });
});

describe('folding events', () => {
  it('counts commits and events and keeps the time of the last commit', () => {
    expect(started).toMatchObject({ commits: 1, events: 3, lastCommitAt: T0 });
    const two: readonly CutoverEvent[] = [
      { type: 'cutover-held', by: MANAGER, reason: 'why', remindAt: T0 + 2 },
      { type: 'step-ready', stepId: 'b' },
    ];
    expect(evolve(started, two, T0 + 1)).toMatchObject({ commits: 2, events: 5, lastCommitAt: T0 + 1 });
  });

  it('takes a step that is made ready for one whose next attempt is not dispatched, unless an earlier version did', () => {
    const dispatchAfter = (event: CutoverEvent) => evolve(started, [event], T0)!.steps.a!.dispatch;
    expect(dispatchAfter({ type: 'step-ready', stepId: 'a', attempt: 2 })).toBe(0);
    expect(dispatchAfter({ type: 'step-ready', stepId: 'a' })).toBe(1);
  });

  it('of no event leaves the state as it is', () => {
    expect(evolve(started, [], T0 + 1)).toBe(started);
    expect(evolve(null, [], T0)).toBeNull();
  });

  it('begins with the start and with nothing else', () => {
    expect(evolve(null, [{ type: 'cutover-completed' }], T0)).toBeNull();
  });

  it('does not touch the state it starts from', () => {
    const before = structuredClone(started);
    evolve(started, [{ type: 'step-skipped', stepId: 'a', by: DBA, reason: 'why', second: null }], T0 + 1);
    expect(started).toEqual(before);
  });

  it('in one commit or in several gives the same steps', () => {
    const events: readonly CutoverEvent[] = [
      { type: 'cutover-held', by: MANAGER, reason: 'why', remindAt: T0 + 2 },
      { type: 'step-skipped', stepId: 'a', by: DBA, reason: 'why', second: null },
      { type: 'cutover-resumed', by: MANAGER, heldForMs: 5 },
      { type: 'step-skipped', stepId: 'b', by: DBA, reason: 'why', second: null },
    ];
    const { after } = givenNothing(three).when(startOf(three));
    const oneByOne = events.reduce((state, event) => evolve(state, [event], T0)!, after!);
    expect(evolve(after, events, T0)!.steps).toEqual(oneByOne.steps);
    expect(oneByOne.steps.c!.deadlineAt).toBe(after!.steps.c!.deadlineAt! + 5);
  });

  it('keeps a step stuck until something says anew when to look', () => {
    const letter = { queue: 'step-task', reason: 'why', deadLetterId: 'd' } as const;
    const dispatched = { attempt: 1, dispatch: 1 };
    const stuck = evolve(
      started,
      [{ type: 'message-dead-lettered', stepId: 'a', dispatched, ...letter }],
      T0,
    );
    const after = (event: CutoverEvent) => evolve(stuck, [event], T0 + 1)!.steps.a!.stuck;
    expect(after({ type: 'reminder-due', ...of, subject: 'decision', decideAt: T0 })).toEqual({
      deadLetterId: 'd',
      reason: 'why',
      at: T0,
    });
    expect(after({ type: 'step-checked', ...of, unmet: [], nextReadAt: T0 })).toBeNull();
  });

  it.each<CutoverEvent>([
    { type: 'effect-settled', ...of, outcome: 'accepted', reference: null, nextReadAt: null, decideAt: null },
    { type: 'effect-answered', ...of, happened: true, by: DBA },
    { type: 'effect-repeated', ...of },
    { type: 'completion-received', ...of, claim: { result: 'pass', by: DBA, at: T0, note: '' } },
    { type: 'vote-counted', ...of, vote },
    { type: 'approval-voided', ...of, evidenceHash: 'new' },
    { type: 'reminder-due', ...of, subject: 'wait', decideAt: null },
    { type: 'reminder-due', ...of, subject: 'skip-proposal', decideAt: null },
    { type: 'deadline-renewed', ...of, deadlineAt: T0, remindAt: [] },
    { type: 'hold-reminded', remindAt: T0 },
    { type: 'revision-reminded' },
  ])('of $type invents no wait, effect, proposal or hold that is not there', (event) => {
    const after = evolve(started, [event], T0)!;
    expect(after).toMatchObject({ held: null, proposal: null });
    expect(after.steps.a).toMatchObject({ wait: null, effect: null, skipProposal: null });
  });

  it.each<CutoverEvent>([
    { type: 'step-succeeded', stepId: 'nobody', attempt: 1, evidence: evidence(T0), marks: null },
    { type: 'result-late', ...of, what: 'done', by: null },
    {
      type: 'message-dead-lettered',
      stepId: null,
      dispatched: null,
      queue: 'wake',
      reason: 'why',
      deadLetterId: 'd',
    },
    { type: 'message-redriven', stepId: 'a', deadLetterId: null, by: DBA },
    { type: 'silence-alarmed', silentSince: T0 },
  ])('of $type about nobody in hand changes no step', (event) => {
    expect(evolve(started, [event], T0)!.steps).toEqual(started.steps);
  });
});

describe('a step that succeeds', () => {
  const succeeds = (stepId: string, marks: 'aos-stopped' | 'replication-removed' | null, takenAt: number) =>
    ({ type: 'step-succeeded', stepId, attempt: 1, evidence: evidence(takenAt), marks }) as const;
  const lacking = evolve(started, [{ type: 'replication-changed', unmet: [] }], T0);

  it('marks nothing unless the plan says so, and leaves what replication lacks', () => {
    const after = evolve(lacking, [succeeds('a', null, T0)], T0 + 1)!;
    expect(after.milestones).toEqual({});
    expect(after.replication).toEqual({ unmet: [], at: T0 });
  });

  it('marks its milestone anew when another one did before, and leaves what replication lacks', () => {
    const events = [succeeds('a', 'aos-stopped', T0), succeeds('b', 'aos-stopped', T0 + 1)];
    const after = evolve(lacking, events, T0 + 1)!;
    expect(after.milestones).toEqual({ 'aos-stopped': T0 + 1 });
    expect(after.replication).toEqual({ unmet: [], at: T0 });
  });

  it('makes forget what replication lacked once it is removed', () => {
    expect(evolve(lacking, [succeeds('a', 'replication-removed', T0)], T0)!.replication).toBeNull();
  });
});
