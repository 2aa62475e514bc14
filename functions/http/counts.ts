import { arrivalOf, scoreOf, slowestOf, TREND_LOOKS } from '../../shared/core/arrival.ts';
import type { Snapshot } from '../../shared/core/counts.ts';
import { mismatchesOf } from '../../shared/core/counts.ts';
import { coverageOf, STALE_AFTER_MS } from '../../shared/core/coverage.ts';
import { CutoverError } from '../../shared/core/errors.ts';
import { ignoring } from '../../shared/core/ignored.ts';
import type { JudgedTable } from '../../shared/core/judged-tables.ts';
import { isMismatch, judgeTables, worstFirst } from '../../shared/core/judged-tables.ts';
import { snapshotDifference } from '../../shared/core/snapshot-difference.ts';
import { tableNameKey } from '../../shared/core/table-name.ts';
import { STALLED_LOOKS, verdictTotals } from '../../shared/core/table-verdict.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { verdictRulesOf } from '../../shared/kinds/verdict-rules.ts';
import { arrivalView, lookView, mismatchView, snapshotCsv } from '../../shared/view/counts.ts';
import { iso } from '../../shared/view/instant.ts';
import { ignoredView } from '../../shared/view/uploads.ts';
import { headOf } from './cutovers.ts';
import type { Handlers } from './register.ts';

type Names =
  | 'get-counts'
  | 'list-snapshots'
  | 'get-snapshot'
  | 'export-snapshot'
  | 'compare-snapshots'
  | 'list-mismatches'
  | 'get-trend'
  | 'get-table-trend'
  | 'get-coverage';

/** Mismatched tables named in one answer. */
const MISMATCHES_SHOWN = 100;
/** Stale tables named in one answer. */
const STALE_SHOWN = 100;
/** Two slots of the watch of replication: who has not looked for longer does not know the trend. */
const BLIND_AFTER_MS = 30 * 60_000;

/** Everything that was counted of a cutover until a moment, judged by what its steps have proved by now. */
const judged = async (
  engine: Engine,
  cutoverId: string,
  {
    at,
    rehearsal = null,
    looks = STALLED_LOOKS + 1,
  }: { at: number; rehearsal?: string | null; looks?: number },
): Promise<readonly JudgedTable[]> => {
  const { state } = await headOf(engine, cutoverId);
  if (rehearsal !== null) await headOf(engine, rehearsal);
  const { plan, bindings } = await engine.store.readPlan(cutoverId, state.plan);
  const rehearsed = rehearsal ?? bindings.rehearsal ?? null;
  const [{ lists }, estimates, comparisons, before] = await Promise.all([
    engine.uploads.tableLists(state),
    engine.snapshots.newest(cutoverId, 'estimate', looks, at),
    engine.snapshots.comparisons(cutoverId, at),
    rehearsed === null ? [] : engine.snapshots.comparisons(rehearsed),
  ]);
  return judgeTables([...estimates, ...comparisons], {
    rules: verdictRulesOf(plan, state),
    lists,
    now: at,
    rehearsal: before,
  });
};

const snapshotOf = async (engine: Engine, cutoverId: string, hash: string): Promise<Snapshot> => {
  await headOf(engine, cutoverId);
  const snapshot = await engine.snapshots.byHash(cutoverId, hash);
  if (snapshot === null) throw new CutoverError('C206', `snapshot ${hash}`);
  return snapshot;
};

const line = ({ id, takenAt, tables }: Snapshot) => ({ id, takenAt: iso(takenAt), tables: tables.length });

/** The snapshots themselves: latest, listed, exported, compared. */
const snapshotHandlers = (
  engine: Engine,
): Pick<
  Handlers,
  'get-counts' | 'list-snapshots' | 'get-snapshot' | 'export-snapshot' | 'compare-snapshots'
> => ({
  'get-counts': async ({ params: { cutoverId }, query }) => {
    const { state } = await headOf(engine, cutoverId);
    const at = query.at === undefined ? undefined : Date.parse(query.at);
    const [{ lists, now }, estimate, comparisons, snapshots] = await Promise.all([
      engine.uploads.tableLists(state),
      engine.snapshots.latest(cutoverId, 'estimate', at),
      engine.snapshots.comparisons(cutoverId, at),
      engine.snapshots.count(cutoverId),
    ]);
    const ignoredBy = ignoring(lists.ignored, at ?? now);
    const mismatches = mismatchesOf(
      comparisons.flatMap(({ tables }) => tables.filter(({ table }) => ignoredBy(table) === null)),
    );
    return {
      jsonBody: {
        snapshots,
        estimate: estimate && line(estimate),
        comparisons: comparisons.map(line),
        mismatches: mismatches.slice(0, MISMATCHES_SHOWN),
        mismatchesTotal: mismatches.length,
      },
    };
  },

  'list-snapshots': async ({ params: { cutoverId }, query: { method, limit, next = null } }) => {
    await headOf(engine, cutoverId);
    const page = await engine.snapshots.list(cutoverId, method, limit, next);
    const snapshots = page.manifests.map(({ hash, id, sides, readingSource, takenAt, tables }) => ({
      hash,
      id,
      method,
      sides,
      readingSource,
      takenAt: iso(takenAt),
      tables,
    }));
    return { jsonBody: { snapshots, next: page.next } };
  },

  'get-snapshot': async ({ params: { cutoverId, hash } }) => ({
    jsonBody: { hash, snapshot: await snapshotOf(engine, cutoverId, hash) },
  }),

  'export-snapshot': async ({ params: { cutoverId, hash } }) => ({
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${cutoverId}-${hash.slice(0, 12)}.csv"`,
    },
    body: snapshotCsv(await snapshotOf(engine, cutoverId, hash)),
  }),

  'compare-snapshots': async ({ params: { cutoverId, hash, other }, query: { limit, next = '0' } }) => {
    const [before, after] = await Promise.all([
      snapshotOf(engine, cutoverId, hash),
      snapshotOf(engine, cutoverId, other),
    ]);
    const all = snapshotDifference(before, after);
    const to = Number(next) + limit;
    return {
      jsonBody: {
        total: all.length,
        differences: all.slice(Number(next), to),
        next: to < all.length ? String(to) : null,
      },
    };
  },
});

/** A page of a computed list goes on as of the moment it was first computed. */
const placeOf = (next: string | undefined, now: number): readonly [number, number] => {
  const [at = now, from = 0] = (next ?? '').split('.').filter(Boolean).map(Number);
  return [at, from];
};

/** Row counts, and what can be said of them. */
export const countHandlers = (engine: Engine): Pick<Handlers, Names> => ({
  ...snapshotHandlers(engine),

  'list-mismatches': async ({ params: { cutoverId }, query: { verdict, rehearsal = null, limit, next } }) => {
    const [at, from] = placeOf(next, engine.now());
    const tables = await judged(engine, cutoverId, { at, rehearsal });
    const wanted = worstFirst(
      tables.filter((table) => (verdict === undefined ? isMismatch(table) : table.verdict === verdict)),
    );
    const to = from + limit;
    return {
      jsonBody: {
        at: iso(at),
        totals: verdictTotals(tables.map((table) => table.verdict)),
        total: wanted.length,
        mismatches: wanted.slice(from, to).map(mismatchView),
        next: to < wanted.length ? `${at}.${to}` : null,
      },
    };
  },

  'get-trend': async ({ params: { cutoverId }, query: { limit } }) => {
    const now = engine.now();
    const tables = await judged(engine, cutoverId, { at: now, looks: TREND_LOOKS });
    const named = tables
      .filter(({ verdict }) => verdict !== 'ignored' && verdict !== 'deferred')
      .map(({ table, class: own, looks }) => ({
        name: table,
        class: own,
        arrival: arrivalOf(looks, now, BLIND_AFTER_MS),
      }));
    const view = (group: typeof named) => {
      const found = slowestOf(group);
      return found && { ...found, arrival: arrivalView(found.arrival) };
    };
    const due = named.flatMap(({ name, arrival }) =>
      arrival.state === 'expected' ? [{ name, arrival }] : [],
    );
    return {
      jsonBody: {
        at: iso(now),
        overall: view(named),
        classes: [...Map.groupBy(named, (one) => one.class)].map(([own, group]) => ({
          class: own,
          ...view(group),
        })),
        slowest: due
          .sort((a, b) => b.arrival.likely - a.arrival.likely)
          .slice(0, limit)
          .map(({ name, arrival }) => ({ name, arrival: arrivalView(arrival) })),
      },
    };
  },

  'get-table-trend': async ({ params: { cutoverId }, query: { table, looks } }) => {
    const now = engine.now();
    const tables = await judged(engine, cutoverId, { at: now, looks });
    const found = tables.find((one) => tableNameKey(one.table) === tableNameKey(table));
    if (found === undefined) throw new CutoverError('C206', `table ${table}`);
    return {
      jsonBody: {
        table: found.table,
        looks: found.looks.map(lookView),
        arrival: arrivalView(arrivalOf(found.looks, now, BLIND_AFTER_MS)),
        score: scoreOf(found.looks, BLIND_AFTER_MS),
      },
    };
  },

  'get-coverage': async ({ params: { cutoverId } }) => {
    const now = engine.now();
    const { state } = await headOf(engine, cutoverId);
    const { lists } = await engine.uploads.tableLists(state);
    const { stale, oldestAt, ...coverage } = coverageOf(await judged(engine, cutoverId, { at: now }), now);
    return {
      jsonBody: {
        at: iso(now),
        ...coverage,
        oldestAt: oldestAt === null ? null : iso(oldestAt),
        staleAfterMs: STALE_AFTER_MS,
        staleTotal: stale.length,
        stale: stale.slice(0, STALE_SHOWN),
        ignored: ignoredView(lists.ignored, now),
      },
    };
  },
});
