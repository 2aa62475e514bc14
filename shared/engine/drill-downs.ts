import type { Bindings } from '../contract/bindings.ts';
import type { DrillEvidence } from '../contract/drill-down.ts';
import { drillEvidenceSchema } from '../contract/drill-down.ts';
import { replicationArticles } from '../contract/statements/replication-articles.ts';
import type { NamedTable } from '../contract/statements/parameters.ts';
import type { BothSides } from '../core/drill-range.ts';
import { DRILL_LIMITS } from '../core/drill-search.ts';
import type { Drilled, NotDrilled } from '../core/drill-down.ts';
import type { Answer } from '../core/draft.ts';
import { refused } from '../core/draft.ts';
import { CutoverError } from '../core/errors.ts';
import type { Actor, CutoverState } from '../core/state.ts';
import { isTerminal } from '../core/state.ts';
import { tableNameKey } from '../core/table-name.ts';
import { LANES } from '../kinds/counting-round.ts';
import { DRILL_BUDGET_MS, drillDown } from '../kinds/drill-down.ts';
import { tableKey } from '../kinds/estimated-counts.ts';
import type { Countings, LaneClaim, Sql } from '../kinds/kind-ports.ts';
import { findDistributor } from '../kinds/replication-reading.ts';
import type { Advance } from './advance.ts';
import { sha256 } from './canonical.ts';
import type { CutoverStore } from './cutover-store.ts';
import { timeOf } from './cutover-time.ts';
import type { Clock } from './ports.ts';
import type { ReadingsStore } from './readings-store.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** A table of which somebody wants to know the rows that differ. */
type Asking = {
  readonly cutoverId: string;
  readonly inputId: string;
  readonly table: string;
  readonly by: Actor;
};

/** Narrows the difference of one table down, on demand: what is found is evidence, and the log says who asked. */
export type DrillDowns = {
  /**
   * Refuses with C206 and C607 a table that is not known or does not differ, with C608 one that cannot be narrowed down,
   * with C505 what a server does not understand. Throws C509 while all lanes of a server are taken, and C501 to C504:
   * nothing is kept then, and the same may be asked again.
   */
  readonly drill: (asking: Asking) => Promise<Answer>;
  /** What one found. Throws C206 where there is none of this hash. */
  readonly found: (cutoverId: string, hash: string) => Promise<DrillEvidence>;
};

/** What a drill-down needs. */
export type DrillDownParts = {
  readonly store: Pick<CutoverStore, 'readHead' | 'readInput' | 'readPlan'>;
  readonly snapshots: Pick<SnapshotStore, 'comparisons' | 'newest'>;
  readonly countings: Pick<Countings, 'claim' | 'release'>;
  readonly readings: Pick<ReadingsStore, 'storeEvidence' | 'evidence'>;
  readonly sql: Sql;
  readonly advance: Advance;
  readonly clock: Clock;
  readonly stopwatch: () => () => number;
};

/** A lane is another's so long after the search had to end: its last statement and the storage take a while. */
const GRACE_MS = 2 * 60_000;

/** The first answer to a request stands, whatever would be found now. */
const NOT_LOOKED: NotDrilled = { code: 'C901', message: 'nothing was read' };

const namedTable = (table: string): NamedTable => {
  const end = table.indexOf('.');
  return { schema: table.slice(0, end), name: table.slice(end + 1) };
};

/** How each side names the table: the target as the article has it, while there is one. */
const namesOf = async (sql: Sql, { source }: Bindings, table: NamedTable): Promise<BothSides<NamedTable>> => {
  const { publisher } = await findDistributor(sql, source);
  const articles = publisher === null ? [] : await sql.query(replicationArticles, publisher);
  const key = tableKey(table.schema, table.name);
  const own = articles.find((article) => tableKey(article.sourceSchema, article.sourceTable) === key);
  const target = own === undefined ? table : { schema: own.targetSchema, name: own.targetTable };
  return { source: table, target };
};

/** See {@link DrillDowns}. */
export const makeDrillDowns = (parts: DrillDownParts): DrillDowns => {
  const { store, snapshots, countings, readings, sql, advance, clock, stopwatch } = parts;

  /** The table by its own name, if any of the newest looks at it does not call it equal. */
  const differing = async (cutoverId: string, table: string): Promise<string> => {
    const [comparisons, estimates] = await Promise.all([
      snapshots.comparisons(cutoverId),
      snapshots.newest(cutoverId, 'estimate', 1),
    ]);
    const key = tableNameKey(table);
    const looks = [...comparisons, ...estimates].flatMap(({ tables }) =>
      tables.filter((count) => tableNameKey(count.table) === key),
    );
    const [first] = looks;
    if (first === undefined) throw new CutoverError('C206', `table ${table}`);
    if (looks.every(({ source, target }) => source !== null && source === target))
      throw new CutoverError('C607', first.table);
    return first.table;
  };

  /** Takes a lane of the server, so that a counting and any number of drill-downs stay within the four of it. */
  const takeLane = async (
    cutoverId: string,
    server: LaneClaim['server'],
    countingId: string,
    now: number,
  ): Promise<LaneClaim> => {
    const of = { countingId, round: 0, piece: `${server[0] ?? ''}000000` };
    for (let lane = 0; lane < LANES; lane += 1) {
      const claim = { server, lane, of, until: now + DRILL_BUDGET_MS + GRACE_MS };
      const answer = await countings.claim(cutoverId, claim, now);
      if (answer === 'claimed') return claim;
      if (answer === 'piece-taken') throw new CutoverError('C509', 'this very request is under way');
    }
    throw new CutoverError('C509', `all ${LANES} lanes of the ${server}`);
  };

  const inLanes = async <T>(
    cutoverId: string,
    countingId: string,
    now: number,
    work: () => Promise<T>,
  ): Promise<T> => {
    const taken: LaneClaim[] = [];
    try {
      for (const server of ['source', 'target'] as const)
        taken.push(await takeLane(cutoverId, server, countingId, now));
      return await work();
    } finally {
      for (const claim of taken) await countings.release(cutoverId, claim, null);
    }
  };

  /** Looks into the table and stores what is found. */
  const look = async (state: CutoverState, inputId: string, askedFor: string): Promise<Drilled> => {
    const { id: cutoverId } = state;
    const now = timeOf(clock, state);
    const table = await differing(cutoverId, askedFor);
    const { bindings } = await store.readPlan(cutoverId, state.plan);
    const result = await inLanes(cutoverId, `drill-${sha256(inputId).slice(0, 16)}`, now, async () => {
      const elapsedMs = stopwatch();
      const names = await namesOf(sql, bindings, namedTable(table));
      return await drillDown({ sql, elapsedMs }, names, DRILL_LIMITS);
    });
    const hash = await readings.storeEvidence(cutoverId, {
      schema: 1,
      kind: 'drill-down',
      table,
      takenAt: now,
      ...result,
    });
    const { missing, surplus, open } = result;
    return { table, hash, missing: missing.rows, surplus: surplus.rows, open: open.length };
  };

  return {
    drill: async ({ cutoverId, inputId, table: askedFor, by }) => {
      const [head, known] = await Promise.all([
        store.readHead(cutoverId),
        store.readInput(cutoverId, inputId),
      ]);
      if (head === null) return refused('C206', `cutover ${cutoverId}`);
      const input = { id: inputId, type: 'drill-down', table: askedFor, by } as const;
      if (known !== null || isTerminal(head.state))
        return await advance(cutoverId, { ...input, found: NOT_LOOKED });
      try {
        return await advance(cutoverId, { ...input, found: await look(head.state, inputId, askedFor) });
      } catch (error) {
        if (!(error instanceof CutoverError) || error.retriable) throw error;
        const { code, message } = error;
        return await advance(cutoverId, { ...input, found: { code, message } });
      }
    },
    found: async (cutoverId, hash) => {
      const parsed = drillEvidenceSchema.safeParse(await readings.evidence(cutoverId, hash));
      if (!parsed.success) throw new CutoverError('C206', `drill-down ${hash}`);
      return parsed.data;
    },
  };
};
