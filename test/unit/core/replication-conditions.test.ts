import { describe, expect, it } from 'vitest';
import type { GateDemand, SeriesDemand } from '../../../shared/core/replication-conditions.ts';
import { heldFor, unmetFor } from '../../../shared/core/replication-conditions.ts';
import type {
  AgentReading,
  PublicationReading,
  ReplicationReading,
} from '../../../shared/core/replication.ts';
import { drainedPublication, idleAgent, readingAt } from '../../support/sample-reading.ts';

const NOW = Date.UTC(2031, 4, 3, 1, 0);
const MINUTE = 60_000;
/** The source server's clock is fast. */
const SKEW = 90_000;
const IDLE = 'No replicated transactions are available.';

const agent = (role: AgentReading['role'], changes: Partial<AgentReading> = {}): AgentReading =>
  idleAgent(role, NOW + SKEW - MINUTE, {
    ...(role === 'snapshot'
      ? { runStatus: 2, comment: '[100%] A snapshot of 12 article(s) was generated.' }
      : {}),
    ...changes,
  });

const keyed = (changes: Partial<PublicationReading> = {}): PublicationReading =>
  drainedPublication(NOW, {
    articles: 12,
    subscriptions: { total: 12, active: 12 },
    agents: [agent('snapshot'), agent('log-reader'), agent('distribution')],
    tracer: { postedAt: NOW + SKEW - 5 * MINUTE, arrived: true },
    ...changes,
  });

const nonKeyed = (changes: Partial<PublicationReading> = {}): PublicationReading =>
  keyed({
    name: 'AX_PUB_NoPKTable',
    class: 'non-keyed',
    transactional: false,
    agents: [agent('snapshot'), agent('distribution', { runStatus: 2 })],
    tracer: null,
    ...changes,
  });

const reading = (changes: Partial<ReplicationReading> = {}): ReplicationReading =>
  readingAt(NOW, { serverTime: NOW + SKEW, publications: [keyed(), nonKeyed()], ...changes });

const withAgent = (
  role: AgentReading['role'],
  changes: Partial<AgentReading>,
): Partial<PublicationReading> => ({
  agents: keyed().agents.map((own) => (own.role === role ? { ...own, ...changes } : own)),
});

const demand = (changes: Partial<GateDemand> = {}): GateDemand => ({
  goal: 'drained',
  classes: ['keyed', 'non-keyed'],
  tracerAfter: NOW - 10 * MINUTE,
  ...changes,
});

const codes = (of: ReplicationReading, changes: Partial<GateDemand> = {}): readonly string[] =>
  unmetFor(of, demand(changes)).map(({ code }) => code);

describe('the drained gate', () => {
  it('opens when every condition is met', () => {
    expect(unmetFor(reading(), demand())).toEqual([]);
  });

  it('tells each unmet condition who can clear it and what to do next', () => {
    const lacking = unmetFor(
      reading({ publications: [keyed({ snapshotDelivered: false, pendingCommands: null, agents: [] })] }),
      demand(),
    );
    expect(lacking.length).toBeGreaterThan(4);
    for (const { message, who, next } of lacking) {
      expect(message).not.toBe('');
      expect(who).not.toBe('');
      expect(next).not.toBe('');
    }
    expect(new Set(lacking.map(({ code }) => code)).size).toBe(lacking.length);
  });

  it.each<{ what: string; change: Partial<PublicationReading>; code: string }>([
    {
      what: 'a subscription that is not active',
      change: { subscriptions: { total: 12, active: 11 } },
      code: 'subscriptions:AX_PUB_PkTable_1',
    },
    {
      what: 'no subscription at all',
      change: { subscriptions: { total: 0, active: 0 } },
      code: 'subscriptions:AX_PUB_PkTable_1',
    },
    {
      what: 'a snapshot that is generated but not delivered',
      change: { snapshotDelivered: false },
      code: 'snapshot:AX_PUB_PkTable_1',
    },
    { what: 'one command under way', change: { pendingCommands: 1 }, code: 'pending:AX_PUB_PkTable_1' },
    { what: 'an unreadable backlog', change: { pendingCommands: null }, code: 'pending:AX_PUB_PkTable_1' },
    {
      what: 'a log reader that has stopped',
      change: withAgent('log-reader', { runStatus: 2 }),
      code: 'agent:AX_PUB_PkTable_1:log-reader',
    },
    {
      what: 'a distribution agent that has stopped',
      change: withAgent('distribution', { runStatus: 2 }),
      code: 'agent:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'a distribution agent that is starting',
      change: withAgent('distribution', { runStatus: 1 }),
      code: 'agent:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'a distribution agent that retries',
      change: withAgent('distribution', { runStatus: 5 }),
      code: 'agent:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'a distribution agent that failed',
      change: withAgent('distribution', { runStatus: 6 }),
      code: 'agent:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'a snapshot agent that is generating anew',
      change: withAgent('snapshot', { runStatus: 3 }),
      code: 'agent:AX_PUB_PkTable_1:snapshot',
    },
    {
      what: 'a snapshot agent that failed',
      change: withAgent('snapshot', { runStatus: 6 }),
      code: 'agent:AX_PUB_PkTable_1:snapshot',
    },
    {
      what: 'an error since the last good run',
      change: withAgent('distribution', { error: '20598 The row was not found' }),
      code: 'agent-error:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'an agent silent for more than half an hour of the server’s clock',
      change: withAgent('log-reader', { at: NOW + SKEW - 31 * MINUTE }),
      code: 'agent-silent:AX_PUB_PkTable_1:log-reader',
    },
    {
      what: 'a distribution agent that never ran',
      change: { agents: [agent('snapshot'), agent('log-reader')] },
      code: 'agent-missing:AX_PUB_PkTable_1:distribution',
    },
    {
      what: 'a log reader that still reads',
      change: withAgent('log-reader', { runStatus: 3, comment: 'Delivering replicated transactions' }),
      code: 'log-reader:AX_PUB_PkTable_1',
    },
    { what: 'no tracer token', change: { tracer: null }, code: 'tracer:AX_PUB_PkTable_1' },
    {
      what: 'a tracer token under way',
      change: { tracer: { postedAt: NOW + SKEW, arrived: false } },
      code: 'tracer:AX_PUB_PkTable_1',
    },
    {
      what: 'a tracer token posted before it was asked for, on the server’s clock',
      change: { tracer: { postedAt: NOW + SKEW - 11 * MINUTE, arrived: true } },
      code: 'tracer:AX_PUB_PkTable_1',
    },
  ])('is shut by $what alone', ({ change, code }) => {
    expect(codes(reading({ publications: [keyed(change), nonKeyed()] }))).toEqual([code]);
  });

  it('names a silent log reader twice when it never ran: it is missing, and nothing says that all is read', () => {
    const publications = [keyed({ agents: [agent('snapshot'), agent('distribution')] }), nonKeyed()];
    expect(codes(reading({ publications }))).toEqual([
      'agent-missing:AX_PUB_PkTable_1:log-reader',
      'log-reader:AX_PUB_PkTable_1',
    ]);
  });

  it.each<{ what: string; of: Partial<ReplicationReading>; expected: readonly string[] }>([
    {
      what: 'a blind reading',
      of: { blind: { code: 'C501', message: 'The SQL Server did not answer' } },
      expected: ['replication-blind'],
    },
    {
      what: 'an absent distribution database',
      of: { distributionExists: false, publications: [] },
      expected: ['distribution-absent'],
    },
    { what: 'no keyed publication', of: { publications: [nonKeyed()] }, expected: ['publication:keyed'] },
    {
      what: 'no non-keyed publication',
      of: { publications: [keyed()] },
      expected: ['publication:non-keyed'],
    },
    {
      what: 'another publication of the class in trouble',
      of: { publications: [keyed(), keyed({ name: 'AX_PUB_PkTable_2', pendingCommands: 5 }), nonKeyed()] },
      expected: ['pending:AX_PUB_PkTable_2'],
    },
    {
      what: 'an undelivered snapshot of tables without a key',
      of: { publications: [keyed(), nonKeyed({ snapshotDelivered: false })] },
      expected: ['snapshot:AX_PUB_NoPKTable'],
    },
  ])('is shut by $what', ({ of, expected }) => {
    expect(codes(reading(of))).toEqual(expected);
  });

  it('asks neither tracer nor log reader of a publication that is a snapshot only', () => {
    expect(codes(reading({ publications: [nonKeyed()] }), { classes: ['non-keyed'] })).toEqual([]);
  });

  it('lets the finished distribution agent of a snapshot-only publication rest, but not fail', () => {
    const failing = nonKeyed({ agents: [agent('distribution', { runStatus: 6 })] });
    expect(codes(reading({ publications: [failing] }), { classes: ['non-keyed'] })).toEqual([
      'agent:AX_PUB_NoPKTable:distribution',
    ]);
  });

  it.each(['locked', 'special', 'other-objects'] as const)(
    'does not demand %s publications, which need not exist',
    (own) => {
      expect(codes(reading(), { classes: ['keyed', own] })).toEqual([]);
    },
  );

  it('looks at no publication outside its classes', () => {
    const troubled = reading({ publications: [keyed(), nonKeyed({ snapshotDelivered: false })] });
    expect(codes(troubled, { classes: ['keyed'] })).toEqual([]);
  });

  it('asks for no tracer token where the plan asks for none', () => {
    expect(
      codes(reading({ publications: [keyed({ tracer: null }), nonKeyed()] }), { tracerAfter: null }),
    ).toEqual([]);
  });

  it('forgives the tracer token what two clocks compared through one round trip do not know', () => {
    const postedAt = NOW + SKEW - 10 * MINUTE - 14_000;
    expect(
      codes(reading({ publications: [keyed({ tracer: { postedAt, arrived: true } }), nonKeyed()] })),
    ).toEqual([]);
  });

  it('compares with its own clock where the server gave none', () => {
    const publications = [keyed({ tracer: { postedAt: NOW - MINUTE, arrived: true } }), nonKeyed()];
    expect(codes(reading({ serverTime: null, publications }))).toEqual([]);
  });

  it('repeats what a troubled agent said, if it said anything', () => {
    const message = (changes: Partial<AgentReading>) => {
      const publications = [keyed(withAgent('distribution', { runStatus: 6, ...changes })), nonKeyed()];
      return unmetFor(reading({ publications }), demand())[0]?.message;
    };
    const what = 'The distribution agent of AX_PUB_PkTable_1 has failed';
    expect(message({ comment: '' })).toBe(what);
    expect(message({ comment: 'The process could not connect.' })).toBe(
      `${what}: The process could not connect.`,
    );
    expect(message({ error: '20598 The row was not found.' })).toBe(`${what}: 20598 The row was not found.`);
  });

  it('says the same of a backlog that moves a little, so that it is one condition', () => {
    const message = (pendingCommands: number) =>
      unmetFor(reading({ publications: [keyed({ pendingCommands }), nonKeyed()] }), demand())[0]?.message;
    expect(message(41_900)).toBe(message(48_123));
    expect(message(41_900)).toContain('40,000');
    expect(message(1)).toContain('1 command');
  });
});

describe('a condition says what is wrong, who can clear it, and what to do next', () => {
  const MONITOR = 'Replication Monitor on the source server, tab Agents';
  const told = (of: ReplicationReading, changes: Partial<GateDemand> = {}) =>
    unmetFor(of, demand(changes)).map(({ message, who, next }) => [message, who, next]);

  it.each<[string, Partial<PublicationReading>, string, string, string]>([
    [
      'no subscription',
      { subscriptions: { total: 0, active: 0 } },
      'AX_PUB_PkTable_1 has no subscription',
      'DBA',
      'Start the snapshot agent of AX_PUB_PkTable_1, or reinitialise its subscription, in ' + MONITOR + '.',
    ],
    [
      'subscriptions that are not active',
      { subscriptions: { total: 12, active: 9 } },
      'Of the 12 subscription(s) of AX_PUB_PkTable_1, 3 are not active',
      'DBA',
      'Start the snapshot agent of AX_PUB_PkTable_1, or reinitialise its subscription, in ' + MONITOR + '.',
    ],
    [
      'a backlog',
      { pendingCommands: 20 },
      'At least 20 command(s) of AX_PUB_PkTable_1 are under way to the target',
      'nobody: it passes',
      'Wait; if it does not fall, look at the distribution agent in Replication Monitor.',
    ],
    [
      'a backlog nobody may read',
      { pendingCommands: null },
      'It is not known how many commands of AX_PUB_PkTable_1 are under way',
      'DBA',
      'Grant the monitoring login db_datareader in the distribution database.',
    ],
    [
      'an agent that failed',
      withAgent('distribution', { runStatus: 6, comment: '' }),
      'The distribution agent of AX_PUB_PkTable_1 has failed',
      'DBA',
      `Start the agent again in ${MONITOR}.`,
    ],
    [
      'a snapshot agent that is at work',
      withAgent('snapshot', { runStatus: 4, comment: '[50%]' }),
      'The snapshot agent of AX_PUB_PkTable_1 is idle: [50%]',
      'DBA',
      `Wait, or look at it in ${MONITOR}.`,
    ],
    [
      'a snapshot agent that retries',
      withAgent('snapshot', { runStatus: 5, comment: '' }),
      'The snapshot agent of AX_PUB_PkTable_1 is retrying',
      'DBA',
      `Start the agent again in ${MONITOR}.`,
    ],
    [
      'a log reader that has stopped',
      withAgent('log-reader', { runStatus: 2 }),
      `The log-reader agent of AX_PUB_PkTable_1 has stopped: ${IDLE}`,
      'DBA',
      `Start the agent again in ${MONITOR}.`,
    ],
    [
      'an error',
      withAgent('distribution', { error: '20598 The row was not found' }),
      'The distribution agent of AX_PUB_PkTable_1 reported: 20598 The row was not found',
      'DBA',
      `Mend the cause; see ${MONITOR}.`,
    ],
    [
      'silence',
      withAgent('log-reader', { at: NOW + SKEW - 31 * MINUTE }),
      'The log-reader agent of AX_PUB_PkTable_1 has reported nothing for more than 30 minutes',
      'DBA',
      'Check that SQL Server Agent runs on the source server.',
    ],
    [
      'a log reader at work',
      withAgent('log-reader', { runStatus: 3, comment: 'Delivering' }),
      'The log reader of AX_PUB_PkTable_1 has not yet read everything: it says "Delivering"',
      'nobody: it passes',
      'Wait for "No replicated transactions are available."; if it does not come, find who still writes to the source database.',
    ],
    [
      'a token under way',
      { tracer: { postedAt: NOW + SKEW, arrived: false } },
      'The tracer token of AX_PUB_PkTable_1 is under way',
      'nobody: it passes',
      'Wait; if it does not arrive, look at the agents in Replication Monitor.',
    ],
    [
      'a token posted too early',
      { tracer: { postedAt: NOW + SKEW - 11 * MINUTE, arrived: true } },
      'AX_PUB_PkTable_1 has no tracer token posted since it was asked for',
      'DBA',
      'Post one in Replication Monitor (tab Tracer Tokens of AX_PUB_PkTable_1), or grant the login db_owner in the source database.',
    ],
    [
      'no token',
      { tracer: null },
      'AX_PUB_PkTable_1 has no tracer token posted since it was asked for',
      'DBA',
      'Post one in Replication Monitor (tab Tracer Tokens of AX_PUB_PkTable_1), or grant the login db_owner in the source database.',
    ],
  ])('of %s', (_, change, ...words) => {
    expect(told(reading({ publications: [keyed(change), nonKeyed()] }))).toEqual([words]);
  });

  it('of a log reader that never said anything', () => {
    const publications = [keyed({ agents: [agent('snapshot'), agent('distribution')] }), nonKeyed()];
    expect(told(reading({ publications }))[1]?.[0]).toContain('it says "nothing"');
  });

  it.each<[string, Partial<ReplicationReading>, string, string, string]>([
    [
      'a blind reading',
      { blind: { code: 'C501', message: 'away' } },
      'Replication could not be read: away',
      'platform engineer',
      'Restore the access to the source server; see the error code in the runbook.',
    ],
    [
      'an absent distribution database',
      { distributionExists: false },
      'There is no distribution database on the source server',
      'DBA',
      'Run toolkit entry 4, Setup Distributor.',
    ],
    [
      'no keyed tables',
      { publications: [nonKeyed()] },
      'There is no publication of keyed tables of this database',
      'DBA',
      'Run toolkit entry 5; if it ran, compare the server in the bindings with SELECT @@SERVERNAME.',
    ],
    [
      'no tables without a key',
      { publications: [keyed()] },
      'There is no publication of non-keyed tables of this database',
      'DBA',
      'Run toolkit entry 7; if it ran, compare the server in the bindings with SELECT @@SERVERNAME.',
    ],
  ])('of %s', (_, of, ...words) => {
    expect(told(reading(of))).toEqual([words]);
  });
});

describe('at its limit', () => {
  it('an agent that has reported nothing for half an hour is not silent yet', () => {
    const change = withAgent('log-reader', { at: NOW + SKEW - 30 * MINUTE });
    expect(codes(reading({ publications: [keyed(change), nonKeyed()] }))).toEqual([]);
  });

  it.each([
    [0, []],
    [1, ['tracer:AX_PUB_PkTable_1']],
  ])('a token posted %i ms before what two clocks do not know: %j', (earlier, expected) => {
    const postedAt = NOW + SKEW - 10 * MINUTE - 15_000 - earlier;
    const publications = [keyed({ tracer: { postedAt, arrived: true } }), nonKeyed()];
    expect(codes(reading({ publications }))).toEqual(expected);
  });

  it('a token that is under way was posted in time', () => {
    const postedAt = NOW + SKEW - 10 * MINUTE - 15_000;
    const publications = [keyed({ tracer: { postedAt, arrived: false } }), nonKeyed()];
    expect(unmetFor(reading({ publications }), demand())[0]?.message).toContain('is under way');
  });

  it('the clock that dated the reading stands in for a server that gave none', () => {
    const publications = [keyed({ tracer: { postedAt: NOW - 11 * MINUTE, arrived: true } }), nonKeyed()];
    expect(codes(reading({ serverTime: null, publications }))).toEqual(['tracer:AX_PUB_PkTable_1']);
  });

  it.each([
    ['is starting', 1, []],
    ['is at work', 3, []],
    ['is idle', 4, []],
    ['retries', 5, ['agent:AX_PUB_NoPKTable:distribution']],
  ] as const)('the distribution agent of a snapshot-only publication that %s', (_, runStatus, expected) => {
    const publications = [nonKeyed({ agents: [agent('distribution', { runStatus })] })];
    expect(codes(reading({ publications }), { classes: ['non-keyed'] })).toEqual(expected);
  });
});

describe('the caught-up gate', () => {
  const goal = { goal: 'caught-up', tracerAfter: null } as const;

  it.each([
    { pendingCommands: 1_000, expected: [] },
    { pendingCommands: 1_001, expected: ['pending:AX_PUB_PkTable_1'] },
    { pendingCommands: null, expected: ['pending:AX_PUB_PkTable_1'] },
  ])('finds $pendingCommands commands under way: $expected', ({ pendingCommands, expected }) => {
    expect(codes(reading({ publications: [keyed({ pendingCommands }), nonKeyed()] }), goal)).toEqual(
      expected,
    );
  });

  it('does not mind a log reader that is at work', () => {
    const working = keyed(withAgent('log-reader', { runStatus: 3, comment: 'Delivering' }));
    expect(codes(reading({ publications: [working, nonKeyed()] }), goal)).toEqual([]);
  });
});

describe('the gate of a delivered snapshot', () => {
  const goal = { goal: 'snapshot-delivered', classes: ['keyed'], tracerAfter: null } as const;

  it('opens on a delivery, whatever the log reader does', () => {
    expect(
      codes(reading({ publications: [keyed(withAgent('log-reader', { runStatus: 5 }))] }), goal),
    ).toEqual([]);
  });

  it('stays shut while a subscription is not active', () => {
    const publications = [keyed({ subscriptions: { total: 12, active: 3 } })];
    expect(codes(reading({ publications }), goal)).toEqual(['subscriptions:AX_PUB_PkTable_1']);
  });

  it('explains a missing snapshot by its failed agent', () => {
    const failing = keyed({ snapshotDelivered: false, ...withAgent('snapshot', { runStatus: 6 }) });
    expect(codes(reading({ publications: [failing] }), goal)).toEqual([
      'snapshot:AX_PUB_PkTable_1',
      'agent:AX_PUB_PkTable_1:snapshot',
    ]);
  });
});

describe('readings in a row', () => {
  const series: SeriesDemand = {
    ...demand({ tracerAfter: null }),
    polls: 2,
    after: NOW - 10 * MINUTE,
    now: NOW,
  };
  const at = (takenAt: number, changes: Partial<ReplicationReading> = {}): ReplicationReading =>
    reading({ slot: takenAt, takenAt, serverTime: takenAt + SKEW, ...changes });
  const blind = { blind: { code: 'C501', message: 'away' } };
  const held = (readings: readonly ReplicationReading[], changes: Partial<SeriesDemand> = {}) =>
    heldFor(readings, { ...series, ...changes }).map(({ code }) => code);

  it('open the gate when there are enough', () => {
    expect(held([at(NOW - MINUTE), at(NOW)])).toEqual([]);
  });

  it.each<{ what: string; readings: readonly ReplicationReading[]; expected: readonly string[] }>([
    { what: 'no reading', readings: [], expected: ['in-a-row'] },
    { what: 'one reading too few', readings: [at(NOW)], expected: ['in-a-row'] },
    {
      what: 'the newest reading in trouble',
      readings: [at(NOW - 2 * MINUTE), at(NOW - MINUTE), at(NOW, blind)],
      expected: ['replication-blind'],
    },
    {
      what: 'a blind reading in between',
      readings: [at(NOW - 2 * MINUTE), at(NOW - MINUTE, blind), at(NOW)],
      expected: ['in-a-row'],
    },
    {
      what: 'an unmet condition in between',
      readings: [
        at(NOW - 2 * MINUTE),
        at(NOW - MINUTE, { publications: [keyed({ pendingCommands: 1 }), nonKeyed()] }),
        at(NOW),
      ],
      expected: ['in-a-row'],
    },
    {
      what: 'a gap in which nobody looked',
      readings: [at(NOW - 2 * MINUTE - 1), at(NOW)],
      expected: ['in-a-row'],
    },
    {
      what: 'a reading before the fact it has to prove',
      readings: [at(NOW - 10 * MINUTE), at(NOW - 9 * MINUTE)],
      expected: ['in-a-row'],
    },
  ])('keep it shut by $what', ({ readings, expected }) => {
    expect(held(readings)).toEqual(expected);
  });

  it('do not count when they were taken at the instant of the fact they have to prove', () => {
    const readings = [at(NOW - MINUTE), at(NOW)];
    expect(heldFor(readings, { ...series, after: NOW - MINUTE })).toEqual([
      {
        code: 'in-a-row',
        message: 'Everything is met, 1 of 2 times in a row',
        who: 'nobody: it passes',
        next: 'Wait for the next poll of replication.',
      },
    ]);
    expect(held(readings, { after: NOW - MINUTE - 1 })).toEqual([]);
    expect(heldFor([at(NOW)], { ...series, after: NOW })[0]?.message).toBe(
      'Replication has not been read since this gate may count',
    );
  });

  it('may be as far apart, and the newest as old, as the gap allows', () => {
    const readings = [at(NOW - 4 * MINUTE), at(NOW - 2 * MINUTE)];
    expect(held(readings)).toEqual([]);
  });

  it('do not count when the newest is old', () => {
    expect(held([at(NOW - 5 * MINUTE), at(NOW - 4 * MINUTE)])).toEqual([]);
    const readings = [at(NOW - 5 * MINUTE), at(NOW - 4 * MINUTE - 1)];
    expect(heldFor(readings, series)[0]?.message).toContain('too old');
  });

  it('say how many there are', () => {
    expect(heldFor([at(NOW, blind), at(NOW)], { ...series, polls: 3 })[0]?.message).toContain('1 of 3');
  });
});
