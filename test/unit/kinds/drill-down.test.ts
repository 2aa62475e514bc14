import { describe, expect, it } from 'vitest';
import type { BothSides } from '../../../shared/core/drill-range.ts';
import { DRILL_LIMITS } from '../../../shared/core/drill-search.ts';
import { CutoverError } from '../../../shared/core/errors.ts';
import { DRILL_BUDGET_MS, drillDown } from '../../../shared/kinds/drill-down.ts';
import { companiesOf, figuresOf, partFigures, rowIdsOf, type SampleRow } from '../../support/drill-table.ts';
import type { Answers } from './kind-context.ts';
import { fakeSql } from './kind-context.ts';

const TABLE = { schema: 'dbo', name: 'CUSTTABLE' };
const rowsOf = (count: number): readonly SampleRow[] =>
  Array.from({ length: count }, (_, n) => ({ recid: 5_637_144_576n + BigInt(n), company: 'usmf' }));
const shapeRow = (changes: object = {}) => ({
  schema: 'dbo',
  table: 'CUSTTABLE',
  hasRecid: 1,
  perCompany: 1,
  indexed: 1,
  ...changes,
});

/** What one side answers from its rows. */
const sideOf = (side: 'source' | 'target', rows: readonly SampleRow[]): Answers => {
  const { low, high } = figuresOf(rows);
  return {
    [`drill-shape-${side}`]: [shapeRow()],
    [`drill-companies-${side}`]: companiesOf(rows),
    [`recid-bounds-${side}`]: [{ position: 0, low, high }],
    [`drill-parts-${side}`]: (asked: { low: string; upTo: readonly string[] }) =>
      partFigures(rows, asked.low, asked.upTo)
        .map((figures, part) => ({ part, ...figures }))
        .filter((part) => part.rows > 0),
    [`drill-rows-${side}`]: (asked: { low: string; high: string; most: number }) =>
      rowIdsOf(rows, asked.low, asked.high).slice(0, asked.most),
  };
};
const serversOf = ({ source, target }: BothSides<readonly SampleRow[]>, changes: Answers = {}): Answers => ({
  ...sideOf('source', source),
  ...sideOf('target', target),
  ...changes,
});

const drill = (answers: Answers, elapsedMs: () => number = () => 0) => {
  const sql = fakeSql(answers);
  const names = { source: TABLE, target: TABLE };
  return { asked: sql.asked, result: drillDown({ sql, elapsedMs }, names, DRILL_LIMITS) };
};

const all = rowsOf(5_000);
const some = all.filter((_, n) => n < 700 || n > 702);
const both = { source: all, target: some };
const tooSlow = new CutoverError('C504', 'the test');

describe('a drill-down', () => {
  it('asks each side once a question, at most four kinds of them, and tells the rows', async () => {
    const { asked, result } = drill(serversOf(both));
    expect((await result).missing).toEqual({
      rows: 3,
      recids: [700, 701, 702].map((n) => ({ recid: String(5_637_144_576 + n), company: 'usmf' })),
      ranges: [],
    });
    expect([...new Set(asked)].sort()).toEqual(
      ['companies', 'parts', 'rows', 'shape'].flatMap((what) => [
        `drill-${what}-source`,
        `drill-${what}-target`,
      ]),
    );
    expect((await result).queries).toBe(asked.length);
  });

  it('finds nothing where both sides have become equal', async () => {
    const { asked, result } = drill(serversOf({ source: all, target: all }));
    expect(await result).toMatchObject({
      companies: [],
      missing: { rows: 0 },
      surplus: { rows: 0 },
      open: [],
    });
    expect(asked).toHaveLength(4);
  });

  it('tells the companies of no table that is saved per company on one side only', async () => {
    const asked: unknown[] = [];
    const answers = serversOf(both, {
      'drill-shape-target': [shapeRow({ perCompany: 0 })],
      'drill-companies-source': (parameters: { table: { perCompany: boolean } }) => {
        asked.push(parameters.table.perCompany);
        return [{ company: null, ...figuresOf(all) }];
      },
      'drill-companies-target': [{ company: null, ...figuresOf(some) }],
    });
    expect(await drill(answers).result).toMatchObject({
      companies: [{ company: null }],
      missing: { rows: 3 },
    });
    expect(asked).toEqual([false]);
  });

  it.each([
    ['is not there at the source', { 'drill-shape-source': [] }, /CUSTTABLE is not there at the source/],
    ['is not there at the target', { 'drill-shape-target': [] }, /CUSTTABLE is not there at the target/],
    ['has no RECID', { 'drill-shape-target': [shapeRow({ hasRecid: 0 })] }, /no column RECID at the target/],
  ])('is refused for a table that %s', async (_, changes, message) => {
    await expect(drill(serversOf(both, changes)).result).rejects.toMatchObject({
      code: 'C608',
      message: expect.stringMatching(message) as string,
    });
  });

  it('says that a table was dropped meanwhile, not that an answer is unreadable', async () => {
    let looks = 0;
    const answers = serversOf(both, {
      'drill-shape-target': () => ((looks += 1) === 1 ? [shapeRow()] : []),
      'drill-parts-target': new CutoverError('C505', 'a table or view does not exist'),
    });
    await expect(drill(answers).result).rejects.toMatchObject({ code: 'C608' });
  });

  it.each(['C501', 'C502', 'C503', 'C505'] as const)('ends with %s of either side', async (code) => {
    const error = new CutoverError(code, 'the test');
    for (const name of ['drill-parts-source', 'drill-parts-target'])
      await expect(drill(serversOf(both, { [name]: error })).result).rejects.toMatchObject({ code });
  });

  it('leaves open what a server could not count in time', async () => {
    const { result } = drill(serversOf(both, { 'drill-parts-target': tooSlow }));
    expect(await result).toMatchObject({ missing: { rows: 0 }, open: [{ why: 'too-slow' }] });
  });

  it('still tells the missing end of a table that is too large to be read', async () => {
    const ends = { source: all, target: all.slice(0, 4_990) };
    const { result } = drill(serversOf(ends, { 'drill-companies-source': tooSlow }));
    expect(await result).toMatchObject({
      companies: null,
      missing: { rows: 10 },
      open: [{ why: 'too-slow' }],
    });
  });

  it('knows no ends of an empty side', async () => {
    const { result } = drill(serversOf({ source: all, target: [] }, { 'drill-companies-source': tooSlow }));
    expect(await result).toMatchObject({ open: [{ low: String(all[0]!.recid), why: 'too-slow' }] });
  });

  it('asks nothing more once its time is over', async () => {
    let calls = 0;
    const late = () => ((calls += 1) > 1 ? DRILL_BUDGET_MS : 0);
    const { asked, result } = drill(serversOf(both), late);
    expect(await result).toMatchObject({ companies: [{ company: 'usmf' }], open: [{ why: 'time' }] });
    expect(asked).toHaveLength(4);
  });
});
