import { expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { lookAtReplication } from '../../../shared/kinds/replication-reading.ts';
import { POLL_BUDGET_MS, withinBudget } from '../../../shared/kinds/time-budget.ts';
import { BINDINGS, fakeSql, iso, NOW, publicationRow } from './kind-context.ts';

/** A server each of whose answers takes so long. */
const slowPoll = async (eachMs: number) => {
  let elapsed = 0;
  const sql = fakeSql({
    'distribution-database': [{ mayLook: 1, database: 'distribution', accessible: 1, serverTime: iso(NOW) }],
    'replication-status': [publicationRow('AX_PUB_PkTable_1')],
    'replication-pending': [{ publication: 'AX_PUB_PkTable_1', pending: 0 }],
    'source-health': [],
    'table-estimates-source': [],
    'table-estimates-target': [],
    'replication-articles': [],
  });
  const timed: typeof sql = {
    asked: sql.asked,
    sourceOf: () => 'pulled',
    query: async (statement, parameters) => {
      const rows = await sql.query(statement, parameters);
      elapsed += eachMs;
      return rows;
    },
  };
  const { reading } = await lookAtReplication(
    withinBudget(timed, () => elapsed),
    42,
    NOW,
    BINDINGS.source,
    'counts',
  );
  return { reading, asked: sql.asked };
};

it('a poll asks for everything while the source answers in time', async () => {
  const { reading, asked } = await slowPoll(100);
  expect(asked).toHaveLength(7);
  expect(reading.gaps).toEqual([]);
});

it('a poll whose time is over asks no further, keeps what it read, and says what is missing', async () => {
  const { reading, asked } = await slowPoll(POLL_BUDGET_MS / 2);
  expect(asked).toEqual(['distribution-database', 'replication-status']);
  expect(reading).toMatchObject({ blind: null, publications: [{ pendingCommands: null }] });
  expect(reading.gaps.map(({ statement, code }) => `${statement} ${code}`)).toEqual([
    'replication-pending C504',
    'source-health C504',
    'table-estimates-source C504',
    'table-estimates-target C504',
    'replication-articles C504',
  ]);
});

it('a poll whose first answer takes all its time is blind, of C504', async () => {
  const { reading } = await slowPoll(POLL_BUDGET_MS);
  expect(reading.blind).toMatchObject({ code: 'C504' });
  expect(reading.blind?.message).toContain('replication-status');
  expect(new CutoverError('C504', '').retriable).toBe(true);
});
