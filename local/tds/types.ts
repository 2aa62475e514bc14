import { uintBytes, type ByteReader } from './bytes.ts';

/** A column or parameter type, written as in T-SQL but without spaces. */
export type SqlType =
  | 'bit'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'real'
  | 'float'
  | 'date'
  | 'datetime'
  | 'uniqueidentifier'
  | `datetime2(${number})`
  | `${'decimal' | 'numeric'}(${number},${number})`
  | `${'char' | 'nchar' | 'binary'}(${number})`
  | `${'varchar' | 'nvarchar' | 'varbinary'}(${number | 'max'})`;

/** What the wire needs to know of a type. `bytes` is the size of a value, the largest one where values vary. */
export type TypeInfo =
  | { readonly family: 'integer'; readonly bytes: number }
  | { readonly family: 'bit' | 'floating' | 'datetime' | 'date' | 'guid'; readonly bytes: number }
  | { readonly family: 'datetime2'; readonly scale: number; readonly bytes: number }
  | {
      readonly family: 'decimal';
      readonly token: number;
      readonly precision: number;
      readonly scale: number;
      readonly bytes: number;
    }
  | {
      readonly family: 'wide text' | 'narrow text' | 'binary';
      readonly token: number;
      readonly padded: boolean;
      readonly bytes: number | 'max';
    };

/** The types whose values are texts or bytes of many lengths. */
export type StringInfo = Extract<TypeInfo, { padded: boolean }>;

/** The type of a value does not exist here; SQL Server's error 8009 is made from it. */
export class UnknownTypeToken extends Error {
  readonly token: number;

  constructor(token: number) {
    super(`Data type 0x${token.toString(16).toUpperCase()} is unknown.`);
    this.token = token;
  }
}

/** SQL_Latin1_General_CP1_CI_AS: what AX 2012 databases use, and code page 1252 for varchar. */
export const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

const MAX_BYTES = 0xffff;
const LONGEST_BYTES = 8000;
const DECIMAL_TOKEN = 0x6a;
const NUMERIC_TOKEN = 0x6c;
const DATETIME2_TOKEN = 0x2a;
const DATE_TOKEN = 0x28;
const GUID_TOKEN = 0x24;

const SIMPLE: Readonly<Record<string, TypeInfo>> = {
  bit: { family: 'bit', bytes: 1 },
  tinyint: { family: 'integer', bytes: 1 },
  smallint: { family: 'integer', bytes: 2 },
  int: { family: 'integer', bytes: 4 },
  bigint: { family: 'integer', bytes: 8 },
  real: { family: 'floating', bytes: 4 },
  float: { family: 'floating', bytes: 8 },
  date: { family: 'date', bytes: 3 },
  datetime: { family: 'datetime', bytes: 8 },
  uniqueidentifier: { family: 'guid', bytes: 16 },
};
/** Tokens of types that may be null, then of those that may not, by size. */
const SIZED = {
  integer: {
    nullable: 0x26,
    fixed: new Map([
      [1, 0x30],
      [2, 0x34],
      [4, 0x38],
      [8, 0x7f],
    ]),
  },
  bit: { nullable: 0x68, fixed: new Map([[1, 0x32]]) },
  floating: {
    nullable: 0x6d,
    fixed: new Map([
      [4, 0x3b],
      [8, 0x3e],
    ]),
  },
  datetime: { nullable: 0x6f, fixed: new Map([[8, 0x3d]]) },
} as const;
const STRINGS = {
  varchar: { family: 'narrow text', token: 0xa7, padded: false, unitBytes: 1 },
  char: { family: 'narrow text', token: 0xaf, padded: true, unitBytes: 1 },
  nvarchar: { family: 'wide text', token: 0xe7, padded: false, unitBytes: 2 },
  nchar: { family: 'wide text', token: 0xef, padded: true, unitBytes: 2 },
  varbinary: { family: 'binary', token: 0xa5, padded: false, unitBytes: 1 },
  binary: { family: 'binary', token: 0xad, padded: true, unitBytes: 1 },
} as const;

/** Reads a written type. @throws {RangeError} for one that SQL Server would not accept. */
export function parseType(type: SqlType): TypeInfo {
  const simple = SIMPLE[type];
  if (simple !== undefined) return simple;
  const match = /^(\w+)\((\d+|max)(?:,(\d+))?\)$/.exec(type);
  const [, name = '', size = '', scale = '0'] = match ?? [];
  if (name === 'datetime2' && Number(size) <= 7) return datetime2(Number(size));
  if (name === 'decimal') return decimal(DECIMAL_TOKEN, Number(size), Number(scale));
  if (name === 'numeric') return decimal(NUMERIC_TOKEN, Number(size), Number(scale));
  if (Object.hasOwn(STRINGS, name)) {
    const { unitBytes, ...string } = STRINGS[name as keyof typeof STRINGS];
    if (size === 'max' && !string.padded) return { ...string, bytes: 'max' };
    const bytes = Number(size) * unitBytes;
    if (bytes >= 1 && bytes <= LONGEST_BYTES) return { ...string, bytes };
  }
  throw new RangeError(`'${type}' is not a type.`);
}

/** Whether the values of a type are texts or bytes of many lengths. */
export function isString(info: TypeInfo): info is StringInfo {
  return info.family === 'wide text' || info.family === 'narrow text' || info.family === 'binary';
}

function datetime2(scale: number): TypeInfo {
  return { family: 'datetime2', scale, bytes: (scale <= 2 ? 3 : scale <= 4 ? 4 : 5) + 3 };
}

function decimal(token: number, precision: number, scale: number): TypeInfo {
  if (!(precision >= 1 && precision <= 38 && scale <= precision)) {
    throw new RangeError(`decimal(${precision},${scale}) is not a type.`);
  }
  const digitBytes = precision <= 9 ? 4 : precision <= 19 ? 8 : precision <= 28 ? 12 : 16;
  return { family: 'decimal', token, precision, scale, bytes: digitBytes + 1 };
}

/** TYPE_INFO as it stands in COLMETADATA and RETURNVALUE. */
export function encodeType(info: TypeInfo, nullable: boolean): Buffer {
  switch (info.family) {
    case 'integer':
    case 'bit':
    case 'floating':
    case 'datetime': {
      const tokens = SIZED[info.family];
      const fixed = (tokens.fixed as ReadonlyMap<number, number>).get(info.bytes);
      return nullable || fixed === undefined
        ? Buffer.from([tokens.nullable, info.bytes])
        : Buffer.from([fixed]);
    }
    case 'date':
      return Buffer.from([DATE_TOKEN]);
    case 'guid':
      return Buffer.from([GUID_TOKEN, info.bytes]);
    case 'datetime2':
      return Buffer.from([DATETIME2_TOKEN, info.scale]);
    case 'decimal':
      return Buffer.from([info.token, info.bytes, info.precision, info.scale]);
    case 'wide text':
    case 'narrow text':
    case 'binary': {
      const size = uintBytes(info.bytes === 'max' ? MAX_BYTES : info.bytes, 2);
      const collation = info.family === 'binary' ? [] : [COLLATION];
      return Buffer.concat([Buffer.from([info.token]), size, ...collation]);
    }
  }
}

/** Reads the TYPE_INFO of a parameter. @throws {UnknownTypeToken} for a type this stand-in does not know. */
export function decodeType(reader: ByteReader): TypeInfo {
  const token = reader.uint8();
  for (const family of Object.keys(SIZED) as (keyof typeof SIZED)[]) {
    if (token === SIZED[family].nullable) return sized(family, reader.uint8(), token);
  }
  if (token === DATE_TOKEN) return { family: 'date', bytes: 3 };
  if (token === GUID_TOKEN) return { family: 'guid', bytes: reader.uint8() };
  if (token === DATETIME2_TOKEN) return datetime2(reader.uint8());
  if (token === DECIMAL_TOKEN || token === NUMERIC_TOKEN) {
    reader.uint8();
    return decimal(token, reader.uint8(), reader.uint8());
  }
  const string = Object.values(STRINGS).find((candidate) => candidate.token === token);
  if (string === undefined) throw new UnknownTypeToken(token);
  const size = reader.uint16();
  if (string.family !== 'binary') reader.bytes(COLLATION.length);
  const { family, padded } = string;
  return { family, token, padded, bytes: size === MAX_BYTES ? 'max' : size };
}

function sized(family: keyof typeof SIZED, bytes: number, token: number): TypeInfo {
  if (!(SIZED[family].fixed as ReadonlyMap<number, number>).has(bytes)) throw new UnknownTypeToken(token);
  return { family, bytes };
}
