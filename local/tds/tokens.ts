import { byteWriter, takeBytes, writeFill, writeUint8, type ByteWriter } from './byte-writer.ts';
import { longText, shortText, uintBytes } from './bytes.ts';
import type { SqlError } from './sql-error.ts';
import type { SqlColumn, SqlValue } from './sql-handler.ts';
import { encodeType, parseType, type TypeInfo } from './types.ts';
import { valueWriter, type ValueWriter } from './value-writer.ts';

const TOKEN = {
  returnStatus: 0x79,
  columnMetadata: 0x81,
  error: 0xaa,
  info: 0xab,
  returnValue: 0xac,
  loginAck: 0xad,
  row: 0xd1,
  rowWithNullBitmap: 0xd2,
  environmentChange: 0xe3,
} as const;

/** Which of the three DONE tokens: a batch uses `done`, a procedure `inProcedure` per statement and `procedure` at its end. */
export const DONE = { done: 0xfd, procedure: 0xfe, inProcedure: 0xff } as const;

/** The bits of a DONE token's status. */
export const DONE_STATUS = { final: 0, more: 0x01, error: 0x02, count: 0x10, attention: 0x20 } as const;

/** The environment changes this stand-in reports. */
export const CHANGE = {
  database: 1,
  language: 2,
  packetSize: 4,
  collation: 7,
  beginTransaction: 8,
  commitTransaction: 9,
  rollbackTransaction: 10,
  resetAcknowledged: 18,
} as const;

/** SQL Server cuts longer messages; uncut, one would not fit into its token's two-byte length. */
const MESSAGE_CHARACTERS = 2047;
const NULLABLE = 0x01;
const OUTPUT_PARAMETER = 0x01;
const TDS_7_4 = 0x7400_0004;

/** A DONE token of any kind; `rows` counts only with {@link DONE_STATUS}.count. */
export function doneToken(kind: number, status: number, rows = 0): Buffer {
  return Buffer.concat([Buffer.from([kind]), uintBytes(status, 2), uintBytes(0, 2), uintBytes(rows, 8)]);
}

/** An ERROR token. */
export function errorToken(error: SqlError, serverName: string): Buffer {
  return messageToken(TOKEN.error, error, serverName);
}

/** An INFO token: what PRINT and a change of database send. */
export function infoToken(number: number, message: string, serverName: string): Buffer {
  return messageToken(
    TOKEN.info,
    { number, message, class: 0, state: 1, procedure: '', line: 1 },
    serverName,
  );
}

type Message = Pick<SqlError, 'number' | 'message' | 'class' | 'state' | 'procedure' | 'line'>;

function messageToken(token: number, message: Message, serverName: string): Buffer {
  const data = Buffer.concat([
    uintBytes(message.number, 4),
    Buffer.from([message.state, message.class]),
    longText(message.message.slice(0, MESSAGE_CHARACTERS)),
    shortText(serverName),
    shortText(message.procedure),
    uintBytes(message.line, 4),
  ]);
  return withLength(token, data);
}

/** An ENVCHANGE token whose values are texts. */
export function textChangeToken(change: number, now: string, before: string): Buffer {
  return withLength(
    TOKEN.environmentChange,
    Buffer.concat([Buffer.from([change]), shortText(now), shortText(before)]),
  );
}

/** An ENVCHANGE token whose values are bytes. */
export function bytesChangeToken(change: number, now: Buffer, before: Buffer): Buffer {
  const parts = [Buffer.from([change, now.length]), now, uintBytes(before.length, 1), before];
  return withLength(TOKEN.environmentChange, Buffer.concat(parts));
}

/** LOGINACK for TDS 7.4; `version` is major, minor and build. */
export function loginAckToken(version: readonly [number, number, number]): Buffer {
  const [major, minor, build] = version;
  const protocol = Buffer.alloc(4);
  protocol.writeUInt32BE(TDS_7_4);
  const data = [Buffer.from([1]), protocol, shortText('Microsoft SQL Server')];
  return withLength(
    TOKEN.loginAck,
    Buffer.concat([...data, Buffer.from([major, minor, build >> 8, build & 0xff])]),
  );
}

/** A column ready to be sent. */
export type WireColumn = {
  readonly name: string;
  readonly info: TypeInfo;
  readonly nullable: boolean;
  readonly write: ValueWriter;
};

/** Resolves the written types of a result set's columns. */
export function wireColumns(columns: readonly SqlColumn[]): WireColumn[] {
  return columns.map(({ name, type, nullable = true }) => {
    const info = parseType(type);
    return { name, info, nullable, write: valueWriter(info, nullable) };
  });
}

/** COLMETADATA: opens a result set. */
export function columnMetadataToken(columns: readonly WireColumn[]): Buffer {
  const parts = columns.flatMap(({ name, info, nullable }) => [
    uintBytes(0, 4),
    uintBytes(nullable ? NULLABLE : 0, 2),
    encodeType(info, nullable),
    shortText(name),
  ]);
  return Buffer.concat([Buffer.from([TOKEN.columnMetadata]), uintBytes(columns.length, 2), ...parts]);
}

/** A row: NBCROW if it has nulls, else ROW. @throws if a value does not fit its column. */
export function writeRowToken(
  writer: ByteWriter,
  columns: readonly WireColumn[],
  row: readonly SqlValue[],
): void {
  if (row.length !== columns.length)
    throw new RangeError(`${row.length} values for ${columns.length} columns.`);
  const hasNulls = row.includes(null);
  writeUint8(writer, hasNulls ? TOKEN.rowWithNullBitmap : TOKEN.row);
  if (hasNulls) writeNullBitmap(writer, row);
  for (const [index, { nullable, write }] of columns.entries()) {
    const value = row[index] ?? null;
    if (value !== null || !nullable) write(writer, value);
  }
}

function writeNullBitmap(writer: ByteWriter, row: readonly SqlValue[]): void {
  const bitmap = writer.length;
  writeFill(writer, Math.ceil(row.length / 8), 0);
  for (const [index, value] of row.entries()) {
    const byte = bitmap + (index >> 3);
    if (value === null) writer.bytes[byte] = (writer.bytes[byte] ?? 0) | (1 << (index & 7));
  }
}

/** RETURNSTATUS: what a procedure returns. */
export function returnStatusToken(status: number): Buffer {
  const token = Buffer.alloc(5);
  token.writeUInt8(TOKEN.returnStatus);
  token.writeInt32LE(status, 1);
  return token;
}

/** RETURNVALUE: an output parameter, in the type the client declared. */
export function returnValueToken(name: string, ordinal: number, info: TypeInfo, value: SqlValue): Buffer {
  const written = byteWriter();
  valueWriter(info, true)(written, value);
  return Buffer.concat([
    Buffer.from([TOKEN.returnValue]),
    uintBytes(ordinal, 2),
    shortText(name),
    Buffer.from([OUTPUT_PARAMETER]),
    uintBytes(0, 4),
    uintBytes(NULLABLE, 2),
    encodeType(info, true),
    takeBytes(written),
  ]);
}

function withLength(token: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([token]), uintBytes(data.length, 2), data]);
}
