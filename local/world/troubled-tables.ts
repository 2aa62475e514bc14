import type { Scene } from './history.ts';
import { isTroubled } from './troubles.ts';

/** Which table a trouble with a single table befalls: one that every AX database has. */
export const TROUBLED_TABLES = {
  'rows-doubled': 'SALESTABLE',
  'table-dropped': 'BANKACCOUNTTRANS',
  'table-hidden': 'ASSETTRANS',
  'table-emptied': 'DIRPARTYTABLE',
} as const;

const DOUBLED_ROWS = 12;

/**
 * The rows of one side as troubles with single tables have left them: `rows-doubled`: some are twice at the target;
 * `table-dropped`: it is gone from the target; `table-hidden`: the login does not see it at the source; `table-emptied`:
 * somebody deleted all of its rows, and replication has brought that too.
 */
export const asTroubled = (
  scene: Scene,
  side: 'source' | 'target',
  rows: ReadonlyMap<string, number>,
  now: number,
): ReadonlyMap<string, number> => {
  const lasting = Object.entries(TROUBLED_TABLES).filter(
    ([trouble, table]) => rows.has(table) && isTroubled(scene, trouble as keyof typeof TROUBLED_TABLES, now),
  );
  // Mostly nothing lasts: then the rows are those that were asked for before.
  if (lasting.length === 0) return rows;
  const lasts = (name: keyof typeof TROUBLED_TABLES): boolean =>
    lasting.some(([trouble]) => trouble === name);
  const changed = new Map(rows);
  const gone = side === 'source' ? 'table-hidden' : 'table-dropped';
  if (lasts(gone)) changed.delete(TROUBLED_TABLES[gone]);
  if (lasts('table-emptied')) changed.set(TROUBLED_TABLES['table-emptied'], 0);
  if (side === 'target' && lasts('rows-doubled')) {
    const doubled = TROUBLED_TABLES['rows-doubled'];
    changed.set(doubled, (rows.get(doubled) ?? 0) + DOUBLED_ROWS);
  }
  return changed;
};
