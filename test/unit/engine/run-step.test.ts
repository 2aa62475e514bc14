import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { EFFECT_GRACE_MS } from '../../../shared/core/doubt.ts';
import { CutoverError, ERRORS } from '../../../shared/core/errors.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { defineKind, type Kind, type KindEffect } from '../../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import { hold, MANAGER, redrive } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const message = { type: 'step', cutoverId: 'c1', stepId: 'gate', attempt: 1, dispatch: 1 } as const;

/** A gate that finds one thing after the other. */
const setup = async (findings: readonly ('done' | { readonly lacks: string })[]) => {
  const left = [...findings];
  let reads = 0;
  const gate = defineKind({
    name: 'gate',
    summary: 'a gate',
    params: z.null(),
    asks: () => 'world',
    dataGate: false,
    rule: null,
    effect: null,
    pollEveryMs: 5 * MINUTE,
    read: ({ now }) => {
      reads += 1;
      return Promise.resolve({ source: 'pulled', takenAt: now, body: null });
    },
    judge: () => {
      const found = left.shift() ?? 'done';
      if (found === 'done') return { verdict: 'done', summary: 'clean' };
      const unmet = [{ code: found.lacks, message: found.lacks, who: 'DBA', next: 'Wait.' }];
      return { verdict: 'not-yet', unmet, again: false };
    },
  });
  const clock = makeTestClock(BEGUN_AT);
  const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
  const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
  const plan = planOf([step('gate', { kind: 'gate' })]);
  await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
  const look = async () => {
    clock.advance(1_000);
    await engine.runStep(gate, message);
    return (await engine.store.readHead('c1'))!.state.steps.gate!;
  };
  const redispatch = () => engine.advance('c1', { ...redrive('gate'), id: 'again' });
  const pause = () => engine.advance('c1', { ...hold(), id: 'hold' });
  return { look, redispatch, pause, reads: () => reads };
};

test('when a dispatch runs again and finds the goal reached, the step succeeds at once', async () => {
  const { look } = await setup([{ lacks: 'commands pending' }, 'done']);
  expect(await look()).toMatchObject({ status: 'waiting', dispatch: 1 });
  expect(await look()).toMatchObject({ status: 'succeeded', dispatch: 1 });
});

test('when a dispatch runs again and again, what is lacking is always what the last run found', async () => {
  const { look } = await setup([{ lacks: 'a' }, { lacks: 'b' }, { lacks: 'a' }]);
  await look();
  await look();
  expect((await look()).unmet).toMatchObject([{ code: 'a' }]);
});

test('when the cutover is held, a dispatch does nothing: it does not even look', async () => {
  const { look, pause, reads } = await setup([{ lacks: 'a' }, 'done']);
  await look();
  await pause();
  expect(await look()).toMatchObject({ status: 'waiting' });
  expect(reads()).toBe(1);
});

test('when a newer dispatch is under way, the older one does nothing: it does not even look', async () => {
  const { look, redispatch, reads } = await setup([{ lacks: 'a' }, 'done']);
  await look();
  await redispatch();
  expect(await look()).toMatchObject({ status: 'waiting', dispatch: 2 });
  expect(reads()).toBe(1);
});

describe('an error that trying again does not mend', () => {
  const MESSAGE = { ...message, stepId: 'go' };
  const unreadable = () => new CutoverError('C505', 'the test');

  /** A step of a kind that meets errors where `fails` says so, on a storage that may refuse its evidence. */
  const troubled = async (asks: 'approval' | 'world') => {
    const fails = {
      read: null as null | (() => Error),
      judge: null as null | (() => Error),
      evidence: false,
    };
    const raise = (make: null | (() => Error)): void => {
      if (make !== null) throw make();
    };
    const kind = defineKind({
      name: 'go',
      summary: 'asks',
      params: z.null(),
      asks: () => asks,
      dataGate: false,
      rule: () => ({ quorum: 1, denials: 1, approvers: ['anna'] }),
      effect: null,
      pollEveryMs: MINUTE,
      read: ({ now }) => {
        raise(fails.read);
        return Promise.resolve({ source: 'pulled', takenAt: now, body: 'seen' });
      },
      judge: () => {
        raise(fails.judge);
        return { verdict: 'done', summary: 'clean' };
      },
    });
    const memory = makeMemoryTables();
    const tables: Tables = {
      ...memory,
      transact: (table, partition, writes) =>
        fails.evidence && writes.some(({ row }) => row.startsWith('evidence-'))
          ? Promise.reject(new CutoverError('C403', 'readings: too large'))
          : memory.transact(table, partition, writes),
    };
    const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
    const clock = makeTestClock(BEGUN_AT);
    const engine = engineOn({ tables, bus, clock });
    const plan = planOf([step('go', { kind: 'go' })]);
    await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
    const stepNow = async () => (await engine.store.readHead('c1'))!.state.steps.go!;
    const run = async () => {
      clock.advance(1_000);
      const { attempt, dispatch } = await stepNow();
      const body = { v: 1, ...MESSAGE, attempt, dispatch };
      const delivery = { queue: 'step-go', messageId: 'm', hop: 0, deliveries: 1, body };
      await engine.handle('step')(delivery, (one) => engine.runStep(kind, one));
      return stepNow();
    };
    const letters = async () =>
      (await engine.deadLetters.list({ cutoverId: null, limit: 10, token: null })).letters;
    return { fails, engine, bus, run, letters };
  };

  it.each<[string, 'approval' | 'world', 'read' | 'judge' | 'evidence', string, string]>([
    ['reading what an approval asks about', 'approval', 'read', 'running', 'C505'],
    ['storing what an approval asks about', 'approval', 'evidence', 'running', 'C403'],
    ['reading a postcondition', 'world', 'read', 'waiting', 'C505'],
    ['judging a postcondition', 'world', 'judge', 'waiting', 'C505'],
    ['storing its evidence', 'world', 'evidence', 'waiting', 'C403'],
  ])('when %s is a condition of the step with what to do, never a dead letter', async (_, asks, ...rest) => {
    const [where, status, code] = rest;
    const { fails, run, letters } = await troubled(asks);
    Object.assign(fails, { [where]: where === 'evidence' ? true : unreadable });
    const { next } = ERRORS[code as 'C505'];
    expect(await run()).toMatchObject({ status, stuck: null, unmet: [{ code, next }] });
    expect(await letters()).toEqual([]);
    Object.assign(fails, { read: null, judge: null, evidence: false });
    const after = await run();
    expect(after.unmet).toEqual([]);
    expect(after.status).toBe(asks === 'approval' ? 'waiting' : 'succeeded');
  });

  it('is told from one that may mend itself: then the same dispatch comes again, later', async () => {
    const { fails, bus, run, letters } = await troubled('approval');
    fails.read = () => new CutoverError('C501', 'the test');
    expect(await run()).toMatchObject({ status: 'running', unmet: [] });
    expect(bus.sent.at(-1)).toMatchObject({ queue: 'step-go', hop: 1 });
    expect(await letters()).toEqual([]);
  });
});

describe('a step whose stored parameters the present version of its kind does not take', () => {
  const kindTaking = (params: z.ZodType, effect: KindEffect<unknown> | null = null) =>
    defineKind({
      name: 'gate',
      summary: 'a gate',
      params,
      asks: () => 'world',
      dataGate: false,
      rule: null,
      effect,
      pollEveryMs: MINUTE,
      read: ({ now }) => Promise.resolve({ source: 'pulled', takenAt: now, body: null }),
      judge: () => ({ verdict: 'done', summary: 'clean' }),
    });
  const EARLIER = z.unknown();
  const PRESENT = z.strictObject({ table: z.string(), rows: z.int() });
  const UNREADABLE = {
    code: 'C326',
    message: expect.stringContaining('gate: table: is missing; rows: is not a whole number') as string,
    next: ERRORS.C326.next,
  };

  const begin = async () => {
    const bus = makeRecordingBus(() => new CutoverError('C401', 'the test'));
    const clock = makeTestClock(BEGUN_AT);
    const engine = engineOn({ tables: makeMemoryTables(), bus, clock });
    const plan = planOf([step('gate', { kind: 'gate', params: { rows: 1.5 } })]);
    await engine.start({ cutoverId: 'c1', plan, bindings: NO_BINDINGS, by: MANAGER, key: 'k' });
    const stepNow = async () => (await engine.store.readHead('c1'))!.state.steps.gate!;
    const run = async (kind: Kind) => {
      clock.advance(1_000);
      const { attempt, dispatch } = await stepNow();
      const body = { v: 1, ...message, attempt, dispatch };
      const delivery = { queue: 'step-gate', messageId: 'm', hop: 0, deliveries: 1, body };
      await engine.handle('step')(delivery, (one) => engine.runStep(kind, one));
      return stepNow();
    };
    const letters = async () =>
      (await engine.deadLetters.list({ cutoverId: null, limit: 10, token: null })).letters;
    return { engine, clock, run, letters };
  };

  it('says so as a condition when it is to ask, is no dead letter, and goes on with a version that takes them', async () => {
    const { run, letters } = await begin();
    expect(await run(kindTaking(PRESENT))).toMatchObject({
      status: 'running',
      unmet: [UNREADABLE],
      stuck: null,
    });
    expect(await letters()).toEqual([]);
    expect(await run(kindTaking(EARLIER))).toMatchObject({ status: 'succeeded', unmet: [] });
  });

  it('says so as a condition when it is to read', async () => {
    const waiting = kindTaking(EARLIER);
    const { run, letters } = await begin();
    const notYet = { verdict: 'not-yet', unmet: [], again: false } as const;
    await run({ ...waiting, judge: () => notYet });
    expect(await run(kindTaking(PRESENT))).toMatchObject({ status: 'waiting', unmet: [UNREADABLE] });
    expect(await letters()).toEqual([]);
    expect(await run(waiting)).toMatchObject({ status: 'succeeded' });
  });

  it('asks a person when it is to find out whether its effect happened', async () => {
    const effect: KindEffect<unknown> = {
      repeatable: false,
      applies: () => true,
      fire: () => Promise.resolve({ outcome: 'unknown' }),
      probe: () => Promise.resolve({ outcome: 'accepted', reference: null }),
    };
    const { engine, clock, run, letters } = await begin();
    await run(kindTaking(EARLIER, effect));
    clock.advance(EFFECT_GRACE_MS);
    await engine.advance('c1', { id: 'w', type: 'wake' });
    const after = await run(kindTaking(PRESENT, effect));
    expect(after).toMatchObject({ status: 'waiting', effect: { outcome: 'unknown' } });
    expect(await letters()).toEqual([]);
  });
});
