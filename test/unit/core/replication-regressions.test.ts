import { describe, expect, it } from 'vitest';
import { isBlindBetween } from '../../../shared/core/blind-period.ts';
import { regressionsOf } from '../../../shared/core/replication-regressions.ts';
import type { PublicationReading, ReplicationReading } from '../../../shared/core/replication.ts';
import { drainedPublication, idleAgent, readingAt } from '../../support/sample-reading.ts';

const NOW = Date.UTC(2031, 4, 3, 1, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The reading of so many minutes ago. */
const ago = (minutes: number, changes: Partial<ReplicationReading> = {}): ReplicationReading =>
  readingAt(NOW - minutes * MINUTE, { publications: [drainedPublication(NOW)], ...changes });
const publication = (changes: Partial<PublicationReading>): Partial<ReplicationReading> => ({
  publications: [drainedPublication(NOW, changes)],
});
const server = (logUsedBytes: number, freeBytes = 500): Partial<ReplicationReading> => ({
  sourceServer: {
    logReuseWait: 'REPLICATION',
    logBytes: 1_000,
    logUsedBytes,
    volumes: [{ name: 'D:\\', bytes: 1_000, freeBytes }],
  },
});
const agents = (runStatus: 2 | 4 | 6, role: 'log-reader' | 'snapshot' = 'log-reader') =>
  publication({ agents: [idleAgent(role, NOW, { runStatus })] });
const blind = (code: string): Partial<ReplicationReading> => ({
  blind: { code, message: 'why' },
  publications: [],
});
const short = (earlier: readonly ReplicationReading[], present: ReplicationReading): readonly string[] =>
  regressionsOf(earlier, present).map(({ code, severity }) => `${severity} ${code}`);

describe('what has become worse', () => {
  it.each<{
    what: string;
    was: Partial<ReplicationReading>;
    is: Partial<ReplicationReading>;
    told: readonly string[];
  }>([
    { what: 'nothing', was: {}, is: {}, told: [] },
    { what: 'an agent that stopped', was: agents(4), is: agents(2), told: ['critical agent-stopped'] },
    { what: 'an agent that failed', was: agents(4), is: agents(6), told: ['critical agent-stopped'] },
    { what: 'an agent that stands still as before', was: agents(6), is: agents(6), told: [] },
    { what: 'an agent that is mended', was: agents(6), is: agents(4), told: [] },
    { what: 'an agent that was never seen', was: publication({ agents: [] }), is: agents(6), told: [] },
    {
      what: 'a snapshot agent that starts again',
      was: agents(2, 'snapshot'),
      is: agents(4, 'snapshot'),
      told: [],
    },
    {
      what: 'a snapshot agent that fails',
      was: agents(2, 'snapshot'),
      is: agents(6, 'snapshot'),
      told: ['critical agent-stopped'],
    },
    {
      what: 'a subscription that was deactivated',
      was: {},
      is: publication({ subscriptions: { total: 1, active: 0 } }),
      told: ['critical subscription-deactivated'],
    },
    {
      what: 'a subscription that is gone',
      was: {},
      is: publication({ subscriptions: { total: 0, active: 0 } }),
      told: ['critical subscription-deactivated'],
    },
    {
      what: 'a subscription that was never active',
      was: publication({ subscriptions: { total: 1, active: 0 } }),
      is: publication({ subscriptions: { total: 1, active: 0 } }),
      told: [],
    },
    {
      what: 'a publication that is gone',
      was: {},
      is: { publications: [] },
      told: ['critical publication-gone'],
    },
    { what: 'a publication that is new', was: { publications: [] }, is: agents(6), told: [] },
    {
      what: 'commands that have waited for half of the retention',
      was: publication({ pendingCommands: 5, undeliveredSince: NOW - 36 * HOUR + 1 }),
      is: publication({ pendingCommands: 5, undeliveredSince: NOW - 36 * HOUR }),
      told: ['critical retention-near'],
    },
    {
      what: 'commands that have waited for three quarters of it',
      was: publication({ pendingCommands: 5, undeliveredSince: NOW - 50 * HOUR }),
      is: publication({ pendingCommands: 5, undeliveredSince: NOW - 54 * HOUR }),
      told: ['critical retention-near'],
    },
    {
      what: 'commands that wait on',
      was: publication({ pendingCommands: 5, undeliveredSince: NOW - 40 * HOUR }),
      is: publication({ pendingCommands: 5, undeliveredSince: NOW - 41 * HOUR }),
      told: [],
    },
    { what: 'a log that is full', was: server(799), is: server(800), told: ['critical source-log-full'] },
    { what: 'a log that was full', was: server(800), is: server(900), told: [] },
    { what: 'a disk that runs short', was: server(1, 100), is: server(1, 99), told: ['warning disk-short'] },
    { what: 'a disk that was short', was: server(1, 99), is: server(1, 98), told: [] },
    { what: 'refused access', was: {}, is: blind('C502'), told: ['critical access-lost'] },
    { what: 'a right that was taken away', was: {}, is: blind('C503'), told: ['critical access-lost'] },
    { what: 'a server that is away', was: {}, is: blind('C501'), told: ['warning sight-lost'] },
    { what: 'a server that is still away', was: blind('C501'), is: blind('C501'), told: [] },
    { what: 'a distributor that was removed', was: {}, is: { distributionExists: false }, told: [] },
  ])('of $what: $told', ({ was, is, told }) => {
    // On the same clock, so that only the age given differs.
    const [before, present] = [ago(1, { serverTime: NOW, ...was }), ago(0, is)];
    expect(short([before], present)).toEqual(told);
  });

  it('is told by our own time where that of the server is not known', () => {
    const late = publication({ pendingCommands: 5, undeliveredSince: NOW - 36 * HOUR });
    const [was, is] = [ago(1, { serverTime: null }), ago(0, { serverTime: null, ...late })];
    expect(short([was], is)).toEqual(['critical retention-near']);
  });

  it('is no backlog where nobody knows how large it is', () => {
    const unknown = publication({ pendingCommands: null });
    expect(short([ago(2, unknown), ago(1, unknown)], ago(0, unknown))).toEqual([]);
  });

  it('is nothing in the first reading', () => {
    expect(regressionsOf([], ago(0, agents(6)))).toEqual([]);
    expect(regressionsOf([], ago(0, blind('C502')))).toEqual([]);
  });

  it('is told against the last reading that saw anything', () => {
    expect(short([ago(2, agents(4)), ago(1, blind('C501'))], ago(0, agents(6)))).toEqual([
      'critical agent-stopped',
    ]);
  });

  it('is one for each cause, with the first five names and the number of the others', () => {
    const many = (active: number): Partial<ReplicationReading> => ({
      publications: Array.from({ length: 7 }, (_, index) =>
        drainedPublication(NOW, { name: `P${index + 1}`, subscriptions: { total: 1, active } }),
      ),
    });
    const [only, ...others] = regressionsOf([ago(1, many(1))], ago(0, many(0)));
    expect(others).toEqual([]);
    expect(only?.message).toBe(
      'A subscription that was active is not any more: P1, P2, P3, P4, P5 and 2 more',
    );
    expect(only?.next).toContain('Reinitialise');
  });

  it.each([
    { counts: [2_000, 2_001, 2_002, 2_003], told: ['warning backlog-growing'] },
    { counts: [2_000, 2_001, 2_002], told: [] },
    { counts: [1_999, 2_000, 2_001, 2_002, 2_003], told: [] },
    { counts: [2_000, 2_001, 2_001, 2_003], told: [] },
    { counts: [2_000, null, 2_002, 2_003], told: [] },
    { counts: [997, 998, 999, 1_000], told: [] },
    { counts: [998, 999, 1_000, 1_001], told: ['warning backlog-growing'] },
  ])('tells once of a backlog that grows: $counts', ({ counts, told }) => {
    const readings = counts.map((pendingCommands, index) =>
      ago(counts.length - 1 - index, publication({ pendingCommands })),
    );
    expect(short(readings.slice(0, -1), readings.at(-1)!)).toEqual(told);
  });
});

describe('a blind period', () => {
  it.each([
    { apart: 2 * MINUTE, paces: [MINUTE, MINUTE], blind: false },
    { apart: 2 * MINUTE + 1, paces: [MINUTE, MINUTE], blind: true },
    { apart: 30 * MINUTE, paces: [15 * MINUTE, MINUTE], blind: false },
    { apart: 30 * MINUTE, paces: [MINUTE, 15 * MINUTE], blind: false },
    { apart: 30 * MINUTE + 1, paces: [15 * MINUTE, 15 * MINUTE], blind: true },
    { apart: -HOUR, paces: [MINUTE, MINUTE], blind: false },
  ])(
    '$apart ms apart at paces of $paces ms: $blind',
    ({ apart, paces: [first = 0, second = 0], blind: is }) => {
      expect(isBlindBetween({ slot: NOW, paceMs: first }, { slot: NOW + apart, paceMs: second })).toBe(is);
    },
  );

  it('is told with its bounds', () => {
    expect(regressionsOf([ago(10)], ago(0))).toEqual([
      {
        code: 'blind-period',
        severity: 'warning',
        message: 'Nobody looked at replication from 2031-05-03T00:50:00.000Z to 2031-05-03T01:00:00.000Z',
        next: expect.any(String) as string,
      },
    ]);
  });
});
