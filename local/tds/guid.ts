/** Where the bytes of a GUID's text stand on the wire: its first three groups are little-endian. */
const WIRE_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 16 bytes of a GUID as SQL Server stores them. */
export function encodeGuid(text: string): Buffer {
  if (!GUID.test(text)) throw new RangeError(`'${text}' is not a GUID.`);
  return swap(Buffer.from(text.replaceAll('-', ''), 'hex'));
}

/** The GUID in upper case, as SQL Server writes it. */
export function decodeGuid(bytes: Buffer): string {
  const hex = swap(bytes).toString('hex').toUpperCase();
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-');
}

function swap(bytes: Buffer): Buffer {
  return Buffer.from(WIRE_ORDER.map((index) => bytes.readUInt8(index)));
}
