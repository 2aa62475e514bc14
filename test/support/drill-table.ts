import type { BothSides, CompanyFigures, RecidFigures, RowId } from '../../shared/core/drill-range.ts';
import type { DrillLimits, DrillQuestion, DrillResult, DrillSearch } from '../../shared/core/drill-search.ts';
import {
  afterBounds,
  afterCompanies,
  afterParts,
  afterRows,
  afterTooSlow,
  beginDrill,
  drillResult,
  nextQuestion,
} from '../../shared/core/drill-search.ts';

/** A row of a table that is held in memory. */
export type SampleRow = { readonly recid: bigint; readonly company: string | null };

/** The figures of rows. */
export const figuresOf = (rows: readonly SampleRow[]): RecidFigures => {
  const recids = rows.map(({ recid }) => recid).sort((a, b) => (a < b ? -1 : 1));
  return {
    rows: recids.length,
    sum: String(recids.reduce((sum, recid) => sum + recid, 0n)),
    low: recids[0]?.toString() ?? null,
    high: recids.at(-1)?.toString() ?? null,
  };
};

/** The figures of each company of the rows. */
export const companiesOf = (rows: readonly SampleRow[]): readonly CompanyFigures[] =>
  [...Map.groupBy(rows, ({ company }) => company)].map(([company, own]) => ({ company, ...figuresOf(own) }));

/** The figures of the rows from `low` on, part by part. */
export const partFigures = (
  rows: readonly SampleRow[],
  low: string,
  upTo: readonly string[],
): readonly RecidFigures[] =>
  upTo.map((end, index) => {
    const from = index === 0 ? BigInt(low) : BigInt(upTo[index - 1] ?? low) + 1n;
    return figuresOf(rows.filter(({ recid }) => recid >= from && recid <= BigInt(end)));
  });

/** The rows of a range, by what identifies them. */
export const rowIdsOf = (rows: readonly SampleRow[], low: string, high: string): readonly RowId[] =>
  rows
    .filter(({ recid }) => recid >= BigInt(low) && recid <= BigInt(high))
    .map(({ recid, company }) => ({ recid: String(recid), company }));

type Tables = BothSides<readonly SampleRow[]>;

const endsOf = (rows: readonly SampleRow[]) => {
  const { low, high } = figuresOf(rows);
  return low === null || high === null ? null : { low, high };
};

/** Answers one question from both tables. */
export const answered = (search: DrillSearch, question: DrillQuestion, tables: Tables): DrillSearch => {
  const both = <T>(of: (rows: readonly SampleRow[]) => T): BothSides<T> => ({
    source: of(tables.source),
    target: of(tables.target),
  });
  switch (question.ask) {
    case 'companies':
      return afterCompanies(search, both(companiesOf));
    case 'bounds':
      return afterBounds(search, both(endsOf));
    case 'parts': {
      const { range, upTo } = question;
      const { source, target } = both((rows) => partFigures(rows, range.low, upTo));
      const parts = source.flatMap((one, index) => {
        const other = target[index];
        return other === undefined ? [] : [{ source: one, target: other }];
      });
      return afterParts(search, range, parts);
    }
    case 'rows': {
      const { range } = question;
      return afterRows(
        search,
        range,
        both((rows) => rowIdsOf(rows, range.low, range.high)),
      );
    }
  }
};

/** Plays a whole search against two tables; `tooSlow` are the questions that take the servers too long. */
export const playDrill = (
  tables: Tables,
  {
    limits,
    indexed = true,
    tooSlow = () => false,
  }: {
    readonly limits?: DrillLimits;
    readonly indexed?: boolean;
    readonly tooSlow?: (question: DrillQuestion) => boolean;
  } = {},
): DrillResult => {
  let search = beginDrill(indexed, 2, limits);
  for (let question = nextQuestion(search); question !== null; question = nextQuestion(search)) {
    search = tooSlow(question) ? afterTooSlow(search, question) : answered(search, question, tables);
  }
  return drillResult(search, 'queries');
};
