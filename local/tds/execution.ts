import { answerTokens, cancelledTokens, errorTokens, type AnswerContext } from './answer.ts';
import type { SessionIdentity } from './authentication.ts';
import { PACKET, type TdsMessage } from './packets.ts';
import { resolveCall, type PreparedStatements, type ResolvedCall } from './prepared-statements.ts';
import { decodeBatch, decodeRpc, decodeTransaction, type RpcParameter } from './requests.ts';
import { sessionStatement } from './session-statements.ts';
import { incorrectSyntax, notSupported, procedureNotFound, SqlError, toSqlError } from './sql-error.ts';
import type { AnswerFault, SqlAnswer, SqlHandler, SqlRequest, SqlValue, TdsFaults } from './sql-handler.ts';
import { DONE, DONE_STATUS, doneToken } from './tokens.ts';
import type { SessionTransaction } from './transaction.ts';

/** What executing a message needs of its session. */
export type ExecutionScope = {
  readonly identity: SessionIdentity;
  readonly serverName: string;
  readonly statements: PreparedStatements;
  readonly transaction: SessionTransaction;
  readonly handle: SqlHandler;
  readonly faults: TdsFaults;
};

/** What to send, how it is disturbed, and whether the connection ends after it. */
export type Outcome = {
  readonly chunks: Iterable<Buffer>;
  readonly fault: AnswerFault;
  readonly fatal: boolean;
};

/** From this class on SQL Server ends the connection. */
const FATAL_CLASS = 20;

/** Executes one message of a logged-in client; what fails becomes an error in the answer, never a missing answer. */
export async function execute(
  message: TdsMessage,
  scope: ExecutionScope,
  signal: AbortSignal,
): Promise<Outcome> {
  let context: AnswerContext = {
    parameters: message.type === PACKET.rpc ? [] : null,
    serverName: scope.serverName,
    signal,
  };
  try {
    if (message.type === PACKET.transactionManager) return sent([transactionTokens(message, scope)]);
    const { call, parameters } = decodeCall(message, scope);
    context = { ...context, parameters };
    const { answer, fault } = await answerCall(call, scope, signal);
    return { chunks: answerTokens(answer, context), fault, fatal: false };
  } catch (thrown) {
    if (signal.aborted) return sent([cancelledTokens(context)]);
    const error = toSqlError(thrown);
    return { ...sent([errorTokens(error, context)]), fatal: error.class >= FATAL_CLASS };
  }
}

function sent(chunks: Iterable<Buffer>): Outcome {
  return { chunks, fault: 'send', fatal: false };
}

function transactionTokens(message: TdsMessage, { transaction }: ExecutionScope): Buffer {
  const operation = decodeTransaction(message.payload);
  return Buffer.concat([transaction.apply(operation), doneToken(DONE.done, DONE_STATUS.final)]);
}

type DecodedCall = { readonly call: ResolvedCall; readonly parameters: readonly RpcParameter[] | null };

function decodeCall(message: TdsMessage, { statements }: ExecutionScope): DecodedCall {
  if (message.type === PACKET.sqlBatch) {
    const sql = decodeBatch(message.payload);
    return { call: { kind: 'statement', sql, parameters: [] }, parameters: null };
  }
  if (message.type !== PACKET.rpc) throw notSupported(`messages of type ${message.type}`);
  const rpc = decodeRpc(message.payload);
  return { call: resolveCall(rpc, statements), parameters: rpc.parameters };
}

type Answered = { readonly answer: SqlAnswer; readonly fault: AnswerFault };

async function answerCall(call: ResolvedCall, scope: ExecutionScope, signal: AbortSignal): Promise<Answered> {
  if (call.kind === 'answered') return { answer: call.answer, fault: 'send' };
  const own = call.kind === 'statement' ? sessionStatement(call.sql) : null;
  if (own === 'options') return { answer: { resultSets: [] }, fault: 'send' };
  if (own === 'ping') {
    return { answer: { resultSets: [{ columns: [{ name: '', type: 'int' }], rows: [[1]] }] }, fault: 'send' };
  }
  const request: SqlRequest = {
    ...scope.identity,
    sql: call.kind === 'statement' ? call.sql : '',
    procedure: call.kind === 'procedure' ? call.procedure : null,
    parameters: byName(call.parameters),
    inTransaction: scope.transaction.open(),
    signal,
  };
  const fault = await untilAborted(() => scope.faults.answer?.(request) ?? 'send', signal);
  if (fault === 'reset') return { answer: { resultSets: [] }, fault };
  const answer = await untilAborted(() => scope.handle(request), signal);
  if (answer !== null) return { answer, fault };
  throw request.procedure === null ? incorrectSyntax(request.sql) : procedureNotFound(request.procedure);
}

function byName(parameters: readonly RpcParameter[]): ReadonlyMap<string, SqlValue> {
  return new Map(
    parameters.map(({ name, value }, index) => {
      if (name !== '') return [name, value];
      throw new SqlError(
        119,
        `Must pass parameter number ${index + 1} and subsequent parameters as '@name = value'.`,
        {
          class: 15,
        },
      );
    }),
  );
}

/** A cancelled client is answered at once, whether or not what it waits for heeds the signal. */
async function untilAborted<T>(start: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([start(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
