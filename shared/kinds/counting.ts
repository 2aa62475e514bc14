import type { TableCount } from '../core/counts.ts';
import { CutoverError } from '../core/errors.ts';
import type { IgnoreEntry } from '../core/ignored.ts';
import type { PublicationClass } from '../core/replication.ts';
import { countInLanes, piecesOn } from './counting-lanes.ts';
import { planRound } from './counting-plan.ts';
import type { CountingRound, LookedTable, PlannedTable, Side } from './counting-round.ts';
import { readCounted, readPlan } from './counting-round.ts';
import type { Scope } from './counting-scope.ts';
import type { StepContext } from './kind.ts';
import { lookAtTables, movedSince, writersNow } from './source-stillness.ts';

/** How far a counting has come. */
export type Counting = {
  readonly id: string;
  readonly total: number;
  readonly counted: number;
  /** Estimated rows at the source of all tables, and of those that are counted. */
  readonly rows: { readonly total: number; readonly counted: number };
  /** Every table in scope by name; null until all are counted and none has moved since. */
  readonly tables: readonly TableCount[] | null;
  /** What leaves published tables out of the count; nothing until all others are counted. */
  readonly ignored: readonly IgnoreEntry[];
  /** Tables that may have other counts by now, and who may have written them. */
  readonly moved: { readonly tables: readonly string[]; readonly writers: readonly string[] };
  /** Whether to go on at once. */
  readonly again: boolean;
};

type Task = {
  readonly context: StepContext<unknown>;
  readonly id: string;
  readonly sides: readonly Side[];
  readonly look: () => Promise<Scope<LookedTable>>;
};

type Counts = NonNullable<PlannedTable['held']>;

/** The sum of what the pieces of a table gave on one side, and when the first of them was counted. */
type Sum = { readonly rows: number | null; readonly at: number };

const load = async (
  { ports: { countings }, cutoverId }: StepContext<unknown>,
  id: string,
): Promise<CountingRound | null> => {
  const newest = await countings.plan(cutoverId, id);
  if (newest === null) return null;
  const counts = await countings.counts(cutoverId, id, newest.round);
  return {
    id,
    round: newest.round,
    plan: readPlan(newest.plan),
    counts: new Map([...counts].map(([piece, counted]) => [piece, readCounted(counted)])),
  };
};

const isComplete = (round: CountingRound, sides: readonly Side[]): boolean =>
  sides.every((side) => piecesOn(round, side).every(({ id }) => round.counts.has(id)));

/** By the place of the table; those with an open piece are left out. */
const countsOn = (round: CountingRound, side: Side): ReadonlyMap<number, Sum> => {
  const sums = new Map<number, Sum>();
  const open = new Set<number>();
  for (const { id, piece } of piecesOn(round, side)) {
    const counted = round.counts.get(id);
    for (const [position, index] of piece.tables.entries()) {
      if (counted === undefined || counted === 'halved') open.add(index);
      else {
        const sum = sums.get(index) ?? { rows: 0, at: counted.at };
        const count = counted.counts[position] ?? null;
        sums.set(index, {
          rows: sum.rows === null || count === null ? null : sum.rows + count,
          at: Math.min(sum.at, counted.at),
        });
      }
    }
  }
  if ([...sums.values()].some(({ rows }) => rows !== null && !Number.isSafeInteger(rows))) {
    throw new CutoverError('C505', 'the parts of a table have more rows than can be told');
  }
  return new Map([...sums].filter(([index]) => !open.has(index)));
};

/** The tables that are counted on all sides, or whose counts were held, by name. */
const countsOf = (round: CountingRound, sides: readonly Side[]): ReadonlyMap<string, Counts> => {
  const [source, target] = [countsOn(round, 'source'), countsOn(round, 'target')];
  return new Map(
    round.plan.tables.flatMap(({ table, held }, index): (readonly [string, Counts])[] => {
      if (held !== null) return [[table, held]];
      const isCounted = sides.every((side) => (side === 'source' ? source : target).has(index));
      const sums = [source.get(index), target.get(index)] as const;
      const at = Math.min(...sums.flatMap((sum) => (sum === undefined ? [] : [sum.at])));
      const [atSource, atTarget] = sums.map((sum) => sum?.rows ?? null);
      return isCounted ? [[table, { source: atSource ?? null, target: atTarget ?? null, at }]] : [];
    }),
  );
};

/** Counts of an earlier round that still hold, those that a retry doubts apart. */
const heldFrom = (
  { id, sides }: Task,
  earlier: CountingRound,
  looked: readonly LookedTable[],
): ReadonlyMap<string, Counts> => {
  const moved = new Set(movedSince(earlier.plan, looked).map(({ table }) => table));
  const isSound = ({ source, target }: Counts): boolean =>
    earlier.id === id || (source !== null && (sides.length === 1 || source === target));
  return new Map(
    [...countsOf(earlier, sides)].flatMap(([table, counts]) =>
      moved.has(table) || !isSound(counts) ? [] : [[table, counts] as const],
    ),
  );
};

/** The last counting of this step in an attempt before this one; its counts hold where nothing has moved since. */
const earlierAttempt = async (context: StepContext<unknown>): Promise<CountingRound | null> => {
  for (let attempt = context.step.attempt - 1; attempt > 0; attempt -= 1) {
    const round = await load(context, `${context.planned.id}-${attempt}`);
    if (round !== null) return round;
  }
  return null;
};

const begin = async (
  task: Task,
  number: number,
  looked: readonly LookedTable[],
  earlier: CountingRound | null,
): Promise<CountingRound> => {
  const { context, id, sides } = task;
  const { ports, cutoverId, bindings } = context;
  const place = ports.hash({ source: bindings.source, target: bindings.target });
  const held = earlier?.plan.place === place ? heldFrom(task, earlier, looked) : new Map();
  const plan = await planRound(ports.sql, place, looked, held, sides);
  const stored = await ports.countings.storePlan(cutoverId, id, number, plan);
  return { id, round: number, plan: readPlan(stored), counts: new Map() };
};

/** The round to count on: the newest one, or a further one where tables have moved since they were counted. */
const roundOf = async (task: Task): Promise<CountingRound | null> => {
  const newest = await load(task.context, task.id);
  if (newest !== null && !isComplete(newest, task.sides)) return newest;
  const { tables: looked } = await task.look();
  if (newest === null) {
    if (looked.length === 0) return null;
    return begin(task, 0, looked, await earlierAttempt(task.context));
  }
  return movedSince(newest.plan, looked).length === 0
    ? newest
    : begin(task, newest.round + 1, looked, newest);
};

const rowsOf = ({ source }: PlannedTable): number => source?.rows ?? 0;

/**
 * Counts the tables of these classes exactly, in lanes and largest first. What is counted is stored piece by piece, so
 * that the next run, after a budget or a crash, counts only the open pieces; what moved meanwhile is counted again,
 * and nothing else; and so it is after a retry, which holds the counts of all tables that agreed.
 */
export const countTables = async (
  context: StepContext<unknown>,
  classes: readonly PublicationClass[],
  which: 'source' | 'both',
): Promise<Counting> => {
  const id = `${context.planned.id}-${context.step.attempt}`;
  const sides: readonly Side[] = which === 'both' ? ['source', 'target'] : ['source'];
  const task: Task = { context, id, sides, look: () => lookAtTables(context, classes, which) };
  const none = { id, moved: { tables: [], writers: [] }, tables: null, ignored: [] };
  const begun = await roundOf(task);
  if (begun === null) {
    return { ...none, total: 0, counted: 0, rows: { total: 0, counted: 0 }, again: false };
  }
  const again = isComplete(begun, sides) ? false : await countInLanes(context, begun, sides);
  const round = (await load(context, id)) ?? begun;
  const counts = countsOf(round, sides);
  const planned = round.plan.tables;
  const rows = {
    total: planned.reduce((sum, table) => sum + rowsOf(table), 0),
    counted: planned.reduce((sum, table) => sum + (counts.has(table.table) ? rowsOf(table) : 0), 0),
  };
  const progress = { ...none, total: planned.length, counted: counts.size, rows };
  if (!isComplete(round, sides)) return { ...progress, again };
  const { tables: looked, ignored } = await task.look();
  const moved = movedSince(round.plan, looked);
  if (moved.length > 0) {
    const writers = await writersNow(context.ports.sql);
    return { ...progress, moved: { tables: moved.map(({ table }) => table), writers }, again: false };
  }
  const tables = looked.map(({ table, class: published }): TableCount => {
    const { source = null, target = null, at } = counts.get(table) ?? {};
    return {
      table,
      source,
      target,
      class: published,
      // It is an article, and SQL Server drops no table that is published: who does not see it may not.
      ...(source === null ? { unreadable: 'source' } : {}),
      ...(at === undefined ? {} : { countedAt: at }),
    };
  });
  const sorted = tables.sort((a, b) => (a.table < b.table ? -1 : 1));
  return {
    ...progress,
    total: looked.length,
    counted: looked.length,
    tables: sorted,
    ignored,
    again: false,
  };
};
