import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { LcsOperation } from '../../../shared/kinds/kind-ports.ts';
import { refreshDatabase } from '../../../shared/kinds/refresh-database.ts';
import type { Setting } from './kind-context.ts';
import {
  claim,
  contextFor,
  fakeLcs,
  look,
  MINUTE,
  NOW,
  PRODUCTION,
  SANDBOX,
  short,
  wait,
} from './kind-context.ts';

const OPENED = NOW - 30 * MINUTE;
const byPerson = { via: 'person', target: 'production' };
const byApi = { via: 'api', target: 'sandbox' };

const operation = (status: string, changes: Partial<LcsOperation> = {}): LcsOperation => ({
  activityId: 'activity-1',
  type: 'DatabaseRefresh',
  status,
  startedAt: OPENED + 5 * MINUTE,
  endedAt: null,
  ...changes,
});

const reported = { wait: wait({ openedAt: OPENED, claim: claim() }) };
const run = (history: LcsOperation[], changes: Setting = {}) =>
  look(refreshDatabase, {
    params: byPerson,
    step: reported,
    ports: { lcs: fakeLcs({}, {}, history) },
    ...changes,
  });

describe('refresh-database', () => {
  it.each<{ what: string; history: LcsOperation[]; expected: string }>([
    { what: 'completed', history: [operation('Completed')], expected: 'done' },
    { what: 'signed off', history: [operation('SignedOff')], expected: 'done' },
    { what: 'in progress', history: [operation('InProgress')], expected: 'not-yet refresh-running' },
    {
      what: 'rolling back',
      history: [operation('RollbackInProgress')],
      expected: 'not-yet refresh-running',
    },
    { what: 'failed', history: [operation('Failed')], expected: 'failed C703' },
    { what: 'aborted', history: [operation('Aborted')], expected: 'failed C703' },
    { what: 'not rolled back', history: [operation('RollbackFailed')], expected: 'failed C703' },
    {
      what: 'rolled back, so it did not happen',
      history: [operation('RollbackCompleted')],
      expected: 'failed C703',
    },
    {
      what: 'in a status nobody knows',
      history: [operation('PostServicing')],
      expected: 'not-yet refresh-unknown-status',
    },
    { what: 'not in the history', history: [], expected: 'not-yet refresh-unseen' },
    {
      what: 'one from before the question',
      history: [operation('Completed', { startedAt: OPENED - 2 * MINUTE })],
      expected: 'not-yet refresh-unseen',
    },
    {
      what: 'another kind of operation',
      history: [operation('Completed', { type: 'ApplicationHotfix' })],
      expected: 'not-yet refresh-unseen',
    },
    {
      what: 'an operation of a type nobody knows',
      history: [operation('Completed', { type: 'Restore' })],
      expected: 'not-yet refresh-unknown-type',
    },
    {
      what: 'the second try of a failed one',
      history: [operation('Failed'), operation('Completed', { activityId: 'b', startedAt: NOW - MINUTE })],
      expected: 'done',
    },
  ])('that is $what: $expected', async ({ history, expected }) => {
    expect(short((await run(history)).verdict)).toBe(expected);
  });

  it('accepts a start that the history rounds down to the minute', async () => {
    const openedAt = OPENED + 40_000;
    const step = { wait: wait({ openedAt, claim: claim() }) };
    const { verdict } = await run([operation('Completed', { startedAt: OPENED })], { step });
    expect(short(verdict)).toBe('done');
  });

  it('waits for the person who starts it', async () => {
    const { verdict } = await run([operation('Completed')], { step: { wait: wait({ openedAt: OPENED }) } });
    expect(short(verdict)).toBe('not-yet not-reported');
  });

  it('is a person’s word where there is no access to Lifecycle Services', async () => {
    const { reading, verdict } = await run([], { ports: { lcs: null } });
    expect(short(verdict)).toBe('done');
    expect(reading.source).toBe('stated');
  });

  it('follows the operation it started itself', async () => {
    const history = [operation('Failed', { activityId: 'other', startedAt: NOW }), operation('Completed')];
    const effect = {
      announcedAt: OPENED,
      outcome: 'accepted',
      repeatable: false,
      reference: 'activity-1',
    } as const;
    const { verdict } = await run(history, {
      params: byApi,
      step: { wait: wait({ asks: 'world', openedAt: OPENED }), effect },
    });
    expect(short(verdict)).toBe('done');
  });
});

describe('the API call of a refresh', () => {
  const fire = (lcs: ReturnType<typeof fakeLcs> | null, params: object = byApi, changes: Setting = {}) =>
    refreshDatabase.effect!.fire(
      contextFor(refreshDatabase, { params: params as never, ports: { lcs }, ...changes }),
      '',
    );

  it('is made from the sandbox to the target, once', async () => {
    const lcs = fakeLcs({}, { type: 'Sandbox' });
    expect(await fire(lcs)).toEqual({ outcome: 'accepted', reference: 'activity-1' });
    expect(lcs.started).toEqual([`${SANDBOX} -> ${PRODUCTION}`]);
    expect(refreshDatabase.effect?.repeatable).toBe(false);
  });

  it.each([
    { what: 'the plan names production', params: { via: 'api', target: 'production' }, type: 'Sandbox' },
    { what: 'Lifecycle Services says production', params: byApi, type: 'Production' },
  ] as const)('is never made when $what', async ({ params, type }) => {
    const lcs = fakeLcs({}, { type });
    expect(await fire(lcs, params)).toMatchObject({ outcome: 'refused', error: { code: 'C704' } });
    expect(lcs.started).toEqual([]);
  });

  it('is not made when the target cannot be looked at', async () => {
    const away = new CutoverError('C701', 'away');
    const lcs = { ...fakeLcs(), environment: () => Promise.reject(away) };
    expect(await fire(lcs)).toMatchObject({ outcome: 'refused', error: { code: 'C701' } });
    expect(lcs.started).toEqual([]);
  });

  it('is not made without access', async () => {
    expect(await fire(null)).toMatchObject({ outcome: 'refused', error: { code: 'C102' } });
  });

  it('that Lifecycle Services refuses fails with its message', async () => {
    const refusing = {
      ...fakeLcs({}, { type: 'Sandbox' }),
      startRefresh: () =>
        Promise.resolve({ accepted: false, message: 'Maximum allowed API operations are 3' } as const),
    };
    expect(await fire(refusing)).toMatchObject({
      outcome: 'refused',
      error: { code: 'C702', message: 'Lifecycle Services refused: Maximum allowed API operations are 3' },
    });
  });

  it('that timed out is thrown on as unknown, never as refused', async () => {
    const slow = {
      ...fakeLcs({}, { type: 'Sandbox' }),
      startRefresh: () => Promise.reject(new CutoverError('C701', 'timeout')),
    };
    await expect(fire(slow)).rejects.toMatchObject({ code: 'C701' });
  });

  it.each([
    { what: 'found in the history', history: [operation('InProgress')], expected: 'accepted' },
    { what: 'not in the history yet', history: [], expected: 'unknown' },
    {
      what: 'older than the announcement',
      history: [operation('Completed', { startedAt: OPENED - 5 * MINUTE })],
      expected: 'unknown',
    },
  ])('that is $what after a crash is $expected', async ({ history, expected }) => {
    const effect = { announcedAt: OPENED, outcome: 'open', repeatable: false, reference: null } as const;
    const context = contextFor(refreshDatabase, {
      params: byApi,
      step: { effect },
      ports: { lcs: fakeLcs({}, {}, history) },
    });
    expect((await refreshDatabase.effect!.probe(context)).outcome).toBe(expected);
  });
});
