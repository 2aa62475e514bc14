import { bytesToUint, type ByteReader } from './bytes.ts';
import { DATETIME_EPOCH_DAY, toDate } from './calendar.ts';
import { decodeNarrow } from './code-page.ts';
import { decodeDecimal } from './decimal.ts';
import { decodeGuid } from './guid.ts';
import type { SqlValue } from './sql-handler.ts';
import { isString, type StringInfo, type TypeInfo } from './types.ts';

/** The length of a string that is null. */
export const NULL_SHORT = 0xffff;
/** The length of a string of a `max` type that is null. */
export const NULL_PLP = 0xffff_ffff_ffff_ffffn;

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

function decodeScalar(info: Exclude<TypeInfo, StringInfo>, data: Buffer): SqlValue {
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
