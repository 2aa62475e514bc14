import mssql from 'mssql';
import type { Statement } from '../contract/statement.ts';
import type { ErrorCode } from '../core/errors.ts';
import { CutoverError } from '../core/errors.ts';
import type { Sql } from '../kinds/kind-ports.ts';

/** How the three servers are reached; null where there is no access. The same text twice is one pool. */
export type SqlConnections = {
  /** The AX 2012 business database. */
  readonly source: string | null;
  /** The server of the distributor, in a database that always exists: the distribution database comes and goes. */
  readonly distribution: string | null;
  /** The sandbox's database. */
  readonly target: string | null;
};

type Server = keyof SqlConnections;

/** What an error may say of a statement. */
type Asked = Pick<Statement<never, unknown>, 'name' | 'server' | 'permission' | 'timeoutMs'>;

const CONNECT_TIMEOUT_MS = 15_000;
/** Enough for the lanes of a counting beside a poll and a gate, and little for a source server under load. */
const MOST_CONNECTIONS = 6;
const IDLE_MS = 60_000;

/** Missing rights: of objects (229, 230, 262), of the server (297, 300, 371), of a database (916), of replication (21050). */
const DENIED: ReadonlySet<number> = new Set([229, 230, 262, 297, 300, 371, 916, 14_260, 15_247, 21_050]);
/** The server or database went away: fail-overs, restarts and the throttling of Azure. */
const AWAY: ReadonlySet<number> = new Set([
  596, 911, 945, 976, 983, 6_005, 10_928, 10_929, 40_197, 40_501, 40_613, 40_615, 49_918,
]);
/** Deadlock victim, lock time-out, out of memory grants: the same as too slow. */
const BUSY: ReadonlySet<number> = new Set([1_205, 1_222, 8_645]);
const LOST: ReadonlySet<string> = new Set([
  'ESOCKET',
  'ECONNRESET',
  'ECONNCLOSED',
  'ENOTOPEN',
  'EINVALIDSTATE',
]);

const WORDS: Readonly<Record<number, string>> = {
  102: 'its syntax is not understood',
  207: 'a column does not exist',
  208: 'a table or view does not exist',
  2812: 'a procedure does not exist',
};

const fieldOf = (error: unknown, field: 'code' | 'number'): unknown =>
  typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[field] : undefined;

/** How Azure says that a database is moving or throttled, or a firewall that it does not know us: not the login's fault. */
const AWAY_AT_LOGIN =
  /not currently available|currently busy|Resource ID|encountered an error processing|Cannot open server/i;

const connectCode = (error: unknown): ErrorCode => {
  if (fieldOf(error, 'code') !== 'ELOGIN') return 'C501';
  // The driver gives no number of a login error; its message is looked at and never shown.
  const message = error instanceof Error ? error.message : '';
  return AWAY_AT_LOGIN.test(message) ? 'C501' : 'C502';
};

const requestCode = (error: unknown): ErrorCode => {
  const code = fieldOf(error, 'code');
  const number = fieldOf(error, 'number');
  if (code === 'ETIMEOUT' || code === 'ECANCEL') return 'C504';
  if (typeof code === 'string' && LOST.has(code)) return 'C501';
  if (typeof number !== 'number') return 'C501';
  if (DENIED.has(number)) return 'C503';
  if (AWAY.has(number)) return 'C501';
  return BUSY.has(number) ? 'C504' : 'C505';
};

/** Whether the connection broke, so that the same question may be asked once more on a new one. */
const isReset = (error: unknown): boolean => {
  const code = fieldOf(error, 'code');
  return typeof code === 'string' && LOST.has(code);
};

/** Words of our own only: the messages of a server may quote rows, and those of a driver addresses. */
const detailOf = (code: ErrorCode, statement: Asked, error: unknown): string => {
  const where = `${statement.name} on the ${statement.server} server`;
  const number = fieldOf(error, 'number');
  if (code === 'C503') return `${where} needs ${statement.permission}`;
  if (code === 'C504') return `${where}, limit ${statement.timeoutMs / 1000} s`;
  if (typeof number !== 'number') return where;
  return `${where}: ${WORDS[number] ?? `error ${number}`}`;
};

const poolConfig = (connection: string): mssql.config => {
  const parsed = mssql.ConnectionPool.parseConnectionString(connection);
  return {
    ...parsed,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    // The default asks SELECT 1 before every statement: a round trip for nothing.
    validateConnection: 'socket',
    pool: { ...parsed.pool, max: MOST_CONNECTIONS, min: 0, idleTimeoutMillis: IDLE_MS },
    options: {
      ...parsed.options,
      appName: 'ax-cutover',
      // With read-only intent a listener answers from a replica, which has no sessions of AX and may lag: no proof.
      readOnlyIntent: false,
    },
  };
};

/** mssql takes limits of one request, which its types do not know yet. */
const BoundedRequest = mssql.Request as unknown as new (
  pool: mssql.ConnectionPool,
  limits: { readonly requestTimeout: number },
) => mssql.Request;

const ask = async <Parameters, Row>(
  pool: mssql.ConnectionPool,
  statement: Statement<Parameters, Row>,
  parameters: Parameters,
): Promise<readonly unknown[]> => {
  const request = new BoundedRequest(pool, { requestTimeout: statement.timeoutMs });
  for (const [name, value] of Object.entries(statement.values(parameters))) {
    if (typeof value === 'string') request.input(name, mssql.NVarChar(4000), value);
    else request.input(name, mssql.BigInt, value);
  }
  const { recordsets } = await request.query(statement.text(parameters));
  return (recordsets as unknown as readonly (readonly unknown[])[]).at(-1) ?? [];
};

const parseRows = <Row>(
  statement: Pick<Statement<never, Row>, 'name' | 'server' | 'row'>,
  rows: readonly unknown[],
): readonly Row[] =>
  rows.map((row) => {
    const parsed = statement.row.safeParse(row);
    if (parsed.success) return parsed.data;
    const columns = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the row'))];
    throw new CutoverError(
      'C505',
      `${statement.name} on the ${statement.server} server: ${columns.join(', ')}`,
    );
  });

/** The `Sql` port over mssql: pools open at the first question and close when idle. */
export const makeSql = (connections: SqlConnections): Sql & { readonly close: () => Promise<void> } => {
  const pools = new Map<string, Promise<mssql.ConnectionPool>>();

  const open = async (connection: string): Promise<mssql.ConnectionPool> => {
    const pool = new mssql.ConnectionPool(poolConfig(connection));
    // Without a listener, a connection that breaks while idle would end the process.
    pool.on('error', () => undefined);
    return pool.connect();
  };

  const poolOf = async (server: Server, statement: Asked): Promise<mssql.ConnectionPool> => {
    const connection = connections[server];
    if (connection === null) {
      throw new CutoverError('C501', `no connection to the ${server} server is configured`);
    }
    const opening = pools.get(connection) ?? open(connection);
    pools.set(connection, opening);
    try {
      return await opening;
    } catch (error) {
      if (pools.get(connection) === opening) pools.delete(connection);
      const code = connectCode(error);
      throw new CutoverError(code, detailOf(code, statement, error), { cause: causeOf(error) });
    }
  };

  const query: Sql['query'] = async (statement, parameters) => {
    for (let retried = false; ; retried = true) {
      const pool = await poolOf(statement.server, statement);
      try {
        return parseRows(statement, await ask(pool, statement, parameters));
      } catch (error) {
        if (error instanceof CutoverError) throw error;
        if (isReset(error) && !retried) continue;
        const code = isConnectFailure(error) ? connectCode(error) : requestCode(error);
        throw new CutoverError(code, detailOf(code, statement, error), { cause: causeOf(error) });
      }
    }
  };

  return {
    sourceOf: () => 'pulled',
    query,
    close: async () => {
      const opened = await Promise.allSettled(pools.values());
      pools.clear();
      await Promise.all(opened.flatMap((pool) => (pool.status === 'fulfilled' ? [pool.value.close()] : [])));
    },
  };
};

/** A pool opens further connections while it is asked: what fails there is a connection, not a statement. */
const isConnectFailure = (error: unknown): boolean => error instanceof mssql.ConnectionError;

/** What may be kept of the driver's error: its class, code and number, never its message. */
const causeOf = (error: unknown): Error => {
  const marks = [fieldOf(error, 'code'), fieldOf(error, 'number')].filter(
    (mark) => typeof mark === 'string' || typeof mark === 'number',
  );
  return new Error([error instanceof Error ? error.name : 'Error', ...marks].join(' '));
};
