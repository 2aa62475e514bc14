import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../../shared/core/errors.ts';
import { baseline } from '../../../shared/kinds/baseline.ts';
import { fakeSnapshots, giving, look, MINUTE, NOW, short } from './kind-context.ts';
import type { Setting } from './kind-context.ts';

type Count = [table: string, source: number | null, target: number | null];

const toolkit = (changes: object = {}, confirmed = true) =>
  giving(
    {
      kind: 'toolkit-counts',
      stepId: 'it',
      database: 'AX2012PROD',
      takenAt: NOW - MINUTE,
      columns: { table: 'T', schema: null, source: 'S', target: 'D', delimiter: ',' },
      counts: [
        ['dbo.A', 3, null],
        ['dbo.B', 9, 8],
      ] satisfies Count[],
      ...changes,
    },
    confirmed,
  );
const count = (accepts: readonly string[] | null, changes: Setting) =>
  look(baseline, { params: { classes: ['keyed'], ...(accepts && { accepts: [...accepts] }) }, ...changes });

describe('the baseline where the source may not be counted', () => {
  it("is the toolkit's counts of the source, whatever has arrived at the target", async () => {
    const snapshots = fakeSnapshots();
    const { reading, verdict } = await count(['file'], { given: [toolkit()], ports: { snapshots } });
    expect([reading.source, verdict]).toEqual([
      'file',
      {
        verdict: 'done',
        summary: '2 tables, 12 rows; counted by the toolkit alone, uploaded by Dina and confirmed by Max',
      },
    ]);
    expect(snapshots.stored).toMatchObject([
      { sides: 'source', readingSource: 'file', tables: [{ source: 3, target: null }, { source: 9 }] },
    ]);
  });

  it.each([
    { what: 'nobody has uploaded any', given: [], expected: 'not-yet witness-missing' },
    {
      what: 'nobody has confirmed them',
      given: [toolkit({}, false)],
      expected: 'not-yet witness-unconfirmed',
    },
    {
      what: 'they are of before the question',
      given: [toolkit({ takenAt: NOW - 31 * MINUTE })],
      expected: 'not-yet witness-outdated',
    },
    {
      what: 'they are of another database',
      given: [toolkit({ database: 'AX2012TEST' })],
      expected: 'not-yet witness-elsewhere',
    },
    {
      what: 'a table has no count at the source',
      given: [toolkit({ counts: [['dbo.A', null, 3]] })],
      expected: 'failed C601',
    },
  ])('is not proved while $what', async ({ given, expected }) => {
    expect(short((await count(['file'], { given })).verdict)).toBe(expected);
  });

  it.each(['C501', 'C503'] as const)('takes them too where %s keeps it from counting', async (code) => {
    const sql = { 'distribution-database': new CutoverError(code, 'the test') };
    expect((await count(null, { sql, given: [toolkit()] })).reading.source).toBe('file');
    await expect(count(null, { sql })).rejects.toMatchObject({ code });
    await expect(count(['pulled'], { sql, given: [toolkit()] })).rejects.toMatchObject({ code });
  });

  it('does not take them for a server that is only slow', async () => {
    const sql = { 'distribution-database': new CutoverError('C504', 'the test') };
    await expect(count(null, { sql, given: [toolkit()] })).rejects.toMatchObject({ code: 'C504' });
  });
});
