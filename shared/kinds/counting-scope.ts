import type { ReplicationArticleRow } from '../contract/statements/distribution.ts';
import { replicationArticles } from '../contract/statements/distribution.ts';
import type { TableEstimate } from '../contract/statements/table-estimates.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import type { PublicationClass } from '../core/replication.ts';
import { byTableKey, tableKey } from './estimated-counts.ts';
import type { StepContext } from './kind.ts';
import { publicationClass } from './publication-class.ts';
import { findDistributor } from './replication-reading.ts';

/** A table in scope and where it exists; null on a side where it does not or is not counted. */
export type Scoped = {
  readonly table: string;
  readonly rows: number;
  readonly source: TableEstimate | null;
  readonly target: TableEstimate | null;
};

/** Articles of these classes that are tables; functions are published too, but have no rows. */
const tablesIn = (
  articles: readonly ReplicationArticleRow[],
  classes: readonly PublicationClass[],
): readonly ReplicationArticleRow[] => {
  const inScope = articles.filter(({ publication }) => {
    const own = publicationClass(publication);
    return own !== 'other-objects' && classes.includes(own);
  });
  return [...new Map(inScope.map((row) => [tableKey(row.sourceSchema, row.sourceTable), row])).values()];
};

/**
 * The tables that a counting compares, largest first: the articles of the publications of these classes, never what
 * else the databases hold. Empty where there is no distribution database.
 */
export const scopeOf = async (
  { ports, bindings }: StepContext<unknown>,
  classes: readonly PublicationClass[],
  sides: 'source' | 'both',
): Promise<readonly Scoped[]> => {
  const { publisher } = await findDistributor(ports.sql, bindings.source);
  if (publisher === null) return [];
  const articles = tablesIn(await ports.sql.query(replicationArticles, publisher), classes);
  const [atSource, atTarget] = await Promise.all([
    ports.sql.query(sourceEstimates, null),
    sides === 'both' ? ports.sql.query(targetEstimates, null) : [],
  ]);
  const [sources, targets] = [byTableKey(atSource), byTableKey(atTarget)];
  return articles
    .map((article) => {
      const source = sources.get(tableKey(article.sourceSchema, article.sourceTable)) ?? null;
      const target = targets.get(tableKey(article.targetSchema, article.targetTable)) ?? null;
      const table = `${article.sourceSchema}.${article.sourceTable}`;
      return { table, rows: source?.rows ?? 0, source, target };
    })
    .sort((a, b) => b.rows - a.rows || (a.table < b.table ? -1 : 1));
};
