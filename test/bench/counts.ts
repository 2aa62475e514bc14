import { parseArgs } from 'node:util';
import type { Snapshot } from '../../shared/core/counts.ts';
import { coverageOf } from '../../shared/core/coverage.ts';
import { judgeTables } from '../../shared/core/judged-tables.ts';
import { NO_LISTS } from '../../shared/core/table-class.ts';
import { STALLED_LOOKS } from '../../shared/core/table-verdict.ts';
import { rowBytes } from '../../shared/engine/limits.ts';
import { makeSnapshotStore } from '../../shared/engine/snapshot-store.ts';
import { estimatedCounts } from '../../shared/kinds/estimated-counts.ts';
import type { Sql } from '../../shared/kinds/kind-ports.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import { makeMemoryTables } from '../support/memory-tables.ts';
import { printFigures } from './support/figures.ts';

/** What one poll's processing of the counts may cost at the design size. */
const LIMITS = { cpuMs: 150, snapshotBytes: 100 * 1024, timesForFiveTimesTheTables: 7.5 } as const;
const DESIGN_SIZE = 10_000;
const LARGEST = 50_000;
/** As many as the verdict of a table goes by. */
const LOOKS = STALLED_LOOKS + 1;

const WORDS = [
  'CUST',
  'VEND',
  'LEDGER',
  'INVENT',
  'TRANS',
  'JOURNAL',
  'TABLE',
  'LINE',
  'TAX',
  'PROJ',
  'PROD',
  'SALES',
];

/** The same numbers each time, between 0 and 1. */
const chance = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

type Row = {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
  readonly published: 1;
};

/** Tables with names and sizes as AX has them: many are empty, a few are very large, 3 of 100 still lack rows. */
const rowsOf = (
  tables: number,
  poll: number,
): { readonly source: readonly Row[]; readonly target: readonly Row[] } => {
  const next = chance(7);
  const word = (): string => WORDS[Math.floor(next() * WORDS.length)] ?? '';
  const source = Array.from({ length: tables }, (_, n): Row => {
    const rows = next() < 0.4 ? 0 : Math.floor(10 ** (next() ** 2 * 9));
    return {
      schema: 'dbo',
      table: `${word()}${word()}${word()}${n}`,
      rows: rows + (next() < 0.1 ? poll : 0),
      published: 1,
    };
  });
  const target = source.map((row) => ({
    ...row,
    rows: next() < 0.03 ? Math.floor((row.rows * (poll + 1)) / (poll + 9)) : row.rows,
  }));
  return { source, target };
};

const PUBLISHER = { distribution: 'distribution', server: 'AXSQL01', database: 'AX2012PROD' };

/** Parses each row as the adapter does. */
const sqlOf = ({ source, target }: ReturnType<typeof rowsOf>): Sql => {
  const articles = source.map(({ schema, table }, n) => ({
    publication: n % 50 === 0 ? 'AX_PUB_SpecialTable_1' : 'AX_PUB_PkTable_1',
    sourceSchema: schema,
    sourceTable: table,
  }));
  const rows = { source, target, distribution: articles };
  return {
    sourceOf: () => 'pulled',
    query: ({ server, row }) => Promise.resolve(rows[server].map((each) => row.parse(each))),
  };
};

const RULES = { nonKeyedPublished: false, stoppedAt: null, drainedAt: null };

/** One poll: estimates of both sides matched, stored as a snapshot, and every table judged by its newest looks. */
const poll = async (
  rows: ReturnType<typeof rowsOf>,
  number: number,
  earlier: readonly Snapshot[],
  storage: ReturnType<typeof makeSnapshotStore>,
): Promise<Snapshot> => {
  const { tables: counts } = await estimatedCounts(sqlOf(rows), PUBLISHER);
  const takenAt = 1_795_000_000_000 + number * 300_000;
  const snapshot: Snapshot = {
    schema: 1,
    id: `estimate-${takenAt}`,
    takenAt,
    method: 'estimate',
    sides: 'both',
    readingSource: 'pulled',
    tables: counts ?? [],
  };
  await storage.store('c1', snapshot);
  const judged = judgeTables([...earlier, snapshot], {
    rules: () => RULES,
    lists: NO_LISTS,
    now: takenAt,
    rehearsal: [],
  });
  coverageOf(judged, takenAt);
  return snapshot;
};

/** Bytes of one snapshot as Table Storage counts them: its counts and its manifest, not the names it shares. */
const storedBytes = async (tables: MemoryTables, takenAt: number): Promise<number> => {
  const stamp = String(10 ** 14 - takenAt).padStart(15, '0');
  const [manifest] = await tables.range(
    'readings',
    'c1',
    `snapshot-estimate-${stamp}`,
    `snapshot-estimate-${stamp}~`,
  );
  const { counts } = JSON.parse(String(manifest?.properties.json)) as { readonly counts: readonly string[] };
  const parts = await Promise.all(
    counts.map((hash) => tables.range('readings', 'c1', `counts-${hash}`, `counts-${hash}/`)),
  );
  return [...parts.flat(), ...(manifest === undefined ? [] : [manifest])].reduce(
    (sum, row) => sum + rowBytes(row.partition, row.row, row.properties),
    0,
  );
};

type Figures = {
  readonly tables: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly operations: number;
};

const measure = async (tables: number, rounds: number): Promise<Figures> => {
  const memory = makeMemoryTables();
  const storage = makeSnapshotStore(memory);
  const snapshots: Snapshot[] = [];
  const spent: number[] = [];
  let operations = 0;
  for (let number = 0; number < rounds; number += 1) {
    const rows = rowsOf(tables, number);
    const [from, cpu] = [memory.operations(), process.cpuUsage()];
    snapshots.push(await poll(rows, number, snapshots.slice(-LOOKS + 1), storage));
    const { user, system } = process.cpuUsage(cpu);
    spent.push((user + system) / 1000);
    operations = memory.operations() - from;
  }
  // The first rounds have few looks, and code that is not compiled yet.
  const settled = spent.slice(Math.floor(rounds / 2)).sort((a, b) => a - b);
  const bytes = await storedBytes(memory, snapshots.at(-1)?.takenAt ?? 0);
  return { tables, cpuMs: settled[Math.floor(settled.length / 2)] ?? 0, bytes, operations };
};

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '12' } } });
const design = await measure(DESIGN_SIZE, Number(values.rounds));
const small = await measure(1, 4);
const largest = await measure(LARGEST, 6);
const ratio = largest.cpuMs / design.cpuMs;

printFigures([
  {
    what: 'CPU of one poll, 10,000 tables',
    is: `${design.cpuMs.toFixed(0)} ms`,
    limit: `${LIMITS.cpuMs} ms`,
    holds: design.cpuMs <= LIMITS.cpuMs,
  },
  {
    what: 'stored snapshot, 10,000 tables',
    is: `${(design.bytes / 1024).toFixed(1)} KiB`,
    limit: '100 KiB',
    holds: design.bytes <= LIMITS.snapshotBytes,
  },
  {
    what: 'storage operations, 10,000 tables',
    is: String(design.operations),
    limit: `${small.operations}, as for one`,
    holds: design.operations === small.operations,
  },
  {
    what: 'CPU of one poll, 50,000 tables',
    is: `${ratio.toFixed(1)} times`,
    limit: `${LIMITS.timesForFiveTimesTheTables} times`,
    holds: ratio <= LIMITS.timesForFiveTimesTheTables,
  },
]);
