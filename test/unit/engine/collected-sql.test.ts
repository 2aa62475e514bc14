import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../shared/contract/collector.ts';
import { distributionDatabase } from '../../../shared/contract/statements/distribution.ts';
import { exactSourceCounts } from '../../../shared/contract/statements/exact-counts.ts';
import { targetFacts } from '../../../shared/contract/statements/server-facts.ts';
import { makeCollectedSql, sqlByServer } from '../../../shared/engine/collected-sql.ts';
import { makeErrands } from '../../../shared/engine/errands.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';

const NOW = Date.parse('2026-11-30T17:00:00Z');
const TIME = '2026-11-30T17:00:00.000Z';
const ROW = { mayLook: 1, database: 'distribution', accessible: 1, serverTime: TIME };

type Desk = ReturnType<typeof makeErrands>;

/** A server read by a collector, which acts whenever whoever asks pauses; time passes in pauses only. */
const setUp = (collector: (desk: Desk, elapsedMs: number) => Promise<unknown>) => {
  const clock = { at: NOW };
  let tokens = 0;
  const errands = makeErrands({
    tables: makeMemoryTables(),
    clock: { now: () => clock.at },
    token: () => (tokens += 1).toString(16).padStart(64, '0').slice(-64).split('').reverse().join(''),
    log: { collectorClockWrong: () => undefined },
  });
  const sql = makeCollectedSql({
    errands,
    clock: { now: () => clock.at },
    pause: async (ms) => {
      clock.at += ms;
      await collector(errands, clock.at - NOW);
    },
  });
  return { sql, errands, clock };
};

const answering = (outcome: Outcome) => async (desk: Desk) => {
  for (const { nonce } of await desk.take(['distribution'], 9)) await desk.answer(nonce, NOW, outcome);
};

const ask = (sql: Sql) => sql.query(distributionDatabase, null);

describe('a server that a collector reads', () => {
  it('answers as if it had been asked directly, with rows of the statement', async () => {
    const { sql, errands } = setUp(answering({ rows: [ROW] }));
    await errands.take(['distribution'], 0);
    expect(await ask(sql)).toEqual([
      { mayLook: true, database: 'distribution', accessible: true, serverTime: Date.parse(TIME) },
    ]);
    expect(sql.sourceOf('distribution')).toBe('pushed');
  });

  it('is sent what the statement asks and nothing else', async () => {
    const sent: unknown[] = [];
    const { sql, errands } = setUp(async (desk) => {
      for (const { nonce, parameters } of await desk.take(['source'], 9)) {
        sent.push(parameters);
        await desk.answer(nonce, NOW, { rows: [] });
      }
    });
    await errands.take(['source'], 0);
    const table = { schema: 'dbo', name: 'INVENTTRANS', rows: 4711 };
    await sql.query(exactSourceCounts, { tables: [table] });
    expect(sent).toEqual([{ tables: [{ schema: 'dbo', name: 'INVENTTRANS' }] }]);
  });

  it('answers each question by a reading of its own', async () => {
    let reads = 0;
    const { sql, errands } = setUp(async (desk) => {
      for (const { nonce } of await desk.take(['distribution'], 9)) {
        reads += 1;
        await desk.answer(nonce, NOW, { rows: [{ ...ROW, database: `d${reads}` }] });
      }
    });
    await errands.take(['distribution'], 0);
    expect([(await ask(sql))[0]?.database, (await ask(sql))[0]?.database]).toEqual(['d1', 'd2']);
  });

  it('fails as the collector says', async () => {
    const { sql, errands } = setUp(
      answering({ failed: { code: 'C503', message: 'needs VIEW ANY DATABASE' } }),
    );
    await errands.take(['distribution'], 0);
    await expect(ask(sql)).rejects.toMatchObject({
      code: 'C503',
      message: expect.stringContaining('needs VIEW ANY DATABASE') as string,
    });
  });

  it.each([
    { what: 'no collector ever asked', heardMsAgo: null, says: 'none has ever asked what to read' },
    {
      what: 'its collector has been silent for over a minute',
      heardMsAgo: 60_001,
      says: 'last heard from at 2026-11-30T16:58:59.999Z',
    },
  ])('is not waited for when $what', async ({ heardMsAgo, says }) => {
    let pauses = 0;
    const { sql, errands, clock } = setUp(() => Promise.resolve((pauses += 1)));
    if (heardMsAgo !== null) {
      clock.at = NOW - heardMsAgo;
      await errands.take(['distribution'], 0);
      clock.at = NOW;
    }
    await expect(ask(sql)).rejects.toMatchObject({
      code: 'C506',
      message: expect.stringContaining(says) as string,
    });
    expect(pauses).toBe(0);
  });

  it('is given half a minute until its collector takes the errand, which is gone then', async () => {
    const { sql, errands, clock } = setUp(() => Promise.resolve());
    await errands.take(['distribution'], 0);
    await expect(ask(sql)).rejects.toMatchObject({ code: 'C506' });
    expect(clock.at - NOW).toBeGreaterThan(30_000);
    expect(clock.at - NOW).toBeLessThan(32_000);
    expect(await errands.take(['distribution'], 9)).toEqual([]);
  });

  it('is given the time limit of the statement and a little more once the errand is taken', async () => {
    let takenMs = 0;
    const { sql, errands, clock } = setUp(async (desk, elapsedMs) => {
      if (elapsedMs > 20_000 && takenMs === 0 && (await desk.take(['distribution'], 9)).length > 0) {
        takenMs = elapsedMs;
      }
    });
    await errands.take(['distribution'], 0);
    await expect(ask(sql)).rejects.toMatchObject({ code: 'C504' });
    const waitedMs = clock.at - NOW - takenMs - distributionDatabase.timeoutMs;
    expect(waitedMs).toBeGreaterThan(15_000);
    expect(waitedMs).toBeLessThan(17_000);
  });

  it('is believed when its answer comes in the moment in which it is given up', async () => {
    const { sql, errands } = setUp(() => Promise.resolve());
    await errands.take(['distribution'], 0);
    const racing = makeCollectedSql({
      errands: {
        ...errands,
        drop: async (nonce) => {
          await errands.answer(nonce, NOW, { rows: [ROW] });
          return await errands.drop(nonce);
        },
      },
      clock: {
        now: (() => {
          let at = NOW;
          return () => (at += 5_000);
        })(),
      },
      pause: () => Promise.resolve(),
    });
    expect(await ask(racing)).toHaveLength(1);
    expect(sql.sourceOf('source')).toBe('pushed');
  });
});

it('asks each server by the way that is set up for it', async () => {
  const asked: string[] = [];
  const by = (way: 'pulled' | 'pushed'): Sql => ({
    sourceOf: () => way,
    query: ({ name }) => {
      asked.push(`${way} ${name}`);
      return Promise.resolve([]);
    },
  });
  const sql = sqlByServer(by('pulled'), by('pushed'), new Set(['source', 'distribution']));
  await sql.query(distributionDatabase, null);
  await sql.query(targetFacts, null);
  expect(asked).toEqual(['pushed distribution-database', 'pulled target-facts']);
  expect((['source', 'distribution', 'target'] as const).map(sql.sourceOf)).toEqual([
    'pushed',
    'pushed',
    'pulled',
  ]);
});
