import { describe, expect, it } from 'vitest';
import type { DrillQuestion } from '../../../shared/core/drill-search.ts';
import {
  afterCompanies,
  afterParts,
  afterRows,
  beginDrill,
  DRILL_LIMITS,
  drillResult,
  nextQuestion,
} from '../../../shared/core/drill-search.ts';
import type { SampleRow } from '../../support/drill-table.ts';
import { companiesOf, figuresOf, playDrill } from '../../support/drill-table.ts';

const rowsOf = (from: number, to: number, company: string | null = 'usmf'): readonly SampleRow[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => ({ recid: BigInt(from + n), company }));
const limits = { maxQueries: 100, listed: 10, scanned: 0 };
const NOTHING = { rows: 0, recids: [], ranges: [] };

describe('the companies', () => {
  it.each([
    [
      'that differ are named with rows and highest RECID, and only between their ends is searched',
      [...rowsOf(1, 50, 'usmf'), ...rowsOf(101, 150, 'demf')],
      [...rowsOf(1, 50, 'usmf'), ...rowsOf(101, 140, 'demf')],
      [{ company: 'demf', source: { rows: 50, high: '150' }, target: { rows: 40, high: '140' } }],
    ],
    [
      'are the same whatever the case in which a side writes them',
      rowsOf(1, 50, 'USMF'),
      rowsOf(1, 50, 'usmf'),
      [],
    ],
    [
      'may be on one side only',
      [...rowsOf(1, 5, 'usmf'), ...rowsOf(6, 7, 'demf')],
      rowsOf(1, 5, 'usmf'),
      [{ company: 'demf', source: { rows: 2, high: '7' }, target: { rows: 0, high: null } }],
    ],
    [
      'that have as many rows, but not the same ones, differ',
      rowsOf(1, 5),
      [...rowsOf(1, 4), ...rowsOf(6, 6)],
      [{ company: 'usmf', source: { rows: 5, high: '5' }, target: { rows: 5, high: '6' } }],
    ],
    [
      'are one without a name where the table is not saved per company',
      rowsOf(1, 2, null),
      rowsOf(1, 1, null),
      [{ company: null, source: { rows: 2, high: '2' }, target: { rows: 1, high: '1' } }],
    ],
    ['are none of two empty tables', [], [], []],
  ])('%s', (_, source, target, companies) => {
    const result = playDrill({ source, target }, { limits });
    expect(result).toMatchObject({ companies, open: [], moved: false });
    const differs = result.missing.rows + result.surplus.rows > 0;
    expect(differs).toBe(companies.length > 0);
  });
});

describe('the search', () => {
  it('looks beyond the highest RECID of the shorter side first of all: the next look has its end', () => {
    const [source, target] = [rowsOf(1, 100), rowsOf(1, 80)];
    const search = afterCompanies(beginDrill(true, 2, limits), {
      source: companiesOf(source),
      target: companiesOf(target),
    });
    expect(nextQuestion(search)).toMatchObject({
      ask: 'parts',
      upTo: ['11', '22', '34', '45', '57', '68', '80', '100'],
    });
  });

  it.each([
    [
      'a range that only the source has as one, not row by row',
      rowsOf(1, 100),
      rowsOf(1, 80),
      { missing: { rows: 20, recids: [], ranges: [{ low: '81', high: '100', rows: 20 }] }, surplus: NOTHING },
    ],
    [
      'a range that only the target has as one',
      rowsOf(1, 80),
      rowsOf(1, 100),
      { missing: NOTHING, surplus: { rows: 20, recids: [], ranges: [{ low: '81', high: '100', rows: 20 }] } },
    ],
    [
      'everything where the target is empty',
      rowsOf(1, 100),
      [],
      {
        missing: { rows: 100, recids: [], ranges: [{ low: '1', high: '100', rows: 100 }] },
        surplus: NOTHING,
      },
    ],
    [
      'rows of both sides, each with its company',
      [...rowsOf(1, 60), ...rowsOf(62, 80)],
      [...rowsOf(1, 20), ...rowsOf(22, 80)],
      {
        missing: { rows: 1, recids: [{ recid: '21', company: 'usmf' }], ranges: [] },
        surplus: { rows: 1, recids: [{ recid: '61', company: 'usmf' }], ranges: [] },
      },
    ],
  ])('tells %s', (_, source, target, found) => {
    expect(playDrill({ source, target }, { limits })).toMatchObject({ ...found, open: [] });
  });

  it('tells several ranges and rows in the order of their RECIDs', () => {
    const source = rowsOf(1, 900);
    const target = source.filter(
      ({ recid }) => !(recid > 100n && recid < 220n) && !(recid > 500n && recid < 680n),
    );
    const { missing } = playDrill({ source, target }, { limits: { ...limits, maxQueries: 1_000 } });
    const lows = missing.ranges.map(({ low }) => Number(low));
    const recids = missing.recids.map(({ recid }) => Number(recid));
    expect(lows.length).toBeGreaterThan(1);
    expect([lows, recids]).toEqual([lows.toSorted((a, b) => a - b), recids.toSorted((a, b) => a - b)]);
  });
});

describe('what cannot be told stays open', () => {
  const [source, target] = [rowsOf(1, 100), [...rowsOf(1, 40), ...rowsOf(42, 100)]];
  const whole = { low: '-9223372036854775808', high: '9223372036854775807' };
  const ask =
    (...asks: readonly DrillQuestion['ask'][]) =>
    (question: DrillQuestion): boolean =>
      asks.includes(question.ask);

  it.each([
    [
      'the whole table without a single query left',
      { limits: { ...limits, maxQueries: 3 } },
      { ...whole, why: 'queries' },
      null,
    ],
    [
      'the range in hand when the queries are used up',
      { limits: { ...limits, maxQueries: 5 } },
      { low: '1', high: '100', why: 'queries' },
      1,
    ],
    [
      'a range that takes a server too long',
      { limits, tooSlow: ask('parts') },
      { low: '1', high: '100', why: 'too-slow' },
      1,
    ],
    [
      'a list that takes a server too long',
      { limits, tooSlow: ask('rows') },
      { low: '41', high: '41', why: 'too-slow' },
      1,
    ],
    [
      'a large table without an index on RECID',
      { limits, indexed: false },
      { low: '1', high: '100', why: 'no-index' },
      1,
    ],
    [
      'such a table when even its companies take too long',
      { limits, indexed: false, tooSlow: ask('companies') },
      { ...whole, why: 'too-slow' },
      null,
    ],
    [
      'everything between the ends of a table that is too large to be read',
      { limits, tooSlow: ask('companies') },
      { low: '1', high: '100', why: 'too-slow' },
      null,
    ],
    [
      'the whole table when even its ends take too long',
      { limits, tooSlow: ask('companies', 'bounds') },
      { ...whole, why: 'too-slow' },
      null,
    ],
  ])('%s', (_, how, open, companies) => {
    const result = playDrill({ source, target }, how);
    expect(result.open).toEqual([expect.objectContaining(open)]);
    expect([result.companies?.length ?? null, result.missing.rows]).toEqual([companies, 0]);
  });

  it('each of several ranges, in the order of their RECIDs', () => {
    const lacking = source.filter(({ recid }) => recid % 40n !== 5n);
    const { open } = playDrill({ source, target: lacking }, { limits, tooSlow: ask('rows') });
    expect(open.map(({ low }) => low)).toEqual(['5', '44', '85']);
  });

  it('a small table without an index is searched all the same', () => {
    const result = playDrill({ source, target }, { limits: { ...limits, scanned: 100 }, indexed: false });
    expect(result).toMatchObject({ missing: { rows: 1 }, open: [] });
  });

  it.each([
    ['missing', rowsOf(1, 100), rowsOf(1, 98)],
    ['surplus', rowsOf(1, 98), rowsOf(1, 100)],
  ])('the end of a table that is too large to be read is still told where it is %s', (which, here, there) => {
    const result = playDrill({ source: here, target: there }, { limits, tooSlow: ask('companies') });
    expect(result).toMatchObject({
      companies: null,
      [which]: { rows: 2, recids: [{ recid: '99' }, { recid: '100' }] },
      open: [{ low: '1', high: '98', why: 'too-slow' }],
    });
  });

  it('two empty tables of which only the ends could be read have nothing to tell', () => {
    const result = playDrill({ source: [], target: [] }, { limits, tooSlow: ask('companies') });
    expect(result).toMatchObject({ open: [], missing: NOTHING, surplus: NOTHING });
  });

  it('what is not yet narrowed when the time is over', () => {
    const search = afterCompanies(beginDrill(true, 2), {
      source: companiesOf(source),
      target: companiesOf(target),
    });
    expect(drillResult(search, 'time')).toMatchObject({
      open: [{ low: '1', high: '100', why: 'time' }],
      maxQueries: 200,
    });
    expect(DRILL_LIMITS).toMatchObject({ maxQueries: 200, listed: 1_000 });
  });
});

describe('a table that changes meanwhile, or has no unique RECID', () => {
  const range = { low: '1', high: '9', shared: null, rows: { source: 9, target: 8 } };
  const search = { ...beginDrill(true, 4, limits), stage: 'ranges', todo: [range] } as const;
  const ids = (from: number, to: number) =>
    rowsOf(from, to).map(({ recid, company }) => ({ recid: String(recid), company }));

  it.each([
    [
      'the parts have as many rows as the range had',
      [figuresOf(rowsOf(1, 9)), figuresOf(rowsOf(1, 8))],
      false,
    ],
    ['rows of the source came', [figuresOf(rowsOf(0, 9)), figuresOf(rowsOf(1, 8))], true],
    [
      'rows of the target came, and both are equal now',
      [figuresOf(rowsOf(1, 9)), figuresOf(rowsOf(1, 9))],
      true,
    ],
  ])('%s', (_, [source, target], moved) => {
    const none = figuresOf([]);
    const next = afterParts(search, range, [{ source: source ?? none, target: target ?? none }]);
    expect(next.moved).toBe(moved);
  });

  it.each([
    [
      'the lists are what was counted',
      ids(1, 9),
      ids(1, 8),
      { moved: false, missing: { rows: 1 }, open: [] },
    ],
    ['a row came meanwhile', ids(1, 9), ids(1, 9), { moved: true, missing: { rows: 0 }, open: [] }],
    ['a row of the source went', ids(1, 8), ids(1, 8), { moved: true, missing: { rows: 0 }, open: [] }],
    [
      'more came than are listed',
      ids(1, 11),
      ids(1, 8),
      { moved: true, missing: { rows: 0 }, open: [{ low: '1', high: '9', why: 'ambiguous' }] },
    ],
    [
      'a RECID occurs twice at the source',
      [...ids(1, 8), ...ids(8, 8)],
      ids(1, 8),
      { moved: false, missing: { rows: 0 }, open: [{ why: 'ambiguous' }] },
    ],
    [
      'a RECID occurs twice at the target',
      ids(1, 9),
      [...ids(1, 7), ...ids(7, 7)],
      { moved: false, missing: { rows: 0 }, open: [{ why: 'ambiguous' }] },
    ],
  ])('%s', (_, source, target, told) => {
    expect(afterRows(search, range, { source, target })).toMatchObject({ ...told, todo: [], queries: 6 });
  });

  it('a part without a row has nowhere to look, whatever its sum', () => {
    const none = figuresOf([]);
    const next = afterParts(search, range, [{ source: { ...none, sum: '7' }, target: none }]);
    expect(next).toMatchObject({ moved: true, todo: [], open: [] });
  });

  it('one RECID with more rows than are listed is not divided for ever', () => {
    const many = Array.from({ length: 20 }, (): SampleRow => ({ recid: 7n, company: 'usmf' }));
    const result = playDrill({ source: many, target: many.slice(1) }, { limits });
    expect(result.open).toEqual([
      { low: '7', high: '7', rows: { source: 20, target: 19 }, why: 'ambiguous' },
    ]);
  });
});
