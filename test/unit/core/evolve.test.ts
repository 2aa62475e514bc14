import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CutoverEvent, StoredEvent } from '../../../shared/core/events.ts';
import { evolve } from '../../../shared/core/evolve.ts';
import { DBA, evidence, MANAGER } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { givenNothing, startOf, T0 } from '../../support/specification.ts';

const plan = planOf([step('a'), step('b')]);
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
      { type: 'cutover-resumed', by: MANAGER, heldForMs: 0 },
      { type: 'step-skipped', stepId: 'b', by: DBA, reason: 'why', second: null },
    ];
    const oneByOne = events.reduce((state, event) => evolve(state, [event], T0)!, started);
    expect(evolve(started, events, T0)!.steps).toEqual(oneByOne.steps);
  });

  it.each<CutoverEvent>([
    { type: 'effect-settled', ...of, outcome: 'accepted', reference: null, nextReadAt: null, decideAt: null },
    { type: 'effect-answered', ...of, happened: true, by: DBA },
    { type: 'effect-repeated', ...of },
    { type: 'completion-received', ...of, claim: { result: 'pass', by: DBA, at: T0, note: '' } },
    { type: 'vote-counted', ...of, vote },
    { type: 'approval-voided', ...of, evidenceHash: 'new' },
    { type: 'reminder-due', ...of, subject: 'wait', decideAt: null },
    { type: 'deadline-renewed', ...of, deadlineAt: T0, remindAt: [] },
    { type: 'hold-reminded', remindAt: T0 },
  ])('of $type invents no wait, effect or hold that is not there', (event) => {
    const after = evolve(started, [event], T0)!;
    expect(after.held).toBeNull();
    expect(after.steps.a).toMatchObject({ wait: null, effect: null });
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
