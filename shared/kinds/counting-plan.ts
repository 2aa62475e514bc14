import {
  recidBoundsSource,
  recidBoundsTarget,
  recidIndexesSource,
  recidIndexesTarget,
} from '../contract/statements/recids.ts';
import type { CountPiece, Recids } from '../core/count-pieces.ts';
import { piecesOf, rowsPerPiece } from '../core/count-pieces.ts';
import type { CountingPlan, LookedTable, PlannedTable, Side } from './counting-round.ts';
import { LANES } from './counting-round.ts';
import { tableKey } from './estimated-counts.ts';
import type { Sql } from './kind-ports.ts';

const INDEXES = { source: recidIndexesSource, target: recidIndexesTarget };
const BOUNDS = { source: recidBoundsSource, target: recidBoundsTarget };
/** The ends of so many indexes are read in one statement. */
const MOST_BOUNDS = 100;

/** Where the RECIDs of the tables begin and end that an index on RECID lets divide, by their place in the list. */
const recidsOf = async (
  sql: Sql,
  side: Side,
  tables: readonly LookedTable[],
  open: readonly number[],
): Promise<ReadonlyMap<number, Recids>> => {
  const moreThan = rowsPerPiece(
    open.map((index) => ({ rows: tables[index]?.[side]?.rows ?? 0 })),
    LANES,
  );
  const large = open.filter((index) => (tables[index]?.[side]?.rows ?? 0) > moreThan);
  if (large.length === 0) return new Map();
  const indexed = new Set(
    (await sql.query(INDEXES[side], { moreThan })).map(({ schema, table }) => tableKey(schema, table)),
  );
  const named = large.flatMap((index) => {
    const found = tables[index]?.[side] ?? null;
    if (found === null || !indexed.has(tableKey(found.schema, found.table))) return [];
    return [{ index, schema: found.schema, name: found.table }];
  });
  const recids = new Map<number, Recids>();
  for (let from = 0; from < named.length; from += MOST_BOUNDS) {
    const part = named.slice(from, from + MOST_BOUNDS);
    for (const { position, low, high } of await sql.query(BOUNDS[side], { tables: part })) {
      const index = part[position]?.index;
      if (index !== undefined && low !== null && high !== null) recids.set(index, { low, high });
    }
  }
  return recids;
};

const piecesOn = async (
  sql: Sql,
  side: Side,
  tables: readonly LookedTable[],
  open: readonly number[],
): Promise<readonly CountPiece[]> => {
  const recids = await recidsOf(sql, side, tables, open);
  const countables = open.map((index) => ({
    rows: tables[index]?.[side]?.rows ?? 0,
    recids: recids.get(index) ?? null,
  }));
  return piecesOf(countables, LANES).map((piece) => ({
    ...piece,
    tables: piece.tables.flatMap((position) => open[position] ?? []),
  }));
};

/** Plans a round: each side by itself, without the tables whose counts still hold. Throws CutoverError C501 to C505. */
export const planRound = async (
  sql: Sql,
  place: string,
  looked: readonly LookedTable[],
  held: ReadonlyMap<string, NonNullable<PlannedTable['held']>>,
  sides: readonly Side[],
): Promise<CountingPlan> => {
  const tables = looked.map(({ table, source, target, writtenAt }) => ({
    table,
    source,
    target,
    writtenAt,
    held: held.get(table) ?? null,
  }));
  const open = tables.flatMap((table, index) => (table.held === null ? [index] : []));
  const on = async (side: Side): Promise<CountPiece[]> =>
    sides.includes(side) ? [...(await piecesOn(sql, side, looked, open))] : [];
  const [source, target] = await Promise.all([on('source'), on('target')]);
  return { place, tables, pieces: { source, target } } as CountingPlan;
};
