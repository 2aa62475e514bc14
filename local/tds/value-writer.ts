import { uintBytes } from './bytes.ts';
import {
  reserve,
  writeBytes,
  writeFill,
  writeInt64,
  writeUcs2,
  writeUint16,
  writeUint8,
  type ByteWriter,
} from './byte-writer.ts';
import { DATETIME_EPOCH_DAY, DATETIME_FIRST_DAY, toDayTime } from './calendar.ts';
import { encodeNarrow } from './code-page.ts';
import { encodeDecimal } from './decimal.ts';
import { encodeGuid } from './guid.ts';
import { SqlError } from './sql-error.ts';
import type { SqlValue } from './sql-handler.ts';
import { isString, type StringInfo, type TypeInfo } from './types.ts';
import { NULL_PLP, NULL_SHORT } from './values.ts';

/** Writes one value with its length as its column's type wants it. @throws if the value does not fit the type. */
export type ValueWriter = (writer: ByteWriter, value: SqlValue) => void;

type Value = Exclude<SqlValue, null>;
type ScalarInfo = Exclude<TypeInfo, StringInfo>;
type IntegerInfo = Extract<TypeInfo, { family: 'integer' }>;

const DATETIME_UNITS_PER_DAY = 25_920_000;
const SPACE = 0x20;

/** What writes the values of a column: chosen once, because a result set has thousands of them. */
export function valueWriter(info: TypeInfo, nullable: boolean): ValueWriter {
  const write = isString(info) ? stringWriter(info) : scalarWriter(info, nullable);
  if (nullable) return write;
  return (writer, value) => {
    if (value === null) throw new RangeError('A column that is not nullable has a null.');
    write(writer, value);
  };
}

function scalarWriter(info: ScalarInfo, nullable: boolean): ValueWriter {
  const hasLength = nullable || ['date', 'datetime2', 'decimal', 'guid'].includes(info.family);
  const write = info.family === 'integer' ? integerWriter(info) : encodedWriter(info);
  return (writer, value) => {
    if (value === null) {
      writeUint8(writer, 0);
      return;
    }
    if (hasLength) writeUint8(writer, info.bytes);
    write(writer, value);
  };
}

function integerWriter({ bytes }: IntegerInfo): (writer: ByteWriter, value: Value) => void {
  return (writer, value) => {
    if (typeof value !== 'bigint' && typeof value !== 'string' && !Number.isSafeInteger(value)) {
      throw new RangeError(`${String(value)} is not an integer that a number holds without loss.`);
    }
    const integer = typeof value === 'number' ? value : BigInt(value as bigint | string);
    if (bytes === 8) {
      writeInt64(writer, integer);
      return;
    }
    const start = reserve(writer, bytes);
    if (bytes === 1) writer.bytes.writeUInt8(Number(integer), start);
    else writer.bytes.writeIntLE(Number(integer), start, bytes);
  };
}

/** For the types of which there are few values: a buffer for each does no harm. */
function encodedWriter(info: Exclude<ScalarInfo, IntegerInfo>): (writer: ByteWriter, value: Value) => void {
  return (writer, value) => {
    writeBytes(writer, encodeScalar(info, value));
  };
}

function encodeScalar(info: Exclude<ScalarInfo, IntegerInfo>, value: Value): Buffer {
  switch (info.family) {
    case 'bit':
      return Buffer.from([asBit(value)]);
    case 'floating': {
      const data = Buffer.alloc(info.bytes);
      if (info.bytes === 4) data.writeFloatLE(asNumber(value));
      else data.writeDoubleLE(asNumber(value));
      return data;
    }
    case 'decimal':
      return encodeDecimal(
        info,
        typeof value === 'number' || typeof value === 'bigint' ? value : asText(value),
      );
    case 'guid':
      return encodeGuid(asText(value));
    case 'date':
      return uintBytes(toDayTime(asDate(value)).day, 3);
    case 'datetime':
      return encodeDatetime(asDate(value));
    case 'datetime2': {
      const { day, ticks } = toDayTime(asDate(value));
      const units = Math.floor(ticks / 10 ** (7 - info.scale));
      return Buffer.concat([uintBytes(units, info.bytes - 3), uintBytes(day, 3)]);
    }
  }
}

function encodeDatetime(value: Date | string): Buffer {
  const { day, ticks } = toDayTime(value);
  if (day < DATETIME_FIRST_DAY)
    throw new RangeError(`${String(value)} is before 1753, where datetime begins.`);
  const units = Math.round((ticks * 3) / 100_000);
  const nextDay = units === DATETIME_UNITS_PER_DAY;
  const data = Buffer.alloc(8);
  data.writeInt32LE(day - DATETIME_EPOCH_DAY + (nextDay ? 1 : 0), 0);
  data.writeUInt32LE(nextDay ? 0 : units, 4);
  return data;
}

function stringWriter(info: StringInfo): ValueWriter {
  const { family, bytes } = info;
  if (bytes === 'max') return longStringWriter(info);
  return (writer, value) => {
    if (value === null) {
      writeUint16(writer, NULL_SHORT);
      return;
    }
    const data = family === 'wide text' ? asText(value) : stringBytes(info, value);
    const dataBytes = typeof data === 'string' ? data.length * 2 : data.length;
    if (dataBytes > bytes)
      throw new SqlError(8152, 'String or binary data would be truncated.', { state: 13 });
    writeUint16(writer, info.padded ? bytes : dataBytes);
    if (typeof data === 'string') writeUcs2(writer, data);
    else writeBytes(writer, data);
    if (info.padded) writePadding(writer, family, bytes - dataBytes);
  };
}

function longStringWriter(info: StringInfo): ValueWriter {
  return (writer, value) => {
    if (value === null) {
      writeBytes(writer, uintBytes(NULL_PLP, 8));
      return;
    }
    const data = stringBytes(info, value);
    writeInt64(writer, data.length);
    if (data.length > 0) {
      writeBytes(writer, uintBytes(data.length, 4));
      writeBytes(writer, data);
    }
    writeBytes(writer, uintBytes(0, 4));
  };
}

function stringBytes({ family }: StringInfo, value: Value): Uint8Array {
  if (family !== 'binary') {
    return family === 'wide text' ? Buffer.from(asText(value), 'ucs2') : encodeNarrow(asText(value));
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${String(value)} is not binary.`);
}

function writePadding(writer: ByteWriter, family: StringInfo['family'], missing: number): void {
  if (family === 'wide text') writeUcs2(writer, ' '.repeat(missing / 2));
  else writeFill(writer, missing, family === 'binary' ? 0 : SPACE);
}

function asBit(value: Value): number {
  if (typeof value === 'boolean' || value === 0 || value === 1) return Number(value);
  throw new TypeError(`${String(value)} is not a bit.`);
}

function asText(value: Value): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${String(value)} is not a text.`);
}

function asNumber(value: Value): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`${String(value)} is not a number.`);
}

function asDate(value: Value): Date | string {
  if (typeof value === 'string' || value instanceof Date) return value;
  throw new TypeError(`${String(value)} is not a date.`);
}
