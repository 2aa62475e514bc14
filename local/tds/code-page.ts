const CHARACTERS = new TextDecoder('windows-1252').decode(
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
);
const BYTES = new Map(Array.from(CHARACTERS, (character, byte) => [character, byte]));

/** Text in code page 1252; a character it lacks becomes a question mark, as in SQL Server. */
export function encodeNarrow(text: string): Buffer {
  return Buffer.from(Array.from(text, (character) => BYTES.get(character) ?? 0x3f));
}

/** The text of bytes in code page 1252. */
export function decodeNarrow(bytes: Buffer): string {
  return Array.from(bytes, (byte) => CHARACTERS.charAt(byte)).join('');
}
