import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { approval } from '../../../shared/kinds/approval.ts';
import { openAccess } from '../../../shared/kinds/open-access.ts';
import { smokeTest } from '../../../shared/kinds/smoke-test.ts';
import { task } from '../../../shared/kinds/task.ts';
import {
  BINDINGS,
  claim,
  contextFor,
  DINA,
  fakeDynamics,
  look,
  NOW,
  short,
  stepState,
  wait,
} from './kind-context.ts';

const claimed = (result: 'pass' | 'not-tested') => ({ wait: wait({ claim: claim(result) }) });

describe('task', () => {
  const params = { automation: null, confirm: ['Batch jobs are on Withhold'] };

  it.each([
    { what: 'nobody has answered', step: {}, expected: 'not-yet not-reported' },
    { what: 'it was not tested', step: claimed('not-tested'), expected: 'not-yet not-tested' },
    { what: 'it was reported done', step: claimed('pass'), expected: 'done' },
  ])('when $what is $expected', async ({ step, expected }) => {
    const { reading, verdict } = await look(task, { params, step });
    expect(short(verdict)).toBe(expected);
    expect(reading.source).toBe('stated');
  });

  it('hands its instruction and what is to be confirmed to an automation', async () => {
    const tasks: unknown[] = [];
    const automation = {
      call: (_: string, sent: unknown) => {
        tasks.push(sent);
        return Promise.resolve({ status: 202, body: '' });
      },
    };
    const context = contextFor(task, { params: { ...params, automation: 'runbook' }, ports: { automation } });
    expect(task.asks(context.params)).toBe('automation');
    await task.effect?.fire(context, 'token-1');
    expect(tasks).toMatchObject([
      { what: 'task', title: 'Step it', confirm: params.confirm, token: 'token-1' },
    ]);
  });
});

describe('approval', () => {
  const params = { question: 'Go live?', approvers: ['manager', 'sponsor', 'nobody'], quorum: 2, denials: 1 };
  const evidence = { hash: 'h1', source: 'pulled', takenAt: NOW, summary: '10 tables are equal' } as const;
  const steps = {
    counts: stepState({ status: 'succeeded', evidence }),
    drill: stepState({
      status: 'skipped',
      waiver: { by: DINA, reason: 'done last week', at: NOW, second: null },
    }),
    broken: stepState({ status: 'failed' }),
  };
  const setting = { params, after: ['counts', 'drill'], state: { steps } };

  it('resolves its roles to people, each once', () => {
    expect(approval.rule?.(params, BINDINGS)).toEqual({ quorum: 2, denials: 1, approvers: ['p-1', 'p-2'] });
    expect(approval.asks(params)).toBe('approval');
  });

  it('shows the evidence and waivers before it, what replication lacks and what has failed', async () => {
    const replication = { at: NOW, unmet: [{ code: 'b', message: '', since: 1, who: '', next: '' }] };
    const { reading, verdict } = await look(approval, { ...setting, state: { steps, replication } });
    expect(short(verdict)).toBe('done');
    expect(reading.body).toEqual({
      question: 'Go live?',
      steps: [
        {
          stepId: 'counts',
          status: 'succeeded',
          evidence: 'h1',
          source: 'pulled',
          summary: '10 tables are equal',
          waiver: null,
        },
        {
          stepId: 'drill',
          status: 'skipped',
          evidence: null,
          source: null,
          summary: null,
          waiver: { by: 'Dina', reason: 'done last week' },
        },
      ],
      replication: ['b'],
      failed: ['broken'],
    });
  });

  it('shows the same when nothing but time has changed, so that its hash stands', async () => {
    const later = { at: NOW + 5, unmet: [] };
    const first = await look(approval, { ...setting, state: { steps, replication: { at: NOW, unmet: [] } } });
    const second = await look(approval, {
      ...setting,
      state: { steps, replication: later, lastCommitAt: NOW + 5 },
    });
    expect(second.reading.body).toEqual(first.reading.body);
  });

  it('is as trustworthy as the weakest evidence it rests on', async () => {
    const stated = stepState({ status: 'succeeded', evidence: { ...evidence, source: 'stated' } });
    const { reading } = await look(approval, { ...setting, state: { steps: { ...steps, drill: stated } } });
    expect(reading.source).toBe('stated');
  });
});

const check = (changes: object = {}) => ({
  name: 'companies',
  path: '/data/Companies?$top=1',
  status: 200,
  pointer: null,
  equals: null,
  ...changes,
});
const answer = (status: number, body: null | object = null) =>
  fakeDynamics({ '/data/Companies?$top=1': { status, body: body as null } });

describe('smoke-test', () => {
  it.each([
    { what: 'the status is right', checks: [check()], dynamics: answer(200), expected: 'done' },
    { what: 'the status is wrong', checks: [check()], dynamics: answer(500), expected: 'failed C802' },
    {
      what: 'the value is right',
      checks: [check({ pointer: '/value/0/Id~1x', equals: { a: [1] } })],
      dynamics: answer(200, { value: [{ 'Id/x': { a: [1] } }] }),
      expected: 'done',
    },
    {
      what: 'the value is wrong',
      checks: [check({ pointer: '/value/0', equals: { a: [2] } })],
      dynamics: answer(200, { value: [{ a: [1] }] }),
      expected: 'failed C802',
    },
    {
      what: 'the value is absent',
      checks: [check({ pointer: '/value/1', equals: null })],
      dynamics: answer(200, { value: [] }),
      expected: 'failed C802',
    },
    {
      what: 'the value has more than expected',
      checks: [check({ pointer: '', equals: {} })],
      dynamics: answer(200, { a: 1 }),
      expected: 'failed C802',
    },
    { what: 'there is no access', checks: [check()], dynamics: null, expected: 'not-yet dynamics-absent' },
  ])('is $expected when $what', async ({ checks, dynamics, expected }) => {
    const { verdict } = await look(smokeTest, { params: { checks }, ports: { dynamics } });
    expect(short(verdict)).toBe(expected);
  });

  it('names the checks that failed, without the values it read', async () => {
    const { reading, verdict } = await look(smokeTest, {
      params: { checks: [check({ pointer: '/name', equals: 'DKMF' })] },
      ports: { dynamics: answer(200, { name: 'ACME-SECRET' }) },
    });
    expect(verdict).toMatchObject({
      error: { message: 'A smoke check failed: companies the value at /name is not the one expected' },
    });
    expect(JSON.stringify([reading, verdict])).not.toContain('ACME-SECRET');
  });

  it('is a person’s word where it has no questions', async () => {
    expect(smokeTest.asks({ checks: [] })).toBe('person');
    expect(smokeTest.asks({ checks: [check()] })).toBe('world');
    const { reading, verdict } = await look(smokeTest, { params: { checks: [] }, step: claimed('pass') });
    expect(short(verdict)).toBe('done');
    expect(reading.source).toBe('stated');
    expect(short((await look(smokeTest, { params: { checks: [] } })).verdict)).toBe('not-yet not-reported');
  });

  it('waits while Dynamics 365 does not answer', async () => {
    const dynamics = { get: () => Promise.reject(new CutoverError('C801', 'timeout')) };
    await expect(
      look(smokeTest, { params: { checks: [check()] }, ports: { dynamics } }),
    ).rejects.toMatchObject({
      code: 'C801',
    });
  });

  it('asks the bound environment only', () => {
    const parsed = smokeTest.params.safeParse({ checks: [check({ path: '//elsewhere.example/data' })] });
    expect(parsed.success).toBe(false);
  });
});

describe('open-access', () => {
  const params = { wave: 'west', companies: ['DKMF'], check: check() };

  it.each([
    { what: 'nobody has answered', step: {}, dynamics: answer(200), expected: 'not-yet not-reported' },
    { what: 'reported and the check passes', step: claimed('pass'), dynamics: answer(200), expected: 'done' },
    {
      what: 'reported but the check fails',
      step: claimed('pass'),
      dynamics: answer(503),
      expected: 'failed C802',
    },
    { what: 'reported and nothing can be asked', step: claimed('pass'), dynamics: null, expected: 'done' },
  ])('when $what is $expected', async ({ step, dynamics, expected }) => {
    const { reading, verdict } = await look(openAccess, { params, step, ports: { dynamics } });
    expect(short(verdict)).toBe(expected);
    expect(reading.source).toBe(dynamics === null ? 'stated' : 'pulled');
  });
});
