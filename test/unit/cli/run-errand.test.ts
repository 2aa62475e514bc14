import { describe, expect, it } from 'vitest';
import { FIGURES, runErrand } from '../../../cli/run-errand.ts';
import type { Errand } from '../../../shared/contract/collector.ts';
import type { Statement } from '../../../shared/contract/statement.ts';
import { distributionDatabase } from '../../../shared/contract/statements/distribution.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import type { Sql } from '../../../shared/kinds/kind-ports.ts';

const FIGURE = 'SELECT SUM(AMOUNTMST) AS figure FROM dbo.CUSTTRANSOPEN';

/** A server that answers whatever it is asked, and remembers the T-SQL. */
const server = (answer: readonly unknown[] | Error = []) => {
  const texts: string[] = [];
  const query = (statement: Statement<unknown, unknown>, parameters: unknown) => {
    texts.push(statement.text(parameters));
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve(answer.map((row) => statement.row.parse(row)));
  };
  return { texts, sql: { query } as unknown as Pick<Sql, 'query'> };
};

const errand = (changes: Partial<Errand> = {}): Errand => ({
  nonce: '0'.repeat(32),
  server: 'distribution',
  statement: distributionDatabase.name,
  parameters: null,
  ...changes,
});

describe('an errand', () => {
  it('is run by the T-SQL that the collector carries, and its rows go as they came', async () => {
    const rows = [{ mayLook: 1, database: null, accessible: null, serverTime: 'whenever' }];
    const { sql, texts } = server(rows);
    expect(await runErrand(errand(), sql, new Set())).toEqual({ rows });
    expect(texts).toEqual([distributionDatabase.text(null)]);
  });

  it.each<[string, Partial<Errand>, string]>([
    ['of an unknown name', { statement: 'drop-everything' }, 'drop-everything is not in its catalogue'],
    ['that is itself SQL', { statement: 'SELECT 1' }, 'SELECT 1 is not in its catalogue'],
    [
      'for another server than that of its statement',
      { server: 'target' },
      'distribution-database is no statement for the target server',
    ],
    [
      'with parameters it does not have',
      { parameters: { text: 'SELECT 1' } },
      'the parameters of distribution-database are not those of its catalogue',
    ],
    [
      'with a name no server has',
      {
        server: 'source',
        statement: 'exact-counts-source',
        parameters: { tables: [{ schema: 'dbo', name: 'n'.repeat(129) }] },
      },
      'the parameters of exact-counts-source are not those of its catalogue',
    ],
    [
      'with the SQL of a reconciliation that nobody reviewed',
      {
        server: 'source',
        statement: 'reconciliation-figure-source',
        parameters: { sql: 'SELECT PASSWORD AS figure FROM dbo.SECRETS' },
      },
      'the SQL of this reconciliation is not among the figures that were reviewed',
    ],
  ])('%s is not run', async (_, changes, message) => {
    const { sql, texts } = server();
    const outcome = await runErrand(errand(changes), sql, new Set([FIGURE]));
    expect(outcome).toEqual({ failed: { code: 'C507', message } });
    expect(texts).toEqual([]);
  });

  it('with the SQL of a reconciliation that was reviewed is run as it stands', async () => {
    const { sql, texts } = server([{ figure: 17 }]);
    const figure = errand({
      server: 'source',
      statement: 'reconciliation-figure-source',
      parameters: { sql: FIGURE },
    });
    expect(await runErrand(figure, sql, new Set([FIGURE]))).toEqual({ rows: [{ figure: 17 }] });
    expect(texts).toEqual([FIGURE]);
    expect(FIGURES.size).toBe(2);
  });

  it('of a figure that writes is not run even where it was listed', async () => {
    const sql = 'DELETE FROM dbo.CUSTTABLE SELECT 1 AS figure';
    const figure = errand({
      server: 'source',
      statement: 'reconciliation-figure-source',
      parameters: { sql },
    });
    const asked = server();
    expect(await runErrand(figure, asked.sql, new Set([sql]))).toMatchObject({ failed: { code: 'C507' } });
    expect(asked.texts).toEqual([]);
  });

  it.each<[string, Error, object]>([
    [
      'as the server says',
      new CutoverError('C503', 'needs VIEW SERVER STATE'),
      { code: 'C503', message: 'needs VIEW SERVER STATE' },
    ],
    [
      'as an unreadable answer for any other code',
      new CutoverError('C403', 'x'),
      { code: 'C505', message: 'x' },
    ],
    [
      'without a word of an unexpected error, which may quote a row',
      new Error('ACME-4711'),
      { code: 'C505', message: 'distribution-database: it failed in the collector' },
    ],
    [
      'with at most 500 characters',
      new CutoverError('C504', 'y'.repeat(600)),
      { code: 'C504', message: 'y'.repeat(500) },
    ],
  ])('fails %s', async (_, error, failed) => {
    expect(await runErrand(errand(), server(error).sql, new Set())).toEqual({ failed });
  });
});
