import type { ArrivalView, MismatchView } from '../contract/counts.ts';
import type { Arrival } from '../core/arrival.ts';
import type { Snapshot } from '../core/counts.ts';
import type { JudgedTable } from '../core/judged-tables.ts';
import type { TableLook } from '../core/table-look.ts';
import { lookOf } from '../core/table-look.ts';
import { csvOf } from './csv.ts';
import { iso } from './instant.ts';

/** A look as people see it. */
export const lookView = ({ at, ...rest }: TableLook) => ({ ...rest, at: iso(at) });

/** An arrival as people see it. */
export const arrivalView = (arrival: Arrival): ArrivalView => {
  switch (arrival.state) {
    case 'arrived':
      return { ...arrival, since: iso(arrival.since) };
    case 'expected':
      return { ...arrival, low: iso(arrival.low), likely: iso(arrival.likely), high: iso(arrival.high) };
    case 'unknown':
      return arrival;
  }
};

/** A table that somebody has to look at, as people see it. */
export const mismatchView = ({
  table,
  class: tableClass,
  verdict,
  reason,
  look,
  doubt,
}: JudgedTable): MismatchView => ({
  table,
  class: tableClass,
  verdict,
  reason,
  look: look && lookView(look),
  doubt,
});

const COLUMNS = ['table', 'class', 'source', 'target', 'missing', 'method', 'counted at'] as const;

/** A snapshot as CSV, safe to open in a spreadsheet; what is absent or unreadable says so. */
export const snapshotCsv = (snapshot: Snapshot): string =>
  csvOf([
    COLUMNS,
    ...snapshot.tables.map((count) => {
      const { source, target, method, at } = lookOf(snapshot, count);
      const missing = typeof source === 'number' && typeof target === 'number' ? source - target : null;
      return [count.table, count.class ?? null, source, target, missing, method, iso(at)];
    }),
  ]);
