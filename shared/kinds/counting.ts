import { z } from 'zod';
import { exactSourceCounts, exactTargetCounts } from '../contract/statements/exact-counts.ts';
import type { TableCount } from '../core/counts.ts';
import type { PublicationClass } from '../core/replication.ts';
import type { Scoped } from './counting-scope.ts';
import { scopeOf } from './counting-scope.ts';
import type { KindPorts } from './kind-ports.ts';
import type { StepContext } from './kind.ts';

/** A function stops counting after this time and is called again: it must end long before its own limit. */
const BUDGET_MS = 60_000;
/** So many tables, or so many estimated rows, go into one statement, whichever comes first. */
const CHUNK_TABLES = 100;
const CHUNK_ROWS = 5_000_000;

const chunkSchema = z.array(z.tuple([z.string(), z.int().nullable(), z.int().nullable()]));

/** How far a counting has come; `tables` holds every table when it is complete. */
export type Counting = {
  readonly id: string;
  readonly total: number;
  readonly tables: readonly TableCount[];
};

const nextChunk = (open: readonly Scoped[]): readonly Scoped[] => {
  let rows = 0;
  const length = open.findIndex((table, index) => {
    rows += table.rows;
    return index > 0 && (index >= CHUNK_TABLES || rows > CHUNK_ROWS);
  });
  return length === -1 ? open : open.slice(0, length);
};

const countSide = async (
  sql: KindPorts['sql'],
  chunk: readonly Scoped[],
  side: 'source' | 'target',
): Promise<ReadonlyMap<string, number>> => {
  const existing = chunk.flatMap((scoped) => {
    const found = scoped[side];
    return found === null ? [] : [{ table: scoped.table, schema: found.schema, name: found.table }];
  });
  if (existing.length === 0) return new Map();
  const statement = side === 'source' ? exactSourceCounts : exactTargetCounts;
  const rows = await sql.query(statement, { tables: existing });
  return new Map(
    rows.flatMap(({ position, rows: count }) => {
      const table = existing[position]?.table;
      return table === undefined ? [] : [[table, count] as const];
    }),
  );
};

const countChunk = async (
  sql: KindPorts['sql'],
  chunk: readonly Scoped[],
): Promise<readonly TableCount[]> => {
  const [source, target] = await Promise.all([
    countSide(sql, chunk, 'source'),
    countSide(sql, chunk, 'target'),
  ]);
  return chunk.map(({ table }) => ({
    table,
    source: source.get(table) ?? null,
    target: target.get(table) ?? null,
  }));
};

const stored = (chunks: Awaited<ReturnType<KindPorts['snapshots']['chunks']>>): readonly TableCount[] =>
  [...chunks.values()].flatMap((chunk) =>
    chunkSchema.parse(chunk).map(([table, source, target]) => ({ table, source, target })),
  );

/**
 * Counts the tables of these classes exactly, largest first, until done or out of budget. Each finished chunk is
 * stored, so that the next run, after a budget or a crash, counts only the tables without a stored count.
 */
export const countTables = async (
  context: StepContext<unknown>,
  classes: readonly PublicationClass[],
  sides: 'source' | 'both',
): Promise<Counting> => {
  const { ports, cutoverId, planned, step } = context;
  const id = `${planned.id}-${step.attempt}`;
  const scope = await scopeOf(context, classes, sides);
  const chunks = await ports.snapshots.chunks(cutoverId, id);
  const counted = new Map(stored(chunks).map((table) => [table.table, table]));
  let number = Math.max(-1, ...chunks.keys()) + 1;
  let open = scope.filter(({ table }) => !counted.has(table));
  while (open.length > 0 && ports.elapsedMs() < BUDGET_MS) {
    const chunk = nextChunk(open);
    const counts = await countChunk(ports.sql, chunk);
    const body = counts.map(({ table, source, target }) => [table, source, target]);
    await ports.snapshots.storeChunk(cutoverId, id, number, body);
    number += 1;
    for (const count of counts) counted.set(count.table, count);
    open = open.slice(chunk.length);
  }
  const inScope = new Set(scope.map(({ table }) => table));
  const tables = [...counted.values()].filter(({ table }) => inScope.has(table));
  return { id, total: scope.length, tables: tables.sort((a, b) => (a.table < b.table ? -1 : 1)) };
};
