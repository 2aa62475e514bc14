import { byteWriter, takeBytes, writeBytes } from './byte-writer.ts';
import type { RpcParameter } from './requests.ts';
import { SqlError, toSqlError } from './sql-error.ts';
import type { ResultSet, SqlAnswer } from './sql-handler.ts';
import {
  columnMetadataToken,
  DONE,
  DONE_STATUS,
  doneToken,
  errorToken,
  infoToken,
  returnStatusToken,
  returnValueToken,
  wireColumns,
  writeRowToken,
} from './tokens.ts';

/** How an answer is written: to a batch, or to a procedure call with these parameters. */
export type AnswerContext = {
  readonly parameters: readonly RpcParameter[] | null;
  readonly serverName: string;
  readonly signal: AbortSignal;
};

/** Rows are gathered to about this size before they are handed to the packets: few writes, still little memory. */
const CHUNK_BYTES = 65_536;

/**
 * The tokens of an answer in chunks that never split a token, so that a cancellation or a value that cannot be encoded
 * may end the answer after any chunk.
 */
export function* answerTokens(answer: SqlAnswer, context: AnswerContext): Generator<Buffer> {
  try {
    for (const message of answer.messages ?? []) yield infoToken(0, message, context.serverName);
    for (const [index, resultSet] of answer.resultSets.entries()) {
      yield* resultSetTokens(resultSet, context.signal);
      if (context.signal.aborted) break;
      yield resultSetEnd(resultSet, context, index === answer.resultSets.length - 1);
    }
    if (context.signal.aborted) yield cancelledTokens(context);
    else if (context.parameters !== null) yield* procedureEnd(answer, context.parameters);
    else if (answer.resultSets.length === 0) yield doneToken(DONE.done, DONE_STATUS.final);
  } catch (error) {
    yield errorTokens(toSqlError(error), context);
  }
}

/** The tokens of a request that failed. */
export function errorTokens(error: SqlError, context: AnswerContext): Buffer {
  const kind = context.parameters === null ? DONE.done : DONE.procedure;
  return Buffer.concat([errorToken(error, context.serverName), doneToken(kind, DONE_STATUS.error)]);
}

/** The end of a request that was cancelled; the acknowledgement of the attention follows as a message of its own. */
export function cancelledTokens(context: Pick<AnswerContext, 'parameters'>): Buffer {
  return doneToken(context.parameters === null ? DONE.done : DONE.procedure, DONE_STATUS.error);
}

function* resultSetTokens(resultSet: ResultSet, signal: AbortSignal): Generator<Buffer> {
  const columns = wireColumns(resultSet.columns);
  const writer = byteWriter();
  writeBytes(writer, columnMetadataToken(columns));
  for (const row of resultSet.rows) {
    const rowStart = writer.length;
    try {
      writeRowToken(writer, columns, row);
    } catch (error) {
      // The rows before the faulty one belong to the answer, as they do when a statement fails half-way.
      writer.length = rowStart;
      yield takeBytes(writer);
      throw error;
    }
    if (writer.length < CHUNK_BYTES) continue;
    yield takeBytes(writer);
    if (signal.aborted) return;
  }
  yield takeBytes(writer);
}

function resultSetEnd(resultSet: ResultSet, context: AnswerContext, last: boolean): Buffer {
  const procedure = context.parameters !== null;
  const more = procedure || !last ? DONE_STATUS.more : DONE_STATUS.final;
  return doneToken(procedure ? DONE.inProcedure : DONE.done, DONE_STATUS.count | more, resultSet.rows.length);
}

function* procedureEnd(answer: SqlAnswer, parameters: readonly RpcParameter[]): Generator<Buffer> {
  const outputs = answer.outputs ?? {};
  const declared = parameters.filter(({ output }) => output);
  const stranger = Object.keys(outputs).find((name) =>
    declared.every((parameter) => parameter.name !== name),
  );
  if (stranger !== undefined)
    throw new SqlError(8145, `@${stranger} is not an output parameter of the request.`);
  yield returnStatusToken(answer.returnStatus ?? 0);
  for (const { name, info, value } of declared) {
    const now = Object.hasOwn(outputs, name) ? (outputs[name] ?? null) : value;
    yield returnValueToken(
      `@${name}`,
      parameters.findIndex((parameter) => parameter.name === name),
      info,
      now,
    );
  }
  yield doneToken(DONE.procedure, DONE_STATUS.final);
}
