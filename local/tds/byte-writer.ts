/** Bytes written one after the other; what is written may move to a larger buffer at any time. */
export type ByteWriter = { bytes: Buffer; length: number };

const SMALLEST_BYTES = 1_024;
const UINT32_VALUES = 2 ** 32;

/** A writer that has written nothing yet. */
export function byteWriter(): ByteWriter {
  return { bytes: Buffer.allocUnsafe(SMALLEST_BYTES), length: 0 };
}

/** Everything written so far; the writer begins anew and leaves these bytes alone. */
export function takeBytes(writer: ByteWriter): Buffer {
  const taken = writer.bytes.subarray(0, writer.length);
  writer.bytes = Buffer.allocUnsafe(Math.max(SMALLEST_BYTES, writer.length));
  writer.length = 0;
  return taken;
}

/** Makes room for so many bytes, and tells where they begin. */
export function reserve(writer: ByteWriter, count: number): number {
  const start = writer.length;
  const needed = start + count;
  if (needed > writer.bytes.length) {
    const larger = Buffer.allocUnsafe(Math.max(needed, writer.bytes.length * 2));
    writer.bytes.copy(larger, 0, 0, start);
    writer.bytes = larger;
  }
  writer.length = needed;
  return start;
}

/** Writes one byte. */
export function writeUint8(writer: ByteWriter, value: number): void {
  const start = reserve(writer, 1);
  writer.bytes[start] = value;
}

/** Writes a little-endian unsigned integer of two bytes. @throws {RangeError} for one that does not fit. */
export function writeUint16(writer: ByteWriter, value: number): void {
  const start = reserve(writer, 2);
  writer.bytes.writeUInt16LE(value, start);
}

/** Writes a little-endian signed integer of eight bytes. @throws {RangeError} for one that does not fit. */
export function writeInt64(writer: ByteWriter, value: number | bigint): void {
  const start = reserve(writer, 8);
  if (typeof value === 'bigint') {
    writer.bytes.writeBigInt64LE(value, start);
    return;
  }
  // Two halves of a safe integer: far cheaper than a BigInt for every number.
  writer.bytes.writeUInt32LE(value >>> 0, start);
  writer.bytes.writeInt32LE(Math.floor(value / UINT32_VALUES), start + 4);
}

/** Writes bytes as they are. */
export function writeBytes(writer: ByteWriter, data: Uint8Array): void {
  const start = reserve(writer, data.length);
  writer.bytes.set(data, start);
}

/** Writes UTF-16 text. */
export function writeUcs2(writer: ByteWriter, text: string): void {
  const start = reserve(writer, text.length * 2);
  writer.bytes.write(text, start, 'ucs2');
}

/** Writes a byte so many times. */
export function writeFill(writer: ByteWriter, count: number, byte: number): void {
  const start = reserve(writer, count);
  writer.bytes.fill(byte, start, start + count);
}
