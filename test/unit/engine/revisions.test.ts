import { expect, test } from 'vitest';
import { z } from 'zod';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Plan } from '../../../shared/core/plan.ts';
import type { StoredPlan } from '../../../shared/engine/cutover-store.ts';
import type { Tables } from '../../../shared/engine/ports.ts';
import { defineKind } from '../../../shared/kinds/kind.ts';
import { engineOn, makeRecordingBus, NO_BINDINGS } from '../../support/engine-parts.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';
import type { What } from '../../support/sample-inputs.ts';
import { ANNA, attempt, BERT, DBA, giveUp, MANAGER, retry } from '../../support/sample-inputs.ts';
import { chain, planOf, step } from '../../support/sample-plan.ts';
import { BEGUN_AT, makeTestClock, MINUTE } from '../../support/test-world.ts';

const ID = 'c1';
const steps = chain(step('a', { kind: 'seeing' }), step('b'), step('c'));
const plan = planOf(steps);
const without = (stepId: string): Plan => planOf(steps.filter(({ id }) => id !== stepId));
const ELSEWHERE = { ...NO_BINDINGS, source: { server: 'elsewhere', database: 'ax' } };

/** A cutover whose first step only notes under which plan and bindings it looks. */
const running = async (own: Plan = plan, bindings = NO_BINDINGS) => {
  const seen: string[] = [];
  const kind = defineKind({
    name: 'seeing',
    summary: 'sees what it runs on',
    params: z.null(),
    asks: () => 'world',
    dataGate: false,
    rule: null,
    effect: null,
    pollEveryMs: MINUTE,
    read: ({ now, bindings, plan: on }) => {
      seen.push(`${on.steps.map(({ id }) => id).join('')} ${bindings.source.server}`);
      return Promise.resolve({ source: 'pulled', takenAt: now, body: null });
    },
    judge: () => ({
      verdict: 'not-yet',
      unmet: [{ code: 'x', message: 'x', who: 'x', next: 'x' }],
      again: false,
    }),
  });
  const memory = makeMemoryTables();
  const rows: string[] = [];
  const fails = { commits: false };
  const tables: Tables = {
    ...memory,
    transact: (table, partition, writes) => {
      const isCommit = writes.some(({ row }) => row === 'head');
      if (fails.commits && isCommit) return Promise.reject(new CutoverError('C401', 'the test'));
      rows.push(...writes.map(({ row }) => row.replace(/-[\da-f]{12,}/, '')));
      return memory.transact(table, partition, writes);
    },
  };
  const clock = makeTestClock(BEGUN_AT);
  const engine = engineOn({ tables, bus: makeRecordingBus(() => new Error('never')), clock });
  await engine.start({ cutoverId: ID, plan: own, bindings, by: MANAGER, key: 'k' });
  const state = async () => (await engine.store.readHead(ID))!.state;
  return {
    engine,
    rows,
    fails,
    seen,
    state,
    look: async () => {
      clock.advance(MINUTE);
      const { attempt: number, dispatch } = (await state()).steps.a!;
      await engine.runStep(kind, { type: 'step', cutoverId: ID, stepId: 'a', attempt: number, dispatch });
    },
    propose: (change: (present: StoredPlan) => StoredPlan, asked = 'asked', inputId = 'http:p') =>
      engine.revisions.propose({
        cutoverId: ID,
        inputId,
        asked,
        change,
        done: [],
        by: MANAGER,
        reason: 'why',
      }),
    approve: async () => {
      const { hash } = (await state()).proposal!;
      const seenAndApproved = { hash, decision: 'approve', by: DBA, comment: 'seen' } as const;
      return await engine.revisions.decide({ cutoverId: ID, inputId: 'http:d', ...seenAndApproved });
    },
    apply: (what: What) => engine.advance(ID, { id: `i-${Math.random()}`, ...what }),
  };
};

test('when a plan is adopted, an attempt goes on with the plan and bindings it was dispatched under', async () => {
  const { look, propose, approve, apply, seen, state } = await running();
  await look();
  await propose(() => ({ plan: without('c'), bindings: ELSEWHERE }));
  expect(await approve()).toMatchObject({ code: 'applied' });
  await look();
  expect(seen).toEqual(['abc source', 'abc source']);
  await apply(giveUp('a'));
  await apply(retry('a'));
  await look();
  expect(seen.at(-1)).toBe('ab elsewhere');
  expect((await state()).earlierPlans).toHaveLength(1);
});

test('when an approval is denied after other approvers were proposed, the second person cannot adopt them', async () => {
  const asking = planOf([step('a', { params: { approvers: ['lead'] } })]);
  const bound = { ...NO_BINDINGS, people: { lead: [ANNA] } };
  const { propose, approve, apply, state } = await running(asking, bound);
  await apply(attempt('a').asksApproval(1, 1));
  await propose((present) => ({ ...present, bindings: { ...bound, people: { lead: [ANNA, BERT] } } }));
  await apply(attempt('a').isVoted('deny', ANNA));
  expect(await approve()).toMatchObject({
    code: 'C323',
    detail: { problems: [expect.stringContaining('who holds its role lead cannot change')] },
  });
  expect((await state()).plan.revision).toBe(1);
});

test('when a change is proposed, its plan is stored before the commit that names it', async () => {
  const { propose, rows } = await running();
  rows.length = 0;
  await propose((present) => ({ ...present, plan: without('c') }));
  expect(rows.slice(0, 3)).toEqual(['plan-2', 'head', 'event']);
});

test('when the commit fails, only an unused row is left, and the same request succeeds later', async () => {
  const { propose, fails, state } = await running();
  const ask = () => propose((present) => ({ ...present, plan: without('c') }));
  fails.commits = true;
  await expect(ask()).rejects.toThrow(CutoverError);
  expect((await state()).proposal).toBeNull();
  fails.commits = false;
  expect(await ask()).toMatchObject({ code: 'applied' });
});

test('when a request is sent again, it gets its first answer, whatever is usable by then', async () => {
  const { propose, approve } = await running();
  const first = await propose((present) => ({ ...present, plan: without('c') }));
  await approve();
  const unusable = () => {
    throw new CutoverError('C301', 'a role is gone');
  };
  expect(await propose(unusable)).toEqual(first);
  expect(await propose(unusable, 'other')).toMatchObject({ code: 'C208' });
});

test('when plan, bindings, proposer, reason or what is recorded differs, the hash to approve differs', async () => {
  const { engine, state } = await running();
  const more = planOf([...steps, step('d')]);
  const hashes = new Set<string>();
  const ask = async (n: number, differs: object) => {
    const common = { cutoverId: ID, asked: 'x', by: MANAGER, reason: 'why', done: [] };
    const change = (present: StoredPlan) => ({ ...present, plan: more });
    await engine.revisions.propose({ ...common, inputId: `http:${n}`, change, ...differs });
    hashes.add((await state()).proposal!.hash);
  };
  const done = (evidence: string) => [{ stepId: 'd', doneAt: BEGUN_AT, by: DBA, note: 'by hand', evidence }];
  await ask(1, {});
  await ask(2, {});
  expect(hashes.size).toBe(1);
  await ask(3, { reason: 'another' });
  await ask(4, { by: DBA });
  await ask(5, { done: done('a log') });
  await ask(6, { done: done('another log') });
  await ask(7, { change: (present: StoredPlan) => ({ ...present, plan: without('c') }) });
  await ask(8, { change: () => ({ plan: more, bindings: ELSEWHERE }) });
  expect(hashes.size).toBe(7);
});
