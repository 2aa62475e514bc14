import type { JudgedTable } from './judged-tables.ts';
import { isNumbered } from './table-look.ts';

/** A comparison older than this is stale: what was equal yesterday need not be so today (an assumption). */
export const STALE_AFTER_MS = 24 * 60 * 60_000;

/** How much of the scope was compared, and how old the oldest of it is; instants are epoch milliseconds. */
export type Coverage = {
  readonly tables: {
    readonly inScope: number;
    readonly exact: number;
    readonly estimated: number;
    readonly notCompared: number;
    readonly ignored: number;
  };
  /** Rows at the source, as far as they are known. */
  readonly rows: { readonly inScope: number; readonly exact: number };
  /** Of the tables and rows in scope; null where there are none. */
  readonly exactShare: { readonly tables: number | null; readonly rows: number | null };
  readonly oldestAt: number | null;
  /** Tables in scope whose look is stale, by name. */
  readonly stale: readonly string[];
};

const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Coverage and freshness of what was judged. */
export const coverageOf = (judged: readonly JudgedTable[], now: number): Coverage => {
  const inScope = judged.filter((table) => table.class !== 'ignored');
  const compared = inScope.flatMap(({ look }) => (look !== null && isNumbered(look) ? [look] : []));
  const exact = compared.filter(({ method }) => method === 'exact');
  const looks = inScope.flatMap(({ look }) => look ?? []);
  const rows = looks.reduce((sum, { source }) => sum + (typeof source === 'number' ? source : 0), 0);
  const exactRows = exact.reduce((sum, { source }) => sum + source, 0);
  return {
    tables: {
      inScope: inScope.length,
      exact: exact.length,
      estimated: compared.length - exact.length,
      notCompared: inScope.length - compared.length,
      ignored: judged.length - inScope.length,
    },
    rows: { inScope: rows, exact: exactRows },
    exactShare: { tables: shareOf(exact.length, inScope.length), rows: shareOf(exactRows, rows) },
    oldestAt: looks.length === 0 ? null : looks.reduce((oldest, { at }) => Math.min(oldest, at), now),
    stale: inScope
      .filter(({ look }) => look !== null && now - look.at > STALE_AFTER_MS)
      .map(({ table }) => table),
  };
};
