import type { Countable, CountPiece } from '../../shared/core/count-pieces.ts';
import { piecesOf } from '../../shared/core/count-pieces.ts';
import { LANES } from '../../shared/kinds/counting-round.ts';
import type { Chance } from '../simulation/support/random.ts';
import { makeChance } from '../simulation/support/random.ts';
import { printFigures } from './support/figures.ts';

/** How much longer than the least possible an exact count of everything may take. */
const LIMIT = 1.15;
const TABLES = 10_000;
const TOTAL_ROWS = 10_000_000_000;
/** Databases drawn for each distribution; the worst counts. */
const DATABASES = 20;

/** What a server takes for a statement, for a table in it, and for a row of the average width, in milliseconds. */
const COST = { statementMs: 30, tableMs: 2, rowMs: 1 / 2_000 } as const;

type Table = Countable & { readonly rowMs: number };

/** Draws the weight of one table. */
type Tail = (chance: Chance) => number;

const unit = (chance: Chance): number => (chance.below(2 ** 30) + 1) / 2 ** 30;
const normal = (chance: Chance): number =>
  Math.sqrt(-2 * Math.log(unit(chance))) * Math.cos(2 * Math.PI * unit(chance));
const pareto =
  (alpha: number): Tail =>
  (chance) =>
    unit(chance) ** (-1 / alpha);
const logNormal =
  (sigma: number): Tail =>
  (chance) =>
    Math.exp(sigma * normal(chance));

/** Tables as AX has them: four of ten are empty, rows are three times as wide here as there. */
const draw = (chance: Chance, tail: Tail, indexed: number): readonly Table[] => {
  const weights = Array.from({ length: TABLES }, () => (chance.happens(0.4) ? 0 : tail(chance)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => {
    const rows = Math.round((weight / sum) * TOTAL_ROWS);
    const recids = chance.happens(indexed) ? { low: '1', high: String(5_000_000_000 + rows) } : null;
    return { rows, recids, rowMs: COST.rowMs * (0.5 + unit(chance)) };
  });
};

/**
 * How many rows the ranges of each table really hold: RECIDs come in blocks and rows are deleted, so that ranges of the
 * same width hold more or fewer, here as exponentially distributed.
 */
const spread = (chance: Chance, pieces: readonly CountPiece[]): readonly CountPiece[] => {
  const drawn = pieces.map((piece) => (piece.of === 'range' ? -Math.log(unit(chance)) : 1));
  const sums = new Map<number, { planned: number; drawn: number }>();
  for (const [index, { of, rows, tables }] of pieces.entries()) {
    if (of !== 'range') continue;
    const { planned = 0, drawn: sum = 0 } = sums.get(tables[0] ?? 0) ?? {};
    sums.set(tables[0] ?? 0, { planned: planned + rows, drawn: sum + (drawn[index] ?? 0) });
  }
  return pieces.map((piece, index) => {
    const sum = sums.get(piece.tables[0] ?? 0);
    if (piece.of !== 'range' || sum === undefined) return piece;
    return { ...piece, rows: (sum.planned * (drawn[index] ?? 0)) / sum.drawn };
  });
};

const costOf = (tables: readonly Table[], piece: CountPiece): number => {
  const width = (index: number): number => tables[index]?.rowMs ?? COST.rowMs;
  const rowsMs =
    piece.of === 'tables'
      ? piece.tables.reduce((sum, index) => sum + (tables[index]?.rows ?? 0) * width(index), 0)
      : piece.rows * width(piece.tables[0] ?? 0);
  return COST.statementMs + piece.tables.length * COST.tableMs + rowsMs;
};

/** When the last lane ends: each takes the next piece as soon as it is free, as `countInLanes` does. */
const makespan = (costs: readonly number[]): number => {
  const freeAt = Array.from({ length: LANES }, () => 0);
  for (const cost of costs) {
    const first = freeAt.indexOf(Math.min(...freeAt));
    freeAt[first] = (freeAt[first] ?? 0) + cost;
  }
  return Math.max(...freeAt);
};

/** The makespan over max(largest table that cannot be divided, total / lanes), where no statement costs anything. */
const ratioOf = (chance: Chance, tables: readonly Table[]): number => {
  const costs = spread(chance, piecesOf(tables, LANES)).map((piece) => costOf(tables, piece));
  const rowsMs = tables.map(({ rows, rowMs }) => rows * rowMs);
  const undivided = tables.flatMap(({ recids, rows, rowMs }) => (recids === null ? [rows * rowMs] : []));
  const least = Math.max(rowsMs.reduce((sum, ms) => sum + ms, 0) / LANES, ...undivided);
  return makespan(costs) / least;
};

const TAILS: readonly (readonly [string, Tail])[] = [
  ['a few giants (Pareto 0.8)', pareto(0.8)],
  ['long-tailed (Pareto 1.1)', pareto(1.1)],
  ['long-tailed (log-normal, sigma 3)', logNormal(3)],
  ['nearly even (log-normal, sigma 1)', logNormal(1)],
];

printFigures(
  TAILS.flatMap(([name, tail]) =>
    ([1, 0.8, 0] as const).map((indexed) => {
      const ratios = Array.from({ length: DATABASES }, (_, database) => {
        const chance = makeChance(`${name} ${indexed} ${database}`);
        return ratioOf(chance, draw(chance, tail, indexed));
      });
      const worst = Math.max(...ratios);
      return {
        what: `counting, ${name}, ${indexed * 100} % divisible`,
        is: `${worst.toFixed(3)} times`,
        limit: `${LIMIT} times the least`,
        holds: worst <= LIMIT,
      };
    }),
  ),
);
