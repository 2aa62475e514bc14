import type { SqlType } from './types.ts';

/**
 * One value on its way in or out. Incoming: `bigint` arrives as bigint, decimal as string, the smaller integers,
 * float and real as number, the date types as Date (UTC), binary as Buffer. Outgoing, the same and whatever converts
 * without loss: numbers or digit strings for bigint and decimal, ISO strings with up to seven decimals for dates.
 */
export type SqlValue = null | boolean | number | bigint | string | Date | Uint8Array;

/** What a client asks: either a statement (`procedure` is null) or a stored procedure (`sql` is empty). */
export type SqlRequest = {
  readonly database: string;
  readonly login: string;
  readonly sql: string;
  readonly procedure: string | null;
  /** By name, without the `@`. */
  readonly parameters: ReadonlyMap<string, SqlValue>;
  readonly inTransaction: boolean;
  /** Aborted when the client cancels the request or disconnects. */
  readonly signal: AbortSignal;
};

/** A column; nullable unless said otherwise. */
export type SqlColumn = { readonly name: string; readonly type: SqlType; readonly nullable?: boolean };

/** Columns and their rows, each row in the order of the columns. */
export type ResultSet = {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly (readonly SqlValue[])[];
};

/** What a handler answers. An output parameter not named in `outputs` keeps the value it came with. */
export type SqlAnswer = {
  readonly resultSets: readonly ResultSet[];
  readonly outputs?: Readonly<Record<string, SqlValue>>;
  readonly returnStatus?: number;
  /** Sent before the result sets as PRINT would send them. */
  readonly messages?: readonly string[];
};

/** Answers a request, throws a `SqlError`, or returns null for what it does not know (error 102 or 2812). */
export type SqlHandler = (request: SqlRequest) => Promise<SqlAnswer | null> | SqlAnswer | null;

/** What happens to a new connection. */
export type ConnectFault = 'accept' | 'reset';

/** What happens to an answer: sent whole, never sent because the connection is reset, or cut off after some bytes if it is that long. */
export type AnswerFault = 'send' | 'reset' | { readonly resetAfterBytes: number };

/** What happens to a login whose name and password are right: a server can lock it, and never says why. */
export type LoginFault = 'accept' | 'refuse';

/** Hooks to disturb clients; a hook that returns a promise delays, one that throws a `SqlError` answers with it. */
export type TdsFaults = {
  readonly connect?: () => ConnectFault | Promise<ConnectFault>;
  readonly login?: () => LoginFault;
  /** Whether a cancelled request goes on, as where the answer is on its way already: it comes late, before the acknowledgement. */
  readonly isDeaf?: () => boolean;
  readonly answer?: (request: SqlRequest) => AnswerFault | Promise<AnswerFault>;
};
