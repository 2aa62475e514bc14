import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import { replicationGate } from '../../../shared/kinds/replication-gate.ts';
import { replicationWatch } from '../../../shared/kinds/replication-watch.ts';
import { drainedPublication, readingAt } from '../../support/sample-reading.ts';
import type { Answers, Setting } from './kind-context.ts';
import { contextFor, fakeSql, iso, look, MINUTE, NOW, short, wait, publicationRow } from './kind-context.ts';

const STOP = NOW - 20 * MINUTE;
const OPENED = NOW - 10 * MINUTE;
const params = { goal: 'drained', classes: ['keyed'], polls: 2, tracer: true, after: 'aos-stopped' };

const goodAt = (takenAt: number, changes: Partial<ReplicationReading> = {}): ReplicationReading =>
  readingAt(takenAt, {
    publications: [drainedPublication(takenAt, { tracer: { postedAt: OPENED + 1_000, arrived: true } })],
    ...changes,
  });

const setting = (changes: Setting = {}): Setting => ({
  params,
  step: {
    wait: wait({ asks: 'world', openedAt: OPENED }),
    effect: { announcedAt: OPENED, outcome: 'accepted', repeatable: true, reference: null },
  },
  state: { milestones: { 'aos-stopped': STOP } },
  readings: [goodAt(NOW - 2 * MINUTE), goodAt(NOW - MINUTE)],
  ...changes,
});

describe('replication-gate', () => {
  it('opens on good readings in a row after the stop, and keeps them as evidence of their own time', async () => {
    const { reading, verdict } = await look(replicationGate, setting());
    expect(short(verdict)).toBe('done');
    expect(reading.takenAt).toBe(NOW - MINUTE);
    expect(reading.body).toMatchObject({ after: OPENED, readings: [{}, {}] });
  });

  it.each<{ what: string; changes: Setting; expected: string }>([
    { what: 'no reading', changes: { readings: [] }, expected: 'not-yet in-a-row' },
    { what: 'one reading too few', changes: { readings: [goodAt(NOW)] }, expected: 'not-yet in-a-row' },
    {
      what: 'a reading before the effect',
      changes: { readings: [goodAt(OPENED), goodAt(NOW)] },
      expected: 'not-yet in-a-row',
    },
    {
      what: 'a blind reading',
      changes: { readings: [goodAt(NOW, { blind: { code: 'C501', message: 'x' } })] },
      expected: 'not-yet replication-blind',
    },
    {
      what: 'a milestone that is not reached',
      changes: { state: { milestones: {} } },
      expected: 'not-yet milestone',
    },
    {
      what: 'a tracer token older than its own',
      changes: {
        step: {
          wait: wait({ asks: 'world', openedAt: OPENED }),
          effect: { announcedAt: NOW - 3 * MINUTE, outcome: 'accepted', repeatable: true, reference: null },
        },
      },
      expected: 'not-yet tracer:AX_PUB_PkTable_1',
    },
    {
      what: 'readings all from before it was opened',
      changes: {
        params: { ...params, tracer: false },
        step: { wait: wait({ asks: 'world', openedAt: NOW }) },
      },
      expected: 'not-yet in-a-row',
    },
  ])('stays shut by $what', async ({ changes, expected }) => {
    expect(short((await look(replicationGate, setting(changes))).verdict)).toBe(expected);
  });

  it('counts from the start where it waits for no milestone', async () => {
    const step = { wait: wait({ asks: 'world', openedAt: OPENED }) };
    const free = { ...params, after: null, tracer: false };
    expect(short((await look(replicationGate, setting({ params: free, step, state: {} }))).verdict)).toBe(
      'done',
    );
  });

  it('is as trustworthy as its weakest reading', async () => {
    const readings = [goodAt(NOW - 2 * MINUTE, { source: 'stated' }), goodAt(NOW - MINUTE)];
    expect((await look(replicationGate, setting({ readings }))).reading.source).toBe('stated');
  });
});

describe('the tracer tokens of a gate', () => {
  const row = (publication: string, type: number) =>
    publicationRow(publication, { type, active: 1, delivered: 1 });
  const distributor = { mayLook: 1, database: 'distribution', accessible: 1, serverTime: iso(NOW) };
  const sql = (changes: Answers = {}) => {
    const posted: unknown[] = [];
    const port = fakeSql({
      'distribution-database': [distributor],
      'replication-status': [
        row('AX_PUB_PkTable_1', 0),
        row('AX_PUB_PkTable_1', 0),
        row('AX_PUB_PkTable_2', 0),
        row('AX_PUB_SpecialTable_1', 0),
        row('AX_PUB_NoPKTable', 1),
      ],
      'post-tracer-token': (parameters) => {
        posted.push(parameters);
        return [{ tracerId: posted.length }];
      },
      ...changes,
    });
    return { port, posted };
  };
  const fire = (port: ReturnType<typeof fakeSql>) =>
    replicationGate.effect!.fire(
      contextFor(replicationGate, {
        params: { ...params, classes: ['keyed', 'non-keyed'] },
        ports: { sql: port },
      }),
      '',
    );

  it('are posted once into each transactional publication in scope', async () => {
    const { port, posted } = sql();
    expect(await fire(port)).toEqual({
      outcome: 'accepted',
      reference: 'AX_PUB_PkTable_1:1 AX_PUB_PkTable_2:2',
    });
    expect(posted).toEqual([{ publication: 'AX_PUB_PkTable_1' }, { publication: 'AX_PUB_PkTable_2' }]);
  });

  it('are only posted where the plan asks for them, and may be posted again', () => {
    const applies = (tracer: boolean) =>
      replicationGate.effect?.applies(contextFor(replicationGate, { params: { ...params, tracer } }));
    expect([applies(true), applies(false)]).toEqual([true, false]);
    expect(replicationGate.effect?.repeatable).toBe(true);
  });

  it('that the login may not post are refused, so that nobody waits for them', async () => {
    const { port } = sql({ 'post-tracer-token': new CutoverError('C503', 'db_owner') });
    expect(await fire(port)).toMatchObject({ outcome: 'refused', error: { code: 'C503' } });
  });

  it('are refused where there is no distribution database', async () => {
    const { port } = sql({ 'distribution-database': [{ ...distributor, database: null, accessible: null }] });
    expect(await fire(port)).toMatchObject({ outcome: 'refused', error: { code: 'C604' } });
  });

  it('leave the outcome unknown where the server does not answer', async () => {
    const { port } = sql({ 'post-tracer-token': new CutoverError('C504', 'slow') });
    await expect(fire(port)).rejects.toMatchObject({ code: 'C504' });
  });
});

describe('replication-watch', () => {
  const unmet = [{ code: 'snapshot:x', message: 'm', since: 1, who: 'DBA', next: 'n' }];

  it('shows what replication lacks while it exists', async () => {
    const { verdict } = await look(replicationWatch, { state: { replication: { at: NOW, unmet } } });
    expect(verdict).toEqual({
      verdict: 'not-yet',
      again: false,
      unmet: [{ code: 'snapshot:x', message: 'm', who: 'DBA', next: 'n' }],
    });
  });

  it('says that it watches when nothing is lacking', async () => {
    expect(short((await look(replicationWatch)).verdict)).toBe('not-yet watching');
  });

  it('ends with the removal, and accounts for blind polls and the worst backlog', async () => {
    const [publication] = goodAt(NOW).publications;
    const readings = [
      goodAt(NOW - 9 * MINUTE, { publications: [{ ...publication!, pendingCommands: 70_000 }] }),
      goodAt(NOW - 8 * MINUTE, { publications: [], blind: { code: 'C501', message: 'x' } }),
      goodAt(NOW - 7 * MINUTE),
    ];
    const { verdict } = await look(replicationWatch, {
      state: { milestones: { 'replication-removed': NOW } },
      step: { wait: wait({ asks: 'world', openedAt: NOW - 10 * MINUTE }) },
      readings,
    });
    expect(verdict).toEqual({
      verdict: 'done',
      summary: '3 reading(s), 1 of them blind, at worst 70,000 commands under way',
    });
  });
});
