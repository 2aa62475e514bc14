import type { CountedRange, CountedTables } from '../../../shared/contract/statements/exact-counts.ts';
import type { Answers } from './kind-context.ts';
import { iso, NOW } from './kind-context.ts';

export type Rows = Readonly<Record<string, number>>;

export const article = (table: string, publication = 'AX_PUB_PkTable_1') => ({
  publication,
  sourceSchema: 'dbo',
  sourceTable: table,
  targetSchema: 'dbo',
  targetTable: table,
});

export const estimates = (rows: Rows) =>
  Object.entries(rows).map(([table, count]) => ({ schema: 'dbo', table, rows: count, published: 1 }));

export const exact =
  (rows: Rows, seen: string[][] = []) =>
  ({ tables }: CountedTables) => {
    seen.push(tables.map(({ name }) => name));
    return tables.map(({ name }, position) => ({ position, rows: String(rows[name] ?? 0) }));
  };

/** Rows stand one after the other, from RECID 1 on. */
const rangeOf =
  (rows: Rows, seen: string[][]) =>
  ({ table, range }: CountedRange) => {
    const [low, high] = [range.first ? 1 : Number(range.low), range.last ? Infinity : Number(range.high)];
    seen.push([`${table.name} ${range.low}-${range.high}`]);
    return [{ rows: Math.max(0, Math.min(high, rows[table.name] ?? 0) - low + 1) }];
  };

const bounds =
  (rows: Rows) =>
  ({ tables }: CountedTables) =>
    tables.map(({ name }, position) => ({ position, low: 1, high: rows[name] ?? 0 }));

type Writes = Readonly<Record<string, string>>;

export const writes = (writtenAt: Writes) =>
  Object.keys(writtenAt).length === 0
    ? [{ mayLook: 1, schema: null, table: null, writtenAt: null }]
    : Object.entries(writtenAt).map(([table, at]) => ({ mayLook: 1, schema: 'dbo', table, writtenAt: at }));

export const world = (
  source: Rows,
  target: Rows,
  seen: string[][] = [],
  articles = Object.keys(source).map((t) => article(t)),
): Answers => ({
  'distribution-database': [{ mayLook: 1, database: 'distribution', accessible: 1, serverTime: iso(NOW) }],
  'replication-articles': articles,
  'table-estimates-source': () => estimates(source),
  'table-estimates-target': () => estimates(target),
  'exact-counts-source': exact(source, seen),
  'exact-counts-target': exact(target),
  'exact-range-count-source': rangeOf(source, seen),
  'exact-range-count-target': rangeOf(target, []),
  'exact-long-count-source': ({ table }: CountedRange) => {
    seen.push([`${table.name} whole`]);
    return [{ rows: source[table.name] }];
  },
  'exact-long-count-target': ({ table }: CountedRange) => [{ rows: target[table.name] }],
  'recid-indexes-source': [],
  'recid-indexes-target': [],
  'recid-bounds-source': bounds(source),
  'recid-bounds-target': bounds(target),
  'source-writes': writes({}),
  'source-writers': [],
});
