import { describe, expect, it, test } from 'vitest';
import { REDISPATCH_MS } from '../../../shared/core/unanswered.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Input, InputOf } from '../../../shared/core/inputs.ts';
import { canonical, sha256 } from '../../../shared/engine/canonical.ts';
import { planRef } from '../../../shared/engine/plan-ref.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import type { What } from '../../support/sample-inputs.ts';
import { ANNA, attempt, DBA, hold, MANAGER, resume } from '../../support/sample-inputs.ts';
import { planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock } from '../../support/test-world.ts';

const down = () => new CutoverError('C401', 'the test');
const request = {
  cutoverId: 'c1',
  plan: planOf([step('first')]),
  bindings: NO_BINDINGS,
  by: MANAGER,
  key: 'k1',
};
const FIRST = attempt('first');
const holding = { ...hold(), id: 'i1' } as Input;

/** Two processes on the same tables; the slow one, its clock five seconds ahead, can be made to lose a race at a chosen place. */
const twoProcesses = () => {
  const tables = makeMemoryTables();
  const bus = makeRecordingBus(down);
  const clock = makeTestClock(BEGUN_AT);
  let betweenReads: (() => Promise<void>) | null = null;
  let beforeCommit: (() => Promise<void>) | null = null;
  let inputRead: Promise<unknown> = Promise.resolve();
  const slowTables: Tables = {
    ...tables,
    get: (...args) => {
      const reading = tables.get(...args);
      inputRead = reading;
      return reading;
    },
    // Head and input are read side by side: here the input comes first and the race is lost before the head comes.
    range: async (...args) => {
      await Promise.resolve();
      await inputRead;
      await betweenReads?.();
      betweenReads = null;
      return tables.range(...args);
    },
    transact: async (...args) => {
      await beforeCommit?.();
      beforeCommit = null;
      await tables.transact(...args);
    },
  };
  return {
    bus,
    fast: engineOn({ tables, bus, clock }),
    slow: engineOn({ tables: slowTables, bus, clock: { now: () => clock.now() + 5_000 } }),
    betweenReads: (act: () => Promise<void>) => {
      betweenReads = act;
    },
    beforeCommit: (act: () => Promise<void>) => {
      beforeCommit = act;
    },
  };
};

test('when a request is repeated while its first sending commits, both get the first answer', async () => {
  const { fast, slow, betweenReads } = twoProcesses();
  await fast.start(request);
  let first;
  betweenReads(async () => {
    first = await fast.advance('c1', holding);
  });
  const second = await slow.advance('c1', holding);
  expect(first).toMatchObject({ code: 'applied' });
  expect(second).toEqual(first);
});

test('when a start is repeated while its first sending commits, it is not refused as another start', async () => {
  const { fast, slow, betweenReads } = twoProcesses();
  let first;
  betweenReads(async () => {
    first = await fast.start(request);
  });
  const second = await slow.start(request);
  expect(first).toMatchObject({ code: 'applied' });
  expect(second).toEqual(first);
});

test('when a cutover exists and another start asks for its id, it is refused', async () => {
  const { fast } = twoProcesses();
  await fast.start(request);
  expect(await fast.start({ ...request, key: 'k2' })).toMatchObject({ code: 'C302' });
});

test('when a call loses the race against the same input, it sends what was stored and nothing of its own', async () => {
  const { fast, slow, beforeCommit, bus } = twoProcesses();
  await fast.start(request);
  await fast.advance('c1', holding);
  const resuming = { ...resume(), id: 'i2' } as Input;
  bus.sent.length = 0;
  beforeCommit(async () => {
    bus.isDown = true;
    await fast.advance('c1', resuming);
    bus.isDown = false;
  });
  await slow.advance('c1', resuming);
  const [wake] = bus.sent.filter(({ queue }) => queue === 'wake');
  const dueAt = BEGUN_AT + REDISPATCH_MS;
  expect(wake).toMatchObject({ scheduledAt: dueAt, body: { dueAt } });
  expect(await fast.store.readOut('c1', 3)).toBeNull();
});

test('when another content comes under a used id, it is refused, changes nothing, and the refusal is on record', async () => {
  const { fast } = twoProcesses();
  await fast.start(request);
  await fast.advance('c1', holding);
  const before = (await fast.store.readHead('c1'))?.state;
  expect(await fast.advance('c1', { ...resume(), id: 'i1' })).toMatchObject({ code: 'C208' });
  const after = (await fast.store.readHead('c1'))?.state;
  expect(after?.held).toEqual(before?.held);
  expect(await fast.store.events('c1', before?.events ?? 0, 10)).toMatchObject([
    { type: 'request-refused', code: 'C208' },
  ]);
});

test('a request that changed nothing is answered the same when its key comes again, whatever happened since', async () => {
  const { fast } = twoProcesses();
  await fast.start(request);
  await fast.advance('c1', holding);
  const again = { ...hold(), id: 'http:again' } as Input;
  const first = await fast.advance('c1', again);
  expect(first.code).toBe('unchanged');
  await fast.advance('c1', { ...resume(), id: 'i2' });
  expect(await fast.advance('c1', again)).toEqual(first);
  expect((await fast.store.readHead('c1'))?.state.held).toBeNull();
  const other = { ...hold('another reason'), id: 'http:again' } as Input;
  expect((await fast.advance('c1', other)).code).toBe('C208');
});

test('a callback that changed nothing gets the first answer when it comes again, and changes nothing later either', async () => {
  const { fast } = twoProcesses();
  await fast.start(request);
  const votes = (id: string, what: What): Input => ({ ...what, id: `webhook:${id}` });
  await fast.advance('c1', { ...FIRST.asksApproval(2, 2), id: 'i1' });
  await fast.advance('c1', votes('w1', FIRST.isVoted('approve', ANNA)));
  const again = votes('w2', FIRST.isVoted('approve', ANNA));
  const first = await fast.advance('c1', again);
  expect(first.code).toBe('unchanged');
  await fast.advance('c1', votes('w3', FIRST.isVoted('deny', ANNA)));
  const before = await fast.store.readHead('c1');
  expect(await fast.advance('c1', again)).toEqual(first);
  expect(await fast.store.readHead('c1')).toEqual(before);
  expect(before?.state.steps.first?.wait?.votes).toMatchObject([{ decision: 'deny' }]);
});

test('a refused request stays refused under its key, and the same intention may be sent under a new one', async () => {
  const { fast } = twoProcesses();
  await fast.start(request);
  const early = { ...resume(), id: 'http:early' } as Input;
  expect((await fast.advance('c1', early)).code).toBe('C305');
  await fast.advance('c1', holding);
  expect((await fast.advance('c1', early)).code).toBe('C305');
  expect((await fast.advance('c1', { ...resume(), id: 'http:new' })).code).toBe('applied');
});

describe('an answer about an effect', () => {
  const answer = (attempt: number, isNamed?: true): InputOf<'answer-effect'> & Input => ({
    id: 'http:effect',
    type: 'answer-effect',
    stepId: 'first',
    attempt,
    happened: false,
    by: MANAGER,
    ...(isNamed && { isNamed }),
  });

  it('that names no attempt is the same request, whichever is in hand when it comes again', async () => {
    const { fast } = twoProcesses();
    await fast.start(request);
    const first = await fast.advance('c1', answer(1));
    expect(first.code).toBe('C315');
    expect(await fast.advance('c1', answer(2))).toEqual(first);
  });

  it.each<[string, Input, Input]>([
    ['another attempt', answer(1, true), answer(2, true)],
    ['an attempt after none was named', answer(1), answer(2, true)],
    ['no attempt after one was named', answer(2, true), answer(2)],
  ])('that names %s under the same key is another request', async (_, before, again) => {
    const { fast } = twoProcesses();
    await fast.start(request);
    const first = await fast.advance('c1', before);
    expect(await fast.advance('c1', before)).toEqual(first);
    expect((await fast.advance('c1', again)).code).toBe('C208');
  });

  it('that an earlier version stored, without its attempt, still gets its first answer', async () => {
    const { fast } = twoProcesses();
    await fast.start(request);
    const { id, isNamed: _, ...told } = answer(1, true);
    const stored = { code: 'applied', message: 'as it was answered then', next: '', detail: {} } as const;
    const requestHash = sha256(canonical({ ...told, attempt: null }));
    await fast.store.insertInput('c1', id, { requestHash, answer: stored, commit: 0 });
    expect(await fast.advance('c1', answer(1, true))).toEqual(stored);
    expect(await fast.advance('c1', answer(2))).toEqual(stored);
    expect((await fast.advance('c1', { ...answer(1, true), happened: true })).code).toBe('C208');
  });
});

test('when a revision adds a step, it is sent to the queue of its kind, which only the new plan names', async () => {
  const { fast, bus } = twoProcesses();
  await fast.start(request);
  const plan = planOf([step('first'), step('added', { kind: 'preflight' })]);
  const ref = planRef({ plan, bindings: NO_BINDINGS }, 2);
  const proposal = { plan, ref, bindings: [], done: [], hash: 'h', asked: 'h', by: MANAGER, reason: 'why' };
  await fast.store.insertPlan('c1', ref, { plan, bindings: NO_BINDINGS });
  await fast.advance('c1', { id: 'i1', type: 'propose-revision', ...proposal });
  const seen = { hash: 'h', decision: 'approve', plan, bindings: [], by: DBA, comment: 'seen' } as const;
  bus.sent.length = 0;
  expect(await fast.advance('c1', { id: 'i2', type: 'decide-revision', ...seen })).toMatchObject({
    code: 'applied',
  });
  expect(bus.sent).toMatchObject([{ queue: 'step-preflight', body: { stepId: 'added', attempt: 1 } }]);
});

test('when a cutover does not exist, the refusal names its id', async () => {
  const { fast } = twoProcesses();
  expect(await fast.advance('c-nowhere', holding)).toMatchObject({
    code: 'C206',
    message: 'There is no such thing: cutover c-nowhere',
  });
});

test("when a machine's clock is behind the last commit, the time of the cutover stands still and never goes back", async () => {
  const { fast, slow } = twoProcesses();
  await slow.start(request);
  await fast.advance('c1', holding);
  const times = (await fast.store.events('c1', 0, 100)).map(({ at }) => at);
  expect(new Set(times)).toEqual(new Set([BEGUN_AT + 5_000]));
  expect((await fast.store.readHead('c1'))!.state.held).toMatchObject({ since: BEGUN_AT + 5_000 });
});
