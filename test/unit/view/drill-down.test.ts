import { expect, it } from 'vitest';
import type { DrillEvidence } from '../../../shared/contract/drill-down.ts';
import { drillDownCsv, drillDownView } from '../../../shared/view/drill-down.ts';

const NOTHING = { rows: 0, recids: [], ranges: [] };
const EVIDENCE: DrillEvidence = {
  schema: 1,
  kind: 'drill-down',
  table: 'dbo.A',
  takenAt: Date.UTC(2031, 4, 3),
  companies: [],
  missing: {
    rows: 12,
    recids: [
      { recid: '9007199254740993', company: '=cmd()' },
      { recid: '-5', company: null },
    ],
    ranges: [{ low: '20', high: '40', rows: 10 }],
  },
  surplus: { ...NOTHING, rows: 1, recids: [{ recid: '7', company: 'usmf' }] },
  open: [{ low: '50', high: '90', rows: { source: 9, target: null }, why: 'queries' }],
  moved: false,
  queries: 20,
  maxQueries: 200,
};

it('a drill-down as CSV has every row and range on a line, every digit of a RECID, and nothing that a spreadsheet runs', () => {
  expect(drillDownCsv(EVIDENCE).split('\r\n')).toEqual([
    '"what","company","from RECID","to RECID","rows at source","rows at target","note"',
    `"missing","'=cmd()","9007199254740993","9007199254740993",1,0,`,
    `"missing",,"'-5","'-5",1,0,`,
    '"missing",,"20","40",10,0,"every row of the range"',
    '"surplus","usmf","7","7",0,1,',
    '"open",,"50","90",9,,"the limit of queries was reached"',
    '',
  ]);
});

it('a drill-down as people see it says when it was made, as everything else does', () => {
  const { schema: _, kind: __, ...rest } = EVIDENCE;
  expect(drillDownView('h', EVIDENCE)).toEqual({ ...rest, hash: 'h', takenAt: '2031-05-03T00:00:00.000Z' });
});
