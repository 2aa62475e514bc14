import {
  exactSourceCounts,
  exactSourceLong,
  exactSourceRange,
  exactTargetCounts,
  exactTargetLong,
  exactTargetRange,
} from '../contract/statements/exact-counts.ts';
import { sourceEstimates, targetEstimates } from '../contract/statements/table-estimates.ts';
import type { CountPiece } from '../core/count-pieces.ts';
import { halvesOf } from '../core/count-pieces.ts';
import { CutoverError } from '../core/errors.ts';
import type { CountingPlan, PlannedTable, Side } from './counting-round.ts';
import { byTableKey, tableKey } from './estimated-counts.ts';
import type { Sql } from './kind-ports.ts';

const COUNTS = { source: exactSourceCounts, target: exactTargetCounts };
const RANGE = { source: exactSourceRange, target: exactTargetRange };
const LONG = { source: exactSourceLong, target: exactTargetLong };
const ESTIMATES = { source: sourceEstimates, target: targetEstimates };
const STATEMENTS = { tables: COUNTS, range: RANGE, long: LONG };

/** How long the statement of a piece may take, in milliseconds. */
export const timeoutMs = ({ of }: CountPiece): number => STATEMENTS[of].source.timeoutMs;

type Named = { readonly schema: string; readonly name: string };

const ask = async (
  sql: Sql,
  side: Side,
  piece: CountPiece,
  tables: readonly Named[],
): Promise<readonly number[]> => {
  const [table] = tables;
  if (table === undefined) return [];
  if (piece.of === 'tables') {
    const rows = await sql.query(COUNTS[side], { tables });
    const byPosition = new Map(rows.map(({ position, rows: count }) => [position, count]));
    const counts = tables.flatMap((_, position) => byPosition.get(position) ?? []);
    if (counts.length === tables.length) return counts;
  } else {
    const [row, ...more] =
      piece.of === 'range'
        ? await sql.query(RANGE[side], { table, range: piece.range })
        : await sql.query(LONG[side], { table });
    if (row !== undefined && more.length === 0) return [row.rows];
  }
  throw new CutoverError('C505', `${STATEMENTS[piece.of][side].name}: not one count for each table`);
};

/** The tables of a piece as the server names them; null for one that is not there, or is no more. */
const namesOf = (
  tables: readonly (PlannedTable | undefined)[],
  side: Side,
  isThere: (name: Named) => boolean,
): readonly (Named | null)[] =>
  tables.map((table) => {
    const found = table?.[side] ?? null;
    const name = found && { schema: found.schema, name: found.table };
    return name !== null && isThere(name) ? name : null;
  });

/** A count for each table of a piece; null for one that is not there. */
type Counts = readonly (number | null)[];

const countNamed = async (
  sql: Sql,
  side: Side,
  piece: CountPiece,
  names: readonly (Named | null)[],
): Promise<Counts> => {
  const there = names.flatMap((name, index) => (name === null ? [] : [{ ...name, index }]));
  const counts = await ask(sql, side, piece, there);
  const byIndex = new Map(there.map(({ index }, position) => [index, counts[position] ?? null]));
  return names.map((_, index) => byIndex.get(index) ?? null);
};

/**
 * Counts one piece. What takes the server too long is halved, to be counted in two pieces; what it does not understand
 * is counted without the tables that were dropped meanwhile, if any were: missing is not zero.
 * Throws CutoverError C501 to C505.
 */
export const countPiece = async (
  sql: Sql,
  plan: CountingPlan,
  { side, piece }: { readonly side: Side; readonly piece: CountPiece },
): Promise<Counts | 'halved'> => {
  const tables = piece.tables.map((index) => plan.tables[index]);
  const names = namesOf(tables, side, () => true);
  try {
    return await countNamed(sql, side, piece, names);
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    if (error.code === 'C504' && halvesOf(piece) !== null) return 'halved';
    if (error.code !== 'C505') throw error;
    const existing = byTableKey(await sql.query(ESTIMATES[side], null));
    const left = namesOf(tables, side, ({ schema, name }) => existing.has(tableKey(schema, name)));
    if (left.every((name, index) => (name === null) === (names[index] === null))) throw error;
    return await countNamed(sql, side, piece, left);
  }
};
