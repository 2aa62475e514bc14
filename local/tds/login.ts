import { byteReader, uintBytes } from './bytes.ts';

/** What a client says of itself in LOGIN7. */
export type LoginRequest = {
  readonly login: string;
  readonly password: string;
  readonly database: string;
  readonly packetBytes: number;
};

const OPTION = { version: 0, encryption: 1, instance: 2, threadId: 3, mars: 4, end: 0xff } as const;
const ENCRYPTION_NOT_SUPPORTED = 0x02;
const OPTION_HEADER_BYTES = 5;
const SMALLEST_PACKET_BYTES = 512;
const LARGEST_PACKET_BYTES = 32_767;
const PASSWORD_MASK = 0xa5;
/** Where LOGIN7 keeps what we read; each text is an offset and a number of characters. */
const LOGIN7 = { packetSize: 8, user: 40, password: 44, database: 68 } as const;

/** The answer to PRELOGIN: our version, no encryption, no MARS. */
export function preloginAnswer(version: readonly [number, number, number]): Buffer {
  const [major, minor, build] = version;
  const options: readonly (readonly [number, Buffer])[] = [
    [OPTION.version, Buffer.from([major, minor, build >> 8, build & 0xff, 0, 0])],
    [OPTION.encryption, Buffer.from([ENCRYPTION_NOT_SUPPORTED])],
    [OPTION.instance, Buffer.from([0])],
    [OPTION.threadId, Buffer.alloc(0)],
    [OPTION.mars, Buffer.from([0])],
  ];
  let offset = options.length * OPTION_HEADER_BYTES + 1;
  const headers = options.map(([token, data]) => {
    const header = Buffer.alloc(OPTION_HEADER_BYTES);
    header.writeUInt8(token);
    header.writeUInt16BE(offset, 1);
    header.writeUInt16BE(data.length, 3);
    offset += data.length;
    return header;
  });
  return Buffer.concat([...headers, Buffer.from([OPTION.end]), ...options.map(([, data]) => data)]);
}

/** Reads LOGIN7. @throws {RangeError} if it is cut short. */
export function decodeLogin(payload: Buffer): LoginRequest {
  const text = (field: number): Buffer => {
    const place = byteReader(payload.subarray(field, field + 4));
    const offset = place.uint16();
    return byteReader(payload.subarray(offset)).bytes(place.uint16() * 2);
  };
  const wanted = byteReader(payload.subarray(LOGIN7.packetSize)).uint32();
  return {
    login: text(LOGIN7.user).toString('ucs2'),
    password: unscramble(text(LOGIN7.password)).toString('ucs2'),
    database: text(LOGIN7.database).toString('ucs2'),
    packetBytes: Math.min(Math.max(wanted, SMALLEST_PACKET_BYTES), LARGEST_PACKET_BYTES),
  };
}

function unscramble(bytes: Buffer): Buffer {
  return Buffer.concat(
    Array.from(bytes, (byte) => {
      const masked = byte ^ PASSWORD_MASK;
      return uintBytes(((masked & 0x0f) << 4) | (masked >> 4), 1);
    }),
  );
}
