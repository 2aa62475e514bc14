import { workOf } from './activity.ts';
import type { AxTable } from './ax-tables.ts';
import { chance, chanceBetween } from './chance.ts';
import { appliedUntil, deliveryInProgress, SCHEMA_SHARE } from './delivery.ts';
import { eventsOf, type Scene } from './history.ts';
import { publicationsAt, type Publication } from './publications.ts';
import type { Gap, NumberedRows } from './recids.ts';
import { gapAt } from './recids.ts';
import { remember } from './remember.ts';
import { progressOf, targetCleanedAt } from './snapshots.ts';
import { toolkitRuns } from './toolkit-runs.ts';
import { asTroubled } from './troubled-tables.ts';
import { rowsByWriter, WRITER } from './writer.ts';

/** Rows of each table on one side; a table that does not exist there is absent. */
export type Rows = ReadonlyMap<string, number>;

const DEMO_TABLE_SHARE = 0.6;
const MOST_DEMO_ROWS = 80;
const ESTIMATE_STEP_MS = 120_000;

/** What was written by a time: so many hours of AX's work, and so many rows of a service that nobody thought of. */
type Written = { readonly work: number; readonly others: number };

const rowsAfter = (table: AxTable, { work, others }: Written): number =>
  table.rows + Math.floor(table.rowsPerHour * work) + (table.name === WRITER.table ? others : 0);

/** By what was written alone, so that all parts of a count are answered from one map once nobody writes. */
const rememberSource = remember<Rows>();

const sourceRowsAt = (scene: Scene, at: number): Rows => {
  const written = { work: workOf(scene)(at), others: rowsByWriter(scene, at) };
  return rememberSource(
    scene.tables,
    `${written.work} ${written.others}`,
    () => new Map(scene.tables.map((table) => [table.name, rowsAfter(table, written)])),
  );
};

/** Exact counts of the source. */
export const sourceRows = (scene: Scene, now: number): Rows =>
  asTroubled(scene, 'source', sourceRowsAt(scene, now), now);

/** Counts of the source as its metadata tell them: behind by up to two minutes while AX writes. */
export const sourceEstimates = (scene: Scene, now: number): Rows => {
  const { begunAt } = scene.options;
  const workAt = workOf(scene);
  // Once AX is off the metadata catch up: nothing moves any more.
  if (workAt(now) === workAt(now - ESTIMATE_STEP_MS)) return sourceRows(scene, now);
  const rows = sourceRowsAt(scene, Math.max(begunAt, now - (now % ESTIMATE_STEP_MS)));
  return asTroubled(scene, 'source', rows, now);
};

/** The table that misses rows at the target under the fault `rows-lost`, and which: so many of one company from one on. */
export const lostRows = (scene: Scene): (Gap & { readonly table: string }) | null => {
  if (!scene.options.faults.has('rows-lost')) return null;
  const large = scene.tables.filter(({ class: tableClass, rows }) => tableClass === 'keyed' && rows > 1_000);
  const table = large[Math.floor(chance(scene.options.seed, 'rows-lost') * large.length)];
  if (table === undefined) return null;
  const rows = chanceBetween(3, 97, scene.options.seed, 'rows lost');
  // Not at the end: a block further on the table may be over.
  const place = 0.9 * chance(scene.options.seed, 'place of rows lost');
  return { table: table.name, ...gapAt(table.rows, rows, place) };
};

const isRepublished = (scene: Scene, table: string, now: number): boolean =>
  eventsOf(scene, 'republished').some(
    ({ tables, at }) => tables.includes(table) && at + scene.options.durations.republishMs <= now,
  );

const demoRows = (scene: Scene): Rows =>
  new Map(
    scene.tables
      .filter(
        ({ name, class: tableClass }) =>
          tableClass !== 'ignored' && chance(scene.options.seed, 'demo', name) < DEMO_TABLE_SHARE,
      )
      .map(({ name }) => [name, chanceBetween(0, MOST_DEMO_ROWS, scene.options.seed, 'demo rows', name)]),
  );

/** What a publication has brought into the target: the first `copied` tables with what was written by then. */
type Delivered = Written & { readonly publication: Publication; readonly copied: number };

/** What a publication has brought into the target by now; null while not even its tables are there. */
const deliveredOf = (scene: Scene, publication: Publication, now: number): Delivered | null => {
  const workAt = workOf(scene);
  const writtenBy = (at: number): Written => ({ work: workAt(at), others: rowsByWriter(scene, at) });
  const { articles } = publication;
  const delivery = deliveryInProgress(scene, publication, now);
  if (delivery !== null) {
    const { from, to } = delivery;
    const progress = progressOf(from, to, now);
    if (progress < SCHEMA_SHARE) return null;
    const copied = Math.floor((articles.length * (progress - SCHEMA_SHARE)) / (1 - SCHEMA_SHARE));
    return { publication, copied, ...writtenBy(from) };
  }
  const appliedAt = appliedUntil(scene, publication, now);
  return appliedAt === null ? null : { publication, copied: articles.length, ...writtenBy(appliedAt) };
};

/** The time whose replication the target still shows: that of its removal, once it is removed. */
const replicatedUntil = (scene: Scene, now: number): number => {
  const removed = toolkitRuns(scene, now).find(({ entry, finishesAt }) => entry === 8 && finishesAt <= now);
  return removed === undefined ? now : removed.finishesAt - 1;
};

/** Rows that miss at the target now, and of which table. */
const missingRows = (scene: Scene, now: number): ReturnType<typeof lostRows> => {
  const lost = lostRows(scene);
  return lost === null || isRepublished(scene, lost.table, now) ? null : lost;
};

/** The rows of a table of the target by their numbers, those that miss left out; `rows` as it was counted. */
export const targetNumbers = (scene: Scene, table: string, rows: number, now: number): NumberedRows => {
  const missing = missingRows(scene, now);
  // Before it is filled the table may be shorter than where rows will miss.
  if (missing?.table !== table || rows < missing.from) return { numbers: rows, gap: null };
  return { numbers: rows + missing.rows, gap: missing };
};

const rememberTarget = remember<Rows>();

/** Exact counts of the target. */
export const targetRows = (scene: Scene, now: number): Rows => {
  if (targetCleanedAt(scene, now) === null) return demoRows(scene);
  const until = replicatedUntil(scene, now);
  const delivered = publicationsAt(scene, until)
    .filter(({ class: of }) => of !== 'other-objects')
    .flatMap((publication) => deliveredOf(scene, publication, until) ?? []);
  const missing = missingRows(scene, now);
  const key = [
    missing?.table,
    missing?.rows,
    ...delivered.map(({ publication: { id }, copied, work, others }) => `${id} ${copied} ${work} ${others}`),
  ].join();
  const all = rememberTarget(scene.tables, key, () => {
    const rows = new Map<string, number>();
    for (const { publication, copied, ...written } of delivered) {
      for (const [index, table] of publication.articles.entries()) {
        rows.set(table.name, index < copied ? rowsAfter(table, written) : 0);
      }
    }
    const arrived = missing === null ? undefined : rows.get(missing.table);
    if (missing !== null && arrived !== undefined) {
      rows.set(missing.table, Math.max(0, arrived - missing.rows));
    }
    return rows;
  });
  return asTroubled(scene, 'target', all, now);
};
