import type { ErrorCode } from './errors.ts';
import type { Actor } from './state.ts';
import { tableNameKey } from './table-name.ts';

/** That the difference of a table was narrowed down; which rows it is stands in the evidence of this hash and nowhere else. */
export type DrillDown = {
  readonly table: string;
  readonly hash: string;
  /** Rows found to miss at the target, rows it has too many, and ranges in which more may differ. */
  readonly missing: number;
  readonly surplus: number;
  readonly open: number;
  readonly by: Actor;
  readonly at: number;
};

/** What one found, before it is committed. */
export type Drilled = Omit<DrillDown, 'by' | 'at'>;

/** Why the difference of a table cannot be narrowed down. */
export type NotDrilled = { readonly code: ErrorCode; readonly message: string };

/** The head keeps so many: a cutover with more tables to look into is not mended row by row. */
const KEPT = 100;

type WithDrillDowns = { readonly drillDowns?: readonly DrillDown[] };

/** The newest drill-down of each table, in the order they were made. */
export const drillDownsOf = ({ drillDowns = [] }: WithDrillDowns): readonly DrillDown[] => drillDowns;

/** The same after one more. */
export const afterDrillDown = (state: WithDrillDowns, drillDown: DrillDown): readonly DrillDown[] => {
  const key = tableNameKey(drillDown.table);
  const others = drillDownsOf(state).filter(({ table }) => tableNameKey(table) !== key);
  return [...others, drillDown].slice(-KEPT);
};
