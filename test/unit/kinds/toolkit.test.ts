import { describe, expect, it } from 'vitest';
import { sameLcsState } from '../../../shared/kinds/lcs-state.ts';
import { toolkit } from '../../../shared/kinds/toolkit.ts';
import type { Answers } from './kind-context.ts';
import { claim, fakeLcs, fakeSql, iso, look, NOW, short, wait, publicationRow } from './kind-context.ts';

const distributor = (database: string | null): Answers => ({
  'distribution-database': [
    { mayLook: 1, database, accessible: database === null ? null : 1, serverTime: iso(NOW) },
  ],
});
const tables = (source: string[], target: string[], seesTables = 1): Answers => ({
  'target-facts': [{ version: '12.0', database: 'AxDB', seesTables, serverTime: iso(NOW) }],
  'table-estimates-source': source.map((table) => ({ schema: 'dbo', table, rows: 1, published: 0 })),
  'table-estimates-target': target.map((table) => ({ schema: 'dbo', table, rows: 1, published: 0 })),
});
const published = {
  ...distributor('distribution'),
  'replication-status': [publicationRow('AX_PUB_PkTable_1')],
};

const run = (expects: object[], sql: Answers = {}, state: string | null = null) =>
  look(toolkit, {
    params: { entry: 4, expects: expects as never },
    step: { wait: wait({ claim: claim() }) },
    ports: { sql: fakeSql(sql), lcs: state === null ? null : fakeLcs({ state }) },
  });
const lcs = { is: 'lcs-state', state: 'Replication in progress' };
const keyed = { is: 'publications', class: 'keyed', present: true };

describe('toolkit', () => {
  it.each<{ what: string; expects: object[]; sql?: Answers; state?: string; expected: string }>([
    {
      what: 'the state is reached',
      expects: [lcs],
      state: 'replication in progress',
      expected: 'done pulled',
    },
    {
      what: 'the state has its internal name',
      expects: [lcs],
      state: 'Replicating',
      expected: 'done pulled',
    },
    { what: 'the state is another', expects: [lcs], state: 'Deployed', expected: 'not-yet pulled' },
    { what: 'the state cannot be read', expects: [lcs], expected: 'done stated' },
    {
      what: 'the distribution database is there',
      expects: [{ is: 'distribution-database', present: true }],
      sql: distributor('distribution'),
      expected: 'done pulled',
    },
    {
      what: 'the distribution database is not there',
      expects: [{ is: 'distribution-database', present: true }],
      sql: distributor(null),
      expected: 'not-yet pulled',
    },
    {
      what: 'the distribution database is gone as it should',
      expects: [{ is: 'distribution-database', present: false }],
      sql: distributor(null),
      expected: 'done pulled',
    },
    { what: 'the publications are there', expects: [keyed], sql: published, expected: 'done pulled' },
    {
      what: 'publications of another class are there',
      expects: [{ ...keyed, class: 'non-keyed' }],
      sql: published,
      expected: 'not-yet pulled',
    },
    {
      what: 'publications are left',
      expects: [{ ...keyed, present: false }],
      sql: published,
      expected: 'not-yet pulled',
    },
    {
      what: 'publications went with the distribution database',
      expects: [{ ...keyed, present: false }],
      sql: distributor(null),
      expected: 'done pulled',
    },
    {
      what: 'the target holds nothing of AX',
      expects: [{ is: 'target-empty' }],
      sql: tables(['CUSTTABLE'], ['SQLSYSTEMVARIABLES']),
      expected: 'done pulled',
    },
    {
      what: 'the target still holds a table of AX',
      expects: [{ is: 'target-empty' }],
      sql: tables(['CUSTTABLE'], ['custtable']),
      expected: 'not-yet pulled',
    },
    { what: 'only a person can tell', expects: [{ is: 'stated' }], expected: 'done stated' },
    {
      what: 'one of two expectations can only be stated',
      expects: [{ is: 'stated' }, keyed],
      sql: published,
      expected: 'done stated',
    },
  ])('is $expected when $what', async ({ expects, sql, state, expected }) => {
    const { reading, verdict } = await run(expects, sql, state ?? null);
    expect(`${verdict.verdict} ${reading.source}`).toBe(expected);
  });

  it('tells who reported it and what was seen instead', async () => {
    const { verdict } = await run([lcs], {}, 'Deployed');
    expect(verdict).toMatchObject({
      unmet: [
        {
          message:
            'Entry 4 is reported done by Dina, but it is in state "Deployed" where the sandbox is in state "Replication in progress" was to be',
        },
      ],
    });
  });

  it('waits for the report of a person first', async () => {
    const { verdict } = await look(toolkit, { params: { entry: 4, expects: [{ is: 'stated' }] } });
    expect(short(verdict)).toBe('not-yet not-reported');
  });

  it.each([
    { what: 'target', sql: tables(['CUSTTABLE'], [], 0) },
    { what: 'source', sql: tables([], []) },
  ])('does not take tables it may not see in the $what for absent', async ({ sql }) => {
    await expect(run([{ is: 'target-empty' }], sql)).rejects.toMatchObject({ code: 'C503' });
  });
});

describe('states of Lifecycle Services', () => {
  it.each([
    ['Ready for replication', 'ReadyForReplication', true],
    ['Replicated', 'Replication completed', true],
    ['Servicing', 'servicing', true],
    ['Deployed', 'Failed', false],
    ['Servicing', 'Preparing', false],
  ])('%s and %s are the same: %s', (a, b, same) => {
    expect(sameLcsState(a, b)).toBe(same);
  });
});
