import type { DrillTable } from '../contract/statements/drill.ts';
import {
  drillCompaniesSource,
  drillCompaniesTarget,
  drillPartsSource,
  drillPartsTarget,
  drillRowsSource,
  drillRowsTarget,
  drillShapeSource,
  drillShapeTarget,
} from '../contract/statements/drill.ts';
import { recidBoundsSource, recidBoundsTarget } from '../contract/statements/recids.ts';
import type { NamedTable } from '../contract/statements/parameters.ts';
import type { Recids } from '../core/count-pieces.ts';
import type { BothSides, RecidFigures } from '../core/drill-range.ts';
import type { DrillLimits, DrillQuestion, DrillResult, DrillSearch } from '../core/drill-search.ts';
import {
  afterBounds,
  afterCompanies,
  afterParts,
  afterRows,
  afterTooSlow,
  beginDrill,
  drillResult,
  nextQuestion,
} from '../core/drill-search.ts';
import { CutoverError } from '../core/errors.ts';
import type { KindPorts, Sql } from './kind-ports.ts';

type Side = 'source' | 'target';

const SHAPE = { source: drillShapeSource, target: drillShapeTarget };
const COMPANIES = { source: drillCompaniesSource, target: drillCompaniesTarget };
const BOUNDS = { source: recidBoundsSource, target: recidBoundsTarget };
const PARTS = { source: drillPartsSource, target: drillPartsTarget };
const ROWS = { source: drillRowsSource, target: drillRowsTarget };

/** No question is asked after this time: the last one then ends well before the four minutes of a request on Azure. */
export const DRILL_BUDGET_MS = 120_000;

/** Both sides look for the table: two statements before the search begins. */
const SHAPE_QUERIES = 2;
const NONE: RecidFigures = { rows: 0, sum: '0', low: null, high: null };

/** Asks both sides at the same time, one statement each, and waits for both whatever becomes of the other. */
const both = async <T>(ask: (side: Side) => Promise<T>): Promise<BothSides<T>> => {
  const [source, target] = await Promise.allSettled([ask('source'), ask('target')]);
  if (source.status === 'rejected') throw source.reason;
  if (target.status === 'rejected') throw target.reason;
  return { source: source.value, target: target.value };
};

/** What a side has of the table. Throws C608 for one that is not there, or has no RECID to narrow it by. */
const shapeOf = async (sql: Sql, side: Side, table: NamedTable) => {
  const [found] = await sql.query(SHAPE[side], table);
  const name = `${table.schema}.${table.name}`;
  if (found === undefined) throw new CutoverError('C608', `${name} is not there at the ${side}`);
  if (!found.hasRecid) throw new CutoverError('C608', `${name} has no column RECID at the ${side}`);
  return found;
};

type Place = { readonly sql: Sql; readonly tables: BothSides<DrillTable>; readonly listed: number };

const endsOf = async ({ sql, tables }: Place, side: Side): Promise<Recids | null> => {
  const [row] = await sql.query(BOUNDS[side], { tables: [tables[side]] });
  return row === undefined || row.low === null || row.high === null ? null : { low: row.low, high: row.high };
};

const partsOf = async (
  { sql, tables }: Place,
  side: Side,
  low: string,
  upTo: readonly string[],
): Promise<readonly RecidFigures[]> => {
  const rows = await sql.query(PARTS[side], { table: tables[side], low, upTo });
  return upTo.map((_, index) => rows.find(({ part }) => part === index) ?? NONE);
};

const answered = async (place: Place, search: DrillSearch, question: DrillQuestion): Promise<DrillSearch> => {
  const { sql, tables, listed } = place;
  switch (question.ask) {
    case 'companies':
      return afterCompanies(
        search,
        await both((side) => sql.query(COMPANIES[side], { table: tables[side] })),
      );
    case 'bounds':
      return afterBounds(search, await both((side) => endsOf(place, side)));
    case 'parts': {
      const { range, upTo } = question;
      const { source, target } = await both((side) => partsOf(place, side, range.low, upTo));
      const parts = upTo.map((_, index) => ({
        source: source[index] ?? NONE,
        target: target[index] ?? NONE,
      }));
      return afterParts(search, range, parts);
    }
    case 'rows': {
      const { range } = question;
      const { low, high } = range;
      // One more than is listed tells that more have come.
      const ask = (side: Side) => sql.query(ROWS[side], { table: tables[side], low, high, most: listed + 1 });
      return afterRows(search, range, await both(ask));
    }
  }
};

/**
 * Narrows the difference of a table down to its rows, one statement a side at a time, within so many statements and two
 * minutes. Reads nothing of a row but its RECID and company. Throws C608 for a table that is not there on both sides or
 * has no RECID, and C501 to C505.
 */
export const drillDown = async (
  { sql, elapsedMs }: Pick<KindPorts, 'sql' | 'elapsedMs'>,
  names: BothSides<NamedTable>,
  limits: DrillLimits,
): Promise<DrillResult> => {
  const look = () => both((side) => shapeOf(sql, side, names[side]));
  const shapes = await look();
  const perCompany = shapes.source.perCompany && shapes.target.perCompany;
  const asThere = ({ schema, table }: BothSides<{ schema: string; table: string }>[Side]): DrillTable => ({
    schema,
    name: table,
    perCompany,
  });
  const place: Place = {
    sql,
    tables: { source: asThere(shapes.source), target: asThere(shapes.target) },
    listed: limits.listed,
  };
  let search = beginDrill(shapes.source.indexed && shapes.target.indexed, SHAPE_QUERIES, limits);
  for (let question = nextQuestion(search); question !== null; question = nextQuestion(search)) {
    if (elapsedMs() >= DRILL_BUDGET_MS) return drillResult(search, 'time');
    try {
      search = await answered(place, search, question);
    } catch (error) {
      if (!(error instanceof CutoverError)) throw error;
      if (error.code === 'C505') await look();
      if (error.code !== 'C504') throw error;
      search = afterTooSlow(search, question);
    }
  }
  return drillResult(search, 'queries');
};
