import type { DrillDownView, DrillEvidence, DrillLine } from '../contract/drill-down.ts';
import type { DrillDown } from '../core/drill-down.ts';
import { drillDownsOf } from '../core/drill-down.ts';
import type { CutoverState } from '../core/state.ts';
import type { Cell } from './csv.ts';
import { csvOf } from './csv.ts';
import { iso } from './instant.ts';

const lineOf = ({ by, at, ...rest }: DrillDown): DrillLine => ({ ...rest, by: by.name, at: iso(at) });

/** The newest drill-down of each table, newest first. */
export const drillLines = (state: CutoverState): readonly DrillLine[] =>
  drillDownsOf(state).map(lineOf).reverse();

/** What a drill-down found, as people see it. */
export const drillDownView = (
  hash: string,
  { schema: _, kind: __, takenAt, ...rest }: DrillEvidence,
): DrillDownView => ({ hash, ...rest, takenAt: iso(takenAt) });

const COLUMNS = ['what', 'company', 'from RECID', 'to RECID', 'rows at source', 'rows at target', 'note'];

const WHY: Readonly<Record<DrillEvidence['open'][number]['why'], string>> = {
  queries: 'the limit of queries was reached',
  time: 'the time was over',
  'too-slow': 'the server took too long to count it',
  'no-index': 'no index begins with RECID',
  ambiguous: 'a RECID occurs more than once, or rows came meanwhile',
};

const foundLines = (
  what: 'missing' | 'surplus',
  { recids, ranges }: DrillEvidence['missing'],
): readonly (readonly Cell[])[] => {
  const sides = (rows: number): readonly Cell[] => (what === 'missing' ? [rows, 0] : [0, rows]);
  return [
    ...recids.map(({ recid, company }) => [what, company, recid, recid, ...sides(1), null]),
    ...ranges.map(({ low, high, rows }) => [what, null, low, high, ...sides(rows), 'every row of the range']),
  ];
};

/** What a drill-down found as CSV: every row, range and open range a line; RECIDs are texts, as no spreadsheet holds them all. */
export const drillDownCsv = ({ missing, surplus, open }: DrillEvidence): string =>
  csvOf([
    COLUMNS,
    ...foundLines('missing', missing),
    ...foundLines('surplus', surplus),
    ...open.map(({ low, high, rows, why }) => ['open', null, low, high, rows.source, rows.target, WHY[why]]),
  ]);
