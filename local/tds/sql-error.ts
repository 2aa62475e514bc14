/** Where and how severely an error happened, as SQL Server reports it. */
export type SqlErrorDetail = {
  readonly class?: number;
  readonly state?: number;
  readonly line?: number;
  readonly procedure?: string;
};

/** An error as SQL Server reports one: thrown by a handler it becomes an ERROR token; class 20 and above also ends the connection. */
export class SqlError extends Error {
  readonly number: number;
  readonly class: number;
  readonly state: number;
  readonly line: number;
  readonly procedure: string;

  constructor(number: number, message: string, detail: SqlErrorDetail = {}) {
    super(message);
    this.name = 'SqlError';
    this.number = number;
    this.class = detail.class ?? 16;
    this.state = detail.state ?? 1;
    this.line = detail.line ?? 1;
    this.procedure = detail.procedure ?? '';
  }
}

/** The error number of what a handler threw without naming one; user-defined messages begin there. */
const UNNAMED_ERROR = 50_000;

/** Turns anything thrown into the error to send. */
export function toSqlError(thrown: unknown): SqlError {
  if (thrown instanceof SqlError) return thrown;
  return new SqlError(UNNAMED_ERROR, thrown instanceof Error ? thrown.message : String(thrown));
}

/** A login that is refused: the client always sees state 1, the true reason is only in the server's log. */
export function loginFailed(login: string): SqlError {
  return new SqlError(18_456, `Login failed for user '${login}'.`, { class: 14 });
}

/** A database that does not exist or that the login may not open; a server sends {@link loginFailed} right after it. */
export function cannotOpenDatabase(database: string): SqlError {
  return new SqlError(4060, `Cannot open database "${database}" requested by the login. The login failed.`, {
    class: 11,
  });
}

/** A lock that another session held for too long. */
export function lockRequestTimedOut(): SqlError {
  return new SqlError(1222, 'Lock request time out period exceeded.', { state: 51 });
}

/** A procedure nobody knows. */
export function procedureNotFound(procedure: string): SqlError {
  return new SqlError(2812, `Could not find stored procedure '${procedure}'.`, { state: 62 });
}

/** A statement nobody understands. */
export function incorrectSyntax(sql: string): SqlError {
  const near = /\S+/.exec(sql)?.[0] ?? '';
  return new SqlError(102, `Incorrect syntax near '${near.slice(0, 128)}'.`, { class: 15 });
}

/** A table, view or other object that does not exist. */
export function invalidObjectName(name: string): SqlError {
  return new SqlError(208, `Invalid object name '${name}'.`);
}

/** A prepared statement that was never prepared, or is gone because the session was reset. */
export function preparedStatementNotFound(handle: number): SqlError {
  return new SqlError(8179, `Could not find prepared statement with handle ${handle}.`, { state: 2 });
}

/** A request the protocol allows and this stand-in does not know. */
export function notSupported(what: string): SqlError {
  return new SqlError(UNNAMED_ERROR, `The TDS stand-in does not support ${what}.`);
}
