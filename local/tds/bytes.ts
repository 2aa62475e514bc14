/** A cursor over received bytes; reading past the end throws a RangeError. */
export type ByteReader = {
  readonly done: () => boolean;
  readonly uint8: () => number;
  readonly uint16: () => number;
  readonly uint32: () => number;
  readonly uint64: () => bigint;
  readonly bytes: (length: number) => Buffer;
  readonly ucs2: (characters: number) => string;
};

/** Reads little-endian values one after the other. */
export function byteReader(data: Buffer): ByteReader {
  let position = 0;
  const advance = (length: number): number => {
    if (position + length > data.length) throw new RangeError('The message ends in the middle of a value.');
    position += length;
    return position - length;
  };
  const bytes = (length: number): Buffer => {
    const start = advance(length);
    return data.subarray(start, start + length);
  };
  return {
    done: () => position >= data.length,
    uint8: () => data.readUInt8(advance(1)),
    uint16: () => data.readUInt16LE(advance(2)),
    uint32: () => data.readUInt32LE(advance(4)),
    uint64: () => data.readBigUInt64LE(advance(8)),
    bytes,
    ucs2: (characters) => bytes(characters * 2).toString('ucs2'),
  };
}

/** A buffer of one little-endian unsigned integer. */
export function uintBytes(value: number | bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let rest = BigInt(value);
  for (let index = 0; index < length; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit into ${length} bytes.`);
  return bytes;
}

/** The value of little-endian unsigned bytes of any length. */
export function bytesToUint(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** UTF-16 text with its number of characters in one byte before it (B_VARCHAR). */
export function shortText(text: string): Buffer {
  return Buffer.concat([uintBytes(text.length, 1), Buffer.from(text, 'ucs2')]);
}

/** UTF-16 text with its number of characters in two bytes before it (US_VARCHAR). */
export function longText(text: string): Buffer {
  return Buffer.concat([uintBytes(text.length, 2), Buffer.from(text, 'ucs2')]);
}
