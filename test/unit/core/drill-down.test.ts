import { describe, expect, it } from 'vitest';
import type { DrillDown } from '../../../shared/core/drill-down.ts';
import { afterDrillDown, drillDownsOf } from '../../../shared/core/drill-down.ts';
import { abort, ANNA, DBA, drillDown, hold } from '../../support/sample-inputs.ts';
import { MINUTE, planOf, step } from '../../support/sample-plan.ts';
import { given, pass, T0 } from '../../support/specification.ts';

const plan = planOf([step('a')]);
const of = (table: string, hash: string) => ({ table, hash, missing: 3, surplus: 1, open: 2 });

describe('a drill-down', () => {
  it('is noted with who asked, when, and how much was found, but not with a row of it', () => {
    given(plan, pass(MINUTE))
      .when(drillDown('dbo.A', 'h1'))
      .then([{ type: 'table-drilled', found: of('dbo.A', 'h1'), by: DBA }])
      .saying('dbo.A: 3 row(s) missing at the target, 1 too many, 2 range(s) left open')
      .cutover({ drillDowns: [{ ...of('dbo.A', 'h1'), by: DBA, at: T0 + MINUTE }] });
  });

  it('takes the place of the one before of the same table, whatever the case, and of no other', () => {
    given(plan, drillDown('dbo.A', 'h1'), drillDown('dbo.B', 'h2'))
      .when(drillDown('dbo.a', 'h3', ANNA))
      .then([{ type: 'table-drilled' }])
      .cutover({
        drillDowns: [
          expect.objectContaining(of('dbo.B', 'h2')),
          expect.objectContaining({ hash: 'h3', by: ANNA }),
        ],
      });
  });

  it('may be made while the cutover is held: it only reads', () => {
    given(plan, hold())
      .when(drillDown('dbo.A', 'h1'))
      .then([{ type: 'table-drilled' }]);
  });

  it('that cannot be made is refused, with the reason in the log', () => {
    const found = { code: 'C607', message: 'The table does not differ: dbo.A' } as const;
    given(plan)
      .when({ type: 'drill-down', table: 'dbo.A', found, by: DBA })
      .thenRefused('C607')
      .saying(found.message);
  });

  it('is refused once the cutover is over', () => {
    given(plan, abort()).when(drillDown('dbo.A', 'h1')).thenRefused('C303');
  });

  it('is one of at most a hundred that the head keeps, the newest ones', () => {
    const drill = (table: string): DrillDown => ({ ...of(table, 'h'), by: DBA, at: T0 });
    let state: { readonly drillDowns?: readonly DrillDown[] } = {};
    expect(drillDownsOf(state)).toEqual([]);
    for (let n = 0; n < 101; n += 1) state = { drillDowns: afterDrillDown(state, drill(`dbo.T${n}`)) };
    const tables = drillDownsOf(state).map(({ table }) => table);
    expect([tables.length, tables[0], tables.at(-1)]).toEqual([100, 'dbo.T1', 'dbo.T100']);
  });
});
