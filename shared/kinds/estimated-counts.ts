import type { TableEstimate } from '../contract/statements/table-estimates.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import type { TableCount } from '../core/counts.ts';
import { CutoverError } from '../core/errors.ts';
import type { Sql } from './kind-ports.ts';

/** What two names of one table have in common: SQL Server compares names of AX without regard to case. */
export const tableKey = (schema: string, name: string): string => `${schema}.${name}`.toUpperCase();

/** Tables by their key. */
export const byTableKey = (tables: readonly TableEstimate[]): ReadonlyMap<string, TableEstimate> =>
  new Map(tables.map((table) => [tableKey(table.schema, table.table), table]));

/** Estimated rows of every published table on both sides, one query a side; null where a side cannot be read. */
export const estimatedCounts = async (sql: Sql): Promise<readonly TableCount[] | null> => {
  try {
    const [source, target] = await Promise.all([
      sql.query(sourceEstimates, null),
      sql.query(targetEstimates, null),
    ]);
    const arrived = byTableKey(target);
    return source
      .filter(({ published }) => published)
      .map(({ schema, table, rows }) => ({
        table: `${schema}.${table}`,
        source: rows,
        target: arrived.get(tableKey(schema, table))?.rows ?? null,
      }))
      .sort((a, b) => (a.table < b.table ? -1 : 1));
  } catch (error) {
    // Estimates are for the trend only: a poll without them is a good poll.
    if (error instanceof CutoverError) return null;
    throw error;
  }
};
