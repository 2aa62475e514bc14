import type { Mismatch, TableCount } from '../core/counts.ts';
import { mismatchesOf } from '../core/counts.ts';
import type { IgnoreEntry } from '../core/ignored.ts';
import type { PublicationClass } from '../core/replication.ts';
import type { ReadingSource } from '../core/state.ts';
import { countTables } from './counting.ts';
import type { KindReading, KindVerdict, StepContext } from './kind.ts';
import { listed, notYet, weakest } from './verdicts.ts';

const SHOWN = 20;

/** Exact counts as evidence keeps them; the tables themselves are in the snapshot of this hash. */
export type ExactCounts = {
  readonly total: number;
  readonly counted: number;
  /** Estimated rows at the source. */
  readonly rows: { readonly total: number; readonly counted: number };
  /** Tables that moved while they were counted, and who may have written them. */
  readonly moved: {
    readonly total: number;
    readonly tables: readonly string[];
    readonly writers: readonly string[];
  };
  readonly again: boolean;
  /** Null until every table is counted and none has moved since. */
  readonly snapshot: string | null;
  readonly sourceRows: number;
  /** Tables that could not be counted at the source. */
  readonly unreadable: readonly string[];
  /** What leaves published tables out of the count, with whoever answers for it. */
  readonly ignored: readonly IgnoreEntry[];
  readonly mismatches: { readonly total: number; readonly largest: readonly Mismatch[] };
};

/** Before anything is counted. */
export const NOTHING_COUNTED: ExactCounts = {
  total: 0,
  counted: 0,
  rows: { total: 0, counted: 0 },
  moved: { total: 0, tables: [], writers: [] },
  again: false,
  snapshot: null,
  sourceRows: 0,
  unreadable: [],
  ignored: [],
  mismatches: { total: 0, largest: [] },
};

/** What was counted of every table in scope, by whom and when. */
type Counted = {
  readonly id: string;
  readonly source: ReadingSource;
  readonly takenAt: number;
  readonly tables: readonly TableCount[];
  readonly ignored: readonly IgnoreEntry[];
};

const sourceRowsOf = (tables: readonly TableCount[]): number =>
  tables.reduce((sum, { source }) => sum + (source ?? 0), 0);

/** Stores complete counts as a snapshot, and tells what evidence keeps of them. */
export const storedCounts = async (
  { ports, cutoverId }: StepContext<unknown>,
  { id, source: readingSource, takenAt, tables, ignored }: Counted,
  sides: 'source' | 'both',
): Promise<ExactCounts> => {
  const { hash } = await ports.snapshots.store(cutoverId, {
    schema: 1,
    id,
    takenAt,
    method: 'exact',
    sides,
    readingSource,
    tables,
  });
  const mismatches = sides === 'both' ? mismatchesOf(tables) : [];
  const sourceRows = sourceRowsOf(tables);
  return {
    ...NOTHING_COUNTED,
    total: tables.length,
    counted: tables.length,
    rows: { total: sourceRows, counted: sourceRows },
    snapshot: hash,
    sourceRows,
    unreadable: tables.filter(({ source }) => source === null).map(({ table }) => table),
    ignored,
    mismatches: { total: mismatches.length, largest: mismatches.slice(0, SHOWN) },
  };
};

/** Counts on, and stores the snapshot once every table is counted; `tables` is null until then. */
export const readExactCounts = async (
  context: StepContext<unknown>,
  classes: readonly PublicationClass[],
  sides: 'source' | 'both',
): Promise<KindReading<ExactCounts> & { readonly tables: readonly TableCount[] | null }> => {
  const { ports, now } = context;
  const servers = sides === 'both' ? (['source', 'target'] as const) : (['source'] as const);
  const source = weakest(servers.map(ports.sql.sourceOf));
  const { id, total, counted, rows, tables, moved, ignored, again } = await countTables(
    context,
    classes,
    sides,
  );
  const progress = {
    ...NOTHING_COUNTED,
    total,
    counted,
    rows,
    moved: { total: moved.tables.length, tables: moved.tables.slice(0, SHOWN), writers: moved.writers },
    again,
  };
  const body =
    tables === null
      ? progress
      : {
          ...(await storedCounts(context, { id, source, takenAt: now, tables, ignored }, sides)),
          rows,
        };
  return { source, takenAt: now, body, tables };
};

/** Says at the gate that tables were left out; nothing where none was. */
export const leftOut = ({ ignored }: ExactCounts): string =>
  ignored.length === 0 ? '' : `; ${ignored.length} left out by the list of ignored tables`;

/** What keeps a counting from being complete; null once it is. */
export const incomplete = ({
  total,
  counted,
  rows,
  moved,
  again,
  snapshot,
}: ExactCounts): KindVerdict | null => {
  if (snapshot !== null) return null;
  if (total === 0) {
    return notYet({
      code: 'scope-empty',
      message: 'No published table was found, and what is published is the scope of the counting',
      who: 'DBA',
      next: 'Check that replication is set up, and compare the server in the bindings with SELECT @@SERVERNAME.',
    });
  }
  if (moved.total > 0) {
    const connected = moved.writers.length > 0 ? listed(moved.writers) : 'nobody any more';
    return notYet({
      code: 'source-moves',
      message: `${moved.total} table(s) changed while they were counted: ${listed(moved.tables, 5)}. Connected to the source: ${connected}`,
      who: 'DBA',
      next: 'Stop whoever writes there, or wait until replication has brought the rest. Only these tables are counted again, by themselves.',
    });
  }
  const of = (done: number, all: number): string =>
    `${done.toLocaleString('en-US')} of ${all.toLocaleString('en-US')}`;
  const condition = {
    code: 'counting',
    message: `Counted ${of(counted, total)} tables, about ${of(rows.counted, rows.total)} rows`,
    who: 'nobody: it passes',
    next: 'Wait: the counting goes on by itself.',
  };
  return { verdict: 'not-yet', unmet: [condition], again };
};
