import { byteReader, type ByteReader } from './bytes.ts';
import { notSupported, SqlError } from './sql-error.ts';
import type { SqlValue } from './sql-handler.ts';
import { decodeType, UnknownTypeToken, type TypeInfo } from './types.ts';
import { decodeValue } from './values.ts';

/** A parameter of a remote call; the name is without `@`. */
export type RpcParameter = {
  readonly name: string;
  readonly info: TypeInfo;
  readonly value: SqlValue;
  readonly output: boolean;
};

/** A remote procedure call. */
export type RpcCall = {
  readonly procedure: string;
  readonly parameters: readonly RpcParameter[];
};

/** What a client asks of the transaction manager. */
export type TransactionOperation = 'begin' | 'commit' | 'rollback';

/** The procedures that have a number instead of a name on the wire, from number 1. */
const NUMBERED_PROCEDURES = [
  'sp_cursor',
  'sp_cursoropen',
  'sp_cursorprepare',
  'sp_cursorexecute',
  'sp_cursorprepexec',
  'sp_cursorunprepare',
  'sp_cursorfetch',
  'sp_cursoroption',
  'sp_cursorclose',
  'sp_executesql',
  'sp_prepare',
  'sp_execute',
  'sp_prepexec',
  'sp_prepexecrpc',
  'sp_unprepare',
] as const;
const NUMBERED = 0xffff;
const NEXT_CALL = 0xff;
const BY_REFERENCE = 0x01;
const OPERATIONS: ReadonlyMap<number, TransactionOperation> = new Map([
  [5, 'begin'],
  [7, 'commit'],
  [8, 'rollback'],
]);

/** The text of a SQLBatch message. */
export function decodeBatch(payload: Buffer): string {
  return withoutHeaders(payload).toString('ucs2');
}

/** Reads an RPC message. @throws {SqlError} for parameters this stand-in cannot read. */
export function decodeRpc(payload: Buffer): RpcCall {
  const reader = byteReader(withoutHeaders(payload));
  const nameLength = reader.uint16();
  const number = nameLength === NUMBERED ? reader.uint16() : null;
  const procedure =
    number === null ? reader.ucs2(nameLength) : (NUMBERED_PROCEDURES[number - 1] ?? String(number));
  reader.uint16();
  const parameters: RpcParameter[] = [];
  while (!reader.done()) parameters.push(decodeParameter(reader, parameters.length + 1));
  return { procedure, parameters };
}

/** Reads a transaction manager request. @throws {SqlError} for other requests than begin, commit and roll back. */
export function decodeTransaction(payload: Buffer): TransactionOperation {
  const type = byteReader(withoutHeaders(payload)).uint16();
  const operation = OPERATIONS.get(type);
  if (operation === undefined) throw notSupported(`transaction manager request ${type}`);
  return operation;
}

function decodeParameter(reader: ByteReader, ordinal: number): RpcParameter {
  const nameLength = reader.uint8();
  if (nameLength === NEXT_CALL) throw notSupported('several procedure calls in one request');
  const written = reader.ucs2(nameLength);
  const output = (reader.uint8() & BY_REFERENCE) !== 0;
  try {
    const info = decodeType(reader);
    return { name: written.replace(/^@/, ''), info, value: decodeValue(info, reader), output };
  } catch (error) {
    if (!(error instanceof UnknownTypeToken)) throw error;
    throw new SqlError(
      8009,
      'The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. ' +
        `Parameter ${ordinal} ("${written}"): ${error.message}`,
    );
  }
}

/**
 * Takes ALL_HEADERS off a message. They name the transaction, but a connection without MARS has one at most, and a
 * request that resets the session still names the one it ends.
 */
function withoutHeaders(payload: Buffer): Buffer {
  return payload.subarray(byteReader(payload).uint32());
}
