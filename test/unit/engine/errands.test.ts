import { describe, expect, it } from 'vitest';
import { distributionDatabase } from '../../../shared/contract/statements/distribution.ts';
import { sourceEstimates } from '../../../shared/contract/statements/table-estimates.ts';
import type { Outcome } from '../../../shared/contract/collector.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { makeErrands } from '../../../shared/engine/errands.ts';
import { makeMemoryTables } from '../../support/memory-tables.ts';

const NOW = 1_795_000_000_000;
const ROW = { mayLook: 1, database: 'distribution', accessible: 1, serverTime: '2026-11-30T17:00:00.000Z' };
const ROWS: Outcome = { rows: [ROW] };

/** A desk of errands on tables in memory, with a clock that stands until it is moved. */
const setUp = () => {
  const clock = { at: NOW };
  const clocksOff: number[] = [];
  let tokens = 0;
  const tables = makeMemoryTables();
  const errands = makeErrands({
    tables,
    clock: { now: () => clock.at },
    token: () => (tokens += 1).toString(16).padStart(32, '0').padEnd(64, 'f'),
    log: { collectorClockWrong: (_, aheadMs) => clocksOff.push(aheadMs) },
  });
  const leave = (
    changes: { server?: 'source' | 'distribution' | 'target'; statement?: string; parameters?: null } = {},
  ) =>
    errands.leave({
      server: 'distribution',
      statement: distributionDatabase.name,
      parameters: null,
      until: clock.at + 60_000,
      ...changes,
    });
  return { errands, leave, clock, clocksOff, tables };
};

const codeOf = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
    return 'taken';
  } catch (error) {
    if (error instanceof CutoverError) return error.code;
    throw error;
  }
};

describe('an errand', () => {
  it('goes to a collector of its server, once, by name and parameters under a nonce of 128 bits', async () => {
    const { errands, leave } = setUp();
    const nonce = await leave();
    expect(nonce).toMatch(/^[0-9a-f]{32}$/);
    expect(await errands.take(['source', 'target'], 10)).toEqual([]);
    expect(await errands.take(['source', 'distribution'], 10)).toEqual([
      { nonce, server: 'distribution', statement: 'distribution-database', parameters: null },
    ]);
    expect(await errands.take(['source', 'distribution'], 10)).toEqual([]);
    expect(await errands.look(nonce)).toEqual({ is: 'open', takenAt: NOW });
  });

  it('waits while its collector has its hands full', async () => {
    const { errands, leave } = setUp();
    const nonces = [await leave(), await leave(), await leave()];
    expect(await errands.take(['distribution'], 0)).toEqual([]);
    const first = await errands.take(['distribution'], 2);
    const then = await errands.take(['distribution'], 2);
    expect([...first, ...then].map(({ nonce }) => nonce)).toEqual(nonces);
  });

  it('goes to one of two collectors that ask in the same moment', async () => {
    const { errands, leave } = setUp();
    await leave();
    const taken = await Promise.all([errands.take(['distribution'], 9), errands.take(['distribution'], 9)]);
    expect(taken.flat()).toHaveLength(1);
  });

  it('of several goes to a collector although another one takes some of them in the same moment', async () => {
    const { errands, leave } = setUp();
    const nonces = [await leave(), await leave({ server: 'source' }), await leave()];
    const [all, some] = await Promise.all([
      errands.take(['distribution', 'source'], 9),
      errands.take(['source'], 9),
    ]);
    expect([...all, ...some].map(({ nonce }) => nonce).toSorted()).toEqual(nonces.toSorted());
  });

  it('is gone when nobody waits for it any more', async () => {
    const { errands, leave, clock } = setUp();
    const nonce = await leave();
    clock.at += 60_001;
    expect(await errands.take(['distribution'], 9)).toEqual([]);
    expect(await errands.look(nonce)).toEqual({ is: 'gone' });
  });

  it('tells when a collector of each server last asked', async () => {
    const { errands, clock } = setUp();
    expect(await errands.heardAt('source')).toBeNull();
    await errands.take(['source'], 0);
    clock.at += 5_000;
    await errands.take(['target', 'source'], 0);
    clock.at += 4_999;
    await errands.take(['target', 'source'], 0);
    expect([await errands.heardAt('source'), await errands.heardAt('target')]).toEqual([
      NOW + 5_000,
      NOW + 5_000,
    ]);
  });
});

describe('the answer to an errand', () => {
  it('is given once to whoever asked', async () => {
    const { errands, leave } = setUp();
    const nonce = await leave();
    await errands.answer(nonce, NOW, ROWS);
    expect(await errands.look(nonce)).toEqual({ is: 'answered', outcome: ROWS });
    expect(await errands.look(nonce)).toEqual({ is: 'gone' });
  });

  it('comes back whole when it is that of 10,000 tables', async () => {
    const { errands, leave } = setUp();
    const nonce = await leave({ server: 'source', statement: sourceEstimates.name });
    const rows = Array.from({ length: 10_000 }, (_, n) => ({
      schema: 'dbo',
      table: `T${(n * 7919).toString(36)}`,
      rows: String(n * 104_729),
      published: n % 2,
    }));
    await errands.answer(nonce, NOW, { rows });
    expect(await errands.look(nonce)).toEqual({ is: 'answered', outcome: { rows } });
  });

  it('may be why there are no rows', async () => {
    const { errands, leave } = setUp();
    const nonce = await leave();
    const outcome: Outcome = { failed: { code: 'C503', message: 'VIEW ANY DATABASE' } };
    await errands.answer(nonce, NOW, outcome);
    expect(await errands.look(nonce)).toEqual({ is: 'answered', outcome });
  });

  it.each<[string, string, (stage: ReturnType<typeof setUp>, nonce: string) => Promise<unknown>]>([
    ['of a nonce nobody gave out', 'C219', ({ errands }) => errands.answer('f'.repeat(32), NOW, ROWS)],
    [
      'of an old nonce, after the wait for it is over',
      'C219',
      ({ errands, clock }, nonce) => {
        clock.at += 60_001;
        return errands.answer(nonce, NOW, ROWS);
      },
    ],
    [
      'of an errand that was given up',
      'C219',
      async ({ errands }, nonce) => {
        await errands.drop(nonce);
        await errands.answer(nonce, NOW, ROWS);
      },
    ],
    [
      'sent twice',
      'C220',
      async ({ errands }, nonce) => {
        await errands.answer(nonce, NOW, ROWS);
        await errands.answer(nonce, NOW, ROWS);
      },
    ],
    [
      'replayed after it was used',
      'C219',
      async ({ errands }, nonce) => {
        await errands.answer(nonce, NOW, ROWS);
        await errands.look(nonce);
        await errands.answer(nonce, NOW, ROWS);
      },
    ],
  ])('%s is refused with %s', async (_, code, act) => {
    const stage = setUp();
    const nonce = await stage.leave();
    expect(await codeOf(act(stage, nonce))).toBe(code);
  });

  it('with other rows than those of the statement is refused, and ends the errand naming columns and no values', async () => {
    const { errands, leave } = setUp();
    const nonce = await leave();
    const { serverTime: _, ...rest } = ROW;
    const sent = errands.answer(nonce, NOW, { rows: [{ ...rest, accessible: 'ACME-4711' }] });
    await expect(sent).rejects.toMatchObject({
      code: 'C201',
      problems: ['distribution-database on the distribution server: accessible, serverTime'],
    });
    expect(await errands.look(nonce)).toEqual({
      is: 'answered',
      outcome: {
        failed: {
          code: 'C505',
          message: 'distribution-database on the distribution server: accessible, serverTime',
        },
      },
    });
  });

  it('of two that come in the same moment is taken once', async () => {
    const { errands, leave } = setUp();
    const nonce = await leave();
    const codes = await Promise.all([1, 2].map(() => codeOf(errands.answer(nonce, NOW, ROWS))));
    expect(codes.toSorted()).toEqual(['C220', 'taken']);
  });

  it('that nobody fetched is removed some minutes after the wait for it', async () => {
    const { errands, leave, clock, tables } = setUp();
    const nonce = await leave();
    await errands.answer(nonce, NOW, ROWS);
    clock.at += 5 * 60_000;
    await errands.take(['source'], 1);
    expect(await tables.range('lists', 'errand', 'answer-', 'answer.')).toHaveLength(1);
    clock.at += 20 * 60_000;
    await errands.take(['source'], 1);
    expect(await tables.range('lists', 'errand', 'answer-', 'answer.')).toEqual([]);
  });

  it.each([
    { aheadMs: 30_000, told: [] },
    { aheadMs: 30_001, told: [30_001] },
    { aheadMs: -90_000, told: [-90_000] },
  ])('of a server whose clock is $aheadMs ms ahead is told of as $told', async ({ aheadMs, told }) => {
    const { errands, leave, clocksOff } = setUp();
    await errands.answer(await leave(), NOW + aheadMs, ROWS);
    expect(clocksOff).toEqual(told);
  });
});
