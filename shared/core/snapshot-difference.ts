import type { Snapshot, TableCount } from './counts.ts';
import type { Rows } from './table-look.ts';
import { lookOf } from './table-look.ts';

type Sides = { readonly source: Rows; readonly target: Rows };

/** A table that two snapshots show differently; null where a snapshot does not have it at all. */
export type TableDifference = {
  readonly table: string;
  readonly before: Sides | null;
  readonly after: Sides | null;
};

const sidesIn = (snapshot: Snapshot): ReadonlyMap<string, Sides> =>
  new Map(
    snapshot.tables.map((count: TableCount) => {
      const { source, target } = lookOf(snapshot, count);
      return [count.table, { source, target }];
    }),
  );

/** What differs between any two snapshots, by name of table. */
export const snapshotDifference = (before: Snapshot, after: Snapshot): readonly TableDifference[] => {
  const [old, now] = [sidesIn(before), sidesIn(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((table) => {
    const [was, is] = [old.get(table) ?? null, now.get(table) ?? null];
    const isSame = was !== null && is !== null && was.source === is.source && was.target === is.target;
    return isSame ? [] : [{ table, before: was, after: is }];
  });
};
