import type { TableEstimate } from '../contract/statements/table-estimates.ts';
import type { Publisher } from '../contract/statements/publications.ts';
import { replicationArticles } from '../contract/statements/replication-articles.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import type { TableCount } from '../core/counts.ts';
import type { ReadingGap } from '../core/replication.ts';
import { tableNameKey } from '../core/table-name.ts';
import type { Sql } from './kind-ports.ts';
import { publicationClass } from './publication-class.ts';
import { askOrGap } from './reading-gap.ts';

/** What two spellings of one table have in common. */
export const tableKey = (schema: string, name: string): string => tableNameKey(`${schema}.${name}`);

/** Tables by their key. */
export const byTableKey = (tables: readonly TableEstimate[]): ReadonlyMap<string, TableEstimate> =>
  new Map(tables.map((table) => [tableKey(table.schema, table.table), table]));

/**
 * Estimated rows of every published table on both sides, one query a side, and one to the distributor for the classes,
 * which are left out where it does not answer; `tables` is null where a side cannot be read,
 * and `gaps` says why. Estimates are for the trend only: a poll without them is a good poll.
 */
export const estimatedCounts = async (
  sql: Sql,
  publisher: Publisher,
): Promise<{ readonly tables: readonly TableCount[] | null; readonly gaps: readonly ReadingGap[] }> => {
  const [source, target, articles] = await Promise.all([
    askOrGap(sql, sourceEstimates, null),
    askOrGap(sql, targetEstimates, null),
    askOrGap(sql, replicationArticles, publisher),
  ]);
  const gaps = [source, target, articles].flatMap(({ gap }) => gap ?? []);
  if (source.rows === null || target.rows === null) {
    return { tables: null, gaps };
  }
  const arrived = byTableKey(target.rows);
  const classes = new Map(
    (articles.rows ?? []).map(({ publication, sourceSchema, sourceTable }) => [
      tableKey(sourceSchema, sourceTable),
      publicationClass(publication),
    ]),
  );
  const tables = source.rows
    .filter(({ published }) => published)
    .map(({ schema, table, rows }): TableCount => {
      const key = tableKey(schema, table);
      const own = classes.get(key);
      return {
        table: `${schema}.${table}`,
        source: rows,
        target: arrived.get(key)?.rows ?? null,
        ...(own === undefined ? {} : { class: own }),
      };
    })
    .sort((a, b) => (a.table < b.table ? -1 : 1));
  return { tables, gaps };
};
