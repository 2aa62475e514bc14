import { describe, expect, it } from 'vitest';
import { watchConditions } from '../../../shared/core/replication-watch.ts';
import type {
  PublicationReading,
  ReplicationReading,
  SourceServerReading,
} from '../../../shared/core/replication.ts';
import type { Condition } from '../../../shared/core/state.ts';
import { drainedPublication, idleAgent, readingAt } from '../../support/sample-reading.ts';

const NOW = Date.UTC(2031, 4, 3, 1, 0);
const HOUR = 3_600_000;
/** The distributor's clock is fast: ages are taken on it. */
const SKEW = 5 * HOUR;
const NAME = 'AX_PUB_PkTable_1';

const keyed = (changes: Partial<PublicationReading> = {}): PublicationReading =>
  drainedPublication(NOW + SKEW, changes);
const reading = (changes: Partial<ReplicationReading> = {}): ReplicationReading =>
  readingAt(NOW, { serverTime: NOW + SKEW, depth: 'counts', publications: [keyed()], ...changes });
const server = (changes: Partial<SourceServerReading> = {}): SourceServerReading => ({
  logReuseWait: 'REPLICATION',
  logBytes: 1_000,
  logUsedBytes: 100,
  volumes: [{ name: 'D:\\', bytes: 1_000, freeBytes: 500 }],
  ...changes,
});
const codes = (of: ReplicationReading, before: readonly Condition[] = []): readonly string[] =>
  watchConditions(of, before).map(({ code }) => code);
const stood = (code: string): Condition => ({ code, message: 'as before', who: 'DBA', next: '', since: 1 });

describe('the watch', () => {
  it('finds nothing where replication is well', () => {
    expect(watchConditions(reading({ sourceServer: server() }))).toEqual([]);
  });

  it('finds trouble in every publication there is', () => {
    const special = keyed({ name: 'AX_PUB_SpecialTable_1', class: 'special', snapshotDelivered: false });
    expect(codes(reading({ publications: [keyed(), special] }))).toEqual(['snapshot:AX_PUB_SpecialTable_1']);
  });

  it('finds it wrong that nothing is published', () => {
    expect(codes(reading({ publications: [] }))).toEqual(['publication:keyed']);
  });

  it('says of a blind look only that it was blind, and of an absent distribution database only that', () => {
    const before = [stood('disk:D:\\')];
    const seen = { sourceServer: server({ logUsedBytes: 999 }), publications: [] };
    expect(codes(reading({ ...seen, blind: { code: 'C501', message: 'x' } }), before)).toEqual([
      'replication-blind',
    ]);
    expect(codes(reading({ ...seen, distributionExists: false }), before)).toEqual(['distribution-absent']);
  });
});

describe('what is under way, against the retention', () => {
  it.each([
    { hours: 35.9, expected: null },
    { hours: 36, expected: 'more than 50 % of the 72 hours' },
    { hours: 53.9, expected: 'more than 50 % of the 72 hours' },
    { hours: 54, expected: 'more than 75 % of the 72 hours' },
    { hours: 200, expected: 'more than 75 % of the 72 hours' },
    { hours: 12, retentionHours: 24, expected: 'more than 50 % of the 24 hours' },
    { hours: 36, retentionHours: 0, expected: 'more than 50 % of the 72 hours' },
    { hours: 36, retentionHours: null, expected: 'more than 50 % of the 72 hours' },
    { hours: 60, pendingCommands: 0, expected: null },
    { hours: 60, pendingCommands: null, expected: 'more than 75 % of the 72 hours' },
    { hours: -1, expected: null },
    { hours: null, expected: null },
  ])(
    '$hours h old, $pendingCommands command(s), retention $retentionHours: $expected',
    ({ hours, retentionHours = 336, pendingCommands = 10, expected }) => {
      const undeliveredSince = hours === null ? null : NOW + SKEW - hours * HOUR;
      const publications = [keyed({ undeliveredSince, retentionHours, pendingCommands })];
      const found = watchConditions(reading({ publications })).find(({ code }) =>
        code.startsWith('retention:'),
      );
      expect(found?.message ?? null).toEqual(
        expected === null
          ? null
          : expect.stringContaining(`Commands of ${NAME} have been under way for ${expected}`),
      );
      if (found) expect(found).toMatchObject({ code: `retention:${NAME}`, who: 'DBA' });
    },
  );

  it('is taken on the clock of the app where that of the distributor is not known', () => {
    const publications = [keyed({ undeliveredSince: NOW - 36 * HOUR, pendingCommands: 1, agents: [] })];
    expect(codes(reading({ serverTime: null, publications }))).toContain(`retention:${NAME}`);
  });
});

describe('latency', () => {
  const withLatency = (latencyMs: number | null, role: 'distribution' | 'snapshot' = 'distribution') =>
    keyed({
      agents: [
        idleAgent('log-reader', NOW + SKEW),
        idleAgent('distribution', NOW + SKEW),
        idleAgent('snapshot', NOW + SKEW, { runStatus: 2 }),
      ].map((agent) => (agent.role === role ? { ...agent, latencyMs } : agent)),
    });

  it.each([
    { latencyMs: 30 * 60_000, expected: [] },
    { latencyMs: 30 * 60_000 + 1, expected: [`latency:${NAME}:distribution`] },
    { latencyMs: null, expected: [] },
    { latencyMs: -5, expected: [] },
  ])('of $latencyMs ms lacks $expected', ({ latencyMs, expected }) => {
    expect(codes(reading({ publications: [withLatency(latencyMs)] }))).toEqual(expected);
  });

  it('is asked of agents that run on only', () => {
    expect(codes(reading({ publications: [withLatency(10 * HOUR, 'snapshot')] }))).toEqual([]);
    const once = keyed({
      transactional: false,
      agents: [idleAgent('distribution', NOW + SKEW, { runStatus: 2, latencyMs: 10 * HOUR })],
    });
    expect(codes(reading({ publications: [once] }))).toEqual([]);
  });

  it('passes by itself, and says what to look for if not', () => {
    const [slow] = watchConditions(reading({ publications: [withLatency(HOUR)] }));
    expect(slow).toMatchObject({ who: 'nobody: it passes' });
    expect(slow?.message).toContain('more than 30 minutes');
  });
});

describe('the source server', () => {
  it.each([
    {
      what: 'a log that fills while replication holds it',
      changes: { logUsedBytes: 800 },
      expected: ['source-log'],
    },
    { what: 'a log that has room', changes: { logUsedBytes: 799 }, expected: [] },
    {
      what: 'a full log that something else holds',
      changes: { logUsedBytes: 990, logReuseWait: 'LOG_BACKUP' },
      expected: [],
    },
    {
      what: 'a volume that is nearly full',
      changes: {
        volumes: [
          { name: 'D:\\', bytes: 1_000, freeBytes: 99 },
          { name: 'L:\\', bytes: 1_000, freeBytes: 100 },
        ],
      },
      expected: ['disk:D:\\'],
    },
  ])('lacks of $what: $expected', ({ changes, expected }) => {
    expect(codes(reading({ sourceServer: server(changes) }))).toEqual(expected);
  });

  it('says who makes room, and what happens otherwise', () => {
    const [log, disk] = watchConditions(
      reading({
        sourceServer: server({ logUsedBytes: 1_000, volumes: [{ name: 'D:\\', bytes: 10, freeBytes: 0 }] }),
      }),
    );
    expect(log).toMatchObject({ who: 'DBA', message: expect.stringContaining('80 % full') as string });
    expect(log?.next).toContain('AX stops');
    expect(disk).toMatchObject({
      who: 'DBA',
      message: 'Less than 10 % of the volume D:\\ of the source server is free',
    });
    expect(disk?.next).toContain('Make room');
  });
});

describe('access that is refused or has lapsed is a condition of its own, with its cure', () => {
  it.each([
    { code: 'C501', expected: 'replication-blind', who: 'platform engineer', next: 'Restore the access' },
    { code: 'C502', expected: 'access-refused', who: 'DBA', next: 'Renew the login' },
    { code: 'C503', expected: 'access-rights', who: 'DBA', next: 'Grant it' },
    { code: 'C504', expected: 'replication-slow', who: 'nobody: it passes', next: 'less often' },
    { code: 'C505', expected: 'replication-blind', who: 'platform engineer', next: 'runbook' },
    { code: 'C506', expected: 'collector-silent', who: 'DBA', next: 'ax-cutover collect' },
  ])('a blind look of $code is $expected', ({ code, expected, who, next }) => {
    const [condition, ...others] = watchConditions(reading({ blind: { code, message: 'what it was' } }));
    expect(others).toEqual([]);
    expect(condition).toMatchObject({
      code: expected,
      who,
      message: 'Replication could not be read: what it was',
      next: expect.stringContaining(next) as string,
    });
  });

  it.each([
    { statement: 'source-health', code: 'C503', who: 'DBA', next: 'Grant what is named', side: 'source' },
    { statement: 'source-health', code: 'C502', who: 'DBA', next: 'Renew the login', side: 'source' },
    {
      statement: 'table-estimates-target',
      code: 'C506',
      who: 'DBA',
      next: 'ax-cutover collect',
      side: 'target',
    },
    {
      statement: 'table-estimates-source',
      code: 'C501',
      who: 'platform engineer',
      next: 'Restore the access',
      side: 'source',
    },
    {
      statement: 'table-estimates-target',
      code: 'C502',
      who: 'platform engineer',
      next: 'lapses after eight hours',
      side: 'target',
    },
    {
      statement: 'table-estimates-target',
      code: 'C503',
      who: 'platform engineer',
      next: 'Grant what is named',
      side: 'target',
    },
  ])('$code of $statement', ({ statement, code, who, next, side }) => {
    const [condition] = watchConditions(reading({ gaps: [{ statement, code, message: 'why' }] }));
    expect(condition).toMatchObject({
      code: `access-${side}:${statement}`,
      who,
      message: expect.stringMatching(/could not be read: why$/) as string,
      next: expect.stringContaining(next) as string,
    });
  });

  it.each([
    { what: 'a statement that took too long', gap: { statement: 'source-health', code: 'C504' } },
    {
      what: 'a backlog, which its publication tells of',
      gap: { statement: 'replication-pending', code: 'C503' },
    },
  ])('but not $what', ({ gap }) => {
    expect(codes(reading({ gaps: [{ ...gap, message: 'why' }] }))).toEqual([]);
  });

  it.each([
    { gaps: [], next: 'Grant the monitoring login db_datareader' },
    { gaps: ['C503'], next: 'Grant the monitoring login db_datareader' },
    { gaps: ['C504'], next: 'took too long' },
  ])('a backlog that was not counted for $gaps', ({ gaps, next }) => {
    const [condition] = watchConditions(
      reading({
        publications: [keyed({ pendingCommands: null })],
        gaps: gaps.map((code) => ({ statement: 'replication-pending', code, message: '' })),
      }),
    );
    expect(condition).toMatchObject({
      code: `pending:${NAME}`,
      next: expect.stringContaining(next) as string,
    });
  });
});

describe('what a look did not ask about', () => {
  const before = [
    `pending:${NAME}`,
    'source-log',
    'disk:D:\\',
    'access-source:source-health',
    'access-source:table-estimates-source',
    'access-target:table-estimates-target',
    `agent:${NAME}:distribution`,
  ].map(stood);

  it.each([
    { depth: 'counts', kept: [] },
    {
      depth: 'state',
      kept: ['access-source:table-estimates-source', 'access-target:table-estimates-target'],
    },
    { depth: 'minimum', kept: before.slice(0, -1).map(({ code }) => code) },
  ] as const)('stands as it stood: $depth keeps $kept', ({ depth, kept }) => {
    expect(codes(reading({ depth }), before)).toEqual(kept);
    expect(watchConditions(reading({ depth }), before)).not.toContainEqual(
      expect.objectContaining({ since: expect.anything() as number }),
    );
  });

  it('is not claimed to be lacking by a look that could not know', () => {
    const publications = [keyed({ pendingCommands: null })];
    expect(codes(reading({ depth: 'minimum', publications }))).toEqual([]);
  });
});

describe('a snapshot on its way', () => {
  const generated = (at: number, runStatus: 3 | 4) =>
    keyed({
      snapshotDelivered: false,
      agents: [
        idleAgent('snapshot', at, {
          runStatus: 2,
          comment: '[100%] A snapshot of 12 article(s) was generated.',
        }),
        idleAgent('log-reader', NOW + SKEW),
        idleAgent('distribution', NOW + SKEW, { runStatus }),
      ],
    });
  const snapshotOf = (publication: PublicationReading) =>
    watchConditions(reading({ publications: [publication] })).find(({ code }) => code === `snapshot:${NAME}`);
  const running = (runStatus: 1 | 2 | 3 | 4 | 6) =>
    keyed({
      snapshotDelivered: false,
      agents: [
        ...keyed().agents,
        idleAgent('snapshot', NOW + SKEW, { runStatus, comment: '[40%] Bulk copying' }),
      ],
    });

  it.each([
    {
      publication: generated(NOW + SKEW, 3),
      message: 'is generated, but not delivered',
      next: 'can take hours',
    },
    { publication: generated(NOW + SKEW - 2 * HOUR, 4), message: 'is generated', next: 'can take hours' },
    { publication: generated(NOW + SKEW - 3 * HOUR, 3), message: 'is generated', next: 'can take hours' },
    {
      publication: generated(NOW + SKEW - 3 * HOUR, 4),
      message: 'is generated',
      next: 'Reinitialize Subscription',
    },
    { publication: running(1), message: 'is being generated', next: 'Wait' },
    { publication: running(3), message: 'is being generated', next: 'Wait' },
    { publication: running(4), message: 'is being generated', next: 'Wait' },
    { publication: running(2), message: 'is not delivered', next: 'Start the snapshot agent' },
    { publication: running(6), message: 'is not delivered', next: 'Start the snapshot agent' },
  ])('$message: $next', ({ publication, message, next }) => {
    const condition = snapshotOf(publication);
    expect(condition?.message).toContain(`The snapshot of ${NAME} ${message}`);
    expect(condition?.next).toContain(next);
    expect(condition?.who === 'DBA').toBe(!next.startsWith('Wait') && next !== 'can take hours');
  });
});
