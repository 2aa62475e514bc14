import { bytesToUint, uintBytes, type ByteReader } from './bytes.ts';
import { toDate, toDayTime } from './calendar.ts';
import { decodeNarrow, encodeNarrow } from './code-page.ts';
import { decodeDecimal, encodeDecimal } from './decimal.ts';
import { decodeGuid, encodeGuid } from './guid.ts';
import { SqlError } from './sql-error.ts';
import type { SqlValue } from './sql-handler.ts';
import type { TypeInfo } from './types.ts';

const NULL_SHORT = 0xffff;
const NULL_PLP = 0xffff_ffff_ffff_ffffn;
/** Days from 0001-01-01 to 1900-01-01, where datetime begins to count, and to 1753-01-01, its first day. */
const DATETIME_EPOCH_DAY = 693_595;
const DATETIME_FIRST_DAY = 639_905;
const DATETIME_UNITS_PER_DAY = 25_920_000;

/** Encodes a value with its length as the type wants it. @throws if the value does not fit the type. */
export function encodeValue(info: TypeInfo, nullable: boolean, value: SqlValue): Buffer {
  if (value === null && !nullable) throw new RangeError('A column that is not nullable has a null.');
  if (isString(info)) return encodeString(info, value);
  if (value === null) return Buffer.from([0]);
  const data = encodeScalar(info, value);
  const hasLength =
    nullable || info.family === 'date' || info.family === 'datetime2' || info.family === 'decimal';
  return hasLength || info.family === 'guid' ? Buffer.concat([uintBytes(data.length, 1), data]) : data;
}

/** Reads a parameter's value. */
export function decodeValue(info: TypeInfo, reader: ByteReader): SqlValue {
  if (isString(info)) {
    const bytes = decodeString(info.bytes, reader);
    if (bytes === null || info.family === 'binary') return bytes;
    return info.family === 'wide text' ? bytes.toString('ucs2') : decodeNarrow(bytes);
  }
  const length = reader.uint8();
  return length === 0 ? null : decodeScalar(info, reader.bytes(length));
}

type Strings = Extract<TypeInfo, { padded: boolean }>;
type Scalars = Exclude<TypeInfo, Strings>;

function isString(info: TypeInfo): info is Strings {
  return info.family === 'wide text' || info.family === 'narrow text' || info.family === 'binary';
}

function encodeScalar(info: Scalars, value: Exclude<SqlValue, null>): Buffer {
  switch (info.family) {
    case 'bit':
      return Buffer.from([asBit(value)]);
    case 'integer':
      return encodeInteger(info.bytes, value);
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

function decodeScalar(info: Scalars, data: Buffer): SqlValue {
  switch (info.family) {
    case 'bit':
      return data[0] !== 0;
    case 'integer':
      if (data.length === 8) return data.readBigInt64LE();
      return data.length === 1 ? data.readUInt8() : data.readIntLE(0, data.length);
    case 'floating':
      return data.length === 4 ? data.readFloatLE() : data.readDoubleLE();
    case 'decimal':
      return decodeDecimal(info.scale, data);
    case 'guid':
      return decodeGuid(data);
    case 'date':
      return toDate({ day: data.readUIntLE(0, 3), ticks: 0 });
    case 'datetime': {
      const ticks = Math.round((data.readUInt32LE(4) * 10) / 3) * 10_000;
      return toDate({ day: data.readInt32LE(0) + DATETIME_EPOCH_DAY, ticks });
    }
    case 'datetime2': {
      const units = Number(bytesToUint(data.subarray(0, -3)));
      return toDate({ day: data.readUIntLE(data.length - 3, 3), ticks: units * 10 ** (7 - info.scale) });
    }
  }
}

function encodeInteger(bytes: number, value: Exclude<SqlValue, null>): Buffer {
  if (typeof value !== 'bigint' && typeof value !== 'string' && !Number.isSafeInteger(value)) {
    throw new RangeError(`${String(value)} is not an integer that a number holds without loss.`);
  }
  const integer = BigInt(value as bigint | string | number);
  const data = Buffer.alloc(bytes);
  if (bytes === 8) data.writeBigInt64LE(integer);
  else if (bytes === 1) data.writeUInt8(Number(integer));
  else data.writeIntLE(Number(integer), 0, bytes);
  return data;
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

function encodeString(info: Strings, value: SqlValue): Buffer {
  if (value === null) return info.bytes === 'max' ? uintBytes(NULL_PLP, 8) : uintBytes(NULL_SHORT, 2);
  const data = stringBytes(info, value);
  if (info.bytes === 'max') {
    const chunk = data.length === 0 ? [] : [uintBytes(data.length, 4), data];
    return Buffer.concat([uintBytes(data.length, 8), ...chunk, uintBytes(0, 4)]);
  }
  if (data.length > info.bytes)
    throw new SqlError(8152, 'String or binary data would be truncated.', { state: 13 });
  return Buffer.concat([
    uintBytes(info.padded ? info.bytes : data.length, 2),
    data,
    padding(info, data.length),
  ]);
}

function stringBytes(info: Strings, value: Exclude<SqlValue, null>): Uint8Array {
  if (info.family !== 'binary') {
    return info.family === 'wide text' ? Buffer.from(asText(value), 'ucs2') : encodeNarrow(asText(value));
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${String(value)} is not binary.`);
}

function padding(info: Strings, length: number): Buffer {
  const missing = info.padded && info.bytes !== 'max' ? info.bytes - length : 0;
  if (info.family === 'wide text') return Buffer.from(' '.repeat(missing / 2), 'ucs2');
  return Buffer.alloc(missing, info.family === 'binary' ? 0 : ' ');
}

function decodeString(size: number | 'max', reader: ByteReader): Buffer | null {
  if (size !== 'max') {
    const length = reader.uint16();
    return length === NULL_SHORT ? null : reader.bytes(length);
  }
  if (reader.uint64() === NULL_PLP) return null;
  const chunks: Buffer[] = [];
  for (let length = reader.uint32(); length > 0; length = reader.uint32()) chunks.push(reader.bytes(length));
  return Buffer.concat(chunks);
}

function asBit(value: Exclude<SqlValue, null>): number {
  if (typeof value === 'boolean' || value === 0 || value === 1) return Number(value);
  throw new TypeError(`${String(value)} is not a bit.`);
}

function asText(value: Exclude<SqlValue, null>): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${String(value)} is not a text.`);
}

function asNumber(value: Exclude<SqlValue, null>): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`${String(value)} is not a number.`);
}

function asDate(value: Exclude<SqlValue, null>): Date | string {
  if (typeof value === 'string' || value instanceof Date) return value;
  throw new TypeError(`${String(value)} is not a date.`);
}
