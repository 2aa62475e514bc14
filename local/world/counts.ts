import { workOf } from './activity.ts';
import type { AxTable } from './ax-tables.ts';
import { chance, chanceBetween } from './chance.ts';
import { appliedUntil, deliveryInProgress, SCHEMA_SHARE } from './delivery.ts';
import { eventsOf, type Scene } from './history.ts';
import { publicationsAt, type Publication } from './publications.ts';
import { progressOf, targetCleanedAt } from './snapshots.ts';
import { toolkitRuns } from './toolkit-runs.ts';

/** Rows of each table on one side; a table that does not exist there is absent. */
export type Rows = ReadonlyMap<string, number>;

const DEMO_TABLE_SHARE = 0.6;
const MOST_DEMO_ROWS = 80;
const ESTIMATE_STEP_MS = 120_000;

const rowsAfter = (table: AxTable, work: number): number => table.rows + Math.floor(table.rowsPerHour * work);

/** Exact counts of the source. */
export const sourceRows = (scene: Scene, now: number): Rows => {
  const work = workOf(scene)(now);
  return new Map(scene.tables.map((table) => [table.name, rowsAfter(table, work)]));
};

/** Counts of the source as its metadata tell them: behind by up to two minutes while AX writes. */
export const sourceEstimates = (scene: Scene, now: number): Rows => {
  const { begunAt } = scene.options;
  const workAt = workOf(scene);
  const work = workAt(Math.max(begunAt, now - (now % ESTIMATE_STEP_MS)));
  // Once AX is off the metadata catch up: nothing moves any more.
  return workAt(now) === workAt(now - ESTIMATE_STEP_MS)
    ? sourceRows(scene, now)
    : new Map(scene.tables.map((table) => [table.name, rowsAfter(table, work)]));
};

/** The table that misses rows at the target under the fault `rows-lost`, and how many. */
export const lostRows = (scene: Scene): { readonly table: string; readonly rows: number } | null => {
  if (!scene.options.faults.has('rows-lost')) return null;
  const large = scene.tables.filter(({ class: tableClass, rows }) => tableClass === 'keyed' && rows > 1_000);
  const table = large[Math.floor(chance(scene.options.seed, 'rows-lost') * large.length)];
  if (table === undefined) return null;
  return { table: table.name, rows: chanceBetween(3, 97, scene.options.seed, 'rows lost') };
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

/** What a publication has brought into the target by now. */
const deliveredRows = (scene: Scene, publication: Publication, now: number): Rows => {
  const workAt = workOf(scene);
  const delivery = deliveryInProgress(scene, publication, now);
  if (delivery !== null) {
    const { from, to } = delivery;
    return partlyDelivered(publication, progressOf(from, to, now), workAt(from));
  }
  const appliedAt = appliedUntil(scene, publication, now);
  if (appliedAt === null) return new Map();
  const work = workAt(appliedAt);
  return new Map(publication.articles.map((table) => [table.name, rowsAfter(table, work)]));
};

const partlyDelivered = (publication: Publication, progress: number, work: number): Rows => {
  if (progress < SCHEMA_SHARE) return new Map();
  const copied = Math.floor((publication.articles.length * (progress - SCHEMA_SHARE)) / (1 - SCHEMA_SHARE));
  return new Map(
    publication.articles.map((table, index) => [table.name, index < copied ? rowsAfter(table, work) : 0]),
  );
};

/** The time whose replication the target still shows: that of its removal, once it is removed. */
const replicatedUntil = (scene: Scene, now: number): number => {
  const removed = toolkitRuns(scene, now).find(({ entry, finishesAt }) => entry === 8 && finishesAt <= now);
  return removed === undefined ? now : removed.finishesAt - 1;
};

/** Exact counts of the target. */
export const targetRows = (scene: Scene, now: number): Rows => {
  if (targetCleanedAt(scene, now) === null) return demoRows(scene);
  const until = replicatedUntil(scene, now);
  const rows = new Map<string, number>();
  for (const publication of publicationsAt(scene, until)) {
    if (publication.class === 'other-objects') continue;
    for (const [table, count] of deliveredRows(scene, publication, until)) rows.set(table, count);
  }
  const lost = lostRows(scene);
  const arrived = lost === null ? undefined : rows.get(lost.table);
  if (lost !== null && arrived !== undefined && !isRepublished(scene, lost.table, now)) {
    rows.set(lost.table, Math.max(0, arrived - lost.rows));
  }
  return rows;
};
