import { sourceWriters, sourceWrites } from '../contract/statements/source-writes.ts';
import type { PublicationClass } from '../core/replication.ts';
import { CutoverError } from '../core/errors.ts';
import type { CountingPlan, LookedTable } from './counting-round.ts';
import type { Scope } from './counting-scope.ts';
import { scopeOf } from './counting-scope.ts';
import { tableKey } from './estimated-counts.ts';
import type { Sql } from './kind-ports.ts';
import type { StepContext } from './kind.ts';

const SHOWN = 5;

/**
 * The tables in scope with what tells whether they move: estimated rows on both sides, and when each was last written
 * at the source. Throws CutoverError C501 to C505; C503 where the login cannot see writes, which would look like none.
 */
export const lookAtTables = async (
  context: StepContext<unknown>,
  classes: readonly PublicationClass[],
  sides: 'source' | 'both',
): Promise<Scope<LookedTable>> => {
  const { tables: scope, ignored } = await scopeOf(context, classes, sides);
  if (scope.length === 0) return { tables: [], ignored };
  const writes = await context.ports.sql.query(sourceWrites, null);
  if (writes[0]?.mayLook !== true) {
    throw new CutoverError('C503', `${sourceWrites.permission} on the source server`);
  }
  const writtenAt = new Map(
    writes.map(({ schema, table, writtenAt: at }) => [tableKey(schema ?? '', table ?? ''), at]),
  );
  const tables = scope.map(({ table, class: published, source, target }) => ({
    table,
    class: published,
    source: source && { schema: source.schema, table: source.table, rows: source.rows },
    target: target && { schema: target.schema, table: target.table, rows: target.rows },
    writtenAt: source === null ? null : (writtenAt.get(tableKey(source.schema, source.table)) ?? null),
  }));
  return { tables, ignored };
};

/**
 * The tables that may have other counts than when the plan was made: rows came or went by the estimates, the server
 * saw a write, or they were not there. A server that was started anew has forgotten its writes: then estimates tell.
 */
export const movedSince = (
  { tables }: CountingPlan,
  looked: readonly LookedTable[],
): readonly LookedTable[] => {
  const before = new Map(tables.map((table) => [table.table, table]));
  return looked.filter((now) => {
    const then = before.get(now.table);
    return (
      then === undefined ||
      then.source?.rows !== now.source?.rows ||
      then.target?.rows !== now.target?.rows ||
      (now.writtenAt !== null && now.writtenAt !== then.writtenAt)
    );
  });
};

/** Who is connected to the source and may have written, by program, host and login. */
export const writersNow = async (sql: Sql): Promise<readonly string[]> =>
  (await sql.query(sourceWriters, null))
    .slice(0, SHOWN)
    .map(
      ({ program, host, login }) =>
        `${program ?? 'an unnamed program'} on ${host ?? 'an unnamed host'} as ${login}`,
    );
