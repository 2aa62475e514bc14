import type { RpcCall, RpcParameter } from './requests.ts';
import { preparedStatementNotFound, SqlError } from './sql-error.ts';
import type { SqlAnswer } from './sql-handler.ts';

/** The prepared statements of one session. */
export type PreparedStatements = {
  readonly prepare: (sql: string) => number;
  readonly find: (handle: number) => string;
  readonly remove: (handle: number) => void;
  readonly clear: () => void;
};

/** What a remote call comes down to: an answer of the session itself, or something to ask the handler. */
export type ResolvedCall =
  | { readonly kind: 'answered'; readonly answer: SqlAnswer }
  | { readonly kind: 'statement'; readonly sql: string; readonly parameters: readonly RpcParameter[] }
  | { readonly kind: 'procedure'; readonly procedure: string; readonly parameters: readonly RpcParameter[] };

/** An empty set of prepared statements; handles are never used twice in a session. */
export function preparedStatements(): PreparedStatements {
  const statements = new Map<number, string>();
  let lastHandle = 0;
  const find = (handle: number): string => {
    const sql = statements.get(handle);
    if (sql === undefined) throw preparedStatementNotFound(handle);
    return sql;
  };
  return {
    prepare: (sql) => {
      statements.set(++lastHandle, sql);
      return lastHandle;
    },
    find,
    remove: (handle) => {
      find(handle);
      statements.delete(handle);
    },
    clear: () => {
      statements.clear();
    },
  };
}

/** Resolves the procedures that carry statements; every other name is for the handler to know. */
export function resolveCall(call: RpcCall, statements: PreparedStatements): ResolvedCall {
  const { procedure, parameters } = call;
  switch (procedure.toLowerCase()) {
    case 'sp_executesql':
      return { kind: 'statement', sql: text(call, 0), parameters: parameters.slice(2) };
    case 'sp_prepare': {
      const handle = statements.prepare(text(call, 2));
      return {
        kind: 'answered',
        answer: { resultSets: [], outputs: { [parameters[0]?.name ?? '']: handle } },
      };
    }
    case 'sp_execute':
      return { kind: 'statement', sql: statements.find(integer(call, 0)), parameters: parameters.slice(1) };
    case 'sp_unprepare':
      statements.remove(integer(call, 0));
      return { kind: 'answered', answer: { resultSets: [] } };
    default:
      return { kind: 'procedure', procedure, parameters };
  }
}

function text(call: RpcCall, index: number): string {
  const value = call.parameters[index]?.value;
  if (typeof value === 'string') return value;
  throw wrongParameter(call, index, 'ntext/nchar/nvarchar');
}

function integer(call: RpcCall, index: number): number {
  const value = call.parameters[index]?.value;
  if (typeof value === 'number') return value;
  throw wrongParameter(call, index, 'int');
}

function wrongParameter(call: RpcCall, index: number, type: string): SqlError {
  const name = call.parameters[index]?.name ?? String(index + 1);
  return new SqlError(214, `Procedure expects parameter '@${name}' of type '${type}'.`, {
    procedure: call.procedure,
  });
}
