/** The lowest and highest RECID of a table, as digits: a RECID is a bigint, beyond what a number holds. */
export type Recids = { readonly low: string; readonly high: string };

/** A table to be counted; `recids` where an index lets the server count a range of them without reading the rest. */
export type Countable = { readonly rows: number; readonly recids: Recids | null };

/**
 * What one statement counts: tables, by their position in the list that was planned; or the rows of one table whose
 * RECID lies in a range, the outermost ones without an end, so that together they hold every row whatever was inserted
 * meanwhile; or one large table that cannot be divided.
 */
export type CountPiece = { readonly rows: number; readonly tables: readonly number[] } & (
  | { readonly of: 'tables' | 'long' }
  | { readonly of: 'range'; readonly range: Recids & { readonly first: boolean; readonly last: boolean } }
);

/** A union of more tables costs the server long to compile. */
const MOST_TABLES = 100;
/** No statement counts more rows than these, about a minute of a slow server, but of a table that cannot be divided. */
const MOST_ROWS = 20_000_000;
/** Less is not worth a statement of its own: it takes a second. */
const LEAST_ROWS = 250_000;
/** So many pieces for each lane leave the lanes nearly equally long, whatever the order of the tables. */
const PIECES_PER_LANE = 20;

/** How many rows one piece is to hold at most, so that the lanes end at about the same time. */
export const rowsPerPiece = (tables: readonly Pick<Countable, 'rows'>[], lanes: number): number => {
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.ceil(total / (lanes * PIECES_PER_LANE))));
};

const rangesOf = ({ rows, recids }: Countable, table: number, most: number): readonly CountPiece[] => {
  if (recids === null) return [{ of: rows > MOST_ROWS ? 'long' : 'tables', rows, tables: [table] }];
  const [low, width] = [BigInt(recids.low), BigInt(recids.high) - BigInt(recids.low) + 1n];
  const wanted = BigInt(Math.ceil(rows / most));
  const count = wanted < width ? wanted : width;
  const edge = (index: bigint): bigint => low + (width * index) / count;
  return Array.from({ length: Number(count) }, (_, index): CountPiece => {
    const at = BigInt(index);
    const range = {
      low: String(edge(at)),
      high: String(edge(at + 1n) - 1n),
      first: at === 0n,
      last: at === count - 1n,
    };
    return { of: 'range', rows: Math.ceil(rows / Number(count)), tables: [table], range };
  });
};

/**
 * Divides tables into pieces that lanes count side by side, largest first: small tables together, large ones alone or
 * in ranges of RECID. The same tables give the same pieces.
 */
export const piecesOf = (tables: readonly Countable[], lanes: number): readonly CountPiece[] => {
  const most = rowsPerPiece(tables, lanes);
  const order = tables.map((table, index) => ({ ...table, index })).sort((a, b) => b.rows - a.rows);
  const pieces: CountPiece[] = [];
  let small: { rows: number; tables: number[] } = { rows: 0, tables: [] };
  const close = (): void => {
    if (small.tables.length > 0) pieces.push({ of: 'tables', ...small });
    small = { rows: 0, tables: [] };
  };
  for (const { index, ...table } of order) {
    if (table.rows > most) {
      pieces.push(...rangesOf(table, index, most));
      continue;
    }
    if (small.tables.length === MOST_TABLES || small.rows + table.rows > most) close();
    small = { rows: small.rows + table.rows, tables: [...small.tables, index] };
  }
  close();
  return pieces.sort((a, b) => b.rows - a.rows);
};

/** The two halves of a piece that took the server too long; null where there is nothing to divide. */
export const halvesOf = (piece: CountPiece): readonly [CountPiece, CountPiece] | null => {
  const rows = Math.ceil(piece.rows / 2);
  if (piece.of === 'range') {
    const { low, high, first, last } = piece.range;
    if (BigInt(low) >= BigInt(high)) return null;
    const middle = (BigInt(low) + BigInt(high)) >> 1n;
    return [
      { ...piece, rows, range: { low, high: String(middle), first, last: false } },
      { ...piece, rows, range: { low: String(middle + 1n), high, first: false, last } },
    ];
  }
  const half = Math.ceil(piece.tables.length / 2);
  const [one, other] = [piece.tables.slice(0, half), piece.tables.slice(half)];
  if (other.length === 0) return null;
  return [
    { ...piece, rows, tables: one },
    { ...piece, rows, tables: other },
  ];
};
