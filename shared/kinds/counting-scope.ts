import { replicationArticles } from '../contract/statements/replication-articles.ts';
import type { TableEstimate } from '../contract/statements/table-estimates.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import type { IgnoreEntry } from '../core/ignored.ts';
import { ignoring } from '../core/ignored.ts';
import type { PublicationClass } from '../core/replication.ts';
import { tableClasses } from '../core/table-class.ts';
import { byTableKey, tableKey } from './estimated-counts.ts';
import type { StepContext } from './kind.ts';
import { publicationClass } from './publication-class.ts';
import { findDistributor } from './replication-reading.ts';
import { tableListsOf } from './table-lists.ts';

/** A table in scope and where it exists; null on a side where it does not or is not counted. */
export type Scoped = {
  readonly table: string;
  /** That of its publication; the list of special tables may say another. */
  readonly class: PublicationClass;
  readonly rows: number;
  readonly source: TableEstimate | null;
  readonly target: TableEstimate | null;
};

/** What a counting compares, and what it leaves out although it is published. */
export type Scope<Table = Scoped> = {
  readonly tables: readonly Table[];
  readonly ignored: readonly IgnoreEntry[];
};

/**
 * The tables that a counting compares, largest first: the articles of the publications of these classes, never what
 * else the databases hold, without those that the list of ignored tables leaves out now. Nothing where there is no
 * distribution database.
 */
export const scopeOf = async (
  { ports, bindings, given, now }: StepContext<unknown>,
  classes: readonly PublicationClass[],
  sides: 'source' | 'both',
): Promise<Scope> => {
  const { publisher } = await findDistributor(ports.sql, bindings.source);
  if (publisher === null) return { tables: [], ignored: [] };
  const [lists, articles, atSource, atTarget] = await Promise.all([
    tableListsOf(given),
    ports.sql.query(replicationArticles, publisher),
    ports.sql.query(sourceEstimates, null),
    sides === 'both' ? ports.sql.query(targetEstimates, null) : [],
  ]);
  const [sources, targets] = [byTableKey(atSource), byTableKey(atTarget)];
  const ignoredBy = ignoring(lists.ignored, now);
  const classOf = tableClasses({ ...lists, ignored: [] }, now);
  const ignored: IgnoreEntry[] = [];
  const tables = new Map<string, Scoped>();
  for (const { publication, ...article } of articles) {
    const table = `${article.sourceSchema}.${article.sourceTable}`;
    const published = publicationClass(publication);
    const own = classOf(table, published);
    const key = tableKey(article.sourceSchema, article.sourceTable);
    if (own === null || own === 'ignored' || !classes.includes(own) || tables.has(key)) continue;
    const entry = ignoredBy(table);
    if (entry !== null) {
      if (!ignored.includes(entry)) ignored.push(entry);
      continue;
    }
    const source = sources.get(key) ?? null;
    const target = targets.get(tableKey(article.targetSchema, article.targetTable)) ?? null;
    tables.set(key, { table, class: published, rows: source?.rows ?? 0, source, target });
  }
  return {
    tables: [...tables.values()].sort((a, b) => b.rows - a.rows || (a.table < b.table ? -1 : 1)),
    ignored,
  };
};
