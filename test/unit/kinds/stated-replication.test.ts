import { describe, expect, it } from 'vitest';
import type { StatedOf } from '../../../shared/contract/stated-reading.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { ReplicationReading } from '../../../shared/core/replication.ts';
import { replicationGate } from '../../../shared/kinds/replication-gate.ts';
import { replicationWatch } from '../../../shared/kinds/replication-watch.ts';
import { drainedPublication, readingAt } from '../../support/sample-reading.ts';
import type { Setting } from './kind-context.ts';
import { contextFor, giving, iso, look, MINUTE, NOW, short, wait } from './kind-context.ts';

const STOP = NOW - 40 * MINUTE;
const OPENED = NOW - 30 * MINUTE;
const params = { goal: 'drained', classes: ['keyed'], polls: 2, tracer: true, after: 'aos-stopped' };
/** The server's clock is ten minutes fast. */
const FAST = 10 * MINUTE;

type Look = StatedOf<'replication'>['looks'][number];
type Publication = Look['publications'][number];

const publication = (changes: Partial<Publication> = {}): Publication => ({
  name: 'AX_PUB_PkTable_1',
  transactional: true,
  articles: 3,
  subscriptions: { total: 3, active: 3 },
  snapshotDelivered: true,
  pendingCommands: 0,
  agents: [
    { role: 'log-reader', does: 'idle', says: 'No replicated transactions are available.' },
    { role: 'distribution', does: 'working', says: 'Delivered 3 commands.' },
  ],
  tracer: { postedAt: STOP + FAST + MINUTE, arrived: true },
  ...changes,
});
const lookAt = (takenAt: number, changes: Partial<Publication> = {}): Look => ({
  takenAt,
  serverTime: takenAt + FAST,
  distributionExists: true,
  publications: [publication(changes)],
});
const stating = (looks: readonly Look[], confirmed = true) =>
  giving(
    {
      kind: 'statement',
      stepId: 'it',
      takenAt: looks.at(-1)?.takenAt ?? NOW,
      text: 'Seen in Replication Monitor.',
      waives: [],
      reading: { of: 'replication', server: 'AXSQL01', readBy: 'Dora', looks: [...looks] },
    },
    confirmed,
  );
const GOOD = [lookAt(NOW - 5 * MINUTE), lookAt(NOW - MINUTE)];

const setting = (accepts: readonly string[], changes: Setting = {}): Setting => ({
  params: { ...params, accepts: [...accepts] },
  step: { wait: wait({ asks: 'world', openedAt: OPENED }) },
  state: { milestones: { 'aos-stopped': STOP } },
  ...changes,
});

describe('a replication gate on what people state', () => {
  it('opens on so many good looks in a row, and keeps them with who answers for them', async () => {
    const { reading, verdict } = await look(replicationGate, setting(['stated'], { given: [stating(GOOD)] }));
    expect(short(verdict)).toBe('done');
    expect(reading).toMatchObject({
      source: 'stated',
      takenAt: NOW - MINUTE,
      body: { after: STOP, readings: [{ source: 'stated' }, {}], stated: { readBy: 'Dora' } },
    });
  });

  it.each<{ what: string; looks: readonly Look[]; expected: string }>([
    { what: 'one look too few', looks: [lookAt(NOW)], expected: 'not-yet in-a-row' },
    {
      what: 'one of two looks before AX was off',
      looks: [lookAt(STOP), lookAt(NOW)],
      expected: 'not-yet in-a-row',
    },
    {
      what: 'looks with a blind period of more than two hours between them',
      looks: [lookAt(NOW - 121 * MINUTE), lookAt(NOW)],
      expected: 'not-yet in-a-row',
    },
    {
      what: 'commands under way',
      looks: [lookAt(NOW - MINUTE), lookAt(NOW, { pendingCommands: 3 })],
      expected: 'not-yet pending:AX_PUB_PkTable_1',
    },
    {
      what: 'an agent that has failed',
      looks: [
        lookAt(NOW - MINUTE),
        lookAt(NOW, {
          agents: [...publication().agents.slice(0, 1), { role: 'distribution', does: 'failed', says: '' }],
        }),
      ],
      expected: 'not-yet agent:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'an agent that has stopped',
      looks: [
        lookAt(NOW - MINUTE),
        lookAt(NOW, {
          agents: [...publication().agents.slice(0, 1), { role: 'distribution', does: 'stopped', says: '' }],
        }),
      ],
      expected: 'not-yet agent:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'a token posted before AX was off, on the clock of the server',
      looks: [
        lookAt(NOW - MINUTE),
        lookAt(NOW, { tracer: { postedAt: STOP + FAST - MINUTE, arrived: true } }),
      ],
      expected: 'not-yet tracer:AX_PUB_PkTable_1',
    },
    {
      what: 'a publication of other tables only',
      looks: [lookAt(NOW - MINUTE), lookAt(NOW, { name: 'AX_PUB_OtherObjects' })],
      expected: 'not-yet publication:keyed',
    },
  ])('stays shut on $what', async ({ looks, expected }) => {
    const longAgo = { milestones: { 'aos-stopped': looks[0]!.takenAt > STOP ? STOP : NOW - 200 * MINUTE } };
    const changes = expected.includes('in-a-row') && looks[0]!.takenAt < STOP ? { state: longAgo } : {};
    const { verdict } = await look(
      replicationGate,
      setting(['stated'], { given: [stating(looks)], ...changes }),
    );
    expect(short(verdict)).toBe(expected);
  });

  it('waits for a statement, and for its confirmation', async () => {
    await expect(look(replicationGate, setting(['stated']))).rejects.toMatchObject({ code: 'C510' });
    const given = [stating(GOOD, false)];
    await expect(look(replicationGate, setting(['stated'], { given }))).rejects.toMatchObject({
      code: 'C511',
    });
  });

  it('posts no token where it may not ask, and leaves the token to people where it is refused', async () => {
    const { effect } = replicationGate;
    const applies = (accepts: readonly string[]) =>
      effect?.applies(contextFor(replicationGate, setting(accepts)));
    expect([applies(['stated']), applies(['pulled', 'stated'])]).toEqual([false, true]);
    const denied = { sql: { 'distribution-database': new CutoverError('C502', 'the test') } };
    const fire = (accepts: readonly string[]) =>
      effect?.fire(contextFor(replicationGate, setting(accepts, denied)), '');
    expect(await fire(['pulled', 'stated'])).toEqual({ outcome: 'accepted', reference: null });
    expect(await fire(['pulled'])).toMatchObject({ outcome: 'refused', error: { code: 'C502' } });
  });

  const blindAt = (takenAt: number, code: string): ReplicationReading =>
    readingAt(takenAt, { blind: { code, message: 'the test' } });
  const polled = readingAt(NOW, { publications: [drainedPublication(NOW)] });
  it.each<{ what: string; readings: readonly ReplicationReading[]; expected: string }>([
    { what: 'polls that access refuses', readings: [blindAt(NOW, 'C502')], expected: 'stated' },
    { what: 'polls that are only slow', readings: [blindAt(NOW, 'C504')], expected: 'pulled' },
    { what: 'polls that see', readings: [polled], expected: 'pulled' },
    { what: 'no poll yet', readings: [], expected: 'pulled' },
  ])('is judged, after $what, by what is $expected', async ({ readings, expected }) => {
    const changes = { readings, given: [stating(GOOD)] };
    const { reading } = await look(replicationGate, setting(['pulled', 'stated'], changes));
    expect(reading.source).toBe(expected);
  });
});

describe('the watch where only statements are accepted', () => {
  const watch = (milestones: object) =>
    look(replicationWatch, {
      params: { accepts: ['stated'] },
      state: {
        milestones,
        replication: {
          at: NOW,
          unmet: [{ code: 'replication-blind', message: iso(NOW), who: 'DBA', next: '', since: NOW }],
        },
      },
    });

  it('says that it is blind, and to nobody that anything has to be done', async () => {
    const { verdict } = await watch({});
    expect(short(verdict)).toBe('not-yet watching-blind');
    expect(verdict).toMatchObject({ unmet: [{ who: 'nobody: it passes' }] });
  });

  it('ends as stated when replication is removed', async () => {
    const { reading, verdict } = await watch({ 'replication-removed': NOW });
    expect([short(verdict), reading.source]).toEqual(['done', 'stated']);
  });
});
